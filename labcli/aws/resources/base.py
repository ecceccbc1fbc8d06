"""What a kind of resource is to those who create, prove and delete it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from labcli.context import Aws
from labcli.lab.language import Kind
from labcli.lab.model import ResourceSpec

TAG_RUN, TAG_LAB, TAG_OWNER = "labcli:run", "labcli:lab", "labcli:owner"
PREFIX = "labcli-"
"""Every AWS name of ours starts so; the run's id in it keeps it apart from everybody else's."""


@dataclass(frozen=True)
class Place:
    """Where resources live: what an ARN says of it."""

    account: str
    region: str
    partition: str = "aws"


@dataclass(frozen=True)
class Found:
    """A resource that a sweep found: its kind, its AWS name, its tags, and its age in seconds where AWS says it."""

    kind: str
    name: str
    tags: Mapping[str, str]
    age: float | None = None


@dataclass(frozen=True)
class Row:
    """A line about a resource for people: what it is and what is special about it."""

    kind: str
    special: str


@dataclass(frozen=True)
class Sheet:
    """All about one live resource: named facts in the order in which to read them."""

    facts: tuple[tuple[str, str], ...]
    tags: Mapping[str, str] = field(default_factory=dict)


class LiveKind(Kind, Protocol):
    """A kind with its AWS side."""

    @property
    def rank(self) -> int:
        """Cleanup deletes from low to high: what uses others goes before what is used."""

    def aws_name(self, prefix: str, spec: ResourceSpec) -> str:
        """The full AWS name, chosen before the create: ``labcli-mon-k3f9x2a7-orders``."""

    def create(
        self, aws: Aws, name: str, spec: ResourceSpec, tags: Mapping[str, str], fill: Callable[[Any], Any]
    ) -> dict[str, str]:
        """Create it, tagged, and return what only AWS knows of it (``url``). ``fill`` puts values into references."""

    def predict(self, name: str, place: Place) -> dict[str, str]:
        """What is known of it before it exists: its name, and its ARN where AWS makes it of known parts."""

    def attributes_of(self, aws: Aws, name: str) -> dict[str, str] | None:
        """What only AWS knows of the one with this name, None when a read says that there is none."""

    def tags(self, aws: Aws, name: str) -> dict[str, str] | None:
        """Its tags, None when a read of the thing itself says that it does not exist. AwsError when nobody knows."""

    def delete(self, aws: Aws, name: str) -> None:
        """Delete it; nothing happens when it does not exist."""

    def sweep(self, aws: Aws) -> list[Found]:
        """All of this kind whose names start with ``labcli-``."""

    def row(self, spec: ResourceSpec) -> Row:
        """What is special about it, for the table of a create."""

    def sheet(self, aws: Aws, name: str) -> Sheet | None:
        """All about the live one, None when there is none."""

    def by_hand(self, name: str, account: str, region: str) -> str:
        """The aws command that deletes it by hand."""
