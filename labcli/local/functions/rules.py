"""What AWS refuses at Lambda, in its words: functions, invocations, concurrency.

Texts marked R are recorded from AWS (the snapshot tests of the LocalStack project); constraints are those of the
Lambda API reference (CreateFunction, Invoke) and quotas of the Lambda Developer Guide.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import unquote

from labcli.local import iam
from labcli.local.functions.refusals import (
    check_code,
    check_payload,
    check_role,
    invalid,
    refuse,
)
from labcli.local.names import names
from labcli.local.refused import Refused
from labcli.rules import functions, roles

lambdas = names(
    "services.lambda_svc",
    *("error_response_json", "_functions", "_func_arn", "get_region", "_request_access_key"),
    *("_resolve_request_scoped_name_and_qualifier", "_qualifier_from_path_or_query"),
)


class Rules:
    """Checks before the engine's actions."""

    def refused(self, refused: Refused) -> Any:
        """The engine's form of a refusal."""
        return lambdas.error_response_json(refused.code, refused.text, refused.status)

    def create(self, original: Callable[[Any], Any]) -> Callable[[Any], Any]:
        """Refuse what cannot be a function."""

        def create_function(data: Any) -> Any:
            try:
                refuse(functions.name(str(data.get("FunctionName") or "")))
                refuse(functions.settings(data))
                self._check_role(str(data.get("Role") or ""))
                check_code(data.get("Code") or {})
                self._check_dead_letters(str(data.get("Role")), data.get("DeadLetterConfig"))
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
                refuse(functions.settings(data))
                if "Role" in data:
                    self._check_role(str(data["Role"]))
                if func is not None and ("Role" in data or "DeadLetterConfig" in data):
                    held = func["config"]
                    role, letters = (data.get(key, held.get(key)) for key in ("Role", "DeadLetterConfig"))
                    self._check_dead_letters(str(role), letters)
            except Refused as refused:
                return self.refused(refused)
            answer = original(name, data)
            return answer if func is None or answer[0] >= 300 else _still_active(func["config"], answer)

        return update

    def _check_role(self, role: str) -> None:
        """The role must be one that Lambda may assume, and that the caller may pass on (AWS: iam:PassRole)."""
        check_role(role)
        iam.check_passing(role, roles.LAMBDA, lambdas._request_access_key.get(), lambdas.get_region())

    def _check_dead_letters(self, role: str, config: Any) -> None:
        """The role must be one that may send to where dead letters go."""
        target = str((config or {}).get("TargetArn") or "")
        service = target.split(":")[2] if target.count(":") == 5 else ""
        action = {"sqs": "SendMessage", "sns": "Publish"}.get(service)
        if action and not iam.role_may(role, f"{service}:{action}", target, lambdas.get_region()):
            text = f"The provided execution role does not have permissions to call {action} on {service.upper()}"
            raise invalid(text)

    def _check_idle(self, config: Mapping[str, Any]) -> None:
        arn = config["FunctionArn"]
        busy = "The operation cannot be performed at this time."
        if config.get("State") == "Pending":
            text = f"{busy} The function is currently in the following state: Pending"
            raise Refused("ResourceConflictException", text, 409)
        if config.get("LastUpdateStatus") == "InProgress":
            text = f"{busy} An update is in progress for resource: {arn}"
            raise Refused("ResourceConflictException", text, 409)

    def invoke(self, original: Callable[..., Any]) -> Callable[..., Any]:
        """Refuse to invoke what is not there (R), or not yet."""

        async def invoke(name: str, event: Any, headers: Any, path_qualifier: Any = None, query: Any = None) -> Any:
            func = lambdas._functions.get(name)
            if func is None:
                given = (query or {}).get("Qualifier") or "$LATEST"
                qualifier = path_qualifier or (given[0] if isinstance(given, list) else given)
                text = f"Function not found: {lambdas._func_arn(name)}:{qualifier}"
                return self.refused(Refused("ResourceNotFoundException", text, 404))
            if func["config"].get("State") == "Pending":
                text = "The operation cannot be performed at this time. "
                text += "The function is currently in the following state: Pending"
                return self.refused(Refused("ResourceConflictException", text, 409))
            return await original(name, event, headers, path_qualifier, query)

        return invoke

    def request(self, original: Callable[..., Any]) -> Callable[..., Any]:
        """Refuse two qualifiers that are not one, and payloads that are no JSON or too large: the engine has read them
        when its actions begin.
        """

        async def handle_request(method: str, path: str, headers: Any, body: bytes, query_params: Any) -> Any:
            try:
                self._check_qualifiers(path, query_params)
                if method == "POST" and path.rstrip("/").endswith("/invocations"):
                    kind = str(headers.get("x-amz-invocation-type") or "RequestResponse")
                    refuse(functions.invocation_type(kind))
                    check_payload(body, kind)
            except Refused as refused:
                return self.refused(refused)
            return await original(method, path, headers, body, query_params)

        return handle_request

    def _check_qualifiers(self, path: str, query: Any) -> None:
        """A name that holds a qualifier, and another one beside it (R)."""
        _, _, rest = unquote(path).partition("/functions/")
        asked = lambdas._qualifier_from_path_or_query(None, query)
        if rest and asked:
            _, held = lambdas._resolve_request_scoped_name_and_qualifier(rest.split("/")[0])
            if held and held != asked:
                raise invalid("The derived qualifier from the function name does not match the specified qualifier.")

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
            try:
                if isinstance(wanted, int):
                    refuse(functions.concurrency(wanted, sum(others)))
            except Refused as refused:
                return self.refused(refused)
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


def as_user_error(original: Callable[..., Any]) -> Callable[..., Any]:
    """Errors of Lambda say whose fault they are (R)."""

    def error_response_json(code: str, message: str, *args: Any, **more: Any) -> Any:
        status, headers, body = original(code, message, *args, **more)
        return status, headers, json.dumps({**json.loads(body), "Type": "User", "Message": message}).encode()

    return error_response_json
