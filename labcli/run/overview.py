"""Where a learner is: every day with its state as the ledgers tell it, and the next command to type. Starts nothing."""

from __future__ import annotations

from dataclasses import dataclass

from labcli.context import Context
from labcli.lab.load import load
from labcli.lab.model import Lab
from labcli.lab.problem import LabInvalid
from labcli.run.runs import Run, all_runs
from labcli.run.shelf import labs
from labcli.steps import LANGUAGE


@dataclass(frozen=True)
class DayState:
    """A day: its lab (None when the file is broken), its last run on any target, in words what it is."""

    name: str
    lab: Lab | None
    run: Run | None
    state: str
    """``passed``, ``partly``, ``taken away``, ``lost``, ``not run`` or ``error``."""
    words: str


@dataclass(frozen=True)
class Overview:
    """All days, and the next command."""

    days: tuple[DayState, ...]
    next: str


def overview(context: Context) -> Overview:
    """Read the shelf and the ledgers."""
    runs = all_runs(context)
    days = []
    for each in labs(context.env):
        last = next((run for run in reversed(runs) if run.lab == each.id), None)
        try:
            lab = load(each.path, LANGUAGE)
        except LabInvalid as error:
            days.append(DayState(each.id, None, last, "error", error.message))
            continue
        state, words = _state(last)
        days.append(DayState(each.id, lab, last, state, words))
    return Overview(tuple(days), _next(days))


def _state(run: Run | None) -> tuple[str, str]:
    if run is None:
        return "not run", ""
    if run.lost:
        return "lost", "lost by the local AWS"
    if run.resources and not run.unfinished:
        return "taken away", "taken away"
    end = run.end
    steps, passed = run.record.header.get("steps", "?"), end.get("passed", 0)
    live = f", {len(run.live)} live" if run.live else ""
    if end.get("state") == "passed":
        return "passed", f"{passed} of {steps}{live}"
    if not end:
        return "partly", f"did not end{live}"
    return "partly", f"stopped at step {end.get('stopped_at')}{live}"


def _next(days: list[DayState]) -> str:
    for day in days:
        if day.state == "partly" and day.run is not None:
            stopped = day.run.end.get("stopped_at")
            return f"labcli day {day.name} run" + (f" --from {stopped}" if stopped else "")
    for day in days:
        if day.state in ("not run", "lost"):
            return f"labcli day {day.name} run"
    if any(day.run is not None and day.run.live for day in days):
        return "labcli verify"
    return f"labcli day {days[0].name} run" if days else "labcli lab check FILE"
