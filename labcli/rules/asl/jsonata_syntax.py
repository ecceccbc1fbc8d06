"""The syntax of JSONata expressions, read by the library that also evaluates them: the one door of it."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from typing import Any

from labcli.rules.asl.diagnostic import LABCLI

LONGEST = 20_000
"""Characters of an expression that is read: beyond it a hostile one would take long."""

# codes of the library whose messages name a symbol; AWS quotes it
_QUOTING = frozenset({"S0201", "S0202", "S0203", "S0204", "S0205", "S0206", "S0211", "S0214"})
UNSUPPORTED = "UNSUPPORTED_JSONATA_EXPRESSION"
_PARTS = ("lhs", "rhs", "arguments", "expression", "expressions", "lhs_object", "condition", "then", "_else")
"""Where the parser keeps the parts of an expression that are computed in the context of the whole."""
_REFERENCE = re.compile(r"\$\{[^}]*\}")


def problems(expression: str, catching: bool) -> list[tuple[str, str]]:
    """Code and message of what is wrong with the text between ``{%`` and ``%}``.

    ``catching``: it stands in a catcher, the one place that has ``$states.errorOutput``.
    """
    if len(expression) > LONGEST:
        return []
    tree, wrong = _parse(expression)
    if wrong and _REFERENCE.search(expression):
        # a reference that a lab fills in before AWS reads it: any value will do
        tree, wrong = _parse(_REFERENCE.sub("0", expression))
    if wrong:
        return [wrong]
    if tree is None:
        return []
    # what stands nowhere yet reads nothing: P, answers of ValidateStateMachineDefinition
    loose = [(UNSUPPORTED, f"Reference to '{name}' at the top level is not supported.") for name in _loose(tree)]
    return list(dict.fromkeys([*_unsupported(tree, catching), *loose]))


def _parse(expression: str) -> tuple[Any, tuple[str, str] | None]:
    parser, failure = _library()
    try:
        return parser().parse(expression), None
    except failure as error:
        return None, ("INVALID_JSONATA_EXPRESSION", _words(error))
    except RecursionError:
        return None, (LABCLI, "the expression is nested too deeply to be checked")
    except Exception:  # noqa: BLE001 - a fault of the library says nothing about the expression
        return None, None


def _library() -> tuple[Any, Any]:
    limit = sys.getrecursionlimit()
    try:
        from jsonata.jexception import JException
        from jsonata.parser import Parser
    finally:
        sys.setrecursionlimit(limit)  # the import raises it for the whole process, which may then die of a deep stack
    return Parser, JException


def _words(error: Any) -> str:
    if error.error not in _QUOTING:
        return str(error)
    current, expected = (f'"{value}"' if value is not None else None for value in (error.current, error.expected))
    return str(type(error).msg(error.error, -1, current, expected))


def _unsupported(tree: Any, catching: bool) -> Iterator[tuple[str, str]]:
    """What AWS does not offer: the whole input as ``$$``, and the error where there is none."""
    left, seen = [tree], set()
    while left:
        node = left.pop()
        if isinstance(node, list | tuple):
            left += node
            continue
        if id(node) in seen or not type(node).__module__.startswith("jsonata"):
            continue
        seen.add(id(node))
        inside = vars(node)
        if inside.get("type") == "variable" and inside.get("value") == "$":
            yield UNSUPPORTED, "Reference to '$$' is not supported."
        if not catching and _error_output(inside.get("steps")):
            yield UNSUPPORTED, "Field '$states.errorOutput' does not exist."
        left += [value for name, value in inside.items() if name != "_outer_instance"]


def _loose(tree: Any) -> list[str]:
    """The names that read the context of the whole expression, where Step Functions has none: ``phone``, ``$``.

    Only the first step of a path does, and what is computed for it. Later steps, predicates, orders and groups read
    what is there by then; the bodies of functions, and patterns, are given something when they are called.
    """
    found: list[str] = []
    left = [tree]
    while left:
        node = left.pop()
        if isinstance(node, list | tuple):
            left += reversed(node)
            continue
        if not type(node).__module__.startswith("jsonata"):
            continue
        inside = vars(node)
        kind, value = inside.get("type"), inside.get("value")
        if kind == "name" or (kind == "variable" and value == ""):
            found.append(str(value) or "$")
        elif kind == "path":
            left += (inside.get("steps") or [])[:1]
        elif kind not in ("lambda", "transform"):
            left += [inside[part] for part in reversed(_PARTS) if inside.get(part) is not None]
    return found


def _error_output(steps: Any) -> bool:
    if not isinstance(steps, list) or len(steps) < 2:
        return False
    first, second = (vars(step) for step in steps[:2])
    return (first.get("type"), first.get("value"), second.get("value")) == ("variable", "states", "errorOutput")
