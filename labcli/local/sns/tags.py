"""The tags of a topic: which AWS refuses, and how they are listed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from xml.sax.saxutils import escape

from labcli.local.names import names
from labcli.local.refused import Refused
from labcli.local.sns.refusals import invalid
from labcli.rules import sns as rules

sns = names("services.sns", "_p", "_resolve_topic_tag_arn", "_xml")


def check(params: Any, held: Mapping[str, str]) -> None:
    """Refuse a key that is there twice, and more tags than a topic may have beside those that it has."""
    keys: list[str] = []
    while key := sns._p(params, f"Tags.member.{len(keys) + 1}.Key"):
        keys.append(str(key))
    if len({*keys}) < len(keys):
        raise invalid("Duplicated keys are not allowed.")
    if len({*keys, *held}) > rules.MOST_TAGS:
        raise Refused("TagLimitExceeded", "Could not complete request: tag quota of per resource exceeded")


def tag_resource(params: Any) -> None:
    """Refuse tags that a topic cannot have; one that is not there the engine refuses."""
    _, topic, refusal = sns._resolve_topic_tag_arn(sns._p(params, "ResourceArn"), "sns:TagResource")
    if not refusal:
        check(params, topic.get("tags", {}))


def listed(params: Any) -> Any:
    """A topic's tags; the engine puts them into XML as they are."""
    found = (sns._p(params, "ResourceArn"), "sns:ListTagsForResource")
    _, topic, refusal = sns._resolve_topic_tag_arn(*found)
    if refusal:
        return refusal
    pairs = [(escape(str(key)), escape(str(value))) for key, value in topic.get("tags", {}).items()]
    members = "".join(f"<member><Key>{key}</Key><Value>{value}</Value></member>" for key, value in pairs)
    inner = f"<ListTagsForResourceResult><Tags>{members}</Tags></ListTagsForResourceResult>"
    return sns._xml(200, "ListTagsForResourceResponse", inner)
