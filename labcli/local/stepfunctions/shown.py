"""What the API tells of an execution: whole, in a list, and its events."""

from __future__ import annotations

import json
from typing import Any

from labcli.local.stepfunctions.model import Execution


def described(execution: Execution) -> dict[str, Any]:
    """What DescribeExecution tells of it, but for its redrives."""
    with execution.lock:
        answer = {
            "executionArn": execution.arn,
            "stateMachineArn": execution.machine,
            "name": execution.name,
            "status": execution.status,
            "startDate": execution.started,
            "input": execution.input,
            "inputDetails": {"included": True},
        }
        answer |= qualified(execution)
        if execution.map_run:
            answer["mapRunArn"] = execution.map_run
        if not execution.running:
            answer["stopDate"] = execution.stopped
        if execution.status == "SUCCEEDED":
            answer |= {"output": execution.output, "outputDetails": {"included": True}}
        for name in ("error", "cause"):
            if (value := getattr(execution, name)) is not None:
                answer[name] = value
    return answer


def listed(execution: Execution) -> dict[str, Any]:
    """What a list tells of an execution."""
    one = {
        "executionArn": execution.arn,
        "stateMachineArn": execution.machine,
        "name": execution.name,
        "status": execution.status,
        "startDate": execution.started,
        "redriveCount": execution.redrives,
        **qualified(execution),
        **({"redriveDate": execution.redriven} if execution.redriven else {}),
        **({"mapRunArn": execution.map_run, "itemCount": execution.items} if execution.map_run else {}),
    }
    return one if execution.stopped is None else {**one, "stopDate": execution.stopped}


def qualified(execution: Execution) -> dict[str, str]:
    """The version and the alias of its machine, where it was started by one."""
    named = {"stateMachineVersionArn": execution.version, "stateMachineAliasArn": execution.alias}
    return {name: arn for name, arn in named.items() if arn}


def without_data(event: dict[str, Any]) -> dict[str, Any]:
    """An event without what goes in and comes out."""
    hidden = {"input", "output", "parameters"}
    return {
        name: {k: v for k, v in value.items() if k not in hidden} if isinstance(value, dict) else value
        for name, value in json.loads(json.dumps(event, default=str)).items()
    }
