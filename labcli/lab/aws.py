"""AWS and its resources as the lab language sees them: shapes, operations, the catalog of them, resource kinds.

The language itself stays pure: the kinds (``labcli.aws.resources``) and the catalog (``labcli.aws.catalog``) are
handed in as these protocols.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from labcli.lab.model import Effect, Planned, ResourceSpec, Where
from labcli.lab.reader import Findings, Reader


class Shape(Protocol):
    """A type of AWS's API model."""

    @property
    def name(self) -> str:
        """Its name in the model: ``String``, ``QueueAttributeName``."""

    @property
    def kind(self) -> str:
        """``structure``, ``list``, ``map``, ``string``, ``blob``, ``integer``, ``float``, ``boolean`` …"""

    @property
    def members(self) -> Mapping[str, Shape]:
        """The members of a structure."""

    @property
    def required(self) -> tuple[str, ...]:
        """The members that must be there."""

    @property
    def element(self) -> Shape | None:
        """What a list, or a map, holds."""

    @property
    def enum(self) -> tuple[str, ...]:
        """The words that are allowed, empty when any are."""

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys that a map can have, empty when any can."""


class Operation(Protocol):
    """One operation of AWS's API."""

    @property
    def effect(self) -> Effect | None:
        """What it does; None for an operation that nobody has reviewed and that is not plainly a read."""

    @property
    def reviewed(self) -> bool:
        """Whether somebody has looked at it: a check makes no other call."""

    @property
    def iam_action(self) -> str:
        """The IAM action that allows it: ``sqs:SendMessage``."""

    @property
    def input(self) -> Shape | None:
        """Its parameters."""

    @property
    def output(self) -> Shape | None:
        """Its answer."""

    @property
    def object_param(self) -> str:
        """The parameter that names what it acts on (``QueueUrl``), empty when unknown."""

    @property
    def errors(self) -> frozenset[str]:
        """Every error that the model declares, by code and by class name."""


class Catalog(Protocol):
    """AWS's operations, from the models that ship with botocore; no network."""

    def services(self) -> list[str]:
        """Every service by its boto3 name."""

    def operations(self, service: str) -> list[str]:
        """The operations of a service by their boto3 names."""

    def operation(self, service: str, name: str) -> Operation | None:
        """One operation, None when there is no such one."""


class Kind(Protocol):
    """A kind of resource. One file in ``labcli/aws/resources`` and one line in its dict."""

    @property
    def brought(self) -> bool:
        """Whether it only comes along with others, and no lab declares one."""

    @property
    def attributes(self) -> Mapping[str, str]:
        """What ``${name.…}`` can ask for, and what each is (``url``, ``arn``, ``name``)."""

    def attributes_of(self, spec: ResourceSpec) -> Mapping[str, str]:
        """What ``${name.…}`` can ask for of this very one: what works with a role of the lab brings none."""

    @property
    def known_before(self) -> frozenset[str]:
        """Its attributes that its name tells, before it exists and after it has gone."""

    def read(self, declaration: Reader) -> Any:
        """Read a declaration."""

    def needs(self, props: Any) -> tuple[tuple[str, str], ...]:
        """The resources that must exist before it: (key in the declaration, name)."""

    def brings(self, spec: ResourceSpec, others: Mapping[str, ResourceSpec]) -> tuple[ResourceSpec, ...]:
        """What it cannot be without, and no lab declares: its role, its log group. Called ``flow.role`` and so on."""

    def check(self, spec: ResourceSpec, others: Mapping[str, ResourceSpec], findings: Findings) -> None:
        """Report what AWS would refuse."""

    def check_call(
        self, operation: str, params: Mapping[str, Any], spec: ResourceSpec, where: Where, findings: Findings
    ) -> None:
        """Report what AWS would refuse in a call on such a resource."""

    def shape(self, spec: ResourceSpec) -> list[Planned]:
        """The calls that create it."""

    def shape_of_delete(self, spec: ResourceSpec) -> list[Planned]:
        """The calls that delete it and prove it."""

    def texts(self, spec: ResourceSpec) -> list[str]:
        """What it brings from beside the lab file: the source of a function."""

    @property
    def permits(self) -> bool:
        """Whether it needs a permission that ``permit`` can write."""

    def shape_of_permit(self, spec: ResourceSpec) -> list[Planned]:
        """The calls that write that permission."""

    @property
    def updates(self) -> bool:
        """Whether ``update`` can change it."""

    @property
    def puts_back(self) -> bool:
        """Whether an update of another day's can be undone: only then a lab may update it."""

    def shape_of_update(self, spec: ResourceSpec, borrowed: bool) -> list[Planned]:
        """The calls that make it as ``spec`` says; ``borrowed``: with those that read what to put back."""

    def shape_of_put_back(self, spec: ResourceSpec) -> list[Planned]:
        """The calls that undo an update."""
