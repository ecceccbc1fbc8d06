"""The mocks of TestState: what they must be, held against the model of the service that they stand for.

Texts are recorded from AWS.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from labcli.local.refused import Refused
from labcli.local.stepfunctions.interpreter import calls, resources, shapes
from labcli.local.stepfunctions.roles import Clients

MOCKABLE = ("Task", "Map", "Parallel")
ONLY_MOCKED = ("Map", "Parallel")
_TYPES: Mapping[str, tuple[tuple[Any, ...], str]] = {
    **dict.fromkeys(("string", "timestamp", "blob"), ((str,), "a string")),
    **dict.fromkeys(("integer", "long", "float", "double", "bigdecimal"), ((int, float), "a number")),
    "boolean": ((bool,), "a boolean"),
    "list": ((list,), "an array"),
    **dict.fromkeys(("structure", "map"), ((dict,), "an object")),
}


def refuse(text: str, code: str = "ValidationException") -> Refused:
    """A refusal of TestState."""
    return Refused(code, text)


def check(data: Mapping[str, Any], state: Mapping[str, Any], clients: Clients) -> None:
    """Refuse a mock that cannot be."""
    mock, kind = data.get("mock"), state["Type"]
    if mock is None:
        if kind in ONLY_MOCKED:
            text = "TestState API does not support Map or Parallel states. "
            types = "[Task, Wait, Pass, Succeed, Fail, Choice]"
            raise refuse(f"{text}Supported state types include: {types}", "InvalidDefinition")
        return
    if mock.get("result") is not None and mock.get("errorOutput") is not None:
        raise refuse("A test mock should have only one of the following fields: [result, errorOutput].")
    if data.get("revealSecrets"):
        raise refuse("TestState does not support RevealSecrets when a mock is specified.")
    if kind not in MOCKABLE:
        raise refuse(f"State type '{kind}' is not supported when a mock is specified")
    if mock.get("result") is not None:
        _check_result(mock, state, clients)
    count = (data.get("stateConfiguration") or {}).get("mapIterationFailureCount")
    if count is not None and mock.get("result") is not None:
        found = json.loads(mock["result"])
        if isinstance(found, list) and count > len(found):
            raise refuse("Map iteration failure count must be less than or equal to the number of Map iterations")


def _check_result(mock: Mapping[str, Any], state: Mapping[str, Any], clients: Clients) -> None:
    try:
        found = json.loads(mock["result"])
    except (TypeError, ValueError):
        raise refuse("Mocked result must be valid JSON") from None
    if state["Type"] == "Map" and "ResultWriter" in state:
        if not isinstance(found, dict):
            raise refuse("Mocked result must be a JSON object.")
    elif state["Type"] in ONLY_MOCKED and not isinstance(found, list):
        raise refuse("Mocked result must be an array.")
    mode = mock.get("fieldValidationMode") or "STRICT"
    if state["Type"] == "Task" and mode != "NONE":
        _check_fields(found, state["Resource"], clients, strict=mode == "STRICT")


def _check_fields(found: Any, text: str, clients: Clients, strict: bool) -> None:
    resource = resources.parse(text)
    if resource.kind != resources.SERVICE or resource.pattern:
        return
    service = calls.service_of(resource)
    model = clients.described(service, resource.action) if service else None
    if model is None or model.output_shape is None:
        return
    name = shapes.java if resource.sdk else shapes.capital
    free = () if resource.sdk else ("Payload",) if resource.service == "lambda" else ()
    _check_value(found, model.output_shape, "", name, strict, free)


def _check_value(
    value: Any, shape: Any, field: str, name: Callable[[str], str], strict: bool, free: tuple[str, ...] = ()
) -> None:
    kinds, called = _TYPES.get(shape.type_name, ((), ""))
    if kinds and (not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds)):
        raise _wrong(f"Field '{field}' must be {called}" if field else f"Mock result must be {called}")
    if shape.type_name == "structure":
        for member in shape.required_members if strict else ():
            if name(member) not in value:
                raise _wrong(f"Required field '{name(member)}' is missing")
        for member, inner in shape.members.items():
            if name(member) in value and name(member) not in free and value[name(member)] is not None:
                _check_value(value[name(member)], inner, name(member), name, strict)
    elif shape.type_name == "list":
        for each in value:
            _check_value(each, shape.member, field, name, strict)
    elif shape.type_name == "map":
        for each in value.values():
            _check_value(each, shape.value, field, name, strict)
    else:
        _check_range(value, shape, field)


def _check_range(value: Any, shape: Any, field: str) -> None:
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    if isinstance(value, str):
        if shape.type_name == "timestamp":
            return
        if low is not None and len(value) < low:
            raise _wrong(f"Field '{field}' is smaller than the minimum length")
        if high is not None and len(value) > high:
            raise _wrong(f"Field '{field}' exceeds the maximum length")
    elif not isinstance(value, bool):
        if low is not None and value < low:
            raise _wrong(f"Field '{field}' is less than the minimum value")
        if high is not None and value > high:
            raise _wrong(f"Field '{field}' exceeds the maximum value")


def _wrong(text: str) -> Refused:
    return refuse(f"Mock result schema validation error: {text}")
