"""What an instructor asks: each task of a day, whether it was done, and what of it holds now. Nothing is changed."""

from __future__ import annotations

from typing import NamedTuple

from labcli.aws.targets import Session
from labcli.context import Context
from labcli.lab.aws import Catalog
from labcli.lab.model import Lab, Task
from labcli.run.by_hand.attempt import calls_since
from labcli.run.by_hand.judge import Judge, Row
from labcli.run.by_hand.progress import Progress, progress
from labcli.run.by_hand.proving import wrong_in
from labcli.run.by_hand.scene import Scene, hand_run, scene


class Asked(NamedTuple):
    """One task. ``state``: ``done`` once, ``not`` (begun and not done), ``not begun``."""

    lab: str
    task: Task
    state: str
    known: Progress
    wrong: Row | None = None
    """The first thing that does not hold now; of a task that was done, what was broken since."""
    rows: tuple[Row, ...] = ()


def ask_tasks(context: Context, session: Session, lab: Lab, catalog: Catalog) -> list[Asked]:
    """Every task of a day. LabcliError when another labcli works on the day."""
    known = progress(context, lab)
    if hand_run(context, session, lab) is None:
        states = {task.id: "done" if known[task.id].done_at is not None else "not begun" for task in lab.tasks}
        return [Asked(lab.id, task, states[task.id], known[task.id]) for task in lab.tasks]
    taken = {name for task in lab.tasks if known[task.id].done_at is not None for name in task.gone}
    with scene(context, session, lab, catalog) as here:
        return [_ask(here, task, known[task.id], taken) for task in lab.tasks]


def _ask(here: Scene, task: Task, known: Progress, taken: set[str]) -> Asked:
    """One task. Of one that was done and taken away again by the learner nothing is asked any more."""
    done = known.done_at is not None
    after = here.opened(task)
    if after is None or (done and taken & {*task.yours, *task.needs_names(here.lab)}):
        return Asked(here.lab.id, task, "done" if done else "not begun", known)
    calls = None if done else calls_since(here.context, here.session, after)
    verdict = Judge(here, task, calls).look(prove=False)
    wrong = None if verdict.ready else wrong_in(verdict)
    return Asked(here.lab.id, task, "done" if done else "not", known, wrong, verdict.rows)
