"""An expectation in words."""

from __future__ import annotations

from typing import Any

from labcli.show.text import visible

_WORDS = {
    "lt": "less than", "lte": "at most", "gt": "more than", "gte": "at least", "not": "not", "equals": "",
    "contains": "contains", "matches": "matches",
}  # fmt: skip


def expected_text(expected: Any) -> str:
    """An expectation in words: ``more than 30``, ``something``, or the value itself."""
    if isinstance(expected, dict) and len(expected) == 1:
        name, value = next(iter(expected.items()))
        if name == "present":
            return "something" if value else "nothing"
        if name in _WORDS:
            return f"{_WORDS[name]} {visible(value)}".strip()
    return visible(expected)
