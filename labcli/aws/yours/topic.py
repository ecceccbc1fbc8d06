"""A topic of the learner's.

Compared: its sort, and each attribute that the lab declares (dedup, display_name, kms_key). Its subscriptions are
things of their own.
"""

from __future__ import annotations

from collections.abc import Mapping

from labcli.aws.resources.topic import attributes_of, subscriptions_of
from labcli.aws.yours.base import Live, Look, Plain, Seen, Want
from labcli.aws.yours.near import said_of_names
from labcli.aws.yours.words import sort_of

_TITLES: Mapping[tuple[str, str], str] = {
    ("ContentBasedDeduplication", "true"): "it deduplicates by content",
    ("ContentBasedDeduplication", "false"): "it deduplicates by an id",
}


class Topic(Plain):
    """The kind ``topic``."""

    def title(self, look: Look) -> str:
        """``sales is a Standard topic``."""
        return f"{look.name} is a {sort_of(look.spec.props.fifo)} topic"

    def live(self, look: Look) -> Live | None:
        """Its attributes."""
        return attributes_of(look.aws, look.handle().known["arn"])

    def near(self, look: Look) -> str:
        """What has nearly that name."""
        return said_of_names(look)

    def wants(self, look: Look) -> list[Want]:
        """Each declared attribute."""
        wanted = {key: str(value) for key, value in look.spec.props.attributes.items() if key != "FifoTopic"}
        return [_attribute(look, key, value) for key, value in wanted.items()]

    def still(self, look: Look, live: Live) -> str:
        """That it is there, and whether anybody hears it."""
        heard = subscriptions_of(look.aws, look.handle().known["arn"])
        return f"`{look.name}` is still there{'.' if heard else '; nobody hears it any more.'}"


def _attribute(look: Look, key: str, wanted: str) -> Want:
    def judge(live: Live) -> Seen:
        seen = str(live.get(key, ""))
        return Seen(seen == wanted, seen, f"`{look.name}` is there; its {key} is {seen or 'not set'}, wanted {wanted}.")

    return Want(_TITLES.get((key, wanted), f"its {key} is {wanted}"), wanted, judge)
