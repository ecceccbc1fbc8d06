"""The context object that TestState is given in place of the real one. Texts are recorded from AWS."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from labcli.local.refused import Refused
from labcli.local.stepfunctions.interpreter import resources

# field -> its fields, and the type of each
FIELDS: Mapping[str, Mapping[str, str]] = {
    "Execution": {
        **dict.fromkeys(("Id", "Name", "RoleArn", "StartTime", "RedriveTime"), "string"),
        "Input": "",
        "RedriveCount": "number",
    },
    "State": {"EnteredTime": "string", "Name": "string", "RetryCount": "number"},
    "StateMachine": {"Id": "string", "Name": "string"},
    "Task": {"Token": "string"},
}
_TYPES: Mapping[str, tuple[type, ...]] = {"string": (str,), "number": (int, float)}
_NO_TASK = (
    "Context object contains 'Task' when state is not a Task state with a '.sync' or '.waitForTaskToken' "
    "service integration pattern"
)


def read(text: str | None, state: Mapping[str, Any]) -> dict[str, Any] | None:
    """The context that is given as text; None without one. ValidationException for one that cannot be."""
    if text is None:
        return None
    try:
        found = json.loads(text)
    except ValueError:
        raise _wrong("it must be valid JSON") from None
    if not isinstance(found, dict):
        raise _wrong("it must be a JSON object")
    for name, inside in found.items():
        if name == "Map":
            raise _wrong("'Map' field is not supported when mocking a Context object")
        if name not in FIELDS:
            raise _wrong(f"Field '{name}' is not allowed")
        if not isinstance(inside, dict):
            raise _wrong(f"{name} must be an object")
        for key, value in inside.items():
            if key not in FIELDS[name]:
                raise _wrong(f"Field '{key}' is not allowed")
            wanted = FIELDS[name][key]
            if wanted and (isinstance(value, bool) or not isinstance(value, _TYPES[wanted])):
                raise _wrong(f"{name}.{key} must be a {wanted}")
    if "Task" in found and not (state["Type"] == "Task" and resources.parse(state["Resource"]).pattern):
        raise _wrong(_NO_TASK)
    return found


def _wrong(text: str) -> Refused:
    return Refused("ValidationException", f"Invalid Context object provided: {text}")
