"""The document of an execution: what DescribeExecution and GetExecutionHistory tell, made easy to ask."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labcli.lab.words import text_of
from labcli.machines.definition import from_json, parsed
from labcli.machines.history import read_history
from labcli.machines.secrets import token_names, without_secrets
from labcli.machines.visits import Branch, History


def document_of(described: Mapping[str, Any], events: list[Any], definition: Any = None) -> dict[str, Any]:
    """The document of an execution. ``described`` is DescribeExecution's answer, ``events`` its whole history.

    Nothing perishable is in it: task tokens and receipt handles are hidden.
    """
    machine = parsed(definition)
    history = read_history(events, machine)
    names = token_names(machine)
    return {
        "status": described.get("status", history.status),
        "output": without_secrets(from_json(described.get("output")), names),
        "input": without_secrets(from_json(described.get("input", history.input)), names),
        "error": described.get("error") or history.error or None,
        "cause": without_secrets(from_json(described.get("cause") or history.cause or None), names),
        "path": [visit.name for visit in history.visits],
        "gaps": _gaps(history),
        "attempts": _attempts(history),
        "branches": [_branch(branch) for branch in history.branches],
        "spread": _spread(history),
        "execution": described.get("executionArn"),
        "name": described.get("name"),
        "seconds": history.seconds,
        "events": without_secrets(events, names),
        "definition": machine,
    }


def _gaps(history: History) -> dict[str, list[float]]:
    """Of every state that was tried again: seconds between the end of a failed attempt and the start of the next."""
    found: dict[str, list[float]] = {}
    for visit in history.every:
        if gaps := visit.gaps:
            found.setdefault(visit.name, []).extend(gaps)
    return found


def _attempts(history: History) -> dict[str, int]:
    found: dict[str, int] = {}
    for visit in history.every:
        found[visit.name] = found.get(visit.name, 0) + visit.tries
    return found


def _branch(branch: Branch) -> dict[str, Any]:
    return {
        "state": branch.of.name,
        "index": branch.index,
        "name": branch.visits[0].name if branch.visits else "",
        "start": branch.start,
        "end": branch.end,
        "seconds": None if branch.end is None else round(branch.end - branch.start, 3),
        "status": branch.status,
    }


def _spread(history: History) -> float | None:
    """Seconds from the first start to the last end of all branches; None where there are none."""
    ends = [branch.end for branch in history.branches if branch.end is not None]
    return round(max(ends) - min(branch.start for branch in history.branches), 3) if ends else None


def why(document: Mapping[str, Any]) -> str:
    """How an execution ended that did not succeed: ``FAILED in Charge · OrderStuck: retries exhausted``."""
    path, error = document.get("path") or [], document.get("error")
    where = f" in {path[-1]}" if path else ""
    cause = document.get("cause")
    if isinstance(cause, Mapping) and isinstance(cause.get("errorMessage"), str):  # a function's error
        cause = cause["errorMessage"]
    said = ": ".join(text_of(each) for each in (error, cause) if each)
    return f"{document.get('status')}{where}" + (f" · {said}" if said else "")
