"""How the value of an option is written: bare, in the aws CLI's shorthand, or as JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from labcli.aws.spoken.text import Names, Text, joined, literal, text
from labcli.lab.aws import Shape
from labcli.lab.refs import only

_SIMPLE = re.compile(r"[A-Za-z0-9_.:/*-]+")
"""A value that needs no quotation marks in the shorthand (aws-cli, ``shorthand.py``)."""
_BARE = re.compile(r'"\\u0000(\$\{[^"]*\})"')
_FETCHED = re.compile(r"(file|fileb|https?)://")
"""What the aws CLI reads from elsewhere instead of taking it as it stands."""
_SCALARS = ("integer", "long", "float", "double", "boolean")
DOCUMENTS = frozenset({"definition", "PolicyDocument", "AssumeRolePolicyDocument"})
"""Parameters whose text is JSON, and the same JSON however it is laid out."""


def scalar(value: Any, names: Names | None) -> Text:
    """A string as it is, anything else as JSON has it."""
    if isinstance(value, str):
        return text(value, names)
    return (json.dumps(value) if isinstance(value, bool | int | float | None) else str(value),)


def shorthand(value: Any, names: Names | None) -> Text | None:
    """``VisibilityTimeout=20,DelaySeconds=5`` for a flat mapping of plain values; None for any other."""
    if not isinstance(value, Mapping) or not value:
        return None
    found: list[Any] = []
    for key, each in value.items():
        if isinstance(each, Mapping | list | tuple | bytes) or not _SIMPLE.fullmatch(str(key)):
            return None
        said = scalar(each, names)
        if not _SIMPLE.fullmatch(literal(said) or ("x" if said else "")):
            return None
        found += ["," if found else "", f"{key}=", *said]
    return joined(found)


def as_json(value: Any, shape: Shape | None, names: Names | None, indent: int | None = None) -> Text:
    """A value as JSON; a reference to a number, a list or a mapping stands there without quotation marks."""
    data = _marked(value, shape) if names is not None else value
    said = json.dumps(data, indent=indent, default=_bytes)
    return text(_BARE.sub(r"\1", said), names)


def document(said: str, names: Names | None) -> Text:
    """JSON text, laid out to be read; as it is where it is none."""
    try:
        return text(json.dumps(json.loads(said), indent=2), names)
    except ValueError:
        return text(said, names)


def _marked(value: Any, shape: Shape | None) -> Any:
    if isinstance(value, Mapping):
        members = shape.members if shape is not None else {}
        of_any = shape.element if shape is not None else None
        return {key: _marked(each, members.get(key, of_any)) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_marked(each, shape.element if shape is not None else None) for each in value]
    bare = shape is not None and shape.kind in (*_SCALARS, "list", "map", "structure")
    return f"\0{value}" if bare and only(value) is not None else value


def _bytes(value: Any) -> str:
    if isinstance(value, bytes | bytearray):
        import base64

        return base64.b64encode(bytes(value)).decode()
    return str(value)


def fetched(said: Text) -> bool:
    """Whether the aws CLI would read the value from a file or an address that it names."""
    return bool(said) and isinstance(said[0], str) and _FETCHED.match(said[0]) is not None
