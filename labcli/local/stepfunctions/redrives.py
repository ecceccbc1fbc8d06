"""RedriveExecution: an execution that has failed goes on at the state that failed.

There is no recording of it: this is the Developer Guide's page "Restarting state machine executions with redrive" and
the API reference. What has succeeded is not done again, and retries are counted from the beginning.
"""

from __future__ import annotations

from typing import Any

from labcli.local.refused import Refused
from labcli.local.stepfunctions.interpreter.frame import Frame
from labcli.local.stepfunctions.model import MOST_EVENTS, Execution

LATEST = 14 * 24 * 3600
"""Seconds after its end in which it can be redriven."""
MOST = 1000


def why_not(execution: Execution) -> str:
    """What keeps it from being redriven; empty when nothing does."""
    if execution.kind == "EXPRESS":
        return "Execution is of an Express state machine and cannot be redriven"
    if execution.status in ("RUNNING", "SUCCEEDED"):
        return f"Execution is {execution.status} and cannot be redriven"
    if execution.redrives >= MOST:
        return "Execution redriven the maximum number of times"
    if len(execution.events) >= MOST_EVENTS - 1:
        return "Execution history event limit exceeded"
    return "" if execution.frame is not None else "Execution was not started"


def shown(execution: Execution) -> dict[str, Any]:
    """What DescribeExecution says about it."""
    about: dict[str, Any] = {"redriveCount": execution.redrives}
    if execution.redriven:
        about["redriveDate"] = execution.redriven
    if execution.map_run and execution.status not in ("RUNNING", "SUCCEEDED"):
        return {**about, "redriveStatus": "REDRIVABLE_BY_MAP_RUN"}
    if reason := why_not(execution):
        return {**about, "redriveStatus": "NOT_REDRIVABLE", "redriveStatusReason": reason}
    return {**about, "redriveStatus": "REDRIVABLE"}


def redrive(execution: Execution, now: float) -> None:
    """Make it run again; ExecutionNotRedrivable when it cannot."""
    with execution.lock:
        reason = why_not(execution)
        if not reason and execution.stopped is not None and now - execution.stopped > LATEST:
            reason = "Execution ended more than 14 days ago and cannot be redriven"
        if reason or execution.map_run:
            raise Refused("ExecutionNotRedrivable", f"{reason or 'Execution is a child of a Map Run'}")
        assert execution.frame is not None  # noqa: S101  it is redrivable
        execution.redrives += 1
        execution.redriven = round(now, 3)
        execution.status, execution.stopped = "RUNNING", None
        execution.output = execution.error = execution.cause = None
        execution.frozen = ""
        details = {"executionRedrivenEventDetails": {"redriveCount": execution.redrives}}
        number = execution.record("ExecutionRedriven", now, len(execution.events), details)
        _again(execution.frame, number)


def _again(frame: Frame, previous: int) -> None:
    """Let a line try its state again; what is done in it stays done."""
    if frame.done:
        return
    frame.pause, frame.retries, frame.token, frame.previous = None, {}, "", previous
    for inner in frame.inner or ():
        _again(inner, previous)
