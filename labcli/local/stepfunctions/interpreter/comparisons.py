"""The comparisons of a Choice in JSONPath. One between values of different types does not hold; it is no error."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

_ORDERS: dict[str, Callable[[Any, Any], bool]] = {
    "Equals": operator.eq,
    "LessThan": operator.lt,
    "GreaterThan": operator.gt,
    "LessThanEquals": operator.le,
    "GreaterThanEquals": operator.ge,
}
_RFC3339 = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d+)?(Z|[+-]\d\d:\d\d)")


def timestamp(value: Any) -> float | None:
    """The seconds of a moment as RFC 3339 writes it; None when it is none."""
    match = _RFC3339.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        return None
    try:
        zone = "+00:00" if match[3] == "Z" else match[3]
        return datetime.fromisoformat(match[1] + zone).timestamp() + float(match[2] or 0)
    except (ValueError, OverflowError):
        return None


def _number(value: Any) -> Any:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _string(value: Any) -> Any:
    return value if isinstance(value, str) else None


def _boolean(value: Any) -> Any:
    return value if isinstance(value, bool) else None


_KINDS: dict[str, Callable[[Any], Any]] = {
    "String": _string,
    "Numeric": _number,
    "Boolean": _boolean,
    "Timestamp": timestamp,
}
_IS: dict[str, Callable[[Any], bool]] = {
    "IsNull": lambda value: value is None,
    "IsNumeric": lambda value: _number(value) is not None,
    "IsString": lambda value: isinstance(value, str),
    "IsBoolean": lambda value: isinstance(value, bool),
    "IsTimestamp": lambda value: timestamp(value) is not None,
}
TESTS = frozenset({*(kind + order for kind in _KINDS for order in _ORDERS), "StringMatches", "IsPresent", *_IS})


def compared(name: str, value: Any, wanted: Any) -> bool:
    """Whether a comparison holds."""
    if name in _IS:
        return bool(_IS[name](value) == wanted)
    if name == "StringMatches":
        return isinstance(value, str) and matches(str(wanted), value)
    kind = next(each for each in _KINDS if name.startswith(each))
    left, right = _KINDS[kind](value), _KINDS[kind](wanted)
    return bool(left is not None and right is not None and _ORDERS[name.removeprefix(kind)](left, right))


def matches(pattern: str, text: str) -> bool:
    r"""Whether a text is of a pattern with ``*``; ``\*`` is a star, ``\\`` a backslash. It looks at each part once."""
    parts, at = [""], 0
    while at < len(pattern):
        if pattern[at] == "\\" and at + 1 < len(pattern):
            parts[-1] += pattern[at + 1]
            at += 2
            continue
        if pattern[at] == "*":
            parts.append("")
        else:
            parts[-1] += pattern[at]
        at += 1
    if len(parts) == 1:
        return parts[0] == text
    first, *middle, last = parts
    if len(text) < len(first) + len(last) or not text.startswith(first) or not text.endswith(last):
        return False
    at, end = len(first), len(text) - len(last)
    for part in middle:
        found = text.find(part, at, end)
        if found < 0:
            return False
        at = found + len(part)
    return True
