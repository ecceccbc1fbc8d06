"""Requests and answers of AWS's protocols as plain data, without a model of any service: the reader has those."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl
from xml.etree import ElementTree

from labcli.local.door.signature import Request
from labcli.local.trail.kept import LONGEST

LARGEST = 1024 * 1024
"""Bytes of an answer that is looked into."""
_HEADERS = ("x-amz-invocation-type", "x-amz-log-type")
"""Headers that are parameters, and are kept."""
_TOLD = {"x-amz-function-error": "FunctionError"}
"""Headers of an answer that are fields of it."""
_CBOR = re.compile(r"/service/\w+/operation/(\w+)")


@dataclass
class Asked:
    """What a request asks for."""

    action: str
    """``SendMessage``; of a service whose protocol is REST, method and path: ``POST /2015-03-31/functions``."""
    params: Any
    query: dict[str, Any] = field(default_factory=dict)
    """REST only: what stands behind the path."""
    headers: dict[str, str] = field(default_factory=dict)


def asked(request: Request) -> Asked:
    """What the request asks for, as its protocol says it."""
    if target := request.headers.get("x-amz-target", ""):
        return Asked(target.rpartition(".")[2][:128], _json(request.body))
    if named := _CBOR.fullmatch(request.path):
        return Asked(named[1], {})
    query = [(name, value) for name, value in request.query if not name.lower().startswith("x-amz-")]
    if request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        query = [*query, *parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True)]
    names = dict(query)
    if "Action" in names:
        pairs = [(name, value) for name, value in query if name not in ("Action", "Version")]
        return Asked(str(names["Action"])[:128], tree(pairs))
    headers = {name: request.headers[name] for name in _HEADERS if name in request.headers}
    if request.path.endswith("/invocations") and len(request.body) > LONGEST:  # one text, whatever is in it
        params: Any = request.body.decode("utf-8", "replace")
    else:
        params = _json(request.body) if request.body else {}
    return Asked(f"{request.method} {request.path[:1024]}", params, dict(query), headers)


def tree(pairs: Iterable[tuple[str, str]]) -> Any:
    """``Tags.member.1.Key=a`` as ``{"Tags": [{"Key": "a"}]}``: the query protocol, undone."""
    root: dict[str, Any] = {}
    for name, value in pairs:
        *path, last = name.split(".")[:12]
        here = root
        for step in path:
            below = here.get(step)
            if not isinstance(below, dict):
                below = here[step] = {}
            here = below
        here[last] = value
    return _listed(root)


def _listed(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    for wrapper in ("member", "entry"):
        if set(value) == {wrapper}:
            return _listed(value[wrapper])
    if value and all(key.isascii() and key.isdigit() for key in value):
        return [_listed(value[key]) for key in sorted(value, key=int)]
    return {key: _listed(each) for key, each in value.items()}


def answered(status: int, headers: Mapping[str, str], body: bytes) -> Any:
    """An answer as plain data; empty when it is too large or in no protocol that is read here."""
    told: dict[str, Any] = {name: headers[header] for header, name in _TOLD.items() if header in headers}
    if len(body) > LARGEST:
        return told
    read = _xml if "xml" in headers.get("content-type", "") or body[:1] == b"<" else _json
    found = read(body)
    if not isinstance(found, dict):
        return told
    return {**found, **told}


def error_of(headers: Mapping[str, str], said: Any) -> tuple[str, str]:
    """Code and message of a refusal, as the client shows them."""
    fields = said if isinstance(said, dict) else {}
    if isinstance(inner := fields.get("Error"), dict):
        return str(inner.get("Code", "")), str(inner.get("Message", ""))
    code = str(fields.get("__type") or fields.get("code") or fields.get("Code") or "")
    code = headers.get("x-amzn-query-error", "").partition(";")[0] or code or headers.get("x-amzn-errortype", "")
    return code.rpartition("#")[2].partition(":")[0], str(fields.get("message") or fields.get("Message") or "")


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):  # what is no JSON is refused by its service
        return {}


def _xml(body: bytes) -> Any:
    try:
        root = ElementTree.fromstring(body)  # noqa: S314  the engine wrote it
    except (ElementTree.ParseError, ValueError):
        return {}
    found = _element(root)
    if not isinstance(found, dict):
        return {}
    result = next((each for name, each in found.items() if name.endswith("Result")), found)
    return result if isinstance(result, dict) else {}


def _element(element: ElementTree.Element) -> Any:
    children = [(child.tag.rpartition("}")[2], _element(child)) for child in element]
    if not children:
        return element.text or ""
    if {name for name, _ in children} == {"member"}:
        return [each for _, each in children]
    if {name for name, _ in children} == {"entry"}:
        return {each["key"]: each.get("value") for _, each in children if isinstance(each, dict) and "key" in each}
    return dict(children)
