"""Filter policies: whether a subscription wants a message. What AWS refuses in one stands in ``rules.filters``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labcli.local.patterns import MISSING, parse, wanted
from labcli.rules.filters import ATTRIBUTES, BODY


def wants(subscription: Mapping[str, Any], attributes: Mapping[str, Any] | None, text: str) -> bool:
    """Whether a subscription wants a message of these attributes and this text."""
    given = subscription.get("attributes", {})
    policy = parse(given.get("FilterPolicy") or "{}")
    if not policy or not isinstance(policy, Mapping):
        return True
    if given.get("FilterPolicyScope", ATTRIBUTES) != BODY:
        return wanted(policy, {name: value_of(each) for name, each in (attributes or {}).items()}, blank_exists=False)
    # "Filter policies for the message body assume that the message payload is a well-formed JSON object."
    body = parse(text)
    return isinstance(body, Mapping) and wanted(policy, body, blank_exists=False)


def value_of(attribute: Mapping[str, Any]) -> Any:
    """The value of a message attribute: a number only where its type says so, an array of a String.Array."""
    kind, text = str(attribute.get("DataType") or ""), attribute.get("StringValue", "")
    if kind.startswith("Number"):
        try:
            return float(text)
        except (TypeError, ValueError):
            return text
    if kind.strip() == "String.Array":
        parsed = parse(text)
        return parsed if parsed is not MISSING and isinstance(parsed, list) and parsed else text
    return text
