"""The scenes of a day's tasks: what labcli makes for them, in one ledger, until it is taken away."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

from labcli.aws.targets import Session
from labcli.aws.trail import read_trail
from labcli.context import Context
from labcli.errors import LabcliError
from labcli.lab.aws import Catalog
from labcli.lab.model import Lab, Task
from labcli.lab.refs import NoSuchValue
from labcli.run.by_hand.port import HandPort
from labcli.run.day import new_run_id
from labcli.run.ledger import runs
from labcli.run.ledger.ledger import Ledger, read
from labcli.run.ledger.locks import Days
from labcli.run.ledger.runs import Run, all_runs
from labcli.run.needs import header_of
from labcli.run.removal.mine import asked_for
from labcli.run.removal.week import Week
from labcli.run.shelf import only_file
from labcli.steps.perform import perform
from labcli.steps.world import Waiting, World


def _unseen(waiting: Waiting) -> None:
    """Nobody watches."""


@dataclass
class Scene:
    """The world of a day's tasks while one labcli holds the day. ``report`` hears what is waited for."""

    context: Context
    session: Session
    lab: Lab
    catalog: Catalog
    run: Run
    ledger: Ledger
    report: Any = _unseen
    port: HandPort = field(init=False)

    def __post_init__(self) -> None:
        """The port knows what the ledger knows."""
        week = Week(self.context, self.session.target, self.lab.by_hand)
        self.port = HandPort(self.lab.by_hand, self.run.id, self.session.target, self.ledger, self.catalog, week)
        self.port.reader = self.session.aws
        self.port.forget()
        self.port.afresh = afresh(self.run)
        self.port.resume(self.run)

    def world(self) -> World:
        """The surroundings of a task's steps."""
        return World(
            port=self.port, to=self.session.aws, target=self.session.target, catalog=self.catalog,
            lab=self.lab.by_hand, run={"id": self.run.id, "lab": self.lab.id}, monotonic=self.context.monotonic,
            sleep=self.context.sleep, report=self.report,
        )  # fmt: skip

    def opened(self, task: Task) -> int | None:
        """The number of the last call of the trail when the task was opened; None when it is not open."""
        return opened(self.run, task)

    def performed(self, task: Task) -> bool:
        """Whether labcli performed its solution since it was opened: then its calls were labcli's."""
        steps = ("opened", "afresh", "performed")
        found = [
            each["type"] for each in self.run.record.events if each.get("type") in steps and each.get("task") == task.id
        ]
        return found[-1:] == ["performed"]

    def begin(self, task: Task) -> None:
        """Set the scene of a task. LabcliError when its ``given`` cannot be performed."""
        after = _last_call(self.context, self.session)
        world = self.world()
        for step in task.given:
            try:
                done = perform(step, world)
            except NoSuchValue as error:  # the learner has taken away what an earlier task made
                raise LabcliError(
                    f"the scene of `{task.id}` could not be set: {error}",
                    "Make it again, or do the task before this one",
                ) from error
            if not done.passed:
                wrong = next((each for each in done.expectations if not each.met), None)
                seen = f": {wrong.path} is {wrong.seen!r}, wanted {wrong.expected!r}" if wrong else ""
                raise LabcliError(
                    f"the scene of `{task.id}` could not be set at “{world.told(step.title)}”{seen}",
                    f"Make it afresh: labcli day {self.lab.id} try --again {task.id}",
                )
        self.ledger.write("opened", task=task.id, trail=after)
        self.run = Run(read(self.run.record.path))

    def again(self, task: Task) -> None:
        """Take a task's own things away and set its scene afresh, with other names."""
        kinds = [spec.name for spec in in_order(task, self.made(task))]
        self.port.delete(kinds, self.session.aws)
        self.ledger.write("afresh", task=task.id)
        self.run = Run(read(self.run.record.path))
        self.port.afresh = afresh(self.run)
        self.port.resume(self.run)
        self.begin(task)

    def made(self, task: Task) -> list[str]:
        """What of a task's own things is there; of a task that is not open it is what was left half made."""
        live = {each.key for each in self.run.live}
        return [name for name in task.resources if name in live]


def _last_call(context: Context, session: Session) -> int:
    """The number of the last call that the embedded AWS remembers; 0 on a real account, where nobody does."""
    calls = read_trail(context) if session.target.name == "local" else []
    return calls[-1].number if calls else 0


def in_order(task: Task, names: list[str]) -> list[Any]:
    """A task's things as they can be deleted: what needs another first."""
    from labcli.run.ledger.owned import Owned, State
    from labcli.run.removal.remove import in_delete_order

    owned = [Owned(name, task.resources[name].kind, name, State.LIVE) for name in names]
    return [task.resources[each.key] for each in in_delete_order(owned)]


def opened(run: Run | None, task: Task) -> int | None:
    """See ``Scene.opened``. One that was begun afresh, and not set to its end, is not open."""
    events = run.record.events if run is not None else ()
    found = [each for each in events if each.get("type") in ("opened", "afresh") and each.get("task") == task.id]
    return int(found[-1].get("trail") or 0) if found and found[-1]["type"] == "opened" else None


def afresh(run: Run) -> Counter[str]:
    """How often each task's scene was made afresh."""
    return Counter(str(each.get("task")) for each in run.record.events if each.get("type") == "afresh")


def hand_run(context: Context, session: Session, lab: Lab) -> Run | None:
    """The ledger of the day's tasks on this target; None when none is under way."""
    only = only_file(lab.id, lab.file, context.env)
    mine = [r for r in all_runs(context) if r.by_hand and r.is_of(lab.id, only) and r.target == session.target.key]
    last = mine[-1] if mine else None
    if last is None or last.lost or last.end or (last.resources and not last.unfinished):
        return None
    return last


@contextmanager
def scene(context: Context, session: Session, lab: Lab, catalog: Catalog, report: Any = _unseen) -> Iterator[Scene]:
    """Hold the day, and go on with its tasks' ledger or begin one. LabcliError when another labcli works on the day."""
    with ExitStack() as held:
        Days(context, session.target.key, held).hold(lab.id)
        run = hand_run(context, session, lab)
        if run is not None:
            ledger = Ledger.reopen(run.record, context.disk, context.clock)
        else:
            id_ = new_run_id(context.random)
            path = runs.folder(context) / f"{lab.id}-{id_}.jsonl"
            header = header_of(lab, id_, session, by_hand=True)
            ledger = Ledger.create(path, context.disk, context.clock, header)
            run = Run(read(path))
        held.callback(ledger.close)
        found = Scene(context, session, lab, catalog, run, ledger, report)
        if not any(each.get("type") == "before" for each in run.record.events):
            ledger.write("before", **_before(found))
            found.run = Run(read(run.record.path))
        yield found


def _before(scene: Scene) -> dict[str, Any]:
    """What the tasks will have the learner make, as (kind, AWS name), and what of it is there before they began.

    What stands from an earlier ledger of these tasks is the learner's still.
    """
    port, run = scene.port, scene.run
    earlier = [r for r in all_runs(scene.context) if r.by_hand and (r.lab, r.target) == (run.lab, run.target)]
    theirs = {name for _, name in asked_for(earlier)}
    things = [spec for spec in port.yours.values() if not spec.of]
    there = [port.name_of(spec) for spec in things if port.found(spec.name) is not None]
    return {
        "things": [[spec.kind, port.name_of(spec)] for spec in things],
        "there": [name for name in there if name not in theirs],
    }
