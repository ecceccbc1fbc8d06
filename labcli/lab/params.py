"""Parameters and answers of calls, held against AWS's own models: pure walks over shapes.

The one coercion of the lab language lives here too: a mapping or a list where the model says string or blob is
JSON-encoded. Nothing else is coerced.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from labcli.lab.aws import Shape
from labcli.lab.model import Where
from labcli.lab.paths import NUMBERS
from labcli.lab.reader import kind_of
from labcli.lab.refs import Ref
from labcli.lab.scope import Scope
from labcli.rules.near import nearest

PERISHABLE = frozenset({"ReceiptHandle", "taskToken"})
"""Answers that are worth something only to the step that received them, and only for a while."""


def check_params(shape: Shape | None, data: Mapping[str, Any], where: Where, said: str, scope: Scope) -> None:
    """Report every parameter of ``said`` (``sqs.send_message``) that its model does not allow."""
    if shape is None:
        if data:
            scope.findings.add(where, f"{said} takes no parameters")
        return
    _structure(shape, data, where, said, scope)


def _structure(shape: Shape, data: Mapping[str, Any], where: Where, said: str, scope: Scope) -> None:
    for name, value in data.items():
        if name in shape.members:
            _value(shape.members[name], value, (*where, name), name, scope)
            continue
        near = nearest(name, shape.members)
        if not near:
            alike = [each for each in shape.members if name.lower() in each.lower() or each.lower() in name.lower()]
            near = f"; it has {', '.join(alike or shape.members)}"
        scope.findings.add((*where, name), f"{said} has no parameter `{name}`{near}", key=True)
    for name in shape.required:
        if name not in data:
            scope.findings.add(where, f"{said} needs `{name}`")


def _value(shape: Shape, value: Any, where: Where, name: str, scope: Scope) -> None:
    if isinstance(value, str) and "${" in value:
        _reference(shape, value, where, name, scope)
    elif shape.kind in ("string", "blob"):
        _string(shape, value, where, name, scope)
    elif shape.kind == "structure":
        if isinstance(value, Mapping):
            _structure(shape, value, where, f"`{name}`", scope)
        else:
            scope.findings.add(where, f"`{name}` is a mapping, not {kind_of(value)}")
    elif shape.kind in ("list", "map"):
        _many(shape, value, where, name, scope)
    elif shape.kind == "boolean":
        if not isinstance(value, bool):
            scope.findings.add(where, f"`{name}` is true or false, not {kind_of(value)}")
    elif shape.kind in NUMBERS and (isinstance(value, bool) or not isinstance(value, int | float)):
        scope.findings.add(where, f"`{name}` is a number, not {kind_of(value)}")
    elif shape.kind in ("integer", "long") and isinstance(value, float):
        scope.findings.add(where, f"`{name}` is a whole number, not {value}")


def _string(shape: Shape, value: Any, where: Where, name: str, scope: Scope) -> None:
    if isinstance(value, Mapping | list):
        scope.references(value, where)
    elif not isinstance(value, str):
        quoted = "true" if value is True else "false" if value is False else value
        scope.findings.add(
            where, f'`{name}` is text: quote it ("{quoted}")' if value is not None else f"`{name}` is text"
        )
    elif shape.enum and value not in shape.enum:
        near = nearest(value, shape.enum) or f"; it is one of {', '.join(shape.enum[:12])}"
        scope.findings.add(where, f"`{name}` cannot be `{value}`{near}")
    else:
        _raw(value, where, name, scope)


def is_raw(name: str, value: Any) -> bool:
    """Whether an ARN or URL is written out where a reference to a resource belongs."""
    text = value if isinstance(value, str) else ""
    return bool(re.match(r"\s*(arn:|https?://)", text, re.IGNORECASE) and re.search(r"(Url|Arn|ARN)s?$", name))


def _raw(value: str, where: Where, name: str, scope: Scope) -> None:
    if is_raw(name, value):
        scope.findings.add(
            where, f"`{name}` names a resource by reference, such as ${{orders.url}}, not by {value[:20]}…"
        )


def _many(shape: Shape, value: Any, where: Where, name: str, scope: Scope) -> None:
    wanted: type[Any] = dict if shape.kind == "map" else list
    if not isinstance(value, wanted):
        scope.findings.add(
            where, f"`{name}` is a {shape.kind if shape.kind == 'list' else 'mapping'}, not {kind_of(value)}"
        )
        return
    entries: Iterable[tuple[Any, Any]] = value.items() if isinstance(value, dict) else enumerate(value)
    for key, each in entries:
        if shape.element is not None:
            _value(shape.element, each, (*where, key), str(key) if shape.kind == "map" else name, scope)


def _reference(shape: Shape, value: str, where: Where, name: str, scope: Scope) -> None:
    _raw(value, where, name, scope)
    for _, ref, kind in scope.references(value, where):
        if not ref.whole:
            if shape.kind not in ("string", "blob"):
                scope.findings.add(where, f"`{name}` is {_word(shape.kind)}, not text around {ref.text}")
        elif kind in ("url", "arn", "name"):
            _named(shape, ref, kind, where, name, scope)
        elif kind != "any":
            text = shape.kind in ("string", "blob")  # a mapping or a list becomes JSON there
            wrong = _word(kind) in ("a number", "true or false") if text else _word(kind) != _word(shape.kind)
            if wrong:
                scope.findings.add(where, f"`{name}` is {_word(shape.kind)}; {ref.text} is {_word(kind)}")


def _word(kind: str) -> str:
    """A type of the API models, in the words of a lab author."""
    if kind in NUMBERS:
        return "a number"
    return {"boolean": "true or false", "structure": "a mapping", "map": "a mapping", "list": "a list"}.get(
        kind, "text"
    )


def _named(shape: Shape, ref: Ref, kind: str, where: Where, name: str, scope: Scope) -> None:
    """An attribute of a resource stands where its own sort is asked for: an URL where an URL is."""
    if shape.kind not in ("string", "blob"):
        scope.findings.add(where, f"`{name}` is {_word(shape.kind)}; {ref.text} is text")
        return
    asked = next((sort for end, sort in (("Url", "url"), ("Arn", "arn"), ("ARN", "arn")) if name.endswith(end)), "")
    if name.endswith("Name") and kind != "name":
        asked = "name"
    if asked and asked != kind:
        scope.findings.add(where, f"`{name}` wants ${{{ref.root}.{asked}}}, not {ref.text}")


def encode(shape: Shape | None, data: Any) -> Any:
    """``data`` with every mapping or list JSON-encoded where the model says string or blob."""
    if shape is None:
        return data
    if shape.kind in ("string", "blob"):
        return json.dumps(data, ensure_ascii=False) if isinstance(data, Mapping | list) else data
    if shape.kind == "structure" and isinstance(data, Mapping):
        return {key: encode(shape.members.get(key), value) for key, value in data.items()}
    if shape.kind == "map" and isinstance(data, Mapping):
        return {key: encode(shape.element, value) for key, value in data.items()}
    if shape.kind == "list" and isinstance(data, list):
        return [encode(shape.element, value) for value in data]
    return data


def may_perish(found: Shape, path: str) -> bool:
    """Whether what ``path`` finds in what a step gives, a ``found``, may hold a receipt handle or a task token.

    A path that names one is not believed, whatever it finds.
    """
    return any(word in path for word in PERISHABLE) or bool(_perishing(found))


def _perishing(shape: Shape | None, depth: int = 0) -> set[str]:
    """The members, at any depth, that hold something that perishes."""
    if shape is None or depth > 6:
        return set()
    found = _perishing(shape.element, depth + 1)
    for name, member in shape.members.items():
        inner = _perishing(member, depth + 1)
        found |= inner | ({name} if inner or name in PERISHABLE else set())
    return found
