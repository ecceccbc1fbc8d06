"""The rails of a tree: what stands in front of a line so that the eye finds whose it is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple


class Rail(NamedTuple):
    """What stands before an item, and before the lines under it and what is inside it."""

    own: str
    inside: str


def rails(items: Sequence[Any], before: str = "") -> Iterator[tuple[Any, Rail]]:
    """The items of one level, each with its rail; ``before`` is the rail of the level around it."""
    for number, item in enumerate(items):
        last = number == len(items) - 1
        within = before + ("    " if last else "│   ")
        yield item, Rail(before + ("└── " if last else "├── "), within)


def narrow(rail: str, width: int) -> str:
    """A rail in half of ``width`` columns at most: of one that is deeper, the end, which is nearest to its item."""
    most = max(1, width // 2)
    return rail if len(rail) <= most else "…" + rail[len(rail) - most + 1 :]
