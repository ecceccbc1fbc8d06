"""What a kind of resource is to those who create, prove and delete it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

from labcli.context import Aws
from labcli.lab.language import Kind
from labcli.lab.model import ResourceSpec

TAG_RUN, TAG_LAB, TAG_OWNER = "labcli:run", "labcli:lab", "labcli:owner"
PLANNED_TAGS = {TAG_RUN: "${run.id}", TAG_LAB: "${run.lab}", TAG_OWNER: "${run.owner}"}
"""The tags of every create, as a plan knows them."""

PREFIX = "labcli-"
"""Every AWS name of ours starts so; the run's id in it keeps it apart from everybody else's."""


class Place(NamedTuple):
    """Where resources live: what an ARN says of it."""

    account: str
    region: str
    partition: str = "aws"
    endpoint: str = ""
    """The URL of the embedded AWS, empty for AWS's own."""


class Found(NamedTuple):
    """A resource that a sweep found: its kind, its AWS name, its tags, and when it was made (seconds since the epoch),
    where AWS says it."""

    kind: str
    name: str
    tags: Mapping[str, str]
    created: float | None = None
    unread: str = ""
    """Why its tags could not be read: nobody knows whose it is."""


class Row(NamedTuple):
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

    def tagged(self, params: Mapping[str, Any], tags: Mapping[str, str]) -> dict[str, Any]:
        """The parameters of a lab's own create call, with our tags in them."""

    def predict(self, name: str, place: Place) -> dict[str, str]:
        """What is known of it before it exists: its name, and its ARN where AWS makes it of known parts."""

    def attributes_of(self, aws: Aws, name: str) -> dict[str, str] | None:
        """What only AWS knows of the one with this name, None when a read says that there is none."""

    def tags(self, aws: Aws, name: str, known: Mapping[str, str]) -> dict[str, str] | None:
        """Its tags, None when a read of the thing itself says that it does not exist. AwsError when nobody knows.

        ``known`` is what its create returned, where a ledger has it; it spares looking the name up.
        """

    def delete(self, aws: Aws, name: str, known: Mapping[str, str]) -> None:
        """Delete it; nothing happens when it does not exist."""

    def sweep(self, aws: Aws) -> list[Found]:
        """All of this kind whose names start with ``labcli-``."""

    def row(self, spec: ResourceSpec) -> Row:
        """What is special about it, for the table of a create."""

    def sheet(self, aws: Aws, name: str) -> Sheet | None:
        """All about the live one, None when there is none."""

    def by_hand(self, name: str, place: Place) -> str:
        """The aws command that deletes it by hand."""
