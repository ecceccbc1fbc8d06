"""The blocks ``in_order``, ``together`` and ``either``: named steps inside a step."""

from __future__ import annotations

from typing import Any

from labcli.lab.reader import Reader
from labcli.steps.base import Plain


class Block(Plain):
    """Named sub-steps. The runner performs them (``labcli.steps.perform``): it is the one who performs steps."""

    block = True

    def __init__(self, word: str) -> None:
        self.word = word

    def read(self, step: Reader) -> None:
        """The sub-steps are read with all other steps."""
        step.raw(self.word)

    def title(self, args: Any) -> str:
        """A block says its own title."""
        titles = {"in_order": "Several steps in order", "together": "Several steps together"}
        return titles.get(self.word, "One of several steps")
