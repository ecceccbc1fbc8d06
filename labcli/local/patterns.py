"""Whether a value is one that a filter wants: the operators that filters of SNS and of event source mappings share.

Nothing here backtracks: what a filter costs grows with its length and the message's, whatever stands in either. AWS
(SNS Developer Guide, "String value matching", "Numeric value matching", "AND/OR logic"; Lambda Developer Guide,
"Filter rule syntax"): keys are joined by and, the values of a key by or; of an array one element has to match, of an
array of objects one object by itself (recorded from SNS). Types count: ``null`` is not the text "null".
"""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from labcli.rules.filters import OR, is_or
from labcli.rules.patterns import like

MISSING = object()


def parse(text: str) -> Any:
    """The JSON value of a text; MISSING when it is none, or nested more deeply than can be read."""
    try:
        return json.loads(text, parse_constant=_no_constant)
    except (ValueError, TypeError, RecursionError):
        return MISSING


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def wanted(pattern: Mapping[str, Any], value: Mapping[str, Any], blank_exists: bool) -> bool:
    """Whether an object is what the pattern wants.

    ``blank_exists``: null and the empty text count as there (Lambda), or not (SNS, "Key matching").
    """
    try:
        return _matches(pattern, value, blank_exists)
    except RecursionError:  # a pattern that AWS would have refused
        return False


def _matches(pattern: Mapping[str, Any], value: Mapping[str, Any], blank_exists: bool) -> bool:
    for key, rules in pattern.items():
        if key == OR and is_or(rules):
            if not _one_of(rules, [value], blank_exists):
                return False
        elif isinstance(rules, Mapping):
            if not _one_of([rules], [each for each in flat(value.get(key)) if isinstance(each, Mapping)], blank_exists):
                return False
        else:
            leaves = [each for each in flat(value.get(key, [])) if not isinstance(each, Mapping)]
            if not chosen(rules, leaves, bool(value), blank_exists):
                return False
    return True


def _one_of(patterns: list[Mapping[str, Any]], objects: list[Mapping[str, Any]], blank_exists: bool) -> bool:
    for pattern in patterns:
        for each in objects:
            if _matches(pattern, each, blank_exists):
                return True
    return False


def flat(value: Any) -> Iterator[Any]:
    """A value, or what is in an array and in the arrays in it."""
    left = [value]
    while left:
        each = left.pop()
        if isinstance(each, list):
            left += reversed(each)
        else:
            yield each


def chosen(rules: Any, values: list[Any], others: bool, blank_exists: bool) -> bool:
    """Whether one of the values under a key is what one of its rules wants. ``others``: the object has some key."""
    exists = any(each not in ("", None) for each in values) or (blank_exists and bool(values))
    absent = all(each is None for each in values) and not (blank_exists and values)
    for rule in rules if isinstance(rules, list) else [rules]:
        if isinstance(rule, Mapping) and "exists" in rule:
            # SNS: "exists: false only matches if at least one attribute is present".
            if exists if rule["exists"] is True else absent and others:
                return True
            continue
        if any(fits(rule, value) for value in values):
            return True
    return False


def fits(rule: Any, value: Any) -> bool:
    """Whether one value is what one rule wants: a literal of its type, or an operator with its operand."""
    if not isinstance(rule, Mapping):
        return _equal(rule, value)
    operator, operand = next(iter(rule.items()), ("", None))
    if operator == "anything-but":
        return _anything_but(operand, value)
    if operator == "numeric":
        number = as_number(value)
        return number is not None and _within(operand, number)
    return (
        operator in _TEXTS and isinstance(value, str) and isinstance(operand, str) and _TEXTS[operator](value, operand)
    )


def _equal(rule: Any, value: Any) -> bool:
    if isinstance(rule, bool) or rule is None:
        return value is rule
    if isinstance(rule, str):
        return isinstance(value, str) and value == rule
    number = as_number(value)
    return number is not None and number == as_number(rule)


def _anything_but(operand: Any, value: Any) -> bool:
    if value is None:
        return False
    if isinstance(operand, Mapping):
        return isinstance(value, str) and not fits(operand, value)
    return not any(_equal(each, value) for each in (operand if isinstance(operand, list) else [operand]))


def as_number(value: Any) -> float | None:
    """A value as a number if it is one; the text of a number is a text."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return float(value)
    except OverflowError:  # beyond every bound that a filter can have
        return float("inf") if value > 0 else float("-inf")


_COMPARED: dict[str, Callable[[float, float], bool]] = {
    "=": lambda value, bound: value == bound,
    "<": lambda value, bound: value < bound,
    "<=": lambda value, bound: value <= bound,
    ">": lambda value, bound: value > bound,
    ">=": lambda value, bound: value >= bound,
}


def _within(terms: Any, number: float) -> bool:
    if not isinstance(terms, list) or not terms or len(terms) % 2:
        return False
    for word, bound in zip(terms[::2], map(as_number, terms[1::2]), strict=True):
        if word not in _COMPARED or bound is None or not _COMPARED[word](number, bound):
            return False
    return True


def _in_range(value: str, operand: str) -> bool:
    try:
        return ipaddress.ip_address(value) in ipaddress.ip_network(operand, strict=False)
    except ValueError:
        return False


_TEXTS: dict[str, Callable[[str, str], bool]] = {
    "prefix": str.startswith,
    "suffix": str.endswith,
    "equals-ignore-case": lambda value, operand: value.lower() == operand.lower(),
    "wildcard": like,
    "cidr": _in_range,
}
