"""What a kind of resource is to those who create, prove and delete it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

from labcli.context import Aws
from labcli.errors import AwsError
from labcli.lab.aws import Kind
from labcli.lab.model import Planned, ResourceSpec, Where
from labcli.lab.reader import Findings

TAG_RUN, TAG_LAB, TAG_OWNER = "labcli:run", "labcli:lab", "labcli:owner"
ORPHAN = "*"
"""The owner of what has no tags of its own and outlives what had them. AWS takes no ``*`` in a tag."""
PLANNED_TAGS = {TAG_RUN: "${run.id}", TAG_LAB: "${run.lab}", TAG_OWNER: "${run.owner}"}
"""The tags of every create, as a plan knows them."""

PREFIX = "labcli-"
"""Every AWS name of ours starts so; the run's id in it keeps it apart from everybody else's."""

Fill = Callable[[Any], Any]
"""Puts values into the references of a declaration."""
Settled = Callable[[], None]
"""Comes back when the last change of a resource is done and AWS takes the next one."""


class Place(NamedTuple):
    """Where resources live: what an ARN says of it."""

    account: str
    region: str
    partition: str = "aws"
    endpoint: str = ""
    """The URL of the embedded AWS, empty for AWS's own."""

    def arn(self, service: str, resource: str) -> str:
        """The ARN of a resource here; IAM's have no region."""
        region = "" if service == "iam" else self.region
        return f"arn:{self.partition}:{service}:{region}:{self.account}:{resource}"

    @property
    def options(self) -> str:
        """What an aws command needs to act here."""
        return f"--endpoint-url {self.endpoint}" if self.endpoint else f"--region {self.region}"


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
    definition: str = ""
    """A state machine's definition as AWS keeps it, JSON text."""
    lines: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Headed lists of lines: a topic's subscriptions, a function's last log lines."""


class LiveKind(Kind, Protocol):
    """A kind with its AWS side. ``known`` is what is known of a resource: see ``known_of``; its ``name`` always.

    What acts on a live thing is reached through a ``Handle``, which finds it first: ``tags``, ``delete`` and ``sheet``
    are given what ``find`` found, so that all of them mean the same thing.
    """

    @property
    def rank(self) -> int:
        """Cleanup deletes from low to high: what uses others goes before what is used."""

    @property
    def absent_reads(self) -> int:
        """On a real account, how many reads in a row must say "not there" before it is believed."""

    @property
    def patience(self) -> float:
        """Seconds that a deleted one gets to disappear on a real account."""

    @property
    def gone(self) -> frozenset[str]:
        """The codes by which AWS says that there is none."""

    @property
    def arn_has(self) -> str:
        """What stands in the ARN of each, and of no other kind's; empty where the tag search knows none of them."""

    def aws_name(self, prefix: str, spec: ResourceSpec, others: Mapping[str, ResourceSpec]) -> str:
        """The full AWS name, chosen before the create: ``labcli-mon-k3f9x2a7-orders``.

        What AWS gives no name is named after what it joins: ``labcli-…-orders/labcli-…-audit``.
        """

    def create(self, aws: Aws, name: str, spec: ResourceSpec, tags: Mapping[str, str], fill: Fill) -> dict[str, str]:
        """Create it, tagged, and return what only AWS knows of it (``url``). ``fill`` puts values into references."""

    def ready(self, aws: Aws, known: Mapping[str, str]) -> bool:
        """Whether it can be used: a function is ``Pending`` for a while. LabcliError when it never will be."""

    def not_yet(self, error: AwsError) -> bool:
        """Whether a create was refused only because AWS does not know yet what was created a moment ago."""

    def tagged(self, params: Mapping[str, Any], tags: Mapping[str, str]) -> dict[str, Any]:
        """The parameters of a lab's own create call, with our tags in them."""

    def predict(self, name: str, place: Place) -> dict[str, str]:
        """What is known of it before it exists: its name, and its ARN where AWS makes it of known parts."""

    def find(self, aws: Aws, known: Mapping[str, str]) -> dict[str, str] | None:
        """What only AWS knows of the one with this name (``url``, ``uuid``, its ``state``); None when a read of the
        thing itself says that there is none. What was recorded of another thing is not believed. AwsError."""

    def tags(self, aws: Aws, known: Mapping[str, str]) -> dict[str, str]:
        """The tags of one that was found. AwsError when nobody knows."""

    def delete(self, aws: Aws, known: Mapping[str, str]) -> None:
        """Delete one that was found; nothing happens when it is gone meanwhile."""

    def any_of(self, kind: str) -> ResourceSpec:
        """One that stands for any of this kind, in the shape of a call about resources that nobody knows yet."""

    def sweep(self, aws: Aws) -> list[Found]:
        """All of this kind whose names start with ``labcli-``."""

    def shape_of_sweep(self) -> list[Planned]:
        """The calls of a sweep."""

    def key_of(self, name: str) -> str:
        """What a lab may have called the one with this AWS name."""

    def row(self, spec: ResourceSpec) -> Row:
        """What is special about it, for the table of a create."""

    def sheet(self, aws: Aws, known: Mapping[str, str]) -> Sheet:
        """All about one that was found, but for its tags. AwsError."""

    def by_hand(self, name: str, place: Place) -> str:
        """The aws command that deletes it by hand."""

    def permit(self, aws: Aws, spec: ResourceSpec, fill: Fill) -> None:
        """Write the permission that it needs to work. Only where ``permits``."""

    def whole(self, spec: ResourceSpec, others: Mapping[str, ResourceSpec]) -> ResourceSpec:
        """An updated declaration, with what the lab's other resources want of it. Only where ``updates``."""

    def update(self, aws: Aws, known: Mapping[str, str], spec: ResourceSpec, fill: Fill, settled: Settled) -> None:
        """Make the live one as ``spec`` declares, each change when the last is ``settled``. Only where ``updates``."""

    def before(self, aws: Aws, known: Mapping[str, str]) -> dict[str, str]:
        """What ``put_back`` needs to make it again what it is now. Only where ``updates``."""

    def put_back(self, aws: Aws, known: Mapping[str, str], before: Mapping[str, str]) -> None:
        """Undo an ``update``. Only where ``updates``."""


