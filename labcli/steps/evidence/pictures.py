"""The views of ``show`` that are pictures, by name. What draws them is imported when one is drawn: few commands do."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from labcli.machines.picture import Bars, Timeline, Tree

Documents = Mapping[str, Mapping[str, Any]]


def _timeline(documents: Documents) -> Timeline | None:
    """An execution over time: its states, attempts and branches, the rule that a Choice took, what went in and out."""
    from labcli.machines.drawings import timeline

    return timeline(documents)


def _branches(documents: Documents) -> Bars | None:
    """What ran at the same time: the branches of an execution, or several executions, on one scale of time."""
    from labcli.machines.drawings import branches

    return branches(documents)


def _tree(documents: Documents) -> Tree | None:
    """A state machine's definition: every way, what is retried, what is caught."""
    from labcli.machines.drawings import tree

    return tree(documents)


PICTURES: dict[str, Callable[[Documents], Timeline | Bars | Tree | None]] = {
    "timeline": _timeline,
    "branches": _branches,
    "tree": _tree,
}

MADE_OF: dict[str, str] = {"timeline": "events", "branches": "events", "tree": "definition"}
"""The key that a document has when the picture can be drawn from it."""


def fitting(picture: str, document: Mapping[str, Any], label: str = "") -> Iterator[tuple[str, Any]]:
    """The documents that a picture can be drawn from, by their names: this one, or those inside it."""
    from labcli.machines.drawings import fitting as found

    return found(picture, document, label)
