"""What is put into the engine in the place of its Step Functions. All of it, or nothing where a name has moved.

service.py: the API. machines.py, versions.py, executions.py, redrives.py, map_runs.py, tasks.py, trial.py: its actions.
roles.py: whose rights a machine has. limits.py: how much may run. model.py, map_run.py, registry.py: what there is.
interpreter/: how a machine runs. shown.py: what is told of an execution. refusals.py: how AWS says no.
"""

from __future__ import annotations

import json
from typing import Any

from labcli.local import iam
from labcli.local.names import hook, missing, names
from labcli.local.stepfunctions import roles, service

app = names("app", "SERVICE_HANDLERS[states]")
iam_actions = names("core.iam_actions", "extract_resource_arn")
_NAMES = (
    *(app, iam_actions, service.responses, service.router),
    *(roles.evaluator, roles.iam, roles.sts, *iam.ASKED),
)


def correct(machines: service.StepFunctions) -> list[str]:
    """Take the service over; the names that have moved in the engine (then nothing is), as ``module.name``."""
    if moved := missing(*_NAMES):
        return moved
    app.SERVICE_HANDLERS["states"] = machines.handle
    hook(iam_actions, "extract_resource_arn", _of_what_is_tagged)
    return []


def _of_what_is_tagged(original: Any) -> Any:
    """The resource that a policy must name for the tag actions and for activities, which the engine leaves out."""

    def extract_resource_arn(
        service: str, method: str, path: str, headers: Any, body: Any, *more: Any, **named: Any
    ) -> Any:
        if service == "states":
            action = str(headers.get("x-amz-target", "")).rpartition(".")[2]
            try:
                found = json.loads(body or b"{}")
            except ValueError:
                found = None
            if isinstance(found, dict) and isinstance(arn := found.get("resourceArn"), str):
                return arn
            if action in ("ListStateMachines", "ListActivities", "ValidateStateMachineDefinition", "TestState"):
                return "*"
        return original(service, method, path, headers, body, *more, **named)

    return extract_resource_arn
