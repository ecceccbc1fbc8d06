"""The filter policy of a subscription: its syntax as SNS checks it, and its meaning in words.

Facts of AWS: SNS Developer Guide, "Filter policy constraints", "String value matching", "Numeric value matching",
"AND/OR logic". Keys are ANDed, the values of one key are ORed.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from labcli.lab.model import Where
from labcli.lab.reader import Findings, kind_of
from labcli.rules.near import nearest

MOST_KEYS = 5
MOST_COMBINATIONS = 150
LARGEST_NUMBER = 10**9

OR = "$or"
_TEXTS = ("prefix", "suffix", "equals-ignore-case", "wildcard", "cidr")
OPERATORS = ("anything-but", "numeric", "exists", *_TEXTS)
COMPARISONS = ("=", "<", "<=", ">", ">=")
_TURNED = {"==": "=", "=<": "<=", "=>": ">="}


def check_filter(policy: Mapping[str, Any], nested: bool, where: Where, findings: Findings) -> None:
    """Report what SNS refuses in a filter policy. ``nested``: it looks at the body, where keys can hold keys."""
    counts = _keys(policy, nested, where, findings)
    if len(counts) > MOST_KEYS:
        findings.add(where, f"a filter has at most {MOST_KEYS} keys, not {len(counts)}")
    if math.prod(counts) > MOST_COMBINATIONS:
        said = f"the values of a filter make at most {MOST_COMBINATIONS} combinations, not {math.prod(counts)}"
        findings.add(where, said)


def _keys(policy: Mapping[str, Any], nested: bool, where: Where, findings: Findings) -> list[int]:
    """Report what is wrong with the keys; how many values each of them has."""
    counts: list[int] = []
    for key, values in policy.items():
        at = (*where, key)
        if key == OR:
            counts += _alternatives(values, nested, at, findings)
        elif isinstance(values, Mapping) and nested and not set(values) & set(OPERATORS):
            counts += _keys(values, nested, at, findings)
        elif isinstance(values, Mapping) and not set(values) & set(OPERATORS) and not _compares(values):
            findings.add(at, f"`{key}` holds keys, and attributes have none: `scope: body` looks into the body")
        elif not isinstance(values, list):
            shown = "{…}" if isinstance(values, Mapping) else values
            findings.add(at, f"the values of a filter are a list: {key}: [{shown}]")
        elif not values:
            findings.add(at, f"`{key}` has no values: nothing would match")
        else:
            for index, value in enumerate(values):
                _value(key, value, (*at, index), findings)
            counts.append(len(values))
    return counts


def _alternatives(values: Any, nested: bool, where: Where, findings: Findings) -> list[int]:
    good = isinstance(values, list) and len(values) > 1 and all(isinstance(each, Mapping) for each in values)
    if not good:
        findings.add(where, "`$or` lists two or more filters: $or: [{kind: [order]}, {env: [test]}]")
        return []
    inner = [_keys(each, nested, (*where, index), findings) for index, each in enumerate(values)]
    return [count for counts in inner for count in counts]


def _compares(values: Mapping[str, Any]) -> bool:
    return bool(set(values) & set(COMPARISONS))


def _value(key: str, value: Any, where: Where, findings: Findings) -> None:
    """One value: text, a number, true, false, null, or one operator."""
    if isinstance(value, list):
        findings.add(where, f"a value of `{key}` is text, a number or an operator, not a list")
        return
    if not isinstance(value, Mapping):
        _number(value, where, findings)
        return
    if len(value) != 1:
        findings.add(where, f"one operator in each value: [{{prefix: a}}, {{prefix: b}}], not {len(value)} in one")
        return
    operator, operand = next(iter(value.items()))
    if operator in COMPARISONS:
        findings.add(where, f'numbers are compared like this: {{numeric: ["{operator}", {operand}]}}')
    elif operator not in OPERATORS:
        near = nearest(operator, OPERATORS) or f"; there is {', '.join(OPERATORS)}"
        findings.add(where, f"no operator `{operator}` in a filter{near}", key=True)
    elif operator == "numeric":
        _numeric(operand, where, findings)
    elif operator == "exists":
        if not isinstance(operand, bool):
            findings.add(where, f"`exists` is true or false, not {kind_of(operand)}")
    elif operator == "anything-but":
        _anything_but(operand, where, findings)
    elif not isinstance(operand, str) or not operand:
        findings.add(where, f"`{operator}` takes a text, not {kind_of(operand) if operand != '' else 'an empty one'}")


def _anything_but(operand: Any, where: Where, findings: Findings) -> None:
    if isinstance(operand, Mapping):
        word, text = next(iter(operand.items()), ("", ""))
        if len(operand) != 1 or word not in _TEXTS or not isinstance(text, str) or not text:
            findings.add(where, "`anything-but` takes values, or one such as {anything-but: {prefix: eu-}}")
        return
    values = operand if isinstance(operand, list) else [operand]
    plain = all(isinstance(each, str | int | float) and not isinstance(each, bool) for each in values)
    if not values or not plain:
        findings.add(where, "`anything-but` takes texts or numbers: {anything-but: [test]}")
    for each in values:
        _number(each, where, findings)


def _numeric(operand: Any, where: Where, findings: Findings) -> None:
    """``["=", 3]``, ``[">=", 100]``, or a range, the lower end first: ``[">", 0, "<=", 150]``."""
    items = operand if isinstance(operand, list) else []
    words, numbers = items[0::2], items[1::2]
    for word in words:
        if word not in COMPARISONS:
            meant = _TURNED.get(str(word))
            near = f"did you mean `{meant}`?" if meant else f"there is {' '.join(COMPARISONS)}"
            findings.add(where, f"no comparison `{word}`; {near}")
            return
    counted = all(isinstance(each, int | float) and not isinstance(each, bool) for each in numbers)
    if len(items) not in (2, 4) or not counted:
        findings.add(where, '`numeric` is a comparison and a number, or two of each: {numeric: [">=", 1, "<", 9]}')
        return
    for number in numbers:
        _number(number, where, findings)
    range_ = len(items) == 4
    if range_ and not (words[0] in (">", ">=") and words[1] in ("<", "<=") and numbers[0] < numbers[1]):
        findings.add(where, 'a range says its lower end first: {numeric: [">=", 1, "<", 9]}')


def _number(value: Any, where: Where, findings: Findings) -> None:
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) > LARGEST_NUMBER:
        findings.add(where, "a number in a filter is from -1 to 1 thousand million")


def in_words(policy: Mapping[str, Any], above: str = "") -> str:
    """A filter policy on one line: ``kind: order or refund, amount: >= 100``."""
    said = []
    for key, values in policy.items():
        if isinstance(values, Mapping):
            said.append(in_words(values, f"{above}{key}."))
        elif key == OR and isinstance(values, list):
            said.append(" or ".join(f"({in_words(each, above)})" for each in values if isinstance(each, Mapping)))
        elif isinstance(values, list):
            said.append(f"{above}{key}: {' or '.join(_word(each) for each in values)}")
    return ", ".join(said)


def _word(value: Any) -> str:
    if not isinstance(value, Mapping) or len(value) != 1:
        return "true" if value is True else "false" if value is False else "null" if value is None else str(value)
    operator, operand = next(iter(value.items()))
    if operator == "numeric" and isinstance(operand, list):
        return " ".join(str(each) for each in operand)
    if operator == "anything-but":
        several = operand if isinstance(operand, list) else [operand]
        return f"not {' or '.join(_word(each) for each in several)}"
    if operator == "exists":
        return "there" if operand is True else "not there"
    return {"prefix": f"{operand}…", "suffix": f"…{operand}"}.get(str(operator), f"{operator} {operand}")
