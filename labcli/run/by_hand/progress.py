"""How far a learner came with the tasks of a day: done once is done, whatever breaks later."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from labcli.context import Context
from labcli.lab.model import Lab, Task
from labcli.run.record import events, note


@dataclass(frozen=True)
class Progress:
    """One task: when it was first done, in seconds since the epoch; hints taken; whether the solution was looked at."""

    done_at: float | None = None
    hints: int = 0
    solution: bool = False
    target: str = ""


def progress(context: Context, lab: Lab) -> dict[str, Progress]:
    """What the record knows of a day's tasks, by their ids; a task of which it knows nothing has a Progress too."""
    found = {task.id: Progress() for task in lab.tasks}
    for event in events(context):
        task = str(event.get("task"))
        if event.get("lab") == lab.id and task in found:
            found[task] = _after(found[task], event)
    return found


def _after(known: Progress, event: Mapping[str, Any]) -> Progress:
    match event.get("type"):
        case "task":
            first = known.done_at is None
            return Progress(float(event["at"]), known.hints, known.solution, str(event["target"])) if first else known
        case "hint":
            return Progress(known.done_at, max(known.hints, int(event.get("level", 0))), known.solution, known.target)
        case "solution":
            return Progress(known.done_at, known.hints, True, known.target)
    return known


def note_done(context: Context, lab: Lab, task: Task, target: str, known: Progress, calls: int) -> None:
    """A task is done, for the first time."""
    note(
        context, "task", lab=lab.id, task=task.id, title=task.title, target=target, digest=lab.digest,
        hints=known.hints, solution=known.solution, calls=calls,
    )  # fmt: skip


def next_hint(context: Context, lab: Lab, task: Task) -> int:
    """Take one more hint of a task: its level, from 1. The last stays the last."""
    level = min(progress(context, lab)[task.id].hints + 1, len(task.hints))
    note(context, "hint", lab=lab.id, task=task.id, level=level)
    return level


def note_solution(context: Context, lab: Lab, task: Task) -> None:
    """The solution was looked at."""
    note(context, "solution", lab=lab.id, task=task.id)


def open_task(lab: Lab, known: Mapping[str, Progress]) -> Task | None:
    """The task to work on: the first that is not done and whose needs are. None when all are done."""
    for task in lab.tasks:
        if known[task.id].done_at is None and all(known[need].done_at is not None for need in task.needs):
            return task
    return None
