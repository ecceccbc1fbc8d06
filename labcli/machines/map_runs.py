"""The children of a distributed Map: executions of their own, put into the history of the one that started them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from labcli.machines.definition import counted, every_state, inside
from labcli.machines.events import seconds_of
from labcli.machines.history import read_history
from labcli.machines.visits import Attempt, Branch, History, Visit

_BADLY = {
    "failed": "failed",
    "timedOut": "timed out",
    "aborted": "stopped",
    "pending": "not started",
    "running": "running",
}
"""Counts of DescribeMapRun that are told when they are not zero; those that succeeded are the rest."""


def map_runs_of(events: Sequence[Any]) -> list[str]:
    """The ARNs of the Map Runs that an execution started, as its events tell (MapRunStarted)."""
    history = read_history(events)
    return list(dict.fromkeys(visit.map_run for visit in history.every if visit.map_run))


def history_of(document: Mapping[str, Any], machine: Mapping[str, Any]) -> History:
    """The history of an execution, with the children of its distributed Maps as far as the document has them.

    ``map_runs`` has, by the ARN of each Map Run, DescribeMapRun's answer (``run``) and the ``children``: each with
    ListExecutions' fields and its own ``events``.
    """
    history = read_history(document["events"], machine)
    map_runs = document.get("map_runs")
    if not isinstance(map_runs, Mapping):
        return history
    states = {name: state for name, state, _ in every_state(machine)}
    for visit in list(history.every):
        known = map_runs.get(visit.map_run)
        if isinstance(known, Mapping):
            _put(history, visit, known, next(iter(inside(states.get(visit.name, {}))), None))
    return history


def _put(history: History, visit: Visit, known: Mapping[str, Any], inner: Any) -> None:
    """The children of one Map Run become the branches of its Map."""
    run = known.get("run") or {}
    items, executions = run.get("itemCounts") or {}, run.get("executionCounts") or {}
    children = sorted(known.get("children", ()), key=lambda child: seconds_of(child.get("startDate")) or 0.0)
    visit.length = items.get("total", visit.length if visit.length is not None else len(children))
    ended = [f"{items[key]} {said}" for key, said in _BADLY.items() if items.get(key)]
    if ended:
        visit.notes.append(f"of {items.get('total', '?')} items {', '.join(ended)}")
    if (total := executions.get("total", len(children))) > len(children):
        said = f"the latest {len(children)}" if children else "none"
        visit.notes.append(f"{said} of {counted(total, 'child', 'children')} can be read")
    for index, child in enumerate(children):
        told = read_history(child.get("events") or (), inner)
        start, end = seconds_of(child.get("startDate")), seconds_of(child.get("stopDate"))
        by = round((start or history.began) - history.began, 3)
        branch = Branch(visit, index, len(visit.attempts), by, told.visits, status=str(child.get("status", "RUNNING")))
        branch.end = None if end is None else round(end - history.began, 3)
        for each in told.every:
            _move(each, by)
        visit.branches.append(branch)
        visit.latest[index] = branch
        history.every += told.every


def _move(visit: Visit, by: float) -> None:
    """Seconds since a child began become seconds since its parent began."""
    visit.start, visit.touched = round(visit.start + by, 3), round(visit.touched + by, 3)
    visit.end = None if visit.end is None else round(visit.end + by, 3)
    spans: list[Attempt | Branch] = [*visit.attempts, *visit.branches]
    for each in spans:
        each.start = round(each.start + by, 3)
        each.end = None if each.end is None else round(each.end + by, 3)
