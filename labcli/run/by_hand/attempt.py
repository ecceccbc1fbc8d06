"""One try at a day's tasks: the open one is looked at, and what is done is remembered."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from labcli.aws.targets import Session
from labcli.aws.trail import TrailCall, read_trail
from labcli.context import Context
from labcli.errors import UsageError
from labcli.lab.aws import Catalog
from labcli.lab.model import Lab, Task
from labcli.rules.near import nearest
from labcli.run.by_hand.judge import Judge, Verdict
from labcli.run.by_hand.progress import Progress, next_hint, note_done, open_task, progress
from labcli.run.by_hand.scene import Scene, scene
from labcli.run.shelf import day_argument


@dataclass(frozen=True)
class Attempt:
    """What one try found. ``verdict`` is of the task that was looked at, None when all are done and none was named."""

    lab: Lab
    called: str
    """How the day is named on the command line."""
    target: str
    options: str
    """What to add to a command so that it acts on this target."""
    progress: Mapping[str, Progress]
    verdict: Verdict | None = None
    texts: Mapping[str, str] = field(default_factory=dict)
    """Title, text and what is said when it is done, of the task that was looked at, as a reader is told them."""
    calls: tuple[TrailCall, ...] = ()
    """The learner's calls since it was opened, the newest last."""
    just_done: bool = False
    next: Task | None = None
    """The task to work on after this one."""


def task_of(lab: Lab, wanted: str) -> Task:
    """The task that a command names by its id or number. UsageError when there is none."""
    needs_tasks(lab)
    task = lab.task(wanted)
    if task is None:
        ids = [each.id for each in lab.tasks]
        raise UsageError(f"{lab.id} has no task `{wanted}`{nearest(wanted, ids)}", f"Its tasks: {', '.join(ids)}")
    return task


def needs_tasks(lab: Lab) -> None:
    """UsageError for a day without tasks."""
    if not lab.tasks:
        raise UsageError(f"{lab.id} has no tasks by hand", "See them of another day: labcli day mon try")


def current(context: Context, lab: Lab, wanted: str = "") -> Task | None:
    """The task that is meant: the named one, else the first that is not done."""
    needs_tasks(lab)
    return task_of(lab, wanted) if wanted else open_task(lab, progress(context, lab))


def attempt(
    context: Context, session: Session, lab: Lab, catalog: Catalog, wanted: str = "", again: bool = False,
    prove: bool = True, report: Callable[[Any], None] | None = None,
) -> Attempt:  # fmt: skip
    """Look at a task; its scene is set if nobody has yet, or afresh with ``again``. LabcliError when that fails."""
    called = day_argument(lab.id, lab.file, context.env)
    target, options = session.target.words, session.target.options
    known = progress(context, lab)
    task = current(context, lab, wanted)
    if task is None:
        return Attempt(lab, called, target, options, known)
    ready(context, lab, task)
    with scene(context, session, lab, catalog, report or (lambda waiting: None)) as here:
        begin(here, task, again)
        calls = calls_since(context, session, here.opened(task) or 0)
        verdict = Judge(here, task, calls).look(prove)
        world = here.world()
        texts = {key: world.told(getattr(task, key)) for key in ("title", "text", "because")}
    just_done = verdict.done and known[task.id].done_at is None
    if just_done:
        note_done(context, lab, task, session.target.key, known[task.id], verdict.calls)
        known = progress(context, lab)
    return Attempt(
        lab, called, target, options, known, verdict, texts, tuple(calls or ()), just_done, open_task(lab, known)
    )


def ready(context: Context, lab: Lab, task: Task) -> Task:
    """The task itself. UsageError when one that it builds on is not done."""
    known = progress(context, lab)
    if missing := [need for need in task.needs if known[need].done_at is None]:
        day = day_argument(lab.id, lab.file, context.env)
        said = f"`{task.id}` builds on `{missing[0]}`, which is not done yet"
        raise UsageError(said, f"labcli day {day} try {missing[0]}")
    return task


def begin(here: Scene, task: Task, again: bool = False) -> None:
    """Set the scene of a task, if nobody has yet; with ``again`` afresh."""
    if here.opened(task) is not None and not again:
        return
    if here.opened(task) is not None or here.made(task):  # or a scene that was left half made
        here.again(task)
    else:
        here.begin(task)


def calls_since(context: Context, session: Session, after: int) -> list[TrailCall] | None:
    """The learner's calls after one; None on a real account, where nobody sees them."""
    return read_trail(context, after) if session.target.name == "local" else None


@dataclass(frozen=True)
class Hinted:
    """A hint that was taken: the task, its level from 1, and what it says."""

    task: Task
    level: int
    text: str


def hinted(context: Context, session: Session, lab: Lab, catalog: Catalog, wanted: str = "") -> Hinted:
    """Take the next hint of a task, its names filled. UsageError when all tasks are done and none is named."""
    task = current(context, lab, wanted)
    if task is None:
        raise UsageError(f"every task of {lab.id} is done", f"A hint all the same: labcli day {lab.id} hint TASK")
    ready(context, lab, task)
    with scene(context, session, lab, catalog) as here:
        begin(here, task)
        level = next_hint(context, lab, task)
        return Hinted(task, level, here.world().told(task.hints[level - 1]))
