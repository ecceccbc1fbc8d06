"""Filter policies: what AWS refuses when one is set, and how values of a message are compared.

Texts are recorded from AWS, without the position in the policy that AWS adds to some of them. Rules: SNS Developer
Guide, "Amazon SNS subscription filter policies" (constraints: 256 KB, five keys, 150 combinations).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from itertools import chain
from typing import Any

LARGEST = 256 * 1024
MOST_KEYS = 5
MOST_COMBINATIONS = 150
_OPERATORS = {
    *("anything-but", "cidr", "equals-ignore-case", "exists", "numeric", "prefix", "suffix", "wildcard"),
}


class Unsound(Exception):  # noqa: N818  a sentence, not yet an error
    """A policy that AWS refuses; the text says why."""


def check(text: str, scope: str) -> None:
    """Raise Unsound for a policy that AWS would not take. ``scope`` is MessageAttributes or MessageBody."""
    try:
        policy = json.loads(text)
    except ValueError:
        raise Unsound("failed to parse JSON.") from None
    if not isinstance(policy, dict):
        raise Unsound("Filter is not an object")
    if len(text.encode()) > LARGEST:
        raise Unsound("Filter policy is too large")
    rules = list(_rules(policy, scope))
    if len(rules) > MOST_KEYS:
        raise Unsound("Filter policy can not have more than 5 keys")
    combinations = 1
    for depth, values in rules:
        combinations *= len(values) * depth
    if combinations > MOST_COMBINATIONS:
        raise Unsound("Filter policy is too complex")


def _rules(policy: Mapping[str, Any], scope: str, depth: int = 1) -> list[tuple[int, list[Any]]]:
    """Each key's list of rules with the depth at which it stands, checked."""
    found: list[tuple[int, list[Any]]] = []
    for key, value in policy.items():
        if key == "$or" and isinstance(value, list) and len(value) > 1 and all(isinstance(v, dict) for v in value):
            found += chain.from_iterable(_rules(alternative, scope, depth) for alternative in value)
        elif isinstance(value, dict):
            if scope != "MessageBody":
                raise Unsound("Filter policy scope MessageAttributes does not support nested filter policy")
            found += _rules(value, scope, depth + 1)
        elif isinstance(value, list):
            if not value:
                raise Unsound("Empty arrays are not allowed")
            for rule in value:
                _check_rule(rule)
            found.append((depth, value))
        else:
            raise Unsound(f'"{key}" must be an object or an array')
    return found


def _check_rule(rule: Any) -> None:
    if isinstance(rule, list):
        raise Unsound("Match value must be String, number, true, false, or null")
    if not isinstance(rule, dict):
        return
    if not rule:
        raise Unsound("Empty objects are not allowed")
    if len(rule) > 1:
        unknown = next((operator for operator in rule if operator not in _OPERATORS), None)
        raise Unsound(f"Unrecognized match type {unknown}" if unknown else "Only one key allowed in match expression")
    operator, value = next(iter(rule.items()))
    if operator not in _OPERATORS:
        raise Unsound(f"Unrecognized match type {operator}")
    if operator == "numeric":
        _check_numeric(value)
    elif operator == "exists" and not isinstance(value, bool):
        raise Unsound("exists match pattern must be either true or false.")
    elif operator == "anything-but":
        _check_anything_but(value)
    elif operator not in ("exists", "anything-but") and not isinstance(value, str):
        raise Unsound(f"{operator} match pattern must be a string")


def _check_anything_but(value: Any) -> None:
    if isinstance(value, dict):
        if len(value) != 1 or next(iter(value)) not in ("prefix", "suffix", "equals-ignore-case", "wildcard"):
            raise Unsound("Unsupported anything-but pattern")
    elif isinstance(value, list) and not value:
        raise Unsound("Empty arrays are not allowed")


def _check_numeric(terms: Any) -> None:
    if not isinstance(terms, list):
        raise Unsound("Value of numeric must be an array.")
    first = terms[0] if terms else "]"
    if not isinstance(first, str) or not terms:
        raise Unsound(f"Invalid member in numeric match: {first}")
    if first not in ("=", "<", "<=", ">", ">="):
        raise Unsound(f"Unrecognized numeric range operator: {first}")
    low = _number(terms, 1, "equals" if first == "=" else first)
    if len(terms) == 2:
        return
    if first in ("=", "<", "<="):
        raise Unsound("Too many elements in numeric expression")
    second = terms[2]
    if not isinstance(second, str):
        raise Unsound(f"Bad value in numeric range: {second}")
    if second not in ("<", "<="):
        raise Unsound(f"Bad numeric range operator: {second}")
    high = _number(terms, 3, second)
    if low >= high:
        raise Unsound("Bottom must be less than top")
    if len(terms) > 4:
        raise Unsound("Too many terms in numeric range expression")


def _number(terms: list[Any], at: int, operator: str) -> float:
    value = terms[at] if at < len(terms) else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Unsound(f"Value of {operator} must be numeric")
    return value


def values_of(original: Callable[[Any], list[Any]]) -> Callable[[Any], list[Any]]:
    """The values of a message attribute: numbers only where its type says so, each element of a String.Array."""

    def candidates(attribute: Mapping[str, Any]) -> list[Any]:
        kind, text = str(attribute.get("DataType") or ""), attribute.get("StringValue", "")
        try:
            if kind.startswith("Number"):
                return [float(text)]
            if kind.strip() == "String.Array":
                parsed = json.loads(text)
                return parsed if isinstance(parsed, list) and parsed else [text]
        except (TypeError, ValueError):
            return [text]
        return original(attribute)

    return candidates


def as_number(value: Any) -> float | None:
    """A value as a number if it is one; the text of a number is a text."""
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
