"""Calls of a Task held against the API models of AWS: is there such an operation, and does it take these parameters.

The models are not of this floor: whoever has them hands them in as ``Operations``. Without them nothing is judged here.

A name is compared without regard to capitals where Step Functions writes it as the SDK for Java does and the model does
not (``DbInstanceIdentifier`` is ``DBInstanceIdentifier``); its first letter is a capital (Developer Guide, "Learning to
use AWS service SDK integrations": parameters are in PascalCase).
"""

from __future__ import annotations

from typing import Any

from labcli.rules.asl.node import Node, expression, reference
from labcli.rules.asl.operations import Shape

_RENAMED = {"nul": "null"}
"""Members that the SDK for Java calls otherwise than the model, by its name in small letters."""
MANY = 12
"""Names that a message lists at most."""


def parameters(node: Node, key: str, shape: Shape | None, needed: bool) -> None:
    """Hold ``Parameters`` or ``Arguments`` against an operation; with ``needed`` also for what is missing."""
    value = node.data.get(key)
    if isinstance(value, dict):
        _structure(node.inner(value, key), shape, needed)
    elif key not in node.data and needed and shape is not None and shape.needed:
        node.schema(f"The field '{shape.needed[0]}' is required but was missing")


def _structure(node: Node, shape: Shape | None, needed: bool) -> None:
    members = shape.members if shape is not None else {}
    folded = {name.casefold(): name for name in members}
    given: set[str] = set()
    for key, value in node.data.items():
        name = key.removesuffix(".$")
        if reference(key):
            return
        known = folded.get(_RENAMED.get(name.casefold(), name.casefold()))
        given.add(known or name)
        if known is None:
            _unknown(node, key, name, [_pascal(each) for each in members])
        elif name[:1].islower():
            node.note(
                f'The field "{name}" is not supported by Step Functions', key, hint=f"; write it `{_pascal(known)}`"
            )
        elif not key.endswith(".$"):
            _value(node, members[known], value, key)
    if needed and shape is not None:
        for name in shape.needed:
            if name not in given:
                node.schema(f"The field '{_pascal(name)}' is required but was missing")


def _unknown(node: Node, key: str, name: str, known: list[str]) -> None:
    hint = node.report.near(name, known)
    if not hint:
        hint = (
            f"; it takes {', '.join(known[:MANY])}{' …' if len(known) > MANY else ''}" if known else "; it takes none"
        )
    # Step Functions says so when the state runs, not when the machine is made
    node.note(f'The field "{name}" is not supported by Step Functions', key, hint=hint)


def _value(node: Node, shape: Shape, value: Any, *way: str | int) -> None:
    """What stands in a structure, and in the structures of a list or a map. An expression may give anything."""
    if expression(value) or reference(value):
        return
    if shape.kind == "structure" and shape.members and isinstance(value, dict):
        _structure(node.inner(value, *way), shape, needed=True)
    elif shape.kind == "list" and shape.element is not None and isinstance(value, list):
        for index, each in enumerate(value):
            _value(node, shape.element, each, *way, index)
    elif shape.kind == "map" and shape.element is not None and isinstance(value, dict):
        for key, each in value.items():
            if not key.endswith(".$"):
                _value(node, shape.element, each, *way, key)


def _pascal(name: str) -> str:
    return name[:1].upper() + name[1:]
