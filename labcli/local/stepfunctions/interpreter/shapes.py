"""Between a state's JSON and what the SDK takes and gives: names, texts, moments, bytes."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

_WORDS = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=[0-9])(?=[A-Z])")


def capital(name: str) -> str:
    """A name as optimized integrations write it."""
    return name[:1].upper() + name[1:]


def java(name: str) -> str:
    """A name as the SDK for Java writes it: ``MD5OfMessageBody`` → ``Md5OfMessageBody``, ``SQS`` → ``Sqs``."""
    return "".join(word[:1].upper() + word[1:].lower() for word in _WORDS.split(name))


def fitted(value: Any, shape: Any) -> Any:
    """Parameters of a state as an operation takes them: whatever the case of their first letters."""
    if shape is None:
        return value if value is not None else {}
    return _fitted({} if value is None else value, shape)


def _fitted(value: Any, shape: Any) -> Any:
    kind = shape.type_name
    if kind == "structure" and isinstance(value, dict):
        # null is as good as absent (recorded for the Input of states:startExecution)
        return {_member(name, shape): _inside(name, each, shape) for name, each in value.items() if each is not None}
    if kind == "list" and isinstance(value, list):
        return [_fitted(each, shape.member) for each in value]
    if kind == "map" and isinstance(value, dict):
        return {name: _fitted(each, shape.value) for name, each in value.items()}
    if kind in ("string", "blob") and not isinstance(value, str | bytes):
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    return value


def _member(name: str, shape: Any) -> str:
    if name in shape.members:
        return name
    lowered = name.lower()
    return next((member for member in shape.members if member.lower() == lowered), name)


def _inside(name: str, value: Any, shape: Any) -> Any:
    member = _member(name, shape)
    return _fitted(value, shape.members[member]) if member in shape.members else value


def plain(value: Any, shape: Any, name: Callable[[str], str], millis: bool = False) -> Any:
    """An answer of the SDK as JSON, names written by ``name``; moments as text, or as milliseconds."""
    if isinstance(value, datetime):
        if millis:
            return round(value.timestamp() * 1000)
        return value.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    if isinstance(value, bytes | bytearray):
        return bytes(value).decode("utf-8", "replace")
    if hasattr(value, "read"):
        return value.read().decode("utf-8", "replace")
    kind = getattr(shape, "type_name", "")
    if isinstance(value, Mapping):
        found: dict[str, Any] = {}
        for key, each in value.items():
            if key == "ResponseMetadata":
                continue
            inner = shape.members.get(key) if kind == "structure" else shape.value if kind == "map" else None
            found[name(key) if kind == "structure" else key] = plain(each, inner, name, millis)
        return found
    if isinstance(value, list | tuple):
        inner = shape.member if kind == "list" else None
        return [plain(each, inner, name, millis) for each in value]
    return value
