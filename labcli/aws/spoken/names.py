"""What the aws CLI calls what boto3 calls otherwise.

Its names are made by rule (``--queue-url`` of ``QueueUrl``); the exceptions stand in aws-cli, ``customizations``:
``argrename.py``, ``awslambda.py``, ``streamingoutputarg.py``, and in ``paramfile.py`` what is never read from a URL.
"""

from __future__ import annotations

_RENAMED = {
    ("sns", "subscribe", "Endpoint"): "notification-endpoint",
    ("stepfunctions", "send_task_success", "output"): "task-output",
    ("lambda", "publish_version", "CodeSha256"): "code-sha-256",
}
"""``--endpoint-url`` and ``--output`` are options of every aws command."""

ZIPS = {("lambda", "create_function"): "Code", ("lambda", "publish_layer_version"): "Content"}
"""The parameters whose ``ZipFile`` is an option of its own, ``--zip-file``."""

ANSWERS = {("lambda", "invoke"): "answer.json"}
"""Operations whose answer streams: the aws CLI writes it into a file, its last word."""

URLS = frozenset({("sqs", "QueueUrl"), ("sns", "Endpoint")})
"""Parameters whose ``http://…`` the aws CLI (v1) takes as it is, and does not fetch."""

_CLIENTS = {"lambda": "lambdas", "stepfunctions": "states", "resourcegroupstaggingapi": "tagging"}


def client(service: str) -> str:
    """The variable that holds a boto3 client: ``lambda`` is a word of Python."""
    return _CLIENTS.get(service, service.replace("-", "_"))


def operation(name: str) -> str:
    """``send-message`` for ``send_message``."""
    return name.replace("_", "-")


def flag(service: str, operation: str, parameter: str) -> str:
    """The option of the aws CLI for a parameter: ``--queue-url`` for ``QueueUrl``."""
    from botocore import xform_name

    known = _RENAMED.get((service, operation, parameter))
    return f"--{known or xform_name(parameter, '-')}"


def flags(service: str, operation: str, parameters: dict[str, object]) -> dict[str, str]:
    """The option that each parameter of a call becomes, in its order."""
    found = {name: flag(service, operation, name) for name in parameters}
    if (hoisted := ZIPS.get((service, operation))) in found:
        value = parameters[hoisted]
        if isinstance(value, dict) and "ZipFile" in value:
            found[hoisted] = "--zip-file"
    return found
