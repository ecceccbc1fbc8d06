"""The rules of a Choice: one comparison each, or several joined by And, Or, Not; or a JSONata condition."""

from __future__ import annotations

from collections.abc import Callable

from labcli.rules.asl.node import Node, expression
from labcli.rules.asl.payload import assign, evaluated, path

_ORDER = ("Equals", "LessThan", "GreaterThan", "LessThanEquals", "GreaterThanEquals")
_TESTS = ("IsNull", "IsPresent", "IsNumeric", "IsString", "IsBoolean", "IsTimestamp")
_KINDS = {"String": _ORDER, "Numeric": _ORDER, "Boolean": ("Equals",), "Timestamp": _ORDER}
_PAIRS = tuple(f"{kind}{order}" for kind, orders in _KINDS.items() for order in orders)
COMPARISONS = (*(name + end for name in _PAIRS for end in ("", "Path")), "StringMatches", *_TESTS)
JOINS = ("And", "Or", "Not")
SELECTORS = (*JOINS, "Variable", "Condition")
_JSONPATH = (*JOINS, "Variable", *COMPARISONS)
_SELECTED = f"The object must have only one of the following fields, [{', '.join(SELECTORS)}]"

Timestamp = Callable[[Node, str], None]


def rule(node: Node, timestamp: Timestamp) -> None:
    """Check a rule of ``Choices``."""
    if not node.jsonata:
        _compared(node, ("Comment", "Next", "Assign"), timestamp)
    else:
        node.known(("Comment", "Next", "Assign", "Output", "Condition"), _JSONPATH)
        if not any(key in node.data for key in SELECTORS):
            node.schema(_SELECTED)
        condition = node.data.get("Condition")
        if isinstance(condition, str) and not expression(condition) and node.wants("Condition"):
            node.note("`Condition` is a JSONata expression: {% … %}", "Condition")
        elif condition is not None and not isinstance(condition, str | bool):
            node.schema("Expected value of type [STRING]", "Condition")
        evaluated(node)
    assign(node)


def _compared(node: Node, also: tuple[str, ...], timestamp: Timestamp) -> None:
    unknown = node.known((*also, *_JSONPATH), ("Condition", "Output"))
    there = [key for key in SELECTORS if key in node.data]
    if len(there) > 1 or not there:
        node.schema(_SELECTED)
    operators = [key for key in COMPARISONS if key in node.data]
    if "Variable" in there:
        path(node, "Variable", "Value is not a Reference Path: Reference path didn't start with '$'")
        if len(operators) > 1:
            node.schema(f"There should only be one of the following fields: [{', '.join(operators)}]")
        elif not operators and not unknown:
            # the first misspelt one is the operator: one mistake, said once
            node.schema(f"This object should have only one of the following fields: [{', '.join(COMPARISONS)}]")
    for operator in operators:
        _operand(node, operator, timestamp)
    for key in ("And", "Or"):
        for inner in node.objects(key, empty=False):
            _compared(inner, ("Comment",), timestamp)
    inside = node.object("Not")
    if inside is not None:
        _compared(inside, ("Comment",), timestamp)


def _operand(node: Node, operator: str, timestamp: Timestamp) -> None:
    if operator.endswith("Path"):
        path(node, operator, "Value is not a Reference Path: Reference path didn't start with '$'")
    elif operator.startswith("Numeric"):
        _numeric(node, operator)
    elif operator.startswith("String"):
        node.text(operator)
    elif operator.startswith("Timestamp"):
        timestamp(node, operator)
    else:
        node.flag(operator)


def _numeric(node: Node, key: str) -> None:
    if node.wants(key) and (isinstance(node.data[key], bool) or not isinstance(node.data[key], int | float)):
        node.schema("Expected value of type [NUMBER]", key)
