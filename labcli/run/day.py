"""Running a day: the earlier attempt goes first, then step by step, and whatever happens the ledger knows it."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from typing import Any

from labcli.aws.targets import Session
from labcli.context import Context
from labcli.errors import AwsError, ExitCode, LabcliError
from labcli.lab.aws import Catalog
from labcli.lab.model import Call, Lab, Step
from labcli.lab.refs import NoSuchValue
from labcli.machines.secrets import without_secrets
from labcli.run.events import CallMade, Ended, LiveResource, Note, Outcome, Started, StepStarted, Tell
from labcli.run.ledger import runs
from labcli.run.ledger.ledger import Ledger
from labcli.run.ledger.locks import Days
from labcli.run.ledger.owned import MAY_LIVE, State
from labcli.run.ledger.runs import Run, all_runs, dependents, made_for
from labcli.run.needs import Neighbours, header_of
from labcli.run.port import RunPort
from labcli.run.removal.week import Week, also_deletes
from labcli.run.resume import REPEATED, start_at
from labcli.run.shelf import only_file
from labcli.run.typed import NOTHING, Given, cleanup, given_to
from labcli.steps.depth import depth_of
from labcli.steps.evidence.proof import prove
from labcli.steps.perform import Done, perform, queue_of, told
from labcli.steps.raised import Watch
from labcli.steps.verbs.do import what_failed
from labcli.steps.world import Count, Stopped, World


def new_run_id(random: Callable[[int], str]) -> str:
    """Eight letters and digits, 40 random bits: no name of ours was ever used before."""
    return base64.b32encode(bytes.fromhex(random(5))).decode().lower()


@dataclass
class DayRun:
    """One run of a day. ``go`` never raises what a step met: it tells, and returns how it ended."""

    context: Context
    session: Session
    lab: Lab
    catalog: Catalog
    tell: Tell
    cost: str = ""
    from_step: str = ""
    given: Given = NOTHING
    before_step: Callable[[Step], None] = lambda step: None
    """Called before the first call of a step: where a guided run asks."""
    after_step: Callable[[Step, Call], None] | None = None
    """Called after a step that invites a person to a call, with that call; None: nobody is there."""
    choose: Callable[[Step], str] | None = None
    """Asks a person which of the steps in an ``either`` is done; None: the first."""
    trace: bool = False
    outcomes: list[Outcome] = field(default_factory=list)
    days: Days = field(init=False)
    """The days that this run holds."""
    unwritten: bool = False
    """Something of this run could not be written down."""

    def go(self) -> Ended:
        """Run it under the day's lock. LabcliError when it cannot even begin."""
        start = start_at(self.lab, self.from_step) if self.from_step else 0
        with ExitStack() as held:
            self.days = Days(self.context, self.session.target.key, held)
            self.days.hold(self.lab.id)
            self._earlier_goes_first()
            others = Neighbours(
                self.context, self.session, self.catalog, lambda: new_run_id(self.context.random), self.tell,
                self.days, self._take_first,
            ).of(self.lab)  # fmt: skip
            run = new_run_id(self.context.random)
            needs = {name: port.run for name, port in others.items()}
            path = runs.folder(self.context) / f"{self.lab.id}-{run}.jsonl"
            header = header_of(self.lab, run, self.session, needs=needs, **self.given.noted())
            ledger = Ledger.create(path, self.context.disk, self.context.clock, header)
            held.callback(ledger.close)
            return self._run(run, ledger, start, others)

    def _earlier_goes_first(self) -> None:
        only = only_file(self.lab.id, self.lab.file, self.context.env)
        here = [run for run in all_runs(self.context) if run.target == self.session.target.key and not run.by_hand]
        mine = [run for run in here if run.is_of(self.lab.id, only)]
        if mine:
            self._own_no_more(given_to(mine[-1]))
        if earlier := [run for run in mine if run.open]:
            self._take_first(earlier)

    def _own_no_more(self, before: Given) -> None:
        """Say which functions were the learner's own in the last run, and are the lab's in this one."""
        if dropped := {name: path for name, path in before.sources.items() if name not in self.given.sources}:
            own = ", ".join(f"{name} ({path.name})" for name, path in dropped.items())
            with_them = f"With yours:{Given(dropped).typed()}"
            self.tell(Note(f"The last run had functions of yours: {own}. This one has the lab's. {with_them}"))

    def _take_first(self, earlier: list[Run]) -> None:
        """Take earlier runs away, and what uses them before. LabcliError when something stays."""
        from labcli.run.removal.cleanup import take_away  # most runs take nothing away

        key, everything = self.session.target.key, all_runs(self.context)
        users = dependents(everything, {run.lab for run in earlier}, key)
        using = [run for run in everything if run.lab in users and run.target == key and run.open]
        changed = {lab for run in (*using, *earlier) if run.changes for lab in run.needs}
        for lab in (*users, *sorted(changed)):  # what they changed is put back, so nobody may work on it
            self.days.hold(lab)
        if using:
            said = ", ".join(sorted({run.lab for run in using}))
            self.tell(Note(f"{said} uses {earlier[0].lab}, and was taken away before it."))
        receipt = take_away(self.context, self.session, [*using, *earlier])
        # a twin that is somebody else's is in nobody's way: the next run has other names
        left = [f"{row.key}: {row.reason}" for row in receipt.rows if not row.gone and row.how != "foreign"]
        left += receipt.unread
        if left:
            several = "s" if len(left) != 1 else ""
            raise LabcliError(
                f"{len(left)} resource{several} of the earlier run cannot be taken away: {left[0]}",
                cleanup([earlier[0].lab], self.session.target.options),
                ExitCode.LEFT_BEHIND,
            )
        gone = sum(row.gone for row in receipt.rows)
        if gone:
            self.tell(Note(f"The earlier run of {earlier[0].lab} was taken away first: {gone} gone."))
        if kept := [row.key for row in receipt.rows if row.how == "foreign"]:
            self.tell(Note(f"Kept, because their tags say that they are not ours: {', '.join(kept)} (labcli status)"))

    def _run(self, run: str, ledger: Ledger, start: int, others: dict[str, RunPort]) -> Ended:
        began = self.context.monotonic()
        target = self.session.target
        week = Week(self.context, target, self.lab, frozenset(self.days.labs))
        port = RunPort(self.lab, run, target, ledger, self.catalog, week)
        port.others = others
        world = World(
            port=port, to=self.session.aws, target=target, catalog=self.catalog, lab=self.lab,
            run={"id": run, "lab": self.lab.id}, monotonic=self.context.monotonic, sleep=self.context.sleep,
            report=self.tell, made=self._made,
        )  # fmt: skip
        world = replace(world, choose=self.choose) if self.choose else world
        state = "passed"
        try:
            self.tell(Started(self.lab, run, target))
            if said := also_deletes(self.context, target, self.lab):
                self.tell(Note(f"{said}."))
            for index, step in enumerate(self.lab.steps):
                if not self._step(step, world, index < start, ledger):
                    state = "failed"
                    break
        except KeyboardInterrupt:
            state = "interrupted"
            world.stop.set()
        held = sum(each.met for outcome in self.outcomes for each in outcome.expectations)
        passed = sum(outcome.state == "passed" for outcome in self.outcomes)
        self._note(ledger, "end", state=state, passed=passed, held=held, stopped_at=self._stopped_at(state))
        receipt_left = self._clean_up(ledger, others) if self.given.cleanup and state != "interrupted" else False
        ended = Ended(
            lab=self.lab, run=run, target=target, state=state, outcomes=tuple(self.outcomes),
            seconds=round(self.context.monotonic() - began, 2), calls=world.count.calls,
            live=tuple(self._live(ledger)), cost=self.cost,
            made_first={run.lab: len(run.live) for run in self._made_first() if run.live},
            stopped_at=self._stopped_at(state), left=receipt_left, exit_code=_exit_code(state, receipt_left),
        )  # fmt: skip
        self.tell(ended)
        return ended

    def _made(self, call: Call, answer: Any) -> None:
        if self.trace:
            self.tell(CallMade(call, answer))

    def _stopped_at(self, state: str) -> str:
        if state == "passed":
            return ""
        last: Outcome | None = next((o for o in reversed(self.outcomes) if o.state in ("failed", "interrupted")), None)
        if last is not None:
            return last.step.number
        return self.lab.steps[len(self.outcomes)].number if len(self.outcomes) < len(self.lab.steps) else ""

    def _step(self, step: Step, world: World, before_start: bool, ledger: Ledger) -> bool:
        """Perform a step, note and tell how it ended. False stops the run."""
        step = step._replace(title=world.told(step.title), ask=world.told(step.ask))
        if before_start and step.verb not in REPEATED:
            self._end(Outcome(step, "skipped"), ledger)
            return True
        began, calls = self.context.monotonic(), world.count.calls
        watch = Watch(step, world, self.context.clock())
        world = replace(world, vain=watch.vain, report=watch.report)
        try:
            self.tell(StepStarted(step))
            if not before_start:
                self.before_step(step)
            began = self.context.monotonic()
            watch.begin()
            outcome = self._outcome(step, perform(step, world), world)
        except (LabcliError, NoSuchValue) as error:
            message = error.message if isinstance(error, LabcliError) else str(error)
            hint = error.hint if isinstance(error, LabcliError) and not isinstance(error, AwsError) else ""
            outcome = Outcome(step, "failed", error=message, hint=hint)
        except (KeyboardInterrupt, Stopped):
            self._end(Outcome(step, "interrupted", round(self.context.monotonic() - began, 2)), ledger)
            raise KeyboardInterrupt from None
        finally:
            watch.end()
        seconds = round(self.context.monotonic() - began, 2)
        if outcome.state == "failed" and not outcome.near:
            outcome = outcome._replace(near=self._near(step, world))
        if outcome.state == "failed" and (said := watch.last()):
            outcome = outcome._replace(near=f"{outcome.near} {said}".strip())
        state = "repeated" if before_start and outcome.state == "passed" else outcome.state
        self._end(outcome._replace(state=state, seconds=seconds, calls=world.count.calls - calls), ledger)
        if state == "passed" and step.invite is not None and self.after_step is not None:
            self.after_step(*_invitation(step.invite, world))
        return outcome.state == "passed"

    def _outcome(self, step: Step, done: Done, world: World) -> Outcome:
        looked = [[each.expected, each.seen] for each in done.expectations]
        shown = without_secrets({"document": done.document, "looked": looked})  # what screens and documents may show
        expectations = tuple(
            each._replace(expected=expected, seen=seen)
            for each, (expected, seen) in zip(done.expectations, shown["looked"], strict=True)
        )
        differs = {target: world.told(text) for target, text in step.differs.items()}
        step = told(step, done.titles)._replace(say=world.told(step.say), differs=differs)
        return Outcome(
            step, "passed" if done.passed else "failed", expectations=expectations, tries=done.tries,
            evidence=prove(step, shown["document"]) if done.passed else None,
            error=done.error.message if done.error is not None else "",
            near="" if done.passed else what_failed(shown["document"]),
        )  # fmt: skip

    def _near(self, step: Step, world: World) -> str:
        """What the queue of a failed step holds: where its message may be. One read, and no harm when it fails."""
        url = "" if step.arms else queue_of(step)
        try:
            depth = depth_of(replace(world, count=Count()), url) if url else None
        except (LabcliError, NoSuchValue):
            return ""
        name = next((each for each in self.lab.resources if url == f"${{{each}.url}}"), "")
        return f"{name}: {depth['visible']} visible, {depth['in_flight']} in flight" if depth and name else ""

    def _end(self, outcome: Outcome, ledger: Ledger) -> None:
        self.outcomes.append(outcome)
        self._note(
            ledger, "step", durable=False, number=outcome.step.number, state=outcome.state, seconds=outcome.seconds
        )
        self.tell(outcome)

    def _note(self, ledger: Ledger, event: str, durable: bool = True, **fields: Any) -> None:
        """Write what no cleanup depends on. On a full disk it is said once, and the next create does not happen."""
        try:
            ledger.write(event, durable, **fields)
        except LabcliError as error:
            if not self.unwritten:
                self.tell(Note(error.message))
            self.unwritten = True

    def _made_first(self) -> list[Run]:
        """The runs, of other labs that this run holds, that are there for it only."""
        if not self.lab.needed:
            return []
        found = made_for(all_runs(self.context), [self.lab.id], self.session.target.key)
        return [run for run in found if run.lab in self.days.labs]

    def _live(self, ledger: Ledger) -> list[LiveResource]:
        run = _reread(ledger)
        return [
            LiveResource(each.key, each.kind, each.name, each.state is State.LIVE)
            for each in run.resources.values()
            if each.state in MAY_LIVE
        ]

    def _clean_up(self, ledger: Ledger, others: Mapping[str, RunPort]) -> bool:
        from labcli.run.removal.cleanup import take_away

        ledgers = {each.path: each for each in (ledger, *_every(others))}
        going = [_reread(ledger), *self._made_first()]
        receipt = take_away(self.context, self.session, going, ledgers=ledgers)
        count = sum(row.gone for row in receipt.rows)
        self.tell(Note(f"Taken away: {count} of {len(receipt.rows)} gone."))
        for row in receipt.rows:
            if not row.gone:
                self.tell(Note(f"✘ {row.still} · {row.by_hand}"))
        for each in receipt.unread:
            self.tell(Note(f"✘ not verified: {each}"))
        return receipt.exit_code is ExitCode.LEFT_BEHIND


def _every(others: Mapping[str, RunPort]) -> list[Ledger]:
    """The ledgers of the labs that are needed, and of those that they need."""
    return [each for port in others.values() for each in (port.ledger, *_every(port.others))]


def _reread(ledger: Ledger) -> Run:
    from labcli.run.ledger.ledger import read

    return Run(read(ledger.path))


def _exit_code(state: str, left: bool) -> ExitCode:
    if state == "interrupted":
        return ExitCode.INTERRUPTED
    if left:
        return ExitCode.LEFT_BEHIND
    return ExitCode.OK if state == "passed" else ExitCode.FAILED


def _invitation(invite: Step, world: World) -> tuple[Step, Call]:
    """What a person is invited to, and the call with its values."""
    call = Call(invite.args.service, invite.args.operation, world.fill(dict(invite.args.params)))
    return invite._replace(title=world.told(invite.title)), call
