"""A value of a document in words: one text, whoever shows it."""

from __future__ import annotations

import json
from typing import Any


def text_of(value: Any) -> str:
    """A value as one text: text as it is, lists of texts with spaces, the rest as JSON."""
    if value is None:
        return "nothing"
    if isinstance(value, str):
        return value
    if isinstance(value, list) and value and all(isinstance(each, str | int | float) for each in value):
        return " ".join(str(each) for each in value)
    if isinstance(value, float):
        return f"{value:g}" if abs(value) >= 0.005 or value == 0 else f"{value:.3f}"
    return json.dumps(value, ensure_ascii=False)
