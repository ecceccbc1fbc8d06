"""What stood on the wire, in boto3's words: the operation, its parameters and its answer, by AWS's own models."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, unquote

from labcli.aws.catalog import BotoCatalog

SIGNED_AS = {
    "states": "stepfunctions", "tagging": "resourcegroupstaggingapi", "monitoring": "cloudwatch",
}  # fmt: skip
"""boto3's names of services that sign under another one."""
_CATALOG = BotoCatalog()


class Wire(NamedTuple):
    """A call as its protocol had it: ``action`` is an operation, or method and path of a REST service."""

    action: str
    params: Any
    query: Mapping[str, Any]
    headers: Mapping[str, str]
    answer: Any


def wire_of(signed_as: str, wire: Wire) -> tuple[str, str, dict[str, Any], dict[str, Any]]:
    """boto3's service, operation, parameters and answer; what no model knows stays as it stood there."""
    service = SIGNED_AS.get(signed_as, signed_as)
    model = _CATALOG.model(service)
    rest = " " in wire.action
    if model is None:
        return service, wire.action, _fields(wire.params), _fields(wire.answer)
    name, path = _rest(service, wire.action, wire.query) if rest else (wire.action, {})
    operation = _names(service).get(name)
    if operation is None:
        return service, wire.action, _fields(wire.params), _fields(wire.answer)
    raw = model.operation_model(name)
    given = _placed(raw.input_shape, wire, path) if rest else wire.params
    return service, operation, _struct(raw.input_shape, given), _answer(raw.output_shape, wire.answer)


def _fields(value: Any) -> dict[str, Any]:
    return dict(value) if isinstance(value, Mapping) else {}


@lru_cache(maxsize=64)
def _names(service: str) -> dict[str, str]:
    """boto3's name of each operation, by AWS's."""
    from botocore import xform_name

    model = _CATALOG.model(service)
    return {name: xform_name(name) for name in model.operation_names}


@lru_cache(maxsize=16)
def _routes(service: str) -> list[tuple[str, re.Pattern[str], dict[str, str], str]]:
    """Method, path, query and operation of a REST service. Of two that fit, the one that says more comes first."""
    model = _CATALOG.model(service)
    found = []
    for name in model.operation_names:
        http = model.operation_model(name).http
        path, _, query = str(http.get("requestUri", "/")).partition("?")
        parts = re.split(r"\{(\w+)\+?\}", path)
        pattern = "".join(re.escape(part) if index % 2 == 0 else f"(?P<{part}>.+?)" for index, part in enumerate(parts))
        marks = dict(parse_qsl(query, keep_blank_values=True))
        found.append(
            (str(http.get("method", "POST")), re.compile(f"{pattern}/?"), marks, name, (len(marks), len(path)))
        )
    return [each[:4] for each in sorted(found, key=lambda each: each[4], reverse=True)]


def _rest(service: str, action: str, query: Mapping[str, str]) -> tuple[str, dict[str, str]]:
    method, _, path = action.partition(" ")
    for wanted, pattern, marks, name in _routes(service):
        if wanted == method and marks.items() <= query.items() and (match := pattern.fullmatch(path)):
            return name, {key: unquote(value) for key, value in match.groupdict().items()}
    return "", {}


def _placed(shape: Any, wire: Wire, path: Mapping[str, str]) -> dict[str, Any]:
    """The parameters of a REST call from where each of them stands, under their names in the model's body."""
    if shape is None:
        return {}
    payload = shape.serialization.get("payload")
    found: dict[str, Any] = {} if payload else _fields(wire.params)
    if payload and wire.params not in ({}, None, ""):
        found[payload] = wire.params
    places = {"uri": path, "querystring": wire.query, "header": wire.headers}
    for name, member in shape.members.items():
        where = places.get(member.serialization.get("location", ""))
        wired = member.serialization.get("name", name)
        wired = wired.lower() if where is wire.headers else wired
        if where is not None and wired in where:
            found[member.serialization.get("name", name)] = where[wired]
    return found


def _answer(shape: Any, value: Any) -> dict[str, Any]:
    """An answer; what is no field of it but of its payload (a function's error) is the payload."""
    found = _fields(value)
    payload = shape.serialization.get("payload") if shape is not None else None
    if payload:
        known = {name: each for name, each in found.items() if name in shape.members}
        inner = {name: each for name, each in found.items() if name not in shape.members}
        return known | ({payload: inner} if inner else {})
    return _struct(shape, found)


def _struct(shape: Any, value: Any) -> dict[str, Any]:
    """A structure's members under boto3's names; what the model does not know stays."""
    given = _fields(value)
    if shape is None:
        return given
    found = {}
    for name, member in shape.members.items():
        for wired in (name, member.serialization.get("name")):
            if wired in given:
                found[name] = _typed(member, given.pop(wired))
                break
    return found | given


_EMPTY: Mapping[str, type] = {"structure": dict, "list": list, "map": dict}


def _typed(shape: Any, value: Any) -> Any:
    kind = shape.type_name
    if value == "" and kind in _EMPTY:  # XML has nothing in it where there is none
        return _EMPTY[kind]()
    if kind == "structure" and isinstance(value, Mapping):
        return _struct(shape, value)
    if kind == "list" and isinstance(value, list):
        return [_typed(shape.member, each) for each in value]
    if kind == "map":
        return _map(shape, value)
    if isinstance(value, str):
        return _scalar(kind, value)
    return value


def _map(shape: Any, value: Any) -> Any:
    if isinstance(value, list):  # the query protocol has maps as lists of entries
        key, held = (
            each.serialization.get("name", name) for each, name in ((shape.key, "key"), (shape.value, "value"))
        )
        entries = [each for each in value if isinstance(each, Mapping) and key in each]
        value = {str(each[key]): each.get(held) for each in entries}
    if isinstance(value, Mapping):
        return {name: _typed(shape.value, each) for name, each in value.items()}
    return value


def _scalar(kind: str, text: str) -> Any:
    """The query protocol has text only."""
    if kind in ("integer", "long") and re.fullmatch(r"-?\d{1,18}", text):
        return int(text)
    if kind == "boolean" and text in ("true", "false"):
        return text == "true"
    return text
