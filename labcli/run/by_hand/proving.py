"""A lab proves itself: its steps and checks, and each task before and after its solution, in an AWS of its own.

A task must not hold before anybody did anything, its solution must make it hold, and nothing may be left. A check that
holds in an empty AWS, before the solution and after it, says nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from labcli.aws.targets import Session
from labcli.context import Context
from labcli.errors import LabcliError
from labcli.lab.aws import Catalog
from labcli.lab.model import Lab, Step, Task
from labcli.lab.refs import NoSuchValue
from labcli.run.by_hand.judge import Judge, Row, Verdict
from labcli.run.by_hand.scene import Scene, scene
from labcli.run.day import DayRun
from labcli.run.ledger.runs import all_runs, of_lab
from labcli.run.removal.cleanup import Cleanup
from labcli.run.verify import verify
from labcli.steps.perform import perform

_AFTER = 15.0
"""Seconds after its solution in which a task must hold: counts, policies and filters may lag (in AWS-like mode)."""
_EVERY = 0.5


class Proved(NamedTuple):
    """One thing that a lab had to show, and why it did not; ``why`` is empty when it did."""

    lab: str
    what: str
    why: str = ""
    seconds: float = 0.0


@dataclass
class Proving:
    """Proves one lab on one session, whose AWS is empty and nobody else's. ``tell`` hears each result as it comes."""

    context: Context
    session: Session
    lab: Lab
    catalog: Catalog
    tell: Callable[[Proved], None]
    _always: dict[tuple[str, str], bool] = field(default_factory=dict)
    """The checks that held in an empty AWS, by task and title."""

    def go(self) -> list[Proved]:
        """All of it. TargetError when the AWS cannot be reached."""
        found = []
        for what, act in self._things():
            began = self.context.monotonic()
            try:
                why = act()
            except NoSuchValue as error:
                why = str(error)
            except LabcliError as error:
                why = error.message
            proved = Proved(self.lab.id, what, why, round(self.context.monotonic() - began, 1))
            found.append(proved)
            self.tell(proved)
        return found

    def _things(self) -> Iterator[tuple[str, Callable[[], str]]]:
        yield "steps", self._steps
        if self.lab.checks:
            yield "checks", self._checks
        if self.lab.tasks:
            yield "tasks, before any", self._empty
        for task in self.lab.tasks:
            yield f"task {task.id}", lambda task=task: self._task(task)  # type: ignore[misc]
        if self.lab.tasks:
            yield "nothing of the learner's is left", self._left
        yield "cleanup", self._cleanup

    def _steps(self) -> str:
        ended = DayRun(self.context, self.session, self.lab, self.catalog, lambda event: None).go()
        if ended.state == "passed":
            return ""
        failed = next((each for each in ended.outcomes if each.state == "failed"), None)
        if failed is None:
            return f"it ended {ended.state}"
        wrong = next((each for each in failed.expectations if not each.met), None)
        seen = f"{wrong.path}: wanted {wrong.expected!r}, seen {wrong.seen!r}" if wrong else failed.error
        return f"step {failed.step.number} ({failed.step.title}): {seen}"

    def _checks(self) -> str:
        run = of_lab(all_runs(self.context), self.lab.id, self.session.target.key)
        rows = verify(self.context, self.session, self.lab, run, self.catalog)
        wrong = next((row for row in rows if row.state in ("not", "error")), None)
        return f"{wrong.title}: {wrong.reason or 'it does not hold'}" if wrong else ""

    def _empty(self) -> str:
        """Which checks hold where nothing was made."""
        with self._scene() as here:
            for task in self.lab.tasks:
                for row in Judge(here, task, None).look(prove=False).rows:
                    self._always[task.id, row.title] = row.state == "held"
        return ""

    def _task(self, task: Task) -> str:
        with self._scene() as here:
            here.begin(task)
            before = Judge(here, task, None).look()
            if before.done:
                return "it holds before anybody did anything"
            if why := self._solve(here, task):
                return why
            after = self._settled(here, task)
            if not after.done:
                return f"its solution does not solve it: {said_of(wrong_in(after))}"
            return self._says_nothing(task, before, after)

    def _solve(self, here: Scene, task: Task) -> str:
        """Perform the solution; what of it failed."""
        world = here.world()
        for step in task.solution:
            done = perform(step, world)
            if not done.passed:
                wrong = next((each for each in done.expectations if not each.met), None)
                seen = f"{wrong.path}: wanted {wrong.expected!r}, seen {wrong.seen!r}" if wrong else "it failed"
                return f"its solution fails at “{_titled(step)}”: {seen}"
        return ""

    def _settled(self, here: Scene, task: Task) -> Verdict:
        """How the task stands after its solution, once AWS has caught up."""
        until = self.context.monotonic() + _AFTER
        while True:
            verdict = Judge(here, task, None).look(prove=False)
            if verdict.ready or self.context.monotonic() >= until:
                return Judge(here, task, None).look() if verdict.ready else verdict
            self.context.sleep(_EVERY)

    def _says_nothing(self, task: Task, before: Verdict, after: Verdict) -> str:
        """A check that holds whatever is there."""
        held = {row.title for row in before.rows if row.state == "held"}
        for row in after.rows:
            always = self._always.get((task.id, row.title), False) and row.title in held
            if row.part == "checks" and row.state == "held" and always:
                return (
                    f"its check “{row.title}” holds in an empty AWS, before the solution and after it: it says nothing"
                )
        return ""

    def _left(self) -> str:
        with self._scene() as here:
            left = [
                here.port.name_of(spec)
                for name, spec in here.port.yours.items()
                if not spec.of and here.port.found(name) is not None
            ]
        return f"still there after the last task: {', '.join(left)}" if left else ""

    def _cleanup(self) -> str:
        receipt = Cleanup(self.context, self.session, everything=True).go()
        left = [row.key for row in receipt.rows if not row.gone]
        return f"still there: {', '.join(left)}" if left else ""

    def _scene(self) -> Any:
        return scene(self.context, self.session, self.lab, self.catalog)


def wrong_in(verdict: Verdict) -> Row | None:
    """The first row that does not hold."""
    return next((row for row in verdict.rows if row.state not in ("held", "unseen")), None)


def said_of(row: Row | None) -> str:
    """Which row, wanted and seen, in one line."""
    if row is None:
        return "nothing of it can be seen"
    seen = f": wanted {row.wanted}, seen {row.seen or 'nothing'}" if row.wanted else f": {row.seen}" if row.seen else ""
    return f"“{row.title}”{seen}{f' ({row.said})' if row.said else ''}"


def _titled(step: Step) -> str:
    return step.title or step.verb


def apart(context: Context, home: str) -> Context:
    """The same world with a state folder of its own: an AWS that nobody else works on."""
    return replace(context, env={**context.env, "LABCLI_HOME": home})
