"""What a step expects, as a JMESPath that holds or does not: the aws CLI and boto3 know the same language.

Text stands in single quotation marks (a raw string of JMESPath): PowerShell before 7.3 loses the others on the way.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any

from labcli.lab import refs
from labcli.lab.expect import is_matcher

_ORDERS = {"lt": "<", "lte": "<=", "gt": ">", "gte": ">="}
_COUNTED = "ApproximateReceiveCount"
"""How often a message was received: a script is slower than labcli, and may meet it once more."""


def condition(expect: Mapping[str, Any], known: Collection[str]) -> str:
    """The expectations that stock JMESPath can say, joined; empty for none. ``known`` are the names that were saved."""
    found = [said for path, value in expect.items() if _sayable(path, value, known) and (said := _one(path, value))]
    return " && ".join(found)


def _sayable(path: str, value: Any, known: Collection[str]) -> bool:
    names = {ref.root for _, ref in refs.find(value)}
    return "from_json" not in path and _COUNTED not in path and names <= set(known)


def _one(path: str, value: Any) -> str:
    """One expectation, empty when JMESPath has no words for it."""
    path = _forgiving(path)
    if not is_matcher(value):
        said = _literal(value)
        return path if value is True else f"{path} == {said}" if said else ""
    name, wanted = next(iter(value.items()))
    said = _literal(wanted)
    match name:
        case "present":
            return f"{path} {'!=' if wanted else '=='} null"
        case "equals" if said:
            return f"{path} == {said}"
        case "not" if said:
            return f"{path} != {said}"
        case "contains" if said:
            return f"contains({path} || '', {said})"
        case "lt" | "lte" | "gt" | "gte" if said:
            return f"{path} {_ORDERS[name]} {said}"
        case _:
            return ""


def _forgiving(path: str) -> str:
    """``length(Messages)`` fails where there are no messages at all."""
    inner = path.removeprefix("length(").removesuffix(")")
    plain = path.startswith("length(") and path.endswith(")") and "(" not in inner
    return f"length({inner} || `[]`)" if plain else path


def _literal(value: Any) -> str:
    """A value as JMESPath writes it; empty where it cannot without quotation marks."""
    if value is None:
        return "null"  # no key is called so: it finds nothing, which is null
    if isinstance(value, str):
        return "" if "'" in value or "\\" in value else f"'{value}'"
    if isinstance(value, bool | int | float):
        return f"`{json.dumps(value)}`"
    if isinstance(value, list) and value:
        said = [_literal(each) for each in value]
        return f"[{', '.join(said)}]" if all(said) else ""
    return ""
