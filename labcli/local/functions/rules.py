"""What AWS refuses at Lambda, in its words: functions, invocations, concurrency.

Texts marked R are recorded from AWS (the snapshot tests of the LocalStack project); constraints are those of the
Lambda API reference (CreateFunction, Invoke) and quotas of the Lambda Developer Guide.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from labcli.local import iam
from labcli.local.names import names

lambdas = names(
    "services.lambda_svc", *("error_response_json", "_functions", "_func_arn", "get_region", "_request_access_key")
)
evaluator = names("core.iam_evaluator", "enforce")
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
UNRESERVED = 900
"""Of the account's concurrency of 1,000, AWS keeps 100 unreserved."""


class Refused(Exception):  # noqa: N818  an answer, not a fault
    """A request that AWS refuses: code, text, HTTP status."""

    def __init__(self, text: str, code: str = "InvalidParameterValueException", status: int = 400) -> None:
        super().__init__(text)
        self.code, self.status = code, status


class Rules:
    """Checks before the engine's actions."""

    def refused(self, refused: Refused) -> Any:
        """The engine's form of a refusal."""
        return lambdas.error_response_json(refused.code, str(refused), refused.status)

    def create(self, original: Callable[[Any], Any]) -> Callable[[Any], Any]:
        """Refuse what cannot be a function."""

        def create_function(data: Any) -> Any:
            try:
                check_name(str(data.get("FunctionName") or ""))
                check_configuration(data)
                self._check_role(str(data.get("Role") or ""))
                check_code(data.get("Code") or {})
            except Refused as refused:
                return self.refused(refused)
            return original(data)

        return create_function

    def update(self, original: Callable[[str, Any], Any]) -> Callable[[str, Any], Any]:
        """Refuse changes that cannot be, or come while another is under way."""

        def update(name: str, data: Any) -> Any:
            func = lambdas._functions.get(name)
            try:
                if func is not None:
                    self._check_idle(func["config"])
                check_configuration(data)
                if "Role" in data:
                    self._check_role(str(data["Role"]))
            except Refused as refused:
                return self.refused(refused)
            answer = original(name, data)
            return answer if func is None or answer[0] >= 300 else _still_active(func["config"], answer)

        return update

    def _check_role(self, role: str) -> None:
        """The role must be one that Lambda may assume, and that the caller may pass on (AWS: iam:PassRole)."""
        check_role(role)
        denied = evaluator.enforce(
            lambdas._request_access_key.get(),
            "iam:PassRole",
            "iam",
            lambdas.get_region(),
            role,
            {"iam:PassedToService": "lambda.amazonaws.com"},
        )
        if denied is not None:
            who = getattr(denied, "principal_arn", "") or "anonymous"
            text = f"User: {who} is not authorized to perform: iam:PassRole on resource: {role} because no "
            raise Refused(f"{text}identity-based policy allows the iam:PassRole action", "AccessDeniedException", 403)

    def _check_idle(self, config: Mapping[str, Any]) -> None:
        arn = config["FunctionArn"]
        busy = "The operation cannot be performed at this time."
        if config.get("State") == "Pending":
            text = f"{busy} The function is currently in the following state: Pending"
            raise Refused(text, "ResourceConflictException", 409)
        if config.get("LastUpdateStatus") == "InProgress":
            text = f"{busy} An update is in progress for resource: {arn}"
            raise Refused(text, "ResourceConflictException", 409)

    def invoke(self, original: Callable[..., Any]) -> Callable[..., Any]:
        """Refuse to invoke what is not there (R), or not yet."""

        async def invoke(name: str, event: Any, headers: Any, path_qualifier: Any = None, query: Any = None) -> Any:
            func = lambdas._functions.get(name)
            if func is None:
                given = (query or {}).get("Qualifier") or "$LATEST"
                qualifier = path_qualifier or (given[0] if isinstance(given, list) else given)
                text = f"Function not found: {lambdas._func_arn(name)}:{qualifier}"
                return self.refused(Refused(text, "ResourceNotFoundException", 404))
            if func["config"].get("State") == "Pending":
                text = "The operation cannot be performed at this time. "
                text += "The function is currently in the following state: Pending"
                return self.refused(Refused(text, "ResourceConflictException", 409))
            return await original(name, event, headers, path_qualifier, query)

        return invoke

    def request(self, original: Callable[..., Any]) -> Callable[..., Any]:
        """Refuse payloads that are no JSON, or too large; the engine has read them when its actions begin."""

        async def handle_request(method: str, path: str, headers: Any, body: bytes, query_params: Any) -> Any:
            if method == "POST" and path.rstrip("/").endswith("/invocations"):
                kind = str(headers.get("x-amz-invocation-type") or "RequestResponse")
                try:
                    check_payload(body, kind)
                except Refused as refused:
                    return self.refused(refused)
            return await original(method, path, headers, body, query_params)

        return handle_request

    def configuration(self, original: Callable[..., Any]) -> Callable[..., Any]:
        """A new function's configuration, with the runtime's version as AWS names one."""

        def build_config(name: str, data: Any, *more: Any, **named: Any) -> Any:
            config = original(name, data, *more, **named)
            if isinstance(config.get("RuntimeVersionConfig"), dict) and config.get("Runtime"):
                digest = hashlib.sha256(str(config["Runtime"]).encode()).hexdigest()
                arn = f"arn:aws:lambda:{lambdas.get_region()}::runtime:{digest}"
                config["RuntimeVersionConfig"]["RuntimeVersionArn"] = arn
            return config

        return build_config

    def concurrency(self, original: Callable[[str, Any], Any]) -> Callable[[str, Any], Any]:
        """Refuse to reserve what the account needs for its other functions."""

        def put(name: str, data: Any) -> Any:
            wanted = data.get("ReservedConcurrentExecutions")
            others = [f.get("concurrency") or 0 for n, f in lambdas._functions.items() if n != name]
            if isinstance(wanted, int) and wanted + sum(others) > UNRESERVED:
                text = "Specified ReservedConcurrentExecutions for function decreases account's "
                text += "UnreservedConcurrentExecution below its minimum value of [100]."
                return self.refused(Refused(text))
            return original(name, data)

        return put


