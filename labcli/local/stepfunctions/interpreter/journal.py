"""What an execution logs in CloudWatch Logs, as its machine's loggingConfiguration says (recorded from AWS).

CloudWatch's delivery service writes there, so it is done with the rights of the account, not of the machine's role.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from datetime import UTC, datetime
from threading import Lock
from typing import Any
from uuid import uuid4

from labcli.local.stepfunctions.interpreter.values import text_of
from labcli.local.stepfunctions.model import Execution
from labcli.local.stepfunctions.roles import Clients

EVERY = 1.0
"""Seconds between two looks at what there is to write."""
FATAL = ("ExecutionFailed", "ExecutionTimedOut", "ExecutionAborted")
_TROUBLE = ("Failed", "TimedOut", "Aborted")
_DATA = (
    *("input", "inputDetails", "output", "outputDetails", "parameters"),
    *("assignedVariables", "assignedVariablesDetails"),
)
_MOST = 1000
"""Events of one call (CloudWatch Logs API reference, PutLogEvents: at most 10,000 and 1 MiB)."""


def group_of(execution: Execution) -> str:
    """The name of the log group that it logs to; empty when it logs nothing."""
    found = execution.settings.get("loggingConfiguration") or {}
    if found.get("level", "OFF") == "OFF" or not found.get("destinations"):
        return ""
    arn = str(found["destinations"][0]["cloudWatchLogsLogGroup"]["logGroupArn"])
    return arn.partition(":log-group:")[2].removesuffix(":*")


class Journal:
    """The log of one execution. ``write`` puts there what is new."""

    def __init__(self, execution: Execution, clients: Clients) -> None:
        self.execution, self.clients = execution, clients
        self.group, self.done, self.lock = group_of(execution), 0, Lock()
        settings = execution.settings.get("loggingConfiguration") or {}
        self.level, self.data = settings.get("level", "OFF"), bool(settings.get("includeExecutionData"))
        day = datetime.fromtimestamp(execution.started, UTC).strftime("%Y-%m-%d-%H-%M")
        name = execution.machine.split(":")[6].partition("/")[0]
        self.stream, self.made = f"states/{name}/{day}/{uuid4().hex[:8]}", False

    def write(self) -> None:
        """Write what has happened since the last time. A group that is not there loses it, as on AWS."""
        with self.lock:
            self._write()

    def _write(self) -> None:
        events = self.execution.events[self.done :]
        self.done += len(events)
        lines = [self._line(event) for event in events if self._wanted(event["type"])]
        if not lines:
            return
        client = self.clients.of_the_account(self.execution.arn.split(":")[3], "logs")
        with contextlib.suppress(Exception):  # whatever CloudWatch has against it, the execution goes on
            if not self.made:
                client.create_log_stream(logGroupName=self.group, logStreamName=self.stream)
                self.made = True
            for at in range(0, len(lines), _MOST):
                part = lines[at : at + _MOST]
                client.put_log_events(logGroupName=self.group, logStreamName=self.stream, logEvents=part)

    def _wanted(self, kind: str) -> bool:
        if self.level == "ALL":
            return True
        return kind in FATAL or (self.level == "ERROR" and kind.endswith(_TROUBLE))

    def _line(self, event: Mapping[str, Any]) -> dict[str, Any]:
        details: dict[str, Any] = next((value for key, value in event.items() if key.endswith("EventDetails")), {})
        if not self.data:
            details = {name: value for name, value in details.items() if name not in _DATA}
        at = round(event["timestamp"] * 1000)
        told = {
            "id": str(event["id"]),
            "type": event["type"],
            "details": details,
            "previous_event_id": str(event["previousEventId"]),
            "event_timestamp": str(at),
            "execution_arn": self.execution.arn,
            "redrive_count": str(self.execution.redrives),
        }
        return {"timestamp": at, "message": text_of(told)}
