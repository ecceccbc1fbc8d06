"""What a run tells while it happens: started, step by step, ended. Data; ``labcli.show`` draws it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from labcli.aws.targets import Target
from labcli.errors import ExitCode
from labcli.lab.expect import Expectation
from labcli.lab.model import Call, Lab, Step
from labcli.steps.evidence.evidence import Evidence
from labcli.steps.world import Waiting


class Started(NamedTuple):
    """A run begins."""

    lab: Lab
    run: str
    target: Target


class Note(NamedTuple):
    """Something worth a line: an earlier run was taken away, a step was repeated."""

    text: str


class StepStarted(NamedTuple):
    """A step begins."""

    step: Step


class CallMade(NamedTuple):
    """A call was made; ``answer`` is what came, or the error."""

    call: Call
    answer: Any


class Outcome(NamedTuple):
    """How a step ended. ``state``: ``passed``, ``failed``, ``skipped``, ``repeated``, ``interrupted``."""

    step: Step
    state: str
    seconds: float = 0.0
    calls: int = 0
    expectations: tuple[Expectation, ...] = ()
    tries: int = 1
    evidence: Evidence | None = None
    error: str = ""
    hint: str = ""
    near: str = ""
    """A near miss of a step that failed: what its queue holds now."""


class LiveResource(NamedTuple):
    """A resource that the run leaves alive, or may have left."""

    name: str
    kind: str
    aws_name: str
    sure: bool = True


class Ended(NamedTuple):
    """How a run ended. ``state``: ``passed``, ``failed``, ``interrupted``."""

    lab: Lab
    run: str
    target: Target
    state: str
    outcomes: tuple[Outcome, ...]
    seconds: float
    calls: int
    live: tuple[LiveResource, ...]
    cost: str
    stopped_at: str = ""
    made_first: Mapping[str, int] = {}
    """The labs whose resources were made first, and how many of each are live."""
    left: bool = False
    """Whether a cleanup at the end left something behind."""
    exit_code: ExitCode = ExitCode.OK

    @property
    def held(self) -> int:
        """How many expectations held."""
        return sum(each.met for outcome in self.outcomes for each in outcome.expectations)


Event = Started | Note | StepStarted | Waiting | CallMade | Outcome | Ended
Tell = Callable[[Event], None]
