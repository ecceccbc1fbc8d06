"""Verify: the lab's checks, asked of the live resources of its last run. Nothing is changed, nothing is created."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from labcli.aws.resources import KINDS
from labcli.aws.resources.base import known_of
from labcli.aws.targets import Session
from labcli.context import Aws, Context
from labcli.errors import AwsError, ExitCode, LabcliError
from labcli.lab import refs
from labcli.lab.aws import Catalog
from labcli.lab.expect import Expectation
from labcli.lab.model import Call, Effect, Lab, ResourceSpec, Step
from labcli.lab.refs import NoSuchValue
from labcli.run.ledger.owned import State
from labcli.run.ledger.runs import Run, all_runs
from labcli.run.port import nested
from labcli.run.removal.week import Week
from labcli.run.typed import Given, cleanup
from labcli.steps.evidence.evidence import heading_of
from labcli.steps.language import VERBS
from labcli.steps.perform import perform
from labcli.steps.world import Waiting, World


@dataclass(frozen=True)
class CheckRow:
    """One check, or one line about a day that has none to ask.

    ``state``: ``held``, ``not``, ``error`` for a check; ``taken away`` for a check or a day; ``not run``, ``lost``,
    ``no checks`` for a day.
    """

    day: str
    title: str
    state: str
    expectations: tuple[Expectation, ...] = ()
    reason: str = ""
    about: str = ""
    """The resource that the check asks about, when the run passed and somebody may have changed it since."""
    live: bool = True
    """Whether the day has anything live that could be taken away."""
    at: float | None = None
    """When it was taken away, in seconds since the epoch; None when nobody knows, or it was not."""


@dataclass
class Verified:
    """What ``verify`` found."""

    target: str
    rows: list[CheckRow] = field(default_factory=list)
    called: dict[str, str] = field(default_factory=dict)
    """How each day is named on the command line."""
    given: dict[str, Given] = field(default_factory=dict)
    """What the run of each day was given."""

    @property
    def asked(self) -> int:
        """How many checks were asked."""
        return sum(row.state in ("held", "not", "error") for row in self.rows)

    @property
    def held(self) -> int:
        """How many of them held."""
        return sum(row.state == "held" for row in self.rows)

    @property
    def exit_code(self) -> ExitCode:
        """0 only if something was asked and all of it held."""
        return ExitCode.OK if self.asked and self.held == self.asked else ExitCode.FAILED


class ReadOnlyPort:
    """The ``Port`` of verify: it reads, knows the run's resources from its ledger, and refuses everything else."""

    def __init__(self, lab: Lab, run: Run, session: Session, catalog: Catalog, week: Week, others: list[Run]) -> None:
        """``others`` are the runs of the labs that the lab needs."""
        self._catalog = catalog
        self._week = week
        self._known: dict[str, Mapping[str, Any]] = {**_known(run, session)}
        self._known.update({each.lab: _known(each, session) for each in others})

    def attributes(self, name: str) -> Mapping[str, Any]:
        """What the ledger knows of a resource."""
        if name not in self._known:
            raise NoSuchValue(f"`{name}` was not created by this run")
        return self._known[name]

    def call(self, call: Call, aws: Aws, about: str) -> dict[str, Any]:
        """Make a reading call."""
        known = self._catalog.operation(call.service, call.operation)
        if known is None or known.effect is not Effect.READ:
            raise LabcliError(f"a check only reads; {call} does not")
        return aws.call(call.service, call.operation, call.params)

    def create(self, names: Iterable[str], aws: Aws) -> list[str]:
        raise LabcliError("a check creates nothing")

    def delete(self, names: Iterable[str], aws: Aws) -> dict[str, str]:
        raise LabcliError("a check deletes nothing")

    def delete_every(self, kind: str, aws: Aws) -> dict[str, str]:
        raise LabcliError("a check deletes nothing")

    def permit(self, name: str, aws: Aws) -> None:
        raise LabcliError("a check permits nothing")

    def update(self, name: str, spec: ResourceSpec, aws: Aws) -> None:
        raise LabcliError("a check updates nothing")

    def live(self, labs: Iterable[str]) -> list[tuple[str, str, str]]:
        """What the ledgers say is live."""
        return self._week.live(labs)


def _known(run: Run, session: Session) -> dict[str, dict[str, Any]]:
    """What is known of every resource of a run, by its name in the lab."""
    place = session.target.place
    return {
        each.key: nested(known_of(KINDS[each.kind], each.name, place, each.attributes))
        for each in run.resources.values()
        if each.kind in KINDS
    }


