"""The shape of what a verb gives, so that a misspelt path is found before anything is called."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Given:
    """A ``Shape`` of our own; ``kind`` is ``any`` where only a run can tell."""

    name: str
    kind: str = "any"
    members: Mapping[str, Given] = field(default_factory=dict)
    element: Given | None = None
    required: tuple[str, ...] = ()
    enum: tuple[str, ...] = ()


def structure(name: str, members: Mapping[str, str]) -> Given:
    """A structure of members by their kinds; the items of a ``list`` can be anything."""
    item = Given("item")
    return Given(name, "structure", {
        key: Given(key, kind, element=item if kind == "list" else None) for key, kind in members.items()
    })  # fmt: skip
