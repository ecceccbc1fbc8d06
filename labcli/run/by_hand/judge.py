"""What a learner built, held against what a task wants: a row for each thing that must be so, near misses beside them.

The rows stand in the order in which a person works; what hangs on a thing that is not there is not looked at.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from labcli.aws.services import service_of
from labcli.aws.trail import TrailCall, singles
from labcli.aws.yours import Fact, facts, gone
from labcli.aws.yours.allows import allows
from labcli.aws.yours.rights import World as Policies
from labcli.errors import AwsError, ExitCode, LabcliError
from labcli.lab.expect import Expectation, look
from labcli.lab.model import Effect, Near, Step, Task
from labcli.lab.refs import NoSuchValue
from labcli.lab.words import text_of
from labcli.run.by_hand.calls import Seen, find_calls, matches
from labcli.run.by_hand.executions import failed_in, why_failed
from labcli.run.by_hand.scene import Scene
from labcli.steps.perform import Done, perform
from labcli.steps.verbs.do import what_failed

ALL = ""
"""The near misses of a whole task."""


class Row(NamedTuple):
    """One thing that must be so. ``state``: ``held``, ``not``, ``skipped`` (something before it is missing), ``unseen``
    (nobody sees calls on AWS), ``waiting`` (a proof, until all else holds), ``error``.
    """

    title: str
    state: str
    part: str
    """``yours``, ``calls``, ``allows``, ``gone``, ``checks`` or ``proof``."""
    wanted: str = ""
    seen: str = ""
    said: str = ""
    """The near miss: one sentence."""
    at: float | None = None
    """When it was called, seconds since the epoch."""
    client: str = ""


@dataclass(frozen=True)
class Verdict:
    """A task as it stands now."""

    task: Task
    rows: tuple[Row, ...]
    calls: int = 0
    """How many calls the learner made since it was opened."""

    @property
    def done(self) -> bool:
        """Whether all of it holds, proof and all; what nobody can see counts for nothing."""
        return all(row.state in ("held", "unseen") for row in self.rows) and any(r.state == "held" for r in self.rows)

    @property
    def ready(self) -> bool:
        """Whether all but the proof holds."""
        return all(row.state in ("held", "unseen") for row in self.rows if row.part != "proof")


class Judge:
    """Looks at one task. ``calls`` are the learner's since it was opened; None on AWS."""

    def __init__(self, scene: Scene, task: Task, calls: list[TrailCall] | None) -> None:
        self.scene = scene
        self.task = task
        self.calls = calls
        self.world = scene.world()

    def look(self, prove: bool = True) -> Verdict:
        """Look at everything; with ``prove`` the proof is performed as soon as all else holds. TargetError."""
        self.scene.port.forget()
        rows = list(self._rows())
        verdict = Verdict(self.task, tuple(rows), len(self.calls or ()))
        if self.task.proof:
            proved = self._proof() if prove and verdict.ready else self._later()
            verdict = replace(verdict, rows=(*verdict.rows, *proved))
        return verdict if verdict.done else self._with_near_misses(verdict)

    def _rows(self) -> Iterator[Row]:
        missing: set[str] = set()
        for name, spec in self.task.yours.items():
            if spec.of:
                continue
            found = self._facts(name)
            if found and found[0].held is False:
                missing.add(name)
            yield from (_row(fact, "yours") for fact in found)
        yield from self._calls()
        for rule in self.task.allows:
            target, port = self.scene.session, self.scene.port
            try:
                found = allows(target.aws, rule, port.live_attributes, port.lab.resources, self._name)
            except NoSuchValue as error:
                yield Row(_title_of(rule), "skipped", "allows", seen=str(error))
                continue
            yield from (_row(fact, "allows") for fact in found)
        for name in self.task.gone:
            yield _row(self._gone(name), "gone")
        for step in self.task.checks:
            yield self._check(step, missing)

    def _facts(self, name: str) -> list[Fact]:
        port = self.scene.port
        spec = self.task.yours[name]
        place = self.scene.session.target.place
        return facts(self.scene.session.aws, spec, port.name_of(spec), place, port.live_attributes, port.lab.resources)

    def _gone(self, name: str) -> Fact:
        port = self.scene.port
        spec = port.lab.resources[name]
        place = self.scene.session.target.place
        return gone(self.scene.session.aws, spec, port.name_of(spec), place, port.live_attributes, port.lab.resources)

    def _calls(self) -> Iterator[Row]:
        if self.calls is None or self.scene.performed(self.task):
            why = "not visible on AWS" if self.calls is None else "labcli made it"
            for called in self.task.calls:
                yield Row(called.title or _call_title(called), "unseen", "calls", seen=why)
            return
        for seen in find_calls(self.task.calls, self.calls, self._names):
            yield self._call(seen)

    def _call(self, seen: Seen) -> Row:
        title = seen.wanted.title or _call_title(seen.wanted)
        if seen.call is not None:
            return Row(title, "held", "calls", at=seen.call.time, client=seen.call.client)
        if (early := seen.early) is not None:
            said = self.world.told(seen.wanted.early) or "It was made, but before the call that stands above it."
            return Row(title, "not", "calls", said=said, at=early.time, client=early.client)
        if (failed := seen.failed) is not None:
            return Row(
                title, "not", "calls", seen=failed.error, said=failed.message, at=failed.time, client=failed.client
            )
        return Row(title, "not", "calls")

    def _name(self, name: str) -> str:
        """What a resource is called in AWS, whether it is there or not."""
        port = self.scene.port
        return port.name_of(port.lab.resources[name])

    def _names(self, name: str) -> list[str]:
        """All that a resource is called."""
        try:
            known = self.scene.port.attributes(name)
        except NoSuchValue:
            return []
        return [
            value for key, value in known.items() if isinstance(value, str) and key in ("name", "url", "arn", "uuid")
        ]

    def _check(self, step: Step, missing: set[str]) -> Row:
        title = self.world.told(step.title)
        try:
            done = perform(step, replace(self.world, saved={}))
        except NoSuchValue as error:
            return Row(title, "skipped", "checks", seen=str(error))
        except LabcliError as error:
            if error.exit_code is ExitCode.TARGET:
                raise
            if missing:  # it asks about something that is not there
                return Row(title, "skipped", "checks")
            return Row(title, "error", "checks", seen=error.message, said=self._near_of(step, {}))
        return self._looked(step, title, done, "checks")

    def _looked(self, step: Step, title: str, done: Done, part: str) -> Row:
        wrong = next((each for each in done.expectations if not each.met), None)
        if done.passed or (wrong is None and done.error is None):
            return Row(title, "held", part)
        said = self._near_of(step, done.document)
        if wrong is None:
            return Row(title, "not", part, seen=done.error.message if done.error else "", said=said)
        said = said or self._why_failed(done, wrong) or what_failed(done.document)
        return Row(title, "not", part, wanted=_wanted(wrong), seen=text_of(wrong.seen), said=said)

    def _why_failed(self, done: Done, wrong: Expectation) -> str:
        """Why an execution of the learner's machine failed."""
        execution, port = failed_in(done.document, wrong.path), self.scene.port
        if execution is None:
            return ""
        return why_failed(execution, Policies(self.scene.session.aws, port.live_attributes, port.lab.resources))

    def _proof(self) -> Iterator[Row]:
        """The proof, step by step, until one does not hold."""
        world, stopped = self.scene.world(), False
        for step in self.task.proof:
            title = world.told(step.title)
            if stopped:
                yield Row(title, "skipped", "proof")
                continue
            try:
                row = self._looked(step, title, perform(step, world), "proof")
            except NoSuchValue as error:
                row = Row(title, "not", "proof", seen=str(error))
            except LabcliError as error:
                if error.exit_code is ExitCode.TARGET:
                    raise
                said = self._near_of(step, {}) or (error.aws_message if isinstance(error, AwsError) else "")
                row = Row(title, "not", "proof", seen=error.message, said=said)
            stopped = row.state != "held"
            yield row

    def _later(self) -> Iterator[Row]:
        return (Row(self.world.told(step.title), "waiting", "proof") for step in self.task.proof)

    def _near_of(self, step: Step, document: Any) -> str:
        """The sentence of the first near miss of a check or a proof that is met by what it saw."""
        for near in self.task.near.get(step.number, ()):
            if near.when and not all(each.met for each in look(self.world.fill(near.when), document)):
                continue
            if said := self._met(near):
                return said
        return ""

    def _with_near_misses(self, verdict: Verdict) -> Verdict:
        """The first row that does not hold gets a sentence of the task: what the learner's last call shows goes before
        what the row has to say for itself, the rest stands where it has nothing to say.
        """
        rows = list(verdict.rows)
        at = next((n for n, row in enumerate(rows) if row.state in ("not", "error")), None)
        if at is None:
            return verdict
        nears = [near for near in self.task.near.get(ALL, ()) if not (near.call and near.call.error)]
        said = (
            self._last_call(rows[at])
            or rows[at].said
            or next((said for near in nears if (said := self._met(near))), "")
        )
        rows[at] = rows[at]._replace(said=said)
        return replace(verdict, rows=tuple(rows))

    def _last_call(self, row: Row) -> str:
        """What the learner's last call that does more than read shows: a Region where nobody looks, a near miss, or why
        AWS refused it, which says nothing any more once another came after it.
        """
        last = next((each for each in reversed(self.calls or []) if _acts(each)), None)
        if last is None:
            return ""
        here = self.scene.session.target.place.region
        if last.region not in ("", here) and not service_of(last.service).global_:
            return f"{last.operation} went to the Region {last.region}; this task is looked at in {here}."
        ones = singles(last)
        for near in self.task.near.get(ALL, ()):
            if near.call is not None and any(matches(each, near.call, self._names) for each in ones):
                return self.world.told(near.say)
        refused = last.error and row.part != "calls"  # such a row says itself what was refused
        return f"AWS refused {last.operation}: {last.message}" if refused else ""

    def _met(self, near: Near) -> str:
        """The sentence of a near miss that a read or a call of the learner's shows; empty when it is not met."""
        if near.call is not None:
            met = any(matches(call, near.call, self._names) for call in self.calls or ())
            return self.world.told(near.say) if met else ""
        if near.do is None:  # it says `when`, which is met
            return self.world.told(near.say)
        world = replace(self.world, saved={})
        try:
            met = perform(near.do, world).passed
        except (LabcliError, NoSuchValue):
            return ""
        return world.told(near.say) if met else ""


def _acts(call: TrailCall) -> bool:
    return service_of(call.service).effect_of(call.operation) is not Effect.READ


def _row(fact: Fact, part: str) -> Row:
    state = {True: "held", False: "not", None: "skipped"}[fact.held]
    return Row(fact.title, state, part, fact.wanted, fact.seen, fact.said)


def _wanted(wrong: Expectation) -> str:
    return text_of(wrong.expected)


def _call_title(called: object) -> str:
    any_ = getattr(called, "any", ())
    return " or ".join(f"{spec}{f' ({spec.to})' if spec.to else ''}" for spec in any_)


def _title_of(rule: object) -> str:
    return str(rule)


def done_rows(rows: Iterable[Row]) -> int:
    """How many hold."""
    return sum(row.state == "held" for row in rows)