def verify(context: Context, session: Session, lab: Lab, run: Run | None, catalog: Catalog) -> list[CheckRow]:
    """Ask the checks of one day."""
    if run is None or not (run.resources or _ran_without(lab, run)):
        return [CheckRow(lab.id, "", "not run")]
    if run.lost:
        return [CheckRow(lab.id, "", "lost")]
    if run.resources and not run.unfinished and not any(step.verb == "inventory" for step in lab.checks):
        return [CheckRow(lab.id, "", "taken away", at=run.taken_away or None)]
    if run.made_for:
        return [CheckRow(lab.id, "", "not run", reason="resources only, made for another day")]
    everything = all_runs(context)
    others = [each for each in everything if run.needs.get(each.lab) == each.id]
    week = Week(context, session.target, lab)
    port = ReadOnlyPort(lab, run, session, catalog, week, others)
    world = World(
        port=port, to=session.aws, target=session.target, catalog=catalog,
        lab=lab, run={"id": run.id, "lab": lab.id}, monotonic=context.monotonic, sleep=context.sleep, report=_unseen,
    )  # fmt: skip
    if not lab.checks:
        return [CheckRow(lab.id, "", "no checks", live=bool(run.live))]
    why = _why_not(lab, run, everything)
    gone = _taken_away(run) | {f"{each.lab}.{key}": at for each in others for key, at in _taken_away(each).items()}
    rows = [_ask(check, lab, replace(world, stop=threading.Event()), why) for check in lab.checks]
    rows = [_unless_gone(row, check, gone) for row, check in zip(rows, lab.checks, strict=True)]
    return [replace(row, live=bool(run.live)) for row in rows]


def _ran_without(lab: Lab, run: Run) -> bool:
    """Whether a run that owns nothing was one all the same, so that its checks can be asked."""
    return bool(run.end) and (not lab.resources or run.state == "passed")


def _taken_away(run: Run) -> dict[str, float]:
    """The resources of a run that a later step or another day took away, and when."""
    at = {str(each.get("name")): float(each["at"]) for each in run.record.events if each.get("type") == "gone"}
    return {each.key: at.get(each.name, 0.0) for each in run.resources.values() if each.state is State.GONE}


def _unless_gone(row: CheckRow, check: Step, gone: Mapping[str, float]) -> CheckRow:
    """A check that does not hold because what it asks about was taken away, by labcli itself, says so."""
    named = {part for ref in _references(check) for part in (ref.root, ".".join(map(str, (ref.root, *ref.path[:1]))))}
    when = [gone[name] for name in named if name in gone]
    if row.state == "held" or not when:
        return row
    return CheckRow(row.day, row.title, "taken away", at=max(when) or None)


def _why_not(lab: Lab, run: Run, everything: list[Run]) -> str:
    """What may be the reason where a check does not hold; empty when only somebody's hand can be."""
    for each in everything:
        if changes := [change.key for change in each.changes if change.of_run == run.id]:
            return f"{each.lab} changed {', '.join(changes)}: {cleanup([each.lab], each.options)} puts it back"
    if run.state != "passed":
        return "the run did not pass"
    if run.left_out:
        return f"this run left steps out ({', '.join(run.left_out)}): run the whole day"
    if run.record.header.get("digest") not in (None, lab.digest):
        return "the lab file was changed after the run"
    return ""


def _ask(check: Step, lab: Lab, world: World, why: str) -> CheckRow:
    about = "" if why else _about(check, lab)
    check = check._replace(title=world.told(check.title))
    if world.target.known and "within" in VERBS[check.verb].takes and check.within is None:
        check = check._replace(within=world.target.known)  # counts are late there
    try:
        done = perform(check, world)
    except NoSuchValue as error:
        return CheckRow(lab.id, check.title, "error", reason=why or str(error))
    except LabcliError as error:
        if error.exit_code is ExitCode.TARGET:
            raise
        gone = isinstance(error, AwsError) and any("NonExistent" in n or "DoesNotExist" in n for n in error.names)
        reason = f"{about} is gone: deleted after the run, by hand?" if gone and about else error.message
        return CheckRow(lab.id, check.title, "error", reason=reason, about=about)
    if done.passed:
        return CheckRow(lab.id, check.title, "held", tuple(done.expectations), about=about)
    wrong = next((heading_of(each.path) for each in done.expectations if not each.met), "")
    reason = why or (f"{wrong} was changed after the run (by hand?)" if wrong else "")
    return CheckRow(lab.id, check.title, "not", tuple(done.expectations), reason, about)


def _about(check: Step, lab: Lab) -> str:
    """The first resource that the parameters of a check name."""
    return next((ref.root for ref in _references(check) if ref.root in lab.resources), "")


def _references(check: Step) -> list[refs.Ref]:
    """What the calls of a check refer to, at any depth."""
    calls = [each for each in check.tree() if each.verb and not each.arms]
    return [ref for each in calls for _, ref in refs.find(VERBS[each.verb].references(each.args))]


def _unseen(waiting: Waiting) -> None:
    """A check that waits shows nothing."""
