"""Functions of Lambda and their event source mappings: names, settings and ranges, and what AWS answers to others.

Facts: Lambda API Reference (CreateFunction, Environment, CreateEventSourceMapping, PutFunctionConcurrency), Lambda
quotas, and "Defined runtime environment variables" of the Developer Guide. Texts marked R are recorded from AWS.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any

from labcli.rules import filters
from labcli.rules.finding import Finding
from labcli.rules.sqs import Range

ARN = r"(arn:(aws[a-zA-Z-]*)?:lambda:)?([a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?"
ARN += r"([a-zA-Z0-9-_]+)(:(\$LATEST|[a-zA-Z0-9-_]+))?"
"""AWS's pattern for a function's name, or its ARN, with a version or an alias."""
LONGEST_NAME = 64
HANDLER = r"[^\s]+"
LONGEST_HANDLER = 128
VARIABLE = r"[a-zA-Z]([a-zA-Z0-9_])+"
"""AWS's pattern for the name of an environment variable."""
LARGEST_ENVIRONMENT = 4096
"""Bytes of all environment variables, written as JSON."""
RUNTIMES = (
    *("nodejs20.x", "python3.14", "provided.al2023", "python3.12", "python3.13", "nodejs24.x", "nodejs22.x"),
    *("java25", "python3.10", "python3.11", "java21", "ruby3.3", "ruby3.4", "ruby3.2", "python3.8", "python3.9"),
    *("java17", "nodejs16.x", "dotnet10", "dotnet8", "java11", "dotnet6", "nodejs18.x", "provided.al2", "java8.al2"),
)
RETIRED = frozenset({
    *("python2.7", "python3.6", "python3.7", "nodejs10.x", "nodejs12.x", "nodejs14.x", "ruby2.5", "ruby2.7"),
    *("dotnetcore2.1", "dotnetcore3.1", "go1.x", "java8", "provided"),
})  # fmt: skip
RESERVED = frozenset({
    *("_HANDLER", "_X_AMZN_TRACE_ID", "AWS_DEFAULT_REGION", "AWS_REGION", "AWS_EXECUTION_ENV"),
    *("AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_LAMBDA_FUNCTION_VERSION"),
    *("AWS_LAMBDA_INITIALIZATION_TYPE", "AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME"),
    *("AWS_ACCESS_KEY", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_LAMBDA_RUNTIME_API"),
    *("LAMBDA_TASK_ROOT", "LAMBDA_RUNTIME_DIR"),
})  # fmt: skip
"""Environment variables that Lambda sets itself."""
TIMEOUT = Range(1, 900)
"""Seconds."""
MEMORY = Range(128, 10_240)
"""MB."""
RANGES: Mapping[str, Range] = {"Timeout": TIMEOUT, "MemorySize": MEMORY}
DEFAULT_TIMEOUT = 3
DEFAULT_MEMORY = 128
CONCURRENCY = Range(0, 900)
"""Reserved for one function: of an account's 1,000, AWS keeps 100 unreserved."""
LARGEST_PAYLOAD = {"RequestResponse": 6_291_456, "Event": 1_048_576}
"""Bytes of a payload, by the type of invocation."""

RETRIES = Range(0, 2)
"""MaximumRetryAttempts of asynchronous invocations."""
EVENT_AGE = Range(60, 21_600)
"""Seconds: MaximumEventAgeInSeconds."""
EVENT_INVOKE = ("MaximumRetryAttempts", "MaximumEventAgeInSeconds", "DestinationConfig")
"""What an EventInvokeConfig sets."""
DESTINATION = r"^$|arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\-])+:([a-z]{2}((-gov)|(-iso(b?)))?-[a-z]+-\d{1})?:(\d{12})?:(.*)"
"""AWS's pattern for the ARN of a destination."""
DESTINATIONS = {
    "sqs": "SendMessage", "sns": "Publish", "lambda": "InvokeFunction", "events": "PutEvents", "s3": "PutObject",
}  # fmt: skip
"""The services that can be a destination, and what the function's role must be allowed to do there."""
ALIAS = r"(?!^[0-9]+$)([a-zA-Z0-9-_]+)"
"""AWS's pattern for the name of an alias."""
LONGEST_ALIAS = 128
INVOCATION_TYPES = ("Event", "RequestResponse", "DryRun")

BATCH = Range(1, 10_000)
BATCH_AT_ONCE = Range(1, 10)
"""Messages of a batch from a FIFO queue, or without a batching window."""
WINDOW = Range(0, 300)
"""Seconds of a batching window."""
MAPPED_CONCURRENCY = Range(2, 1000)
"""MaximumConcurrency of a mapping's ScalingConfig."""
RESPONSE_TYPES = ("ReportBatchItemFailures",)
MOST_FILTERS = 5
LONGEST_PATTERN = 4096


class Code(StrEnum):
    """The rules of functions and mappings."""

    NAME = "name"
    RUNTIME = "runtime"
    RETIRED = "retired"
    HANDLER = "handler"
    RANGE = "range"
    RESERVED = "reserved"
    VARIABLE = "variable"
    ENVIRONMENT = "environment"
    CONCURRENCY = "concurrency"
    BATCH = "batch"
    FIFO_WINDOW = "fifo window"
    NO_WINDOW = "no window"
    WINDOW = "window"
    RESPONSE_TYPE = "response type"
    VISIBILITY = "visibility"
    FILTER = "filter"
    EVENT_INVOKE = "event invoke"
    DESTINATION = "destination"
    INVOCATION_TYPE = "invocation type"
    ALIAS = "alias"
    WEIGHTS = "weights"


def constraint(value: object, name: str, rule: str) -> str:
    """AWS's sentence about a value that breaks a rule of the API's own model."""
    return f"1 validation error detected: Value '{value}' at '{name}' failed to satisfy constraint: {rule}"


def name(value: str) -> Iterator[Finding]:
    """What AWS refuses in the name of a function, or its ARN."""
    if not re.fullmatch(ARN, value, re.ASCII):
        yield _broken(Code.NAME, value, "FunctionName", f"Member must satisfy regular expression pattern: {ARN}")
    elif len(value) > LONGEST_NAME and ":" not in value:
        rule = f"Member must have length less than or equal to {LONGEST_NAME}"
        yield _broken(Code.NAME, value, "FunctionName", rule)


def settings(given: Mapping[str, Any]) -> Iterator[Finding]:
    """What AWS refuses in a function's configuration; what is not given is fine."""
    runtime = given.get("Runtime")
    if runtime in RETIRED:
        said = f"The runtime parameter of {runtime} is no longer supported for creating or updating AWS Lambda "
        said += "functions. We recommend you use a supported runtime while creating or updating functions."
        yield Finding(Code.RETIRED, said, ("Runtime",), runtime)
    elif runtime and runtime not in RUNTIMES:
        said = f"Member must satisfy enum value set: [{', '.join(RUNTIMES)}] or be a valid ARN"
        said = f"Value {runtime} at 'runtime' failed to satisfy constraint: {said}"
        yield Finding(Code.RUNTIME, said, ("Runtime",), runtime)
    for key, limits in RANGES.items():
        value = given.get(key)
        if isinstance(value, int) and not limits.low <= value <= limits.high:
            yield _out(Code.RANGE, value, key, limits)
    handler = str(given.get("Handler") or "")
    if handler and not re.fullmatch(HANDLER, handler):
        yield _broken(Code.HANDLER, handler, "Handler", f"Member must satisfy regular expression pattern: {HANDLER}")
    elif len(handler) > LONGEST_HANDLER:
        rule = f"Member must have length less than or equal to {LONGEST_HANDLER}"
        yield _broken(Code.HANDLER, handler, "Handler", rule)
    yield from environment((given.get("Environment") or {}).get("Variables") or {})


def environment(variables: Mapping[str, Any]) -> Iterator[Finding]:
    """What AWS refuses in environment variables (R)."""
    unable = "Lambda was unable to configure your environment variables because the environment variables you have "
    unable += "provided "
    if taken := sorted(RESERVED & set(variables)):
        said = f"{unable}contains reserved keys that are currently not supported for modification. "
        said += f"Reserved keys used in this request: {', '.join(taken)}"
        yield Finding(Code.RESERVED, said, ("Environment", taken[0]), taken)
    for key in variables:
        if not re.fullmatch(VARIABLE, str(key), re.ASCII):
            rule = f"Member must satisfy regular expression pattern: {VARIABLE}"
            said = constraint(key, "environment.variables.key", rule)
            yield Finding(Code.VARIABLE, said, ("Environment", key), key, "ValidationException")
    measured = json.dumps(variables, separators=(",", ":"), ensure_ascii=False, default=str)
    size = len(measured.encode("utf-8", "surrogatepass"))
    if size > LARGEST_ENVIRONMENT:
        said = f"{unable}exceeded the 4KB limit. String measured: {measured}"
        yield Finding(Code.ENVIRONMENT, said, ("Environment",), size)


def concurrency(wanted: int, others: int = 0) -> Iterator[Finding]:
    """What AWS refuses to reserve for a function, beside what is reserved for others."""
    if wanted < 0:
        yield _out(Code.CONCURRENCY, wanted, "ReservedConcurrentExecutions", CONCURRENCY)
    elif wanted + others > CONCURRENCY.high:
        said = "Specified ReservedConcurrentExecutions for function decreases account's "
        said += "UnreservedConcurrentExecution below its minimum value of [100]."
        yield Finding(Code.CONCURRENCY, said, ("ReservedConcurrentExecutions",), wanted)


def mapping(given: Mapping[str, Any], fifo: bool) -> Iterator[Finding]:
    """What AWS refuses in the settings of a mapping from a queue."""
    size, window = given.get("BatchSize", 10), given.get("MaximumBatchingWindowInSeconds") or 0
    limits = BATCH_AT_ONCE if fifo else BATCH
    if not isinstance(size, int) or not limits.low <= size <= limits.high:
        yield _out(Code.BATCH, size, "BatchSize", limits)
    elif not isinstance(window, int) or not WINDOW.low <= window <= WINDOW.high:
        yield _out(Code.WINDOW, window, "MaximumBatchingWindowInSeconds", WINDOW)
    elif fifo and window:
        said = "Batching window is not supported for FIFO queues"
        yield Finding(Code.FIFO_WINDOW, said, ("MaximumBatchingWindowInSeconds",), window)
    elif size > BATCH_AT_ONCE.high and not window:
        said = "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10"
        yield Finding(Code.NO_WINDOW, said, ("BatchSize",), size)
    most = (given.get("ScalingConfig") or {}).get("MaximumConcurrency")
    if isinstance(most, int) and not MAPPED_CONCURRENCY.low <= most <= MAPPED_CONCURRENCY.high:
        yield _out(Code.CONCURRENCY, most, "scalingConfig.maximumConcurrency", MAPPED_CONCURRENCY)
    types = given.get("FunctionResponseTypes") or []
    if unknown := [each for each in types if each not in RESPONSE_TYPES]:
        rule = f"Member must satisfy constraint: [Member must satisfy enum value set: [{', '.join(RESPONSE_TYPES)}]]"
        yield _broken(Code.RESPONSE_TYPE, f"[{', '.join(map(str, unknown))}]", "FunctionResponseTypes", rule)
    yield from _filter_criteria(given.get("FilterCriteria") or {})


def _filter_criteria(given: Any) -> Iterator[Finding]:
    """What AWS refuses in the FilterCriteria of a mapping (R, but for the quota of five: its sentence is ours)."""
    each = given.get("Filters") or [] if isinstance(given, Mapping) else [given]
    for index, one in enumerate(each):
        pattern = one.get("Pattern") if isinstance(one, Mapping) else None
        if isinstance(pattern, str) and len(pattern) > LONGEST_PATTERN:
            rule = f"Member must have length less than or equal to {LONGEST_PATTERN}"
            yield _broken(Code.FILTER, pattern, f"filterCriteria.filters.{index + 1}.member.pattern", rule)
        elif not isinstance(pattern, str) or filters.pattern(pattern):
            yield Finding(Code.FILTER, "Invalid filter pattern definition.", ("FilterCriteria", index), pattern)
    if len(each) > MOST_FILTERS:
        said = f"The filter criteria have {len(each)} filters; an event source mapping has at most {MOST_FILTERS}."
        yield Finding(Code.FILTER, said, ("FilterCriteria",), len(each))


def event_invoke_config(given: Mapping[str, Any]) -> Iterator[Finding]:
    """What AWS refuses in the settings of asynchronous invocations before it looks at the function (R)."""
    for key, limits in (("MaximumRetryAttempts", RETRIES), ("MaximumEventAgeInSeconds", EVENT_AGE)):
        value = given.get(key)
        if isinstance(value, int) and not limits.low <= value <= limits.high:
            yield _out(Code.EVENT_INVOKE, value, key, limits)
    ends = given.get("DestinationConfig") or {}
    success, failure = ((ends.get(end) or {}).get("Destination") for end in ("OnSuccess", "OnFailure"))
    for end, target in (("onSuccess", success), ("onFailure", failure)):
        if target and not re.fullmatch(DESTINATION, target, re.ASCII):
            rule = f"Member must satisfy regular expression pattern: {DESTINATION}"
            yield _broken(Code.DESTINATION, target, f"destinationConfig.{end}.destination", rule)
    if all(given.get(key) is None for key in EVENT_INVOKE):
        said = "You must specify at least one of error handling or destination setting."
        yield Finding(Code.EVENT_INVOKE, said)
    if any(target and target.split(":")[2] not in DESTINATIONS for target in (success, failure)):
        one = f"OnSuccess(destination={success})" if success else "null"
        other = f"OnFailure(destination={failure})" if failure else "null"
        said = f"The provided destination config DestinationConfig(onSuccess={one}, onFailure={other}) is invalid."
        yield Finding(Code.DESTINATION, said, ("DestinationConfig",), ends)


def invocation_type(value: str) -> Iterator[Finding]:
    """What is no type of invocation."""
    if value not in INVOCATION_TYPES:
        rule = f"Member must satisfy enum value set: [{', '.join(INVOCATION_TYPES)}]"
        yield _broken(Code.INVOCATION_TYPE, value, "InvocationType", rule)


def alias(given: Mapping[str, Any]) -> Iterator[Finding]:
    """What AWS refuses in an alias before it looks for the versions (R)."""
    name = str(given.get("Name") or "")
    if not re.fullmatch(ALIAS, name, re.ASCII):
        yield _broken(Code.ALIAS, name, "Name", f"Member must satisfy regular expression pattern: {ALIAS}")
    elif len(name) > LONGEST_ALIAS:
        yield _broken(Code.ALIAS, name, "Name", f"Member must have length less than or equal to {LONGEST_ALIAS}")
    weights = (given.get("RoutingConfig") or {}).get("AdditionalVersionWeights") or {}
    shown = "{" + ", ".join(f"{version}={weight}" for version, weight in weights.items()) + "}"
    key = "routingConfig.additionalVersionWeights"
    if any(not re.fullmatch("[0-9]+", str(version), re.ASCII) for version in weights):
        rule = (
            "Map keys must satisfy constraint: [Member must have length less than or equal to 1024, Member must have "
        )
        rule += (
            "length greater than or equal to 1, Member must satisfy regular expression pattern: [0-9]+, Member must "
        )
        yield _broken(Code.WEIGHTS, shown, key, f"{rule}not be null]")
    elif any(not 0 <= weight <= 1 for weight in weights.values()):
        rule = "Map value must satisfy constraint: [Member must have value less than or equal to 1.0, Member must have "
        yield _broken(Code.WEIGHTS, shown, key, f"{rule}value greater than or equal to 0.0, Member must not be null]")
    elif len(weights) > 1:
        yield Finding(Code.WEIGHTS, "Number of items in AdditionalVersionWeights cannot be greater than 1", (key,))


def hidden_long_enough(visibility: int, timeout: int) -> Iterator[Finding]:
    """A queue hides a message at least as long as the function that is mapped to it may take, in seconds."""
    if visibility < timeout:
        said = f"Queue visibility timeout: {visibility} seconds is less than Function timeout: {timeout} seconds"
        yield Finding(Code.VISIBILITY, said, (), visibility)


def _broken(code: Code, value: object, key: str, rule: str) -> Finding:
    said = constraint(value, key[0].lower() + key[1:], rule)
    return Finding(code, said, (key,), value, "ValidationException")


def _out(code: Code, value: Any, key: str, limits: Range) -> Finding:
    low = not isinstance(value, int) or value < limits.low
    rule = f"greater than or equal to {limits.low}" if low else f"less than or equal to {limits.high}"
    return _broken(code, value, key, f"Member must have value {rule}")
