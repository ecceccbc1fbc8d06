"""Filter policies: how values of a message are compared. What AWS refuses in one stands in ``rules.filters``."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any


def values_of(original: Callable[[Any], list[Any]]) -> Callable[[Any], list[Any]]:
    """The values of a message attribute: numbers only where its type says so, each element of a String.Array."""

    def candidates(attribute: Mapping[str, Any]) -> list[Any]:
        kind, text = str(attribute.get("DataType") or ""), attribute.get("StringValue", "")
        try:
            if kind.startswith("Number"):
                return [float(text)]
            if kind.strip() == "String.Array":
                parsed = json.loads(text)
                return parsed if isinstance(parsed, list) and parsed else [text]
        except (TypeError, ValueError):
            return [text]
        return original(attribute)

    return candidates


def as_number(value: Any) -> float | None:
    """A value as a number if it is one; the text of a number is a text."""
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
