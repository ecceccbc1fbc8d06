"""The shape of what a verb gives, so that a misspelt path is found before anything is called."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from labcli.lab.aws import Shape


@dataclass(frozen=True)
class Given:
    """A ``Shape`` of our own; ``kind`` is ``any`` where only a run can tell."""

    name: str = ""
    kind: str = "any"
    members: Mapping[str, Shape] = field(default_factory=dict)
    element: Shape | None = None
    required: tuple[str, ...] = ()
    enum: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()


ANY = Given()
"""Only a run can tell."""


def words(*allowed: str) -> Given:
    """A text that is one of these words."""
    return Given(kind="string", enum=allowed)


def list_of(item: Shape | str) -> Given:
    """A list of such items."""
    return Given(kind="list", element=_shape(item))


def map_of(item: Shape | str) -> Given:
    """A mapping whose keys only a run can tell."""
    return Given(kind="map", element=_shape(item))


def structure(members: Mapping[str, Shape | str], name: str = "answer") -> Given:
    """A mapping of members, each by its shape or by the kind of it."""
    return Given(name, "structure", {key: _shape(item) for key, item in members.items()})


def _shape(item: Shape | str) -> Shape:
    return Given(kind=item) if isinstance(item, str) else item
