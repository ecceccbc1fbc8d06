"""The lab as data: what a lab file says, after it was read and before anything is called."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, NamedTuple

Where = tuple[str | int, ...]
"""The way to a value in the lab file: ``("steps", 3, "with", "Body")``."""


class Effect(Enum):
    """What an operation does to the account it is called in."""

    READ = "read"
    DATA = "data"
    """It acts on what a resource holds (a message), not on the resource."""
    CHANGE = "change"
    CREATE = "create"
    DELETE = "delete"


class Call(NamedTuple):
    """One AWS API call: ``sqs``, ``send_message`` and its parameters by their AWS names."""

    service: str
    operation: str
    params: Mapping[str, Any]

    def __str__(self) -> str:
        return f"{self.service}.{self.operation}"


@dataclass(frozen=True)
class Times:
    """How often a call is made: from ``least`` to ``most``; ``until`` says what ends a repetition."""

    least: int = 1
    most: int = 1
    until: str = ""

    def __str__(self) -> str:
        count = f"{self.most}" if self.least == self.most else f"≤ {self.most}"
        return f"{count} × until {self.until}" if self.until else f"{count} ×"


class Planned(NamedTuple):
    """A call as the plan promises it: references that only a run can fill stand in its parameters as ``${…}``."""

    call: Call
    times: Times = Times()
    effect: Effect = Effect.READ


class ResourceSpec(NamedTuple):
    """A resource as the lab declares it. ``props`` is what its kind made of the declaration."""

    name: str
    kind: str
    props: Any
    where: Where
    raw: Mapping[str, Any] = {}
    """The declaration as it stands in the file."""


class Step(NamedTuple):
    """One thing that happens. A matrix step holds its ``arms``, a block its ``steps``; both are named."""

    number: str
    title: str
    verb: str
    args: Any
    where: Where
    name: str = ""
    id: str = ""
    within: float | None = None
    save: Mapping[str, str] = {}
    expect: Mapping[str, Any] = {}
    fails: str = ""
    show: tuple[tuple[str, str], ...] = ()
    """Columns of the evidence: (heading, JMESPath), or (view, "") for a named view."""
    ask: str = ""
    say: str = ""
    differs: Mapping[str, str] = {}
    matrix: str = ""
    arms: tuple[Step, ...] = ()
    steps: tuple[Step, ...] = ()

    def tree(self) -> list[Step]:
        """The step and everything inside it."""
        return [self, *(each for inner in (*self.arms, *self.steps) for each in inner.tree())]


class Lab(NamedTuple):
    """One lab file, one day."""

    id: str
    title: str
    week: int
    run_minutes: float
    guided_minutes: float
    goals: tuple[str, ...]
    notes: str
    resources: Mapping[str, ResourceSpec]
    steps: tuple[Step, ...]
    checks: tuple[Step, ...]
    file: str
    digest: str

    def every_step(self) -> list[Step]:
        """All steps and sub-steps, in the order of the file, without the checks."""
        return [each for step in self.steps for each in step.tree()]

    def step(self, wanted: str) -> Step | None:
        """The top-level step with this number or id."""
        return next((s for s in self.steps if wanted in (s.number, s.id) and wanted), None)
