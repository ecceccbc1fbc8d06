"""The blocks ``in_order``, ``together`` and ``either``: named steps inside a step."""

from __future__ import annotations

from typing import Any

from labcli.lab.given import ANY
from labcli.lab.reader import Reader
from labcli.steps.verb import Plain


class Block(Plain):
    """Named sub-steps. The runner performs them (``labcli.steps.perform``): it is the one who performs steps."""

    block = True
    gives = ANY
    word = ""
    said = ""

    def read(self, step: Reader) -> None:
        """The sub-steps are read with all other steps."""
        step.raw(self.word)

    def title(self, args: Any) -> str:
        """A block says its own title."""
        return self.said


class InOrder(Block):
    """One after the other."""

    word, said = "in_order", "Several steps in order"


class Together(Block):
    """All at once."""

    word, said = "together", "Several steps together"


class Either(Block):
    """One of them: the one that a person chooses, or the first."""

    word, said = "either", "One of several steps"
