"""A Task: what it calls, with what, and how long it may take."""

from __future__ import annotations

import re
from collections.abc import Mapping

from labcli.rules.asl.node import Node, reference

LONGEST = 99_999_999

_ARN = re.compile(r"arn:[^:]*:[^:]+:[^:]*:[^:]*:.+", re.DOTALL)
_ACTIVITY = re.compile(r"arn:[^:]*:states:[^:]*:[^:]*:activity:.+")
_INTEGRATION = re.compile(r"arn:[^:]*:states:::([a-z0-9-]+):([A-Za-z]+)((?:\.[A-Za-z]+(?::\d)?)?)")

# The integrations of the services that labs use, with the parameters that AWS asks for when a machine is made
# (Developer Guide, "Integrating optimized services"). Services that are not here are not judged.
SERVICES: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "lambda": {"invoke": ("FunctionName",)},
    "sqs": {"sendMessage": ("QueueUrl", "MessageBody")},
    "sns": {"publish": ("Message",)},
    "events": {"putEvents": ("Entries",)},
    "dynamodb": {
        "getItem": ("TableName", "Key"),
        "putItem": ("TableName", "Item"),
        "updateItem": ("TableName", "Key"),
        "deleteItem": ("TableName", "Key"),
    },
    "states": {"startExecution": ("StateMachineArn",)},
}
# how they can be called; none of the others waits for a job
PATTERNS: Mapping[str, tuple[str, ...]] = {
    "lambda": ("", ".waitForTaskToken"),
    "sqs": ("", ".waitForTaskToken"),
    "sns": ("", ".waitForTaskToken"),
    "events": ("", ".waitForTaskToken"),
    "dynamodb": ("",),
    "states": ("", ".sync", ".sync:2", ".waitForTaskToken"),
}
_UNKNOWN = (
    "The resource provided {} is not recognized. "
    "The value is not a valid resource ARN, or the resource is not available in this region."
)


def task(node: Node) -> None:
    """Check the fields that only a Task has."""
    if node.required("Resource"):
        _resource(node)
    for key in ("TimeoutSeconds", "HeartbeatSeconds"):
        node.one_of(key, f"{key}Path")
        node.number(key, 1, LONGEST)
    timeout, heartbeat = node.data.get("TimeoutSeconds"), node.data.get("HeartbeatSeconds")
    if isinstance(timeout, int) and isinstance(heartbeat, int) and heartbeat >= timeout > 0:
        node.note("`HeartbeatSeconds` is smaller than `TimeoutSeconds`", "HeartbeatSeconds")
    credentials = node.object("Credentials")
    if credentials is not None:
        _given(credentials, ("RoleArn",))


def _resource(node: Node) -> None:
    resource = node.text("Resource")
    if resource is None:
        return
    if not _ARN.fullmatch(resource):
        node.schema("Value is not a valid resource ARN", "Resource")
        return
    if node.report.kind == "EXPRESS" and (why := _not_express(resource)):
        node.schema(f"Express state machine does not support {why}", "Resource")
        return
    match = _INTEGRATION.fullmatch(resource)
    if match is not None and match[1] in SERVICES:
        service, action, pattern = match[1], match[2], match[3]
        if action not in SERVICES[service] or pattern not in PATTERNS[service]:
            known = [
                f"{resource[: match.start(2)]}{each}{end}" for each in SERVICES[service] for end in PATTERNS[service]
            ]
            node.schema(_UNKNOWN.format(resource), "Resource", hint=node.report.near(resource, known))
        else:
            _parameters(node, resource, SERVICES[service][action])


def _not_express(resource: str) -> str:
    """What of it an Express workflow cannot do. AWS ends one of these texts with a blank."""
    if _ACTIVITY.fullmatch(resource):
        return "Activity ARN"
    if resource.endswith(".waitForTaskToken"):
        return "'.waitForTaskToken' service integration "
    return "'.sync' service integration" if re.search(r"\.sync(:\d)?$", resource) else ""


def _parameters(node: Node, resource: str, needed: tuple[str, ...]) -> None:
    key = "Arguments" if node.jsonata else "Parameters"
    if key not in node.data:
        node.schema(f"{key} field is required for resource ARN: {resource}")
    elif isinstance(node.data[key], dict):
        _given(node.inner(node.data[key], key), needed)


def _given(node: Node, needed: tuple[str, ...]) -> None:
    """The parameters of a call are there; ``x.$`` gives ``x``."""
    given = {key.removesuffix(".$") for key in node.data}
    for name in needed:
        if name not in given and not any(reference(key) for key in given):
            near = node.report.near(name, given).partition("`")[2].partition("`")[0]
            hint = f"; write it so, not `{near}`" if near else ""
            node.schema(f"The field '{name}' is required but was missing", hint=hint)
