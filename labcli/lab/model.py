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
    of: str = ""
    """The resource that brought it along, empty for one that the lab declares."""
    lab: str = ""
    """The lab it is borrowed from, empty for one of the lab's own; its name is ``wed.flow`` then."""


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
    invite: Step | None = None
    """A read that a person is invited to make by hand after the step; its title is the invitation."""
    matrix: str = ""
    arms: tuple[Step, ...] = ()
    steps: tuple[Step, ...] = ()

    def tree(self) -> list[Step]:
        """The step and everything inside it."""
        return [self, *(each for inner in (*self.arms, *self.steps) for each in inner.tree())]


class Question(NamedTuple):
    """A question of the quiz or of the review. Without ``options`` it is open: ``answer`` is then a model answer."""

    text: str
    options: tuple[str, ...]
    answer: str
    because: str = ""
    source: str = ""
    review: bool = False


class CallSpec(NamedTuple):
    """A call of the learner's: its operation, on what, and matchers for its parameters and its answer."""

    service: str
    operation: str
    to: str = ""
    """The resource that it is about, by its name in the lab; empty: any."""
    params: Mapping[str, Any] = {}
    """Matchers by JMESPath, as in ``expect``, of its parameters."""
    answer: Mapping[str, Any] = {}
    error: str = ""
    """The error that AWS answered, ``*`` for any. Empty: it succeeded."""
    where: Where = ()

    def __str__(self) -> str:
        return f"{self.service}.{self.operation}"


class Called(NamedTuple):
    """One of the calls that a task wants: any of these."""

    title: str
    any: tuple[CallSpec, ...]
    where: Where
    early: str = ""
    """What to say when it was made, but before one that stands above it."""


class Near(NamedTuple):
    """A near miss that the author foresaw, and the one sentence to say. It is met when all that it names is so.

    ``when``: what the failed check or proof saw. ``do``: a read of its own, whose ``expect`` holds. ``call``: a call of
    the learner's, since the task was opened; only one of these two.
    """

    say: str
    where: Where
    when: Mapping[str, Any] = {}
    do: Step | None = None
    call: CallSpec | None = None


class Task(NamedTuple):
    """One thing to build, mend or take away."""

    id: str
    number: int
    title: str
    text: str
    where: Where
    needs: tuple[str, ...] = ()
    """The tasks that come before it."""
    resources: Mapping[str, ResourceSpec] = {}
    """What labcli makes for it, with what that brings along."""
    given: tuple[Step, ...] = ()
    """How labcli sets the scene."""
    yours: Mapping[str, ResourceSpec] = {}
    """What the learner makes; what an earlier task said of it is in it."""
    calls: tuple[Called, ...] = ()
    allows: tuple[Mapping[str, Any], ...] = ()
    """What policies must mean: ``{topic: menu, to: kitchen}``, ``{role: dispatch, may: […], only: true}``."""
    gone: tuple[str, ...] = ()
    checks: tuple[Step, ...] = ()
    proof: tuple[Step, ...] = ()
    near: Mapping[str, tuple[Near, ...]] = {}
    """The near misses of a check or proof by its number; under the empty text those of the whole task."""
    hints: tuple[str, ...] = ()
    solution: tuple[Step, ...] = ()
    because: str = ""

    def needs_names(self, lab: Lab) -> set[str]:
        """What the learner made for the tasks that it builds on."""
        return {name for task in lab.tasks if task.id in self.needs for name in task.yours}


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
    raw: bytes
    """What stands in the file, byte for byte."""
    needed: Mapping[str, Any] = {}
    """The labs whose resources this one uses, by their ids: each a ``Lab``."""
    quiz: tuple[Question, ...] = ()
    """The questions of ``quiz:``, then those of ``review:``."""
    tasks: tuple[Task, ...] = ()
    """What a learner does by hand."""

    @property
    def digest(self) -> str:
        """The SHA-256 of the file: whether it is still the lab that a run ran."""
        from hashlib import sha256  # it brings OpenSSL with it, which a page of the lab does not need

        return sha256(self.raw).hexdigest()

    @property
    def by_hand(self) -> Lab:
        """The world of its tasks as a lab: what labcli makes for them and what the learner makes; none of its steps."""
        found: dict[str, ResourceSpec] = {}
        for task in self.tasks:
            found.update({**task.resources, **task.yours})
        return self._replace(resources=found, steps=(), checks=(), needed={}, quiz=())

    def task(self, wanted: str) -> Task | None:
        """The task with this id or number."""
        return next((task for task in self.tasks if wanted in (task.id, str(task.number))), None)

    @property
    def borrowed(self) -> dict[str, ResourceSpec]:
        """The resources of the labs that this one needs, as it names them: ``wed.flow``."""
        return {
            f"{lab}.{name}": spec._replace(name=f"{lab}.{name}", lab=lab)
            for lab, other in self.needed.items()
            for name, spec in other.resources.items()
        }

    def spec(self, name: Any) -> ResourceSpec | None:
        """A resource of this lab, or of one that it needs, by the name that a step uses."""
        if not isinstance(name, str):
            return None
        lab, _, rest = name.partition(".")
        if lab in self.needed:
            found = self.needed[lab].resources.get(rest)
            return found._replace(name=name, lab=lab) if found is not None else None
        return self.resources.get(name)

    @property
    def declared(self) -> dict[str, ResourceSpec]:
        """The resources that the file declares, without those that they bring along."""
        return {name: spec for name, spec in self.resources.items() if not spec.of}

    def every_step(self) -> list[Step]:
        """All steps and sub-steps, in the order of the file, without the checks."""
        return [each for step in self.steps for each in step.tree()]

    def step(self, wanted: str) -> Step | None:
        """The top-level step with this number or id."""
        return next((s for s in self.steps if wanted in (s.number, s.id) and wanted), None)
