"""The filter policy of a subscription: what SNS refuses in it, said to an author; and its meaning in words.

What SNS refuses stands in ``rules.filters``. Keys are ANDed, the values of one key are ORed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from labcli.lab.model import Where
from labcli.lab.reader import Findings, kind_of
from labcli.rules import filters
from labcli.rules.filters import COMPARISONS, MOST_COMBINATIONS, MOST_KEYS, OPERATORS, OR, Code
from labcli.rules.finding import Finding
from labcli.rules.near import nearest

_TURNED = {"==": "=", "=<": "<=", "=>": ">="}


def check_filter(policy: Mapping[str, Any], nested: bool, where: Where, findings: Findings) -> None:
    """Report what SNS refuses in a filter policy. ``nested``: it looks at the body, where keys can hold keys."""
    deep = any(isinstance(values, Mapping) for values in policy.values())
    for found in filters.read(policy, filters.BODY if nested else filters.ATTRIBUTES):
        path = found.path
        if found.code == Code.LIST and len(path) > 1 and path[-1] in OPERATORS:  # {kind: {prefix: a}}
            path = path[:-1]
        more = ": a list counts once for each level of its key" if found.code == Code.COMBINATIONS and deep else ""
        findings.add((*where, *path), said(found) + more, key=found.code == Code.OPERATOR and not _compared(found))


def said(found: Finding) -> str:
    """What an author is told about a finding in a filter policy."""
    return _SAID[Code(found.code)](found)


def _key(found: Finding) -> str:
    return str(next((each for each in reversed(found.path) if isinstance(each, str)), ""))


def _nested(found: Finding) -> str:
    if set(found.given) & {*OPERATORS, *COMPARISONS}:
        return f"the values of a filter are a list: {_key(found)}: [{{…}}]"
    return f"`{_key(found)}` holds keys, and attributes have none: `scope: body` looks into the body"


def _list(found: Finding) -> str:
    if len(found.path) > 1 and found.path[-1] in OPERATORS:
        return f"the values of a filter are a list: {found.path[-2]}: [{{…}}]"
    return f"the values of a filter are a list: {_key(found)}: [{found.given}]"


def _several(found: Finding) -> str:
    return f"one operator in each value: [{{prefix: a}}, {{prefix: b}}], not {len(found.given)} in one"


def _compared(found: Finding) -> bool:
    return next(iter(found.given)) in COMPARISONS


def _operator(found: Finding) -> str:
    operator, operand = next(iter(found.given.items()))
    if operator in COMPARISONS:
        return f'numbers are compared like this: {{numeric: ["{operator}", {operand}]}}'
    near = nearest(operator, OPERATORS) or f"; there is {', '.join(OPERATORS)}"
    return f"no operator `{operator}` in a filter{near}"


def _text(found: Finding) -> str:
    operator, operand = next(iter(found.given.items()))
    return f"`{operator}` takes a text, not {kind_of(operand)}"


def _anything_but(found: Finding) -> str:
    if isinstance(found.given, Mapping):
        return "`anything-but` takes values, or one such as {anything-but: {prefix: eu-}}"
    return "`anything-but` takes texts or numbers: {anything-but: [test]}"


def _comparison(found: Finding) -> str:
    word = next(each for each in found.given[0::2] if each not in COMPARISONS)
    meant = _TURNED.get(str(word))
    near = f"did you mean `{meant}`?" if meant else f"there is {' '.join(COMPARISONS)}"
    return f"no comparison `{word}`; {near}"


_SAID: Mapping[Code, Callable[[Finding], str]] = {
    Code.JSON: lambda _: "a filter is a mapping that can be written as JSON",
    Code.OBJECT: lambda found: f"a filter is a mapping (`key: [value]`), not {kind_of(found.given)}",
    Code.SIZE: lambda _: f"a filter has at most {filters.LARGEST // 1024} KB",
    Code.KEYS: lambda found: f"a filter has at most {MOST_KEYS} keys, not {found.given}",
    Code.COMBINATIONS: lambda found: (
        f"the values of a filter make at most {MOST_COMBINATIONS} combinations, not {found.given}"
    ),
    Code.NESTED: _nested,
    Code.EMPTY_OBJECT: lambda found: f"`{_key(found)}` holds no keys: nothing would be compared",
    Code.LIST: _list,
    Code.EMPTY: lambda found: f"`{_key(found)}` has no values: nothing would match",
    Code.VALUE: lambda found: f"a value of `{_key(found)}` is text, a number or an operator, not a list",
    Code.OR: lambda _: "`$or` lists two or more filters: $or: [{kind: [order]}, {env: [test]}]",
    Code.SEVERAL: _several,
    Code.OPERATOR: _operator,
    Code.TEXT: _text,
    Code.CIDR: lambda _: "`cidr` takes an address and its leading bits: {cidr: 10.0.0.0/8}",
    Code.EXISTS: lambda found: f"`exists` is true or false, not {kind_of(found.given['exists'])}",
    Code.ANYTHING_BUT: _anything_but,
    Code.NUMERIC: lambda _: '`numeric` is a comparison and a number, or two of each: {numeric: [">=", 1, "<", 9]}',
    Code.COMPARISON: _comparison,
    Code.RANGE: lambda _: 'a range says its lower end first: {numeric: [">=", 1, "<", 9]}',
    Code.NUMBER: lambda _: "a number in a filter is from -1 to 1 thousand million",
}


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
