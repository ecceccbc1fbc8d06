"""How often an event is tried, how old it may get, and who hears of its end: a function's EventInvokeConfig.

Facts: Lambda API Reference (Put-, Update-, Get- and DeleteFunctionEventInvokeConfig). Texts and shapes are recorded
from AWS (the snapshot tests of the LocalStack project), but for the sentence about a missing right, which people who
met it quote. On AWS a configuration belongs to one qualifier; what is not given is not shown.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from labcli.local import iam
from labcli.local.functions.refusals import invalid, refuse
from labcli.local.names import names
from labcli.local.refused import Refused
from labcli.rules import functions

lambdas = names(
    "services.lambda_svc",
    *("_functions", "_func_arn", "_function_qualifier_exists", "error_response_json", "json_response", "get_region"),
    *("_resolve_request_scoped_name_and_qualifier", "_qualifier_from_path_or_query"),
)
sqs = names("services.sqs", "_queue_by_arn")
sns = names("services.sns", "_topics")
_LATEST = "$LATEST"
Answer = tuple[int, dict[str, str], bytes]


def config_of(func: Mapping[str, Any], arn: str) -> Mapping[str, Any]:
    """The configuration under which a function is invoked by this ARN; empty where none was put."""
    qualifier = arn.split(":")[7] if arn.count(":") > 6 else ""
    found: Mapping[str, Any] = (func.get("event_invoke_configs") or {}).get(_key(qualifier)) or {}
    return found


def _key(qualifier: str | None) -> str:
    return "" if not qualifier or qualifier == _LATEST else qualifier


@dataclass(frozen=True)
class EventInvokeConfigs:
    """The four actions, in the engine's Lambda module. ``clock`` gives seconds since the epoch."""

    clock: Callable[[], float]

    def put(self, original: Callable[..., Answer]) -> Callable[..., Answer]:
        """PutFunctionEventInvokeConfig: what was there before is gone."""

        def put_config(name: str, qualifier: str | None, data: Mapping[str, Any]) -> Answer:
            return self._answered(lambda: self._written(name, qualifier, data, {}))

        del original  # ours takes its place
        return put_config

    def get(self, original: Callable[..., Answer]) -> Callable[..., Answer]:
        """GetFunctionEventInvokeConfig."""

        def get_config(name: str, qualifier: str | None = None) -> Answer:
            return self._answered(lambda: dict(self._held(name, qualifier)))

        del original
        return get_config

    def delete(self, original: Callable[..., Answer]) -> Callable[..., Answer]:
        """DeleteFunctionEventInvokeConfig."""

        def delete_config(name: str, qualifier: str | None = None) -> Answer:
            def deleted() -> None:
                self._held(name, qualifier)
                del lambdas._functions[name]["event_invoke_configs"][_key(qualifier)]

            answer = self._answered(deleted)
            return answer if answer[0] >= 300 else (204, {}, b"")

        del original
        return delete_config

    def every(self, original: Callable[..., Answer]) -> Callable[..., Answer]:
        """ListFunctionEventInvokeConfigs."""

        def list_configs(name: str, query: Any) -> Answer:
            if name not in lambdas._functions:
                return self._answered(_nobody)
            return original(name, query)

        return list_configs

    def update(self, original: Callable[..., Any]) -> Callable[..., Any]:
        """UpdateFunctionEventInvokeConfig, which the engine does not know: what is not given stays."""

        async def handle_request(method: str, path: str, headers: Any, body: bytes, query: Any) -> Any:
            parts = unquote(path).rstrip("/").split("/")
            if method != "POST" or parts[-1] != "event-invoke-config" or len(parts) < 3:
                return await original(method, path, headers, body, query)
            name, by_path = lambdas._resolve_request_scoped_name_and_qualifier(parts[-2])
            qualifier = lambdas._qualifier_from_path_or_query(by_path, query)
            data = _object(body)

            def updated() -> dict[str, Any]:
                if name not in lambdas._functions:
                    _nobody()
                return self._written(name, qualifier, data, self._held(name, qualifier))

            return self._answered(updated)

        return handle_request

    def _answered(self, act: Callable[[], dict[str, Any] | None]) -> Answer:
        try:
            answer: Answer = lambdas.json_response(act())
        except Refused as refused:
            answer = lambdas.error_response_json(refused.code, refused.text, refused.status)
        return answer

    def _held(self, name: str, qualifier: str | None) -> Mapping[str, Any]:
        func = lambdas._functions.get(name) or {}
        held: Mapping[str, Any] | None = (func.get("event_invoke_configs") or {}).get(_key(qualifier))
        if held is None:
            text = f"The function {lambdas._func_arn(name)}:{qualifier or _LATEST} doesn't have an EventInvokeConfig"
            raise Refused("ResourceNotFoundException", text, 404)
        return held

    def _written(
        self, name: str, qualifier: str | None, data: Mapping[str, Any], before: Mapping[str, Any]
    ) -> dict[str, Any]:
        refuse(functions.event_invoke_config(data))
        func = lambdas._functions.get(name)
        if func is None or not lambdas._function_qualifier_exists(func, qualifier):
            _nobody()
        given = {key: data[key] for key in functions.EVENT_INVOKE if data.get(key) is not None}
        config = {key: value for key, value in {**before, **given}.items() if key in functions.EVENT_INVOKE}
        ends = config.get("DestinationConfig") or {}
        for end in ("OnSuccess", "OnFailure"):
            if target := (ends.get(end) or {}).get("Destination"):
                _check_destination(func["config"], str(target))
        config["DestinationConfig"] = {end: dict(ends.get(end) or {}) for end in ("OnSuccess", "OnFailure")}
        config["FunctionArn"] = f"{lambdas._func_arn(name)}:{qualifier or _LATEST}"
        config["LastModified"] = self.clock()
        func.setdefault("event_invoke_configs", {})[_key(qualifier)] = config
        return dict(config)


def _object(body: bytes) -> dict[str, Any]:
    try:
        said = json.loads(body or b"{}")
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def _nobody() -> None:
    raise Refused("ResourceNotFoundException", "The function doesn't exist.", 404)


def _check_destination(config: Mapping[str, Any], target: str) -> None:
    """Refuse who is not there, the function itself, and what its role may not send to."""
    service = target.split(":")[2]
    if service == "lambda" and ":".join(target.split(":")[:7]) == config["FunctionArn"]:
        raise invalid("You can't specify the function as a destination for itself.")
    if not _is_there(service, target):
        raise invalid(f"The destination ARN {target} is invalid.")
    action = functions.DESTINATIONS[service]
    if not iam.role_may(str(config.get("Role")), f"{service}:{action}", target, lambdas.get_region()):
        raise invalid(f"The function's execution role does not have permissions to call {action} on {target}")


def _is_there(service: str, target: str) -> bool:
    """Whether a destination is there; nobody here knows of event buses and buckets."""
    if service == "sqs":
        return sqs._queue_by_arn(target) is not None
    if service == "sns":
        return target in sns._topics
    return service != "lambda" or lambdas._resolve_request_scoped_name_and_qualifier(target)[0] in lambdas._functions
