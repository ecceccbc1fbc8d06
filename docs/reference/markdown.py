"""The little Markdown that the pages need."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table. A bar in a cell would end it, so it is escaped."""
    lines = [_row(columns), _row(["---"] * len(columns)), *(_row(row) for row in rows)]
    return "\n".join(lines) + "\n"


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|').replace(chr(10), ' ') for cell in cells)} |"


def code(text: str) -> str:
    """Text as code, empty for nothing."""
    return f"`{text}`" if text else ""


def listed(words: Iterable[str]) -> str:
    """Words as code, with commas."""
    return ", ".join(code(word) for word in words)


def block(text: str, language: str = "") -> str:
    """A block of code."""
    return f"```{language}\n{text.strip(chr(10))}\n```\n"


def paragraphs(thing: object) -> list[str]:
    """What the module of a thing says of itself, paragraph by paragraph: a verb, and a kind, has a file of its own."""
    text = sys.modules[type(thing).__module__].__doc__ or ""
    return sentence(text).split("\n\n")


def sentence(text: str | None) -> str:
    """The text of a docstring as one paragraph a blank line apart, indentation taken away."""
    paragraphs = [" ".join(part.split()) for part in (text or "").strip().split("\n\n")]
    return "\n\n".join(part.replace("``", "`") for part in paragraphs)
