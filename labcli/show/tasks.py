"""The tasks of a day: which are done, the open one in full, what is wrong with it now."""

from __future__ import annotations

from labcli.context import Context
from labcli.run.by_hand.attempt import Attempt, Hinted
from labcli.run.by_hand.judge import Row, Verdict
from labcli.run.by_hand.solving import Solution
from labcli.show.documents import document, write
from labcli.show.notes import draw_notes
from labcli.show.screen import Screen
from labcli.show.text import cells, clock, cut, cut_value, day_name, visible

_MARKS = {"held": "✔", "not": "✘", "error": "✘", "skipped": "–", "unseen": "–", "waiting": "○"}
_STYLES = {"held": "good", "not": "bad", "error": "bad"}
_IN = 4
"""Columns in front of what belongs to a task."""
_VALUE = 36
"""Cells of a value that was seen or wanted."""


def draw_attempt(screen: Screen, found: Attempt) -> None:
    """The day's tasks, then the one that was looked at."""
    draw_head(screen, found)
    draw_list(screen, found)
    if found.verdict is not None:
        screen.line("")
        draw_task(screen, found)
    screen.line("")
    _next(screen, found)


def draw_head(screen: Screen, found: Attempt) -> None:
    """The day, how many are done, and where."""
    done = sum(each.done_at is not None for each in found.progress.values())
    said = f"{day_name(found.lab.id)}, by hand · {done} of {len(found.lab.tasks)} done · {found.target}"
    screen.flow((said, "bold"))
    screen.line("")


def draw_list(screen: Screen, found: Attempt) -> None:
    """A line for each task: its number, its title, its state."""
    looked = found.verdict.task.id if found.verdict else ""
    for task in found.lab.tasks:
        known = found.progress[task.id]
        if known.done_at is not None:
            state, style = f"✔ {clock(known.done_at)}", "good"
        else:
            state, style = ("▸ open", "") if task.id == looked else ("○", "")
        room = screen.width - 22
        title = cut(visible(found.texts.get("title", task.title) if task.id == looked else _plain(task.title)), room)
        gap = " " * (room - cells(title) + 2)
        screen.line(f"{task.number:>2}  {title}{gap}", (state, style))


def _plain(title: str) -> str:
    from labcli.lab.refs import untold

    return untold(title)


def draw_task(screen: Screen, found: Attempt) -> None:
    """What is to be reached, and what of it holds."""
    verdict = found.verdict
    if verdict is None:
        return
    screen.styled([(f"{verdict.task.number:>2}  ", ""), (visible(found.texts["title"]), "bold")], 0, hang=_IN)
    draw_notes(screen, found.texts["text"], _IN)
    screen.line("")
    for row in verdict.rows:
        draw_row(screen, row)
    if verdict.done and found.texts["because"]:
        screen.line("")
        draw_notes(screen, found.texts["because"], _IN)


def draw_row(screen: Screen, row: Row) -> None:
    """What must be so, whether it is, and below it the near miss."""
    behind = f"  {clock(row.at)}  {row.client}".rstrip() if row.at is not None else ""
    if row.state in ("not", "error") and row.seen:
        seen = cut_value(visible(row.seen), _VALUE)
        behind += f"  {seen}" + (f" · wanted {cut_value(visible(row.wanted), _VALUE)}" if row.wanted else "")
    elif row.state == "unseen":
        behind = f"  {row.seen}"
    mark = (_MARKS[row.state], _STYLES.get(row.state, ""))
    screen.styled([(" " * _IN, ""), mark, (f" {visible(row.title)}{behind}", "")], 0, hang=_IN + 2)
    if row.said and row.state != "held":
        screen.wrapped(row.said, _IN + 4)


def _next(screen: Screen, found: Attempt) -> None:
    """What to type next."""
    day = f"labcli day {found.called}"
    verdict = found.verdict
    if verdict is None:
        screen.next(f"labcli cleanup {found.lab.id}{found.options}", f"once more: {day} try TASK")
    elif verdict.done and found.next is not None:
        screen.next(f"{day} try{found.options}", "the next task")
    elif verdict.done:
        screen.next(f"labcli cleanup {found.lab.id}{found.options}", "all tasks are done")
    else:
        screen.flow(f"{' ' * _IN}Work with: labcli shell · labcli console · your own boto3 (labcli local env)")
        screen.next(f"{day} try{_named(found, verdict)}{found.options}", f"a hint: {day} hint")


def _named(found: Attempt, verdict: Verdict) -> str:
    """The task's id, where ``try`` alone would mean another one."""
    return "" if found.next is not None and found.next.id == verdict.task.id else f" {verdict.task.id}"


def draw_hint(screen: Screen, hint: Hinted, called: str, options: str) -> None:
    """A hint, and how many there are."""
    of = len(hint.task.hints)
    screen.flow((f"Hint {hint.level} of {of} · {visible(hint.task.id)}", "bold"))
    draw_notes(screen, hint.text, 2)
    screen.line("")
    last = hint.level == of
    way = ("the solution", "solve") if last else ("one more", "hint")
    more = f"{way[0]}: labcli day {called} {way[1]} {hint.task.id}"
    screen.next(f"labcli day {called} try {hint.task.id}{options}", more)


def draw_solution(screen: Screen, found: Solution, called: str, options: str) -> None:
    """The commands as they can be copied, then each option in a few words."""
    screen.flow((f"One way to do it · {visible(found.title)}", "bold"))
    screen.line("")
    for line in found.text.split("\n"):
        screen.line(visible(line))
    if found.options:
        screen.line("")
        screen.table(("option", "what it is"), [each for each in found.options if each[1]], 1)
    screen.line("")
    screen.next(f"labcli day {called} try {found.task.id}{options}")


def write_attempt(context: Context, found: Attempt) -> None:
    """The tasks and the rows of the one that was looked at, as one document."""
    verdict = found.verdict
    tasks = [
        {
            "task": task.id, "number": task.number, "done_at": found.progress[task.id].done_at,
            "hints": found.progress[task.id].hints, "solution": found.progress[task.id].solution,
        }
        for task in found.lab.tasks
    ]  # fmt: skip
    looked = None
    if verdict is not None:
        looked = {
            "task": verdict.task.id, "title": found.texts["title"], "text": found.texts["text"], "done": verdict.done,
            "rows": [row_as_data(row) for row in verdict.rows],
        }  # fmt: skip
    code = 0 if verdict is None or verdict.done else 1
    write(context, document("try", code, lab=found.lab.id, target=found.target, tasks=tasks, looked_at=looked))


def row_as_data(row: Row) -> dict[str, object]:
    """A row for a machine."""
    return {
        "title": row.title, "state": row.state, "part": row.part, "wanted": row.wanted or None,
        "seen": row.seen or None, "said": row.said or None, "at": row.at, "client": row.client or None,
    }  # fmt: skip