class PlainKind:
    """What most kinds have in common."""

    absent_reads = 5
    patience = 120.0
    arn_has = ""
    permits = False
    updates = False
    puts_back = False
    brought = False
    attributes: Mapping[str, str] = {}
    known_before = frozenset({"name", "arn", "role.name", "role.arn", "log_group", "log_group_arn"})

    def needs(self, props: Any) -> tuple[tuple[str, str], ...]:
        return ()

    def attributes_of(self, spec: ResourceSpec) -> Mapping[str, str]:
        """The kind's."""
        return self.attributes

    def brings(self, spec: ResourceSpec, others: Mapping[str, ResourceSpec]) -> tuple[ResourceSpec, ...]:
        return ()

    def check(self, spec: ResourceSpec, others: Mapping[str, ResourceSpec], findings: Findings) -> None:
        """Nothing to report."""

    def check_call(
        self, operation: str, params: Mapping[str, Any], spec: ResourceSpec, where: Where, findings: Findings
    ) -> None:
        """Nothing to report."""

    def texts(self, spec: ResourceSpec) -> list[str]:
        """Nothing: all that it is stands in the lab file."""
        return []

    def aws_name(self, prefix: str, spec: ResourceSpec, others: Mapping[str, ResourceSpec]) -> str:
        """The prefix and the name in the lab."""
        return f"{prefix}-{spec.name}"

    def key_of(self, name: str) -> str:
        """What stands behind the run's id."""
        return name.split("-", 3)[-1].removesuffix(".fifo")

    def any_of(self, kind: str) -> ResourceSpec:
        """Called ``each``."""
        return ResourceSpec("each", kind, None, (), of="each")

    def ready(self, aws: Aws, known: Mapping[str, str]) -> bool:
        return True

    def not_yet(self, error: AwsError) -> bool:
        return False

    def shape_of_permit(self, spec: ResourceSpec) -> list[Planned]:
        return []

    def shape_of_update(self, spec: ResourceSpec, borrowed: bool) -> list[Planned]:
        """It cannot be updated."""
        return []

    def whole(self, spec: ResourceSpec, others: Mapping[str, ResourceSpec]) -> ResourceSpec:
        return spec

    def shape_of_put_back(self, spec: ResourceSpec) -> list[Planned]:
        """It cannot be put back."""
        return []

    def permit(self, aws: Aws, spec: ResourceSpec, fill: Fill) -> None:
        """The check lets no lab come here."""
        raise NotImplementedError(spec.kind)

    def update(self, aws: Aws, known: Mapping[str, str], spec: ResourceSpec, fill: Fill, settled: Settled) -> None:
        """The check lets no lab come here."""
        raise NotImplementedError(spec.kind)

    def before(self, aws: Aws, known: Mapping[str, str]) -> dict[str, str]:
        return {}

    def put_back(self, aws: Aws, known: Mapping[str, str], before: Mapping[str, str]) -> None:
        """The check lets no lab come here."""
        raise NotImplementedError


class Joining(PlainKind):
    """What most kinds have in common that join two others, and to which AWS gives no name: it is called after both."""

    def key_of(self, name: str) -> str:
        """``orders → audit``."""
        return " → ".join(super(Joining, self).key_of(each) for each in name.split("/"))


def known_of(kind: LiveKind, name: str, place: Place, recorded: Mapping[str, str]) -> dict[str, str]:
    """What is known of a resource without asking: what its name tells, and what a ledger recorded at its create.

    The name counts: what a ledger says of an ARN that the name tells as well is not looked at.
    """
    return {**recorded, **kind.predict(name, place)}
