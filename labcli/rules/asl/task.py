"""A Task: what it calls, with what, and how long it may take."""

from __future__ import annotations

import re
from collections.abc import Mapping

from labcli.rules.asl.node import Node, reference
from labcli.rules.asl.operations import SDK_NAMES, Operations
from labcli.rules.asl.quotas import NUMBER
from labcli.rules.asl.sdk import parameters

_ARN = re.compile(r"arn:[^:]*:[^:]+:[^:]*:[^:]*:.+", re.DOTALL)
_OTHER = re.compile(r"arn:[^:]*:(?!lambda:|states:)[a-z0-9-]+:")
_ACTIVITY = re.compile(r"arn:[^:]*:states:[^:]*:[^:]*:activity:.+")
_INTEGRATION = re.compile(r"arn:[^:]*:states:::([a-z0-9-]+):([A-Za-z]+)((?:\.[A-Za-z]+(?::\d)?)?)")

_SDK = re.compile(r"arn:[^:]*:states:::aws-sdk:([A-Za-z0-9]+):([A-Za-z0-9]+)((?:\.[A-Za-z]+(?::\d)?)?)")
_ANY_INTEGRATION = re.compile(r"arn:[^:]*:states:::.*", re.DOTALL)
# Developer Guide, "Integrating optimized services"
OPTIMIZED = (
    *("apigateway", "athena", "aws-sdk", "batch", "bedrock", "codebuild", "databrew", "dynamodb", "ecs", "eks"),
    *("elasticmapreduce", "emr-containers", "emr-serverless", "events", "glue", "http", "lambda", "mediaconvert"),
    *("sagemaker", "sns", "sqs", "states"),
)

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
        node.number(key, 1, NUMBER)
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
    if _OTHER.match(resource) and "${" not in resource:
        node.schema(
            _UNKNOWN.format(resource), "Resource", hint="; a Task calls a function, an activity or an integration"
        )
        return
    match = _INTEGRATION.fullmatch(resource)
    if match is not None and match[1] in SERVICES:
        _optimized(node, match)
    elif node.report.operations is not None and _ANY_INTEGRATION.fullmatch(resource):
        _integration(node, resource, node.report.operations)


def _optimized(node: Node, match: re.Match[str]) -> None:
    """An integration of the table: it is there, it can be called so, and its parameters are right."""
    resource, service, action, pattern = match[0], match[1], match[2], match[3]
    if action not in SERVICES[service] or pattern not in PATTERNS[service]:
        known = [f"{resource[: match.start(2)]}{each}{end}" for each in SERVICES[service] for end in PATTERNS[service]]
        node.schema(_UNKNOWN.format(resource), "Resource", hint=node.report.near(resource, known))
        return
    _parameters(node, resource, SERVICES[service][action])
    operations, called = node.report.operations, SDK_NAMES.get(service, service)
    if operations is not None and action in operations.operations(called):
        key = "Arguments" if node.jsonata else "Parameters"
        parameters(node, key, operations.input(called, action), needed=False)  # what it needs was asked for


def _integration(node: Node, resource: str, operations: Operations) -> None:
    """Any other integration: its service is one of those that there are, and of the SDK's the operation too."""
    if sdk := _SDK.fullmatch(resource):
        _of_the_sdk(node, sdk, operations)
        return
    service = resource.partition(":states:::")[2].partition(":")[0]
    if service not in OPTIMIZED:
        node.schema(_UNKNOWN.format(resource), "Resource", hint=node.report.near(service, OPTIMIZED))
    elif service == "aws-sdk":
        said = "; it is aws-sdk:service:operation, such as aws-sdk:sqs:sendMessage"
        node.schema(_UNKNOWN.format(resource), "Resource", hint=said)


def _of_the_sdk(node: Node, match: re.Match[str], operations: Operations) -> None:
    """``arn:aws:states:::aws-sdk:sqs:sendMessage``: there are such a service and such an operation."""
    service, action, pattern = match[1], match[2], match[3]
    known = operations.operations(service)
    if not known:
        meant = operations.meant(service)
        near = f"; it is called `{meant}` here" if meant else node.report.near(service, operations.services())
        near = near or f"; there is no service `{service}`"
        node.schema(_UNKNOWN.format(match[0]), "Resource", hint=near)
    elif action not in known:
        near = node.report.near(action, known) or f"; {service} has no operation `{action}`"
        node.schema(_UNKNOWN.format(match[0]), "Resource", hint=near)
    elif pattern not in ("", ".waitForTaskToken"):
        node.schema(_UNKNOWN.format(match[0]), "Resource", hint="; an aws-sdk call waits for a task token only")
    else:
        key = "Arguments" if node.jsonata else "Parameters"
        parameters(node, key, operations.input(service, action), needed=True)


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
