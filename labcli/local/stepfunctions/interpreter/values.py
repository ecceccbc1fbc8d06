"""JSON values: their text, their size, and what evaluating may cost.

Values are never changed in place: what is made from them shares them.
"""

from __future__ import annotations

import json
from typing import Any

from labcli.local.stepfunctions.interpreter.errors import too_large
from labcli.rules.asl.quotas import DATA

MOST_STEPS = 200_000
"""Values that one state's paths may look at; the input of the largest size holds fewer."""


def text_of(value: Any) -> str:
    """The JSON text of a value, as AWS writes it: without blanks."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def size_of(text: str) -> int:
    """Bytes of a text."""
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))


class Budget:
    """What the evaluation of one state may cost. Values that are put together share their parts, so that a small
    template can make an immense text: its size is counted before it is made."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.left = 4 * DATA
        self.steps = MOST_STEPS

    def weigh(self, value: Any) -> Any:
        """Count a value that becomes part of another; the value itself. States.DataLimitExceeded beyond the bounds."""
        if isinstance(value, str):
            self.spend(len(value))
        elif isinstance(value, dict | list):
            self.spend(len(text_of(value)))
        else:
            self.spend(8)
        return value

    def spend(self, size: int) -> None:
        """Count this many characters."""
        self.left -= size
        if self.left < 0:
            raise too_large(self.name)

    def look(self) -> None:
        """Count one value that is looked at."""
        self.steps -= 1
        if self.steps < 0:
            raise too_large(self.name)
