"""``labcli verify --tasks``: what a learner did by hand, for who asks."""

from __future__ import annotations

from collections.abc import Sequence

from labcli.context import Context
from labcli.errors import ExitCode
from labcli.lab.refs import untold
from labcli.run.by_hand.asked import Asked
from labcli.run.by_hand.proving import said_of
from labcli.show.documents import document, write
from labcli.show.junit import Case
from labcli.show.screen import Screen
from labcli.show.tasks import row_as_data
from labcli.show.text import moment, plural, visible

_MARKS = {"done": "✔", "not": "✘", "not begun": "○"}


def draw_asked(screen: Screen, found: Sequence[Asked], target: str, options: str) -> None:
    """Day, task, when, hints; below what does not hold."""
    now = screen.context.clock()
    rows: list[tuple[object, ...]] = []
    for each in found:
        done = moment(each.known.done_at, now) if each.known.done_at is not None else each.state.replace("not ", "not ")
        helped = (
            "solution seen" if each.known.solution else plural(each.known.hints, "hint") if each.known.hints else ""
        )
        rows.append((each.lab, f"{_MARKS[each.state]} {visible(untold(each.task.title))}", done, helped))
        if each.wrong is not None:
            since = "since then: " if each.state == "done" else ""
            rows.append(("", f"  → {since}{visible(said_of(each.wrong))}"))
    if rows:
        screen.table(("day", "task", "done", "help"), rows, 1)
        screen.line("")
    done_count = sum(each.state == "done" for each in found)
    code = "" if found and done_count == len(found) else f" · exit code {int(ExitCode.FAILED)}"
    screen.flow(f"{done_count} of {plural(len(found), 'task')} done by hand · {target}{code}")
    open_one = next((each for each in found if each.state != "done"), None)
    screen.next(f"labcli day {open_one.lab} try{options}" if open_one else "labcli")


def write_asked(context: Context, found: Sequence[Asked], code: ExitCode) -> None:
    """The tasks as one document."""
    tasks = [
        {
            "day": each.lab, "task": each.task.id, "title": untold(each.task.title), "state": each.state,
            "done_at": each.known.done_at, "hints": each.known.hints, "solution": each.known.solution,
            "rows": [row_as_data(row) for row in each.rows],
        }
        for each in found
    ]  # fmt: skip
    write(context, document("tasks", code, tasks=tasks))


def task_case(each: Asked) -> Case:
    """A task for JUnit: one that was not begun is skipped."""
    failed = (said_of(each.wrong) if each.wrong else "not done") if each.state == "not" else ""
    return Case(each.lab, untold(each.task.title), failed, each.state if each.state == "not begun" else "")
