"""What AWS refuses at Lambda, in its words: names, settings, roles and payloads of functions.

Texts marked R are recorded from AWS (the snapshot tests of the LocalStack project); constraints are those of the
Lambda API reference (CreateFunction, Invoke) and quotas of the Lambda Developer Guide.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from labcli.local import iam
from labcli.local.refused import Refused
from labcli.rules.asl import json_text

NOT_ASSUMED = "The role defined for the function cannot be assumed by Lambda."
ROLE = r"arn:(aws[a-zA-Z-]*)?:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+"
NAME = r"(arn:(aws[a-zA-Z-]*)?:lambda:)?([a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?"
NAME += r"([a-zA-Z0-9-_]+)(:(\$LATEST|[a-zA-Z0-9-_]+))?"
RUNTIMES = (
    *("nodejs20.x", "python3.14", "provided.al2023", "python3.12", "python3.13", "nodejs24.x", "nodejs22.x"),
    *("java25", "python3.10", "python3.11", "java21", "ruby3.3", "ruby3.4", "ruby3.2", "python3.8", "python3.9"),
    *("java17", "nodejs16.x", "dotnet10", "dotnet8", "java11", "dotnet6", "nodejs18.x", "provided.al2", "java8.al2"),
)
RETIRED = {
    *("python2.7", "python3.6", "python3.7", "nodejs10.x", "nodejs12.x", "nodejs14.x", "ruby2.5", "ruby2.7"),
    *("dotnetcore2.1", "dotnetcore3.1", "go1.x", "java8", "provided"),
}
RESERVED = {
    *("_HANDLER", "_X_AMZN_TRACE_ID", "AWS_DEFAULT_REGION", "AWS_REGION", "AWS_EXECUTION_ENV"),
    *("AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_LAMBDA_FUNCTION_VERSION"),
    *("AWS_LAMBDA_INITIALIZATION_TYPE", "AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME"),
    *("AWS_ACCESS_KEY", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_LAMBDA_RUNTIME_API"),
    *("LAMBDA_TASK_ROOT", "LAMBDA_RUNTIME_DIR"),
}
LARGEST = {"RequestResponse": 6_291_456, "Event": 1_048_576}
"""Bytes of a payload, by the type of invocation."""


def invalid(text: str) -> Refused:
    """The usual refusal."""
    return Refused("InvalidParameterValueException", text)


def constraint(value: object, name: str, rule: str) -> Refused:
    """A value that breaks a rule of the API's own model."""
    text = f"1 validation error detected: Value '{value}' at '{name}' failed to satisfy constraint: {rule}"
    return Refused("ValidationException", text)


def check_name(name: str) -> None:
    """Refuse a name that a function cannot have."""
    if not re.fullmatch(NAME, name, re.ASCII):
        raise constraint(name, "functionName", f"Member must satisfy regular expression pattern: {NAME}")
    if len(name) > 64 and ":" not in name:
        raise constraint(name, "functionName", "Member must have length less than or equal to 64")


def check_code(code: Mapping[str, Any]) -> None:
    """Refuse an empty file; one that is no zip the engine refuses."""
    if code.get("ZipFile") == "":
        raise invalid("Uploaded file must be a non-empty zip")


def check_configuration(data: Mapping[str, Any]) -> None:
    """Refuse values that a function's configuration cannot have; those that are not given are fine."""
    runtime = data.get("Runtime")
    if runtime in RETIRED:
        text = f"The runtime parameter of {runtime} is no longer supported for creating or updating AWS Lambda "
        text += "functions. We recommend you use a supported runtime while creating or updating functions."
        raise invalid(text)
    if runtime and runtime not in RUNTIMES:
        text = f"Member must satisfy enum value set: [{', '.join(RUNTIMES)}] or be a valid ARN"
        raise invalid(f"Value {runtime} at 'runtime' failed to satisfy constraint: {text}")
    for name, low, high in (("Timeout", 1, 900), ("MemorySize", 128, 10_240)):
        value = data.get(name)
        if isinstance(value, int) and not low <= value <= high:
            rule = f"greater than or equal to {low}" if value < low else f"less than or equal to {high}"
            raise constraint(value, name[0].lower() + name[1:], f"Member must have value {rule}")
    variables = (data.get("Environment") or {}).get("Variables") or {}
    if taken := sorted(RESERVED & set(variables)):
        text = "Lambda was unable to configure your environment variables because the environment variables you have "
        text += "provided contains reserved keys that are currently not supported for modification. "
        raise invalid(f"{text}Reserved keys used in this request: {', '.join(taken)}")
    for name in variables:
        if not re.fullmatch(r"[a-zA-Z]([a-zA-Z0-9_])+", name, re.ASCII):
            rule = r"Member must satisfy regular expression pattern: [a-zA-Z]([a-zA-Z0-9_])+"
            raise constraint(name, "environment.variables.key", rule)


def check_role(role: str) -> None:
    """Refuse a role that is none, or that Lambda may not assume."""
    if not re.fullmatch(ROLE, role, re.ASCII):
        raise constraint(role, "role", f"Member must satisfy regular expression pattern: {ROLE}")
    if not iam.trusts(role, "lambda.amazonaws.com"):
        raise invalid(NOT_ASSUMED)


def check_payload(body: bytes, kind: str) -> None:
    """Refuse an event that is too large, or not JSON."""
    limit = LARGEST.get(kind, LARGEST["RequestResponse"])
    if len(body) > limit:
        text = f"{len(body)} byte payload is too large for the {kind} invocation type (limit {limit} bytes)"
        raise Refused("RequestEntityTooLargeException", text, 413)
    if trouble := _trouble(body or b"{}"):
        text = f"Could not parse request body into json: Could not parse payload into json: {trouble}"
        raise Refused("InvalidRequestContentException", text)


def _trouble(body: bytes) -> str:
    """What keeps an event from being JSON, in the words of AWS's parser (R); empty when nothing does."""
    try:
        text = body.decode()
    except UnicodeDecodeError as error:
        at = json_text.place_of(body.decode(errors="replace"), error.start + 1, "byte[]")
        return f"Invalid UTF-8 start byte 0x{body[error.start]:x}\n at {at}"
    found = json_text.broken(text)
    return f"{found.words}\n at {json_text.place_of(text, found.at, 'byte[]')}" if found else ""