def _still_active(config: Any, answer: Any) -> Any:
    """A function that is being updated can be invoked meanwhile; the engine would have it Pending."""
    status, headers, body = answer
    said = json.loads(body)
    for about in (config, said):
        about["State"] = "Active"
        about |= {name: "" for name in ("StateReason", "StateReasonCode") if name in about}
    return status, headers, json.dumps(said).encode()


def check_name(name: str) -> None:
    """Refuse a name that a function cannot have."""
    if not re.fullmatch(NAME, name, re.ASCII):
        raise _constraint(name, "functionName", f"Member must satisfy regular expression pattern: {NAME}")
    if len(name) > 64 and ":" not in name:
        raise _constraint(name, "functionName", "Member must have length less than or equal to 64")


def check_code(code: Mapping[str, Any]) -> None:
    """Refuse an empty file; one that is no zip the engine refuses."""
    if code.get("ZipFile") == "":
        raise Refused("Uploaded file must be a non-empty zip")


def check_configuration(data: Mapping[str, Any]) -> None:
    """Refuse values that a function's configuration cannot have; those that are not given are fine."""
    runtime = data.get("Runtime")
    if runtime in RETIRED:
        text = f"The runtime parameter of {runtime} is no longer supported for creating or updating AWS Lambda "
        text += "functions. We recommend you use a supported runtime while creating or updating functions."
        raise Refused(text)
    if runtime and runtime not in RUNTIMES:
        text = f"Member must satisfy enum value set: [{', '.join(RUNTIMES)}] or be a valid ARN"
        raise Refused(f"Value {runtime} at 'runtime' failed to satisfy constraint: {text}")
    for name, low, high in (("Timeout", 1, 900), ("MemorySize", 128, 10_240)):
        value = data.get(name)
        if isinstance(value, int) and not low <= value <= high:
            rule = f"greater than or equal to {low}" if value < low else f"less than or equal to {high}"
            raise _constraint(value, name[0].lower() + name[1:], f"Member must have value {rule}")
    variables = (data.get("Environment") or {}).get("Variables") or {}
    if taken := sorted(RESERVED & set(variables)):
        text = "Lambda was unable to configure your environment variables because the environment variables you have "
        text += "provided contains reserved keys that are currently not supported for modification. "
        raise Refused(f"{text}Reserved keys used in this request: {', '.join(taken)}")
    for name in variables:
        if not re.fullmatch(r"[a-zA-Z]([a-zA-Z0-9_])+", name, re.ASCII):
            rule = r"Member must satisfy regular expression pattern: [a-zA-Z]([a-zA-Z0-9_])+"
            raise _constraint(name, "environment.variables.key", rule)


def check_role(role: str) -> None:
    """Refuse a role that is none, or that Lambda may not assume."""
    if not re.fullmatch(ROLE, role, re.ASCII):
        raise _constraint(role, "role", f"Member must satisfy regular expression pattern: {ROLE}")
    if not iam.trusts(role, "lambda.amazonaws.com"):
        raise Refused(NOT_ASSUMED)


def check_payload(body: bytes, kind: str) -> None:
    """Refuse an event that is too large, or not JSON."""
    limit = LARGEST.get(kind, LARGEST["RequestResponse"])
    if len(body) > limit:
        text = f"{len(body)} byte payload is too large for the {kind} invocation type (limit {limit} bytes)"
        raise Refused(text, "RequestEntityTooLargeException", 413)
    try:
        json.loads(body or b"{}")
    except ValueError as error:
        text = f"Could not parse request body into json: Could not parse payload into json: {error}"
        raise Refused(text, "InvalidRequestContentException") from None
    except RecursionError:
        text = "Could not parse request body into json: Could not parse payload into json: it is nested too deeply"
        raise Refused(text, "InvalidRequestContentException") from None


def _constraint(value: object, name: str, rule: str) -> Refused:
    text = f"1 validation error detected: Value '{value}' at '{name}' failed to satisfy constraint: {rule}"
    return Refused(text, "ValidationException")


def as_user_error(original: Callable[..., Any]) -> Callable[..., Any]:
    """Errors of Lambda say whose fault they are (R)."""

    def error_response_json(code: str, message: str, *args: Any, **more: Any) -> Any:
        status, headers, body = original(code, message, *args, **more)
        return status, headers, json.dumps({**json.loads(body), "Type": "User", "Message": message}).encode()

    return error_response_json
