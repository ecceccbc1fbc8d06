"""A call as the line of Python that makes it through boto3."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from labcli.aws.spoken.names import client
from labcli.aws.spoken.text import Names, Text, Var, text, varies
from labcli.lab.model import Call

_LONGEST_BYTES = 400
"""More are read from a file."""
WIDTH = 110
"""Columns from which on a value is laid out over several lines."""


def as_boto3(call: Call, names: Names | None = None, indent: int = 0) -> str:
    """``sqs.send_message(QueueUrl=orders_url, MessageBody="…")``; further lines stand behind ``indent`` blanks."""
    head = f"{client(call.service)}.{call.operation}("
    said = [f"{name}={literal(value, names)}" for name, value in call.params.items()]
    whole = head + ", ".join(said) + ")"
    if len(whole) + indent <= WIDTH:
        return whole
    inner = " " * (indent + 4)
    rows = [
        f"{inner}{name}={literal(value, names, indent + 4, len(name) + 1)},\n" for name, value in call.params.items()
    ]
    return head + "\n" + "".join(rows) + " " * indent + ")"


def literal(value: Any, names: Names | None = None, indent: int | None = None, before: int = 0) -> str:
    """A value as Python writes it; with ``indent`` laid out where a line would be too long."""
    if isinstance(value, str):
        return _string(value, names, indent, before)
    if isinstance(value, bytes | bytearray):
        return _bytes(bytes(value), names, indent, before)
    if isinstance(value, Mapping | list | tuple):
        return _laid_out(value, names, indent, before)
    return repr(value)


def _laid_out(value: Any, names: Names | None, indent: int | None, before: int) -> str:
    pairs = isinstance(value, Mapping)
    opened, closed = "{}" if pairs else "[]"

    def each(at: int | None) -> list[str]:
        if not pairs:
            return [literal(item, names, at) for item in value]
        keys = {key: literal(str(key), names) for key in value}
        return [f"{keys[key]}: {literal(item, names, at, len(keys[key]) + 2)}" for key, item in value.items()]

    whole = opened + ", ".join(each(None)) + closed
    if indent is None or len(whole) + indent + before <= WIDTH:
        return whole
    inner = " " * (indent + 4)
    return opened + "\n" + "".join(f"{inner}{item},\n" for item in each(indent + 4)) + " " * indent + closed


def _string(value: str, names: Names | None, indent: int | None, before: int) -> str:
    data = _json(value)
    if data is not None:
        return f"json.dumps({literal(data, names, indent, before + 11)})"
    return _written(text(value, names))


def _written(said: Text) -> str:
    if not varies(said):
        return json.dumps("".join(str(each) for each in said), ensure_ascii=False)
    if len(said) == 1 and isinstance(said[0], Var):
        return said[0].name
    parts = [f"{{{each.name}}}" if isinstance(each, Var) else _in_f_string(each) for each in said]
    return 'f"' + "".join(parts) + '"'


def _in_f_string(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)[1:-1].replace("{", "{{").replace("}", "}}")


def _json(value: str) -> Any:
    """The mapping or list that a text is the JSON of, written as ``json.dumps`` writes it; None for any other."""
    if not value.startswith(("{", "[")):
        return None
    try:
        data = json.loads(value)
        return data if json.dumps(data) == value and data else None
    except (ValueError, RecursionError):
        return None


def _bytes(value: bytes, names: Names | None, indent: int | None, before: int) -> str:
    try:
        said = value.decode()
    except UnicodeDecodeError:
        said = ""
    if (data := _json(said)) is not None:
        return f"json.dumps({literal(data, names, indent, before + 11)}).encode()"
    return repr(value) if len(value) <= _LONGEST_BYTES else 'Path("function.zip").read_bytes()'
