"""Where a learner is: every day with its state as the ledgers tell it, and the next command to type. Starts nothing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from labcli.context import Context
from labcli.errors import LabcliError
from labcli.lab.load import load
from labcli.lab.model import Lab
from labcli.run.ledger.locks import busy
from labcli.run.ledger.runs import Run, all_runs
from labcli.run.record import events
from labcli.run.shelf import day_argument, labs
from labcli.run.typed import Given, given_to, run_day, verify
from labcli.steps.language import LANGUAGE


@dataclass(frozen=True)
class DayState:
    """A day: its lab (None when the file is broken), its last run on any target, in words what it is."""

    name: str
    """How it is named on the command line."""
    lab: Lab | None
    run: Run | None
    state: str
    """``passed``, ``partly``, ``taken away``, ``lost``, ``not run`` or ``error``."""
    words: str
    by_hand: str = ""
    """``4 of 6``: how many of its tasks were done; empty where none was."""

    @property
    def id(self) -> str:
        """Its short name for a table; the folder or the path only where that is how it is told from another."""
        return self.lab.id if self.lab is not None and self.name.endswith(".yaml") else self.name


@dataclass(frozen=True)
class Overview:
    """All days, and the next command."""

    days: tuple[DayState, ...]
    next: str


def overview(context: Context) -> Overview:
    """Read the shelf and the ledgers: every lab on the shelf, and every lab file that has something live."""
    runs = [run for run in all_runs(context) if not run.by_hand]
    days, seen = [], set()
    for each in labs(context.env):
        name = day_argument(each.id, str(each.path), context.env)
        last = next((run for run in reversed(runs) if run.is_of(each.id, each.path if "/" in name else None)), None)
        days.append(_day(context, name, each.path, last, runs))
        seen |= {run.id for run in runs if last is not None and (run.lab, run.target) == (each.id, last.target)}
    for run in runs:
        if run.live and run.id not in seen and (file := run.file) is not None:
            days.append(_day(context, day_argument(run.lab, str(file), context.env), file, run, runs))
    days = _with_tasks(context, days)
    return Overview(tuple(days), _next(days, Given(guided=is_led(context, runs))))


def _with_tasks(context: Context, days: list[DayState]) -> list[DayState]:
    """The days with what was done by hand, as the record tells."""
    done = {(str(e.get("lab")), str(e.get("task"))) for e in events(context) if e.get("type") == "task"}
    found = []
    for day in days:
        tasks = day.lab.tasks if day.lab is not None else ()
        count = sum((day.lab.id, task.id) in done for task in tasks) if day.lab is not None else 0
        found.append(replace(day, by_hand=f"{count} of {len(tasks)}") if count else day)
    return found


def is_led(context: Context, runs: list[Run] | None = None) -> bool:
    """Whether the next day is to be a guided one: a person sits there, who ran nothing yet, or the last day guided."""
    mine = [run for run in (all_runs(context) if runs is None else runs) if not run.made_for]
    return context.may_ask and (not mine or given_to(mine[-1]).guided)


def _day(context: Context, name: str, path: Path, last: Run | None, runs: list[Run]) -> DayState:
    try:
        lab = load(path, LANGUAGE)
    except LabcliError as error:
        return DayState(name, None, last, "error", error.message)
    if last is not None and not last.end and (pid := busy(context, last.target, last.lab)):
        return DayState(name, lab, last, "running", f"running now (process {pid})")
    state, words = _state(last)
    kept = sum(len(run.kept) for run in runs if last is not None and (run.lab, run.target) == (last.lab, last.target))
    return DayState(name, lab, last, state, f"{words}, {kept} kept: not ours by their tags" if kept else words)


def _state(run: Run | None) -> tuple[str, str]:
    if run is None:
        return "not run", ""
    if run.lost:
        return "lost", "lost by the local AWS"
    if run.made_for and run.live:
        return "not run", f"resources only, {len(run.live)} live"
    gone = bool(run.resources) and not run.unfinished
    passed = run.state == "passed"
    live = ", taken away" if gone else f", {len(run.live)} live" if run.live else ""
    if passed:
        return "passed", f"{ended(run)}{live}"
    if gone:
        return "taken away", "taken away"
    return "partly", f"{ended(run)}{live}"


def ended(run: Run) -> str:
    """How a run ended: ``14 of 14``, how many of its steps it has done; ``stopped at step 6``."""
    if run.made_for:
        return "resources only"
    if not run.end:
        return "did not end"
    if run.state != "passed":
        return f"stopped at step {run.end.get('stopped_at')}"
    steps = int(str(run.record.header.get("steps") or 0))
    return f"{steps - len(run.left_out)} of {steps}"


def _next(days: list[DayState], led: Given) -> str:
    """What stopped goes on; then the first day that is not done; then what is live is asked."""
    for day in days:
        if day.state == "partly" and day.run is not None:
            stopped = day.run.end.get("stopped_at")
            start = str(stopped) if stopped not in (None, "", "1") else ""
            return run_day(day.name, given_to(day.run), start, day.run.options)
    for day in days:
        if day.state in ("not run", "lost", "taken away"):
            if day.run is None or day.run.made_for:
                return run_day(day.name, led, "", day.run.options if day.run is not None else "")
            return run_day(day.name, given_to(day.run), "", day.run.options)
    live = [day.run for day in days if day.run is not None and day.run.live]
    if live:
        return verify((), live[-1].options)
    return f"labcli day {days[0].name} run" if days else "labcli lab check FILE"


def live_now(context: Context) -> str:
    """What is live as the ledgers tell, in one line; where to look when they cannot be read."""
    try:
        live = [f"{', '.join(each.key for each in run.live)} ({run.lab})" for run in all_runs(context) if run.live]
    except LabcliError:
        return "What is live: labcli status"
    return f"Live: {', '.join(live)}" if live else "Nothing is live"
