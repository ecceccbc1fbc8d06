"""What every verb is: its words, its check, its shape and its run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol

from labcli.lab.aws import Shape
from labcli.lab.expect import Expectation
from labcli.lab.given import structure
from labcli.lab.language import Verb
from labcli.lab.model import Planned, Step
from labcli.lab.scope import Scope
from labcli.steps.evidence.evidence import Facts, Plot, Table
from labcli.steps.world import World


class Result(NamedTuple):
    """What a verb's run gave: the document for ``expect`` and ``save``, and what it could not reach in time."""

    document: Mapping[str, Any]
    unmet: tuple[Expectation, ...] = ()


class LiveVerb(Verb, Protocol):
    """A verb with its run. Files of verbs hold one class each and subclass ``Plain`` for what they leave alone."""

    @property
    def background(self) -> bool:
        """Whether it ends when the steps beside it have ended."""

    def run(self, step: Step, world: World) -> Result:
        """Do it. AwsError as AWS answers; Stopped when the run is ending."""

    def facts(self, step: Step, document: Mapping[str, Any]) -> Facts:
        """The few facts that prove the step, when ``show`` names none."""

    def evidence(self, step: Step, document: Mapping[str, Any]) -> Table | Plot | None:
        """A table or a plot of its own, None when its facts are enough."""

    def queue(self, step: Step) -> str:
        """The queue whose ``depth`` the step can show (a URL as the step says it), empty for none."""

    def references(self, args: Any) -> Any:
        """The part of its arguments in which ``${…}`` is filled by a run: what a step stands on."""

    def patience(self, step: Step) -> float:
        """Seconds that it may wait for something to come, at most."""

    def moves(self, step: Step) -> tuple[set[str], set[str]]:
        """The queues, by their names in the lab, that it puts messages into, and those that it takes from."""


class Plain:
    """What most verbs have in common."""

    takes: frozenset[str] = frozenset()
    block: bool = False
    reads: bool = False
    repeats: bool = False
    background: bool = False
    gives: Shape = structure({})

    def check(self, step: Step, scope: Scope) -> None:
        """Nothing to report."""

    def answer(self, step: Step, scope: Scope) -> Shape:
        """What the verb gives."""
        return self.gives

    def shape(self, step: Step, scope: Scope) -> list[Planned]:
        return []

    def run(self, step: Step, world: World) -> Result:
        """Nothing of its own: the steps inside it are performed by ``labcli.steps.perform``."""
        return Result({})

    def facts(self, step: Step, document: Mapping[str, Any]) -> Facts:
        """No facts beyond what ``expect`` and ``save`` name."""
        return []

    def evidence(self, step: Step, document: Mapping[str, Any]) -> Table | Plot | None:
        return None

    def queue(self, step: Step) -> str:
        return ""

    def references(self, args: Any) -> Any:
        """None: bare names only."""
        return ()

    def patience(self, step: Step) -> float:
        """What ``within`` says."""
        return step.within or 0.0

    def moves(self, step: Step) -> tuple[set[str], set[str]]:
        return set(), set()
