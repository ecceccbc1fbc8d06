"""RedriveExecution: an execution that has failed goes on at the state that failed.

There is no recording of it: this is the Developer Guide's page "Restarting state machine executions with redrive" and
the API reference. What has succeeded is not done again, and retries are counted from the beginning.
"""

from __future__ import annotations

from typing import Any

from labcli.local.refused import Refused
from labcli.local.stepfunctions.interpreter.frame import Frame
from labcli.local.stepfunctions.map_run import UNSUCCESSFUL, MapRun
from labcli.local.stepfunctions.model import MOST_EVENTS, Execution
from labcli.local.stepfunctions.registry import Registry

_DELETING = "State machine is in DELETING status"

LATEST = 14 * 24 * 3600
"""Seconds after its end in which it can be redriven."""
LONGEST = 31_622_400.0
"""Seconds of a Standard execution: a year (Step Functions quotas)."""
MOST = 1000
ONE_TOKEN = 15 * 60
"""Seconds in which a client token stands for the same redrive; the latest ten do (API reference, RedriveExecution)."""
TOKENS = 10


def why_not(execution: Execution, now: float) -> str:
    """What keeps it from being redriven; empty when nothing does (API reference, DescribeExecution)."""
    if execution.kind == "EXPRESS" and not execution.map_run:
        return "Execution is of an Express state machine and cannot be redriven"
    if execution.status not in UNSUCCESSFUL:
        return f"Execution is {execution.status} and cannot be redriven"
    if execution.kind == "EXPRESS":
        return ""  # it is begun anew
    if execution.redrives >= MOST:
        return "Execution redriven the maximum number of times"
    if len(execution.events) >= MOST_EVENTS - 1:
        return "Execution history event limit exceeded"
    if now - execution.started > LONGEST:
        return "Execution has exceeded the max execution time"
    if execution.stopped is not None and now - execution.stopped > LATEST:
        return "Execution redrivable period exceeded"
    return "" if execution.frame is not None or execution.map_run else "Execution was not started"


def shown(execution: Execution, now: float, deleting: bool = False) -> dict[str, Any]:
    """What DescribeExecution says about it. ``deleting``: its machine is being deleted."""
    about: dict[str, Any] = {"redriveCount": execution.redrives}
    if execution.redriven:
        about["redriveDate"] = execution.redriven
    if reason := _DELETING if deleting else why_not(execution, now):
        return {**about, "redriveStatus": "NOT_REDRIVABLE", "redriveStatusReason": reason}
    return {**about, "redriveStatus": "REDRIVABLE_BY_MAP_RUN" if execution.map_run else "REDRIVABLE"}


def check(execution: Execution, now: float, deleting: bool) -> None:
    """ExecutionNotRedrivable when it cannot be redriven by itself."""
    reason = _DELETING if deleting else why_not(execution, now)
    if not reason and execution.map_run:
        reason = "Execution was started by a Map Run and is redriven with it"
    if reason:
        raise Refused("ExecutionNotRedrivable", reason)


def answered(execution: Execution, token: str, now: float) -> float | None:
    """When it was redriven by a call with this token a moment ago."""
    at = execution.redrive_tokens.get(token)
    return at if at is not None and now - at <= ONE_TOKEN else None


def go_on(execution: Execution, now: float, token: str = "") -> None:
    """Make it run again: where it failed, or from the beginning where it never got to its first state."""
    with execution.lock:
        execution.status, execution.stopped = "RUNNING", None
        execution.output = execution.error = execution.cause = None
        execution.frozen = ""
        if execution.kind == "EXPRESS" or execution.frame is None:
            execution.frame, execution.events, execution.weight = None, [], 0
            execution.started = round(now, 3)
            return
        execution.redrives += 1
        execution.redriven = round(now, 3)
        if token:
            latest = {**execution.redrive_tokens, token: execution.redriven}
            execution.redrive_tokens = dict(list(latest.items())[-TOKENS:])
        details = {"executionRedrivenEventDetails": {"redriveCount": execution.redrives}}
        number = execution.record("ExecutionRedriven", now, len(execution.events), details)
        _again(execution.frame, number)


def redrive_children(map_run: MapRun, registry: Registry, now: float) -> None:
    """Let the children of a Map Run that can be redriven wait for their turn; those that cannot stay failed.

    Children that an earlier turn never began, begin (Developer Guide, "Redriving Map Runs").
    """
    with registry.lock:
        map_run.again(now)
        for child in registry.children(map_run):
            if not why_not(child, now):
                child.wait_for_redrive()
                del map_run.statuses[child.arn]


def _again(frame: Frame, previous: int) -> None:
    """Let a line try its state again; what is done in it stays done."""
    if frame.done:
        return
    frame.pause, frame.retries, frame.token = None, {}, ""
    if frame.previous:  # else it never began
        frame.previous = previous
    for inner in frame.inner or ():
        _again(inner, previous)
