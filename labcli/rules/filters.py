"""Filter policies of SNS: what AWS refuses when one is set.

Facts: SNS Developer Guide, "Filter policy constraints" (256 KB, five keys, of which only those at the top count, 150
combinations, in which the values of a nested key count once for each of its levels), "String value matching", "Numeric
value matching", "AND/OR logic" (when ``$or`` is one). Messages: recorded answers of Subscribe; what those do not show,
AWS's public matcher (github.com/aws/event-ruler, JsonRuleCompiler), whose words they are.
"""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any

from labcli.rules.asl import json_text
from labcli.rules.finding import Finding, Path

ATTRIBUTES, BODY = "MessageAttributes", "MessageBody"
SCOPES = (ATTRIBUTES, BODY)
LARGEST = 256 * 1024
"""Bytes of a policy."""
MOST_KEYS = 5
MOST_COMBINATIONS = 150
LARGEST_NUMBER = 10**9
OR = "$or"
TEXTS = ("prefix", "suffix", "equals-ignore-case", "wildcard")
"""Operators on a text; ``anything-but`` turns each of them round."""
OPERATORS = ("anything-but", "numeric", "exists", *TEXTS, "cidr")
COMPARISONS = ("=", "<", "<=", ">", ">=")
_RANGE = "Value must be between -1.0E9 and 1.0E9, inclusive"


class Code(StrEnum):
    """The rules of a filter policy."""

    JSON = "json"
    OBJECT = "object"
    SIZE = "size"
    KEYS = "keys"
    COMBINATIONS = "combinations"
    NESTED = "nested"
    EMPTY_OBJECT = "empty object"
    LIST = "list"
    EMPTY = "empty"
    VALUE = "value"
    OR = "or"
    SEVERAL = "several"
    OPERATOR = "operator"
    TEXT = "text"
    CIDR = "cidr"
    EXISTS = "exists"
    ANYTHING_BUT = "anything but"
    NUMERIC = "numeric"
    COMPARISON = "comparison"
    RANGE = "range"
    NUMBER = "number"


def read_text(text: str, scope: str) -> list[Finding]:
    """What AWS refuses in the JSON text of a filter policy. ``scope`` is one of ``SCOPES``."""
    policy, found = json_text.parse(text)
    if found:
        return [Finding(Code.JSON, "failed to parse JSON.")]
    if len(text.encode("utf-8", "surrogatepass")) > LARGEST:
        return [Finding(Code.SIZE, "Filter policy is too large")]
    return read(policy, scope)


def pattern(text: str) -> list[Finding]:
    """What AWS refuses in a pattern of an event source mapping: the same language, without SNS's limits of keys and
    combinations (Lambda Developer Guide, "Filter rule syntax"), and never nothing at all.
    """
    policy, found = json_text.parse(text)
    if found or not isinstance(policy, Mapping):
        return [Finding(Code.OBJECT, "Filter is not an object")]
    try:
        return list(_keys(policy, BODY, ()))
    except RecursionError:
        return [Finding(Code.NESTED, "Filter is nested too deeply")]


def read(policy: Any, scope: str) -> list[Finding]:
    """What AWS refuses in a filter policy that is data already; AWS says the first of it."""
    if not isinstance(policy, Mapping):
        return [Finding(Code.OBJECT, "Filter is not an object")]
    if len(json.dumps(policy, default=str)) > LARGEST:
        return [Finding(Code.SIZE, "Filter policy is too large")]
    combinations = count(policy)
    found = [] if combinations > MOST_COMBINATIONS and _bottomless(policy) else list(_keys(policy, scope, ()))
    if len(policy) > MOST_KEYS:
        found.append(Finding(Code.KEYS, "Filter policy can not have more than 5 keys", (), len(policy)))
    if combinations > MOST_COMBINATIONS:
        found.append(Finding(Code.COMBINATIONS, "Filter policy is too complex", (), combinations))
    return found


def count(policy: Mapping[str, Any]) -> int:
    """The combinations of values: of each list, how many it has times the level at which it stands, multiplied.

    The alternatives of an ``$or`` are added up first. Counting ends where there are too many.
    """
    return _count(policy, 1)


def _count(policy: Mapping[str, Any], level: int) -> int:
    total = 1
    if level > MOST_COMBINATIONS:  # a value here counts for more already
        return level
    for key, values in policy.items():
        if key == OR and is_or(values):
            total *= max(1, sum(_count(each, level) for each in values))
        elif isinstance(values, Mapping):
            total *= _count(values, level + 1)
        elif isinstance(values, list):
            total *= max(1, len(values)) * level
    return total


def _bottomless(policy: Mapping[str, Any]) -> bool:
    """Whether keys are nested so deeply that one value is too many."""
    left: list[tuple[Any, int]] = [(policy, 1)]
    while left:
        value, level = left.pop()
        if level > MOST_COMBINATIONS:
            return True
        inner = value.values() if isinstance(value, Mapping) else value
        left += [(each, level + 1) for each in inner if isinstance(each, Mapping | list)]
    return False


def is_or(values: Any) -> bool:
    """Whether ``$or`` is the operator: a list of two filters or more, of whose keys none is an operator's name."""
    if not isinstance(values, list) or len(values) < 2:
        return False
    return all(isinstance(each, Mapping) and not set(each) & set(OPERATORS) for each in values)


def _keys(policy: Mapping[str, Any], scope: str, path: Path) -> Iterator[Finding]:
    for key, values in policy.items():
        at = (*path, key)
        if key == OR and is_or(values):
            for index, each in enumerate(values):
                yield from _nested(each, scope, (*at, index))
            continue
        found = list(_key(key, values, scope, at))
        if key == OR and found:  # it was meant to be the operator; to AWS it is a name like others
            found = [Finding(Code.OR, found[0].message, at, values)]
        yield from found


def _key(key: str, values: Any, scope: str, at: Path) -> Iterator[Finding]:
    if isinstance(values, Mapping):
        if scope != BODY:
            said = "Filter policy scope MessageAttributes does not support nested filter policy"
            yield Finding(Code.NESTED, said, at, values)
        else:
            yield from _nested(values, scope, at)
    elif not isinstance(values, list):
        yield Finding(Code.LIST, f'"{key}" must be an object or an array', at, values)
    elif not values:
        yield Finding(Code.EMPTY, "Empty arrays are not allowed", at, values)
    else:
        for index, value in enumerate(values):
            yield from _value(value, (*at, index))


def _nested(policy: Mapping[str, Any], scope: str, path: Path) -> Iterator[Finding]:
    if not policy:
        yield Finding(Code.EMPTY_OBJECT, "Empty objects are not allowed", path, policy)
    yield from _keys(policy, scope, path)


def _value(value: Any, at: Path) -> Iterator[Finding]:
    """One value: text, a number, true, false, null, or one operator."""
    if isinstance(value, list):
        yield Finding(Code.VALUE, "Match value must be String, number, true, false, or null", at, value)
    elif not isinstance(value, Mapping):
        yield from _number(value, at)
    elif not value:
        yield Finding(Code.SEVERAL, "Empty objects are not allowed", at, value)
    elif len(value) > 1:
        unknown = next((each for each in value if each not in OPERATORS), None)
        said = f"Unrecognized match type {unknown}" if unknown else "Only one key allowed in match expression"
        yield Finding(Code.SEVERAL, said, at, value)
    else:
        operator, operand = next(iter(value.items()))
        yield from _operator(str(operator), operand, at)


def _operator(operator: str, operand: Any, at: Path) -> Iterator[Finding]:
    given = {operator: operand}
    if operator not in OPERATORS:
        yield Finding(Code.OPERATOR, f"Unrecognized match type {operator}", at, given)
    elif operator == "numeric":
        yield from _numeric(operand, at)
    elif operator == "exists":
        if not isinstance(operand, bool):
            yield Finding(Code.EXISTS, "exists match pattern must be either true or false.", at, given)
    elif operator == "anything-but":
        yield from _anything_but(operand, at)
    elif operator == "cidr":
        if said := _no_cidr(operand):
            yield Finding(Code.CIDR, said, at, given)
    elif not isinstance(operand, str):
        yield Finding(Code.TEXT, f"{operator} match pattern must be a string", at, given)


def _no_cidr(operand: Any) -> str:
    """What AWS has against an address range; empty when nothing."""
    if not isinstance(operand, str):
        return "prefix match pattern must be a string"  # AWS calls it so
    address, slash, bits = operand.partition("/")
    if not slash or "/" in bits:
        return "Malformed CIDR, one '/' required"
    if not (bits.isascii() and bits.isdecimal()):
        return "Malformed CIDR, mask bits must be an integer"
    try:
        most = ipaddress.ip_address(address).max_prefixlen
    except ValueError:
        return f"Nonstandard IP address: {address}"
    return "" if len(bits) <= 3 and int(bits) <= most else "Malformed CIDR, mask bits must be an integer"


def _anything_but(operand: Any, at: Path) -> Iterator[Finding]:
    said = ""
    if isinstance(operand, Mapping):
        word, text = next(iter(operand.items()), ("", ""))
        if word not in TEXTS:
            said = f"Unsupported anything-but pattern: {word}"
        elif len(operand) > 1:
            said = "Only one key allowed in match expression"
        elif not isinstance(text, str):
            said = f"{word} match pattern must be a string"
        elif not text:
            said = f"Null {word} not allowed"
    elif isinstance(operand, list):
        if not operand:
            said = "Empty arrays are not allowed"
        elif not all(_plain(each) for each in operand):
            said = "Inside anything but list, start|null|boolean is not supported."
    elif not _plain(operand):
        said = "Value of anything-but must be an array or single string/number value."
    if said:
        yield Finding(Code.ANYTHING_BUT, said, at, operand)
        return
    for each in operand if isinstance(operand, list) else [operand]:
        yield from _number(each, at)


def _plain(value: Any) -> bool:
    return isinstance(value, str | int | float) and not isinstance(value, bool)


def _numeric(terms: Any, at: Path) -> Iterator[Finding]:
    """``["=", 3]``, ``[">=", 100]``, or a range, the lower end first: ``[">", 0, "<=", 150]``."""
    code, said = _no_terms(terms)
    if said:
        yield Finding(code, said, at, terms)
        return
    for number in terms[1::2]:
        yield from _number(number, at)


def _no_terms(terms: Any) -> tuple[Code, str]:
    """What AWS has against the terms of a comparison, and which rule that is."""
    if not isinstance(terms, list):
        return Code.NUMERIC, "Value of numeric must be an array."
    first = terms[0] if terms else "]"
    if not isinstance(first, str) or not terms:
        return Code.NUMERIC, f"Invalid member in numeric match: {first}"
    if first not in COMPARISONS:
        return Code.COMPARISON, f"Unrecognized numeric range operator: {first}"
    if not _counts(terms, 1):
        return Code.NUMERIC, f"Value of {'equals' if first == '=' else first} must be numeric"
    if len(terms) == 2:
        return Code.NUMERIC, ""
    if first in ("=", "<", "<="):
        return Code.RANGE if len(terms) == 4 else Code.NUMERIC, "Too many elements in numeric expression"
    return _no_upper_end(terms)


def _no_upper_end(terms: list[Any]) -> tuple[Code, str]:
    second = terms[2]
    if not isinstance(second, str):
        return Code.NUMERIC, f"Bad value in numeric range: {second}"
    if second not in ("<", "<="):
        return Code.RANGE if second in COMPARISONS else Code.COMPARISON, f"Bad numeric range operator: {second}"
    if not _counts(terms, 3):
        return Code.NUMERIC, f"Value of {second} must be numeric"
    if len(terms) > 4:
        return Code.NUMERIC, "Too many terms in numeric range expression"
    return Code.RANGE, "" if terms[1] < terms[3] else "Bottom must be less than top"


def _counts(terms: list[Any], at: int) -> bool:
    return at < len(terms) and isinstance(terms[at], int | float) and not isinstance(terms[at], bool)


def _number(value: Any, at: Path) -> Iterator[Finding]:
    if isinstance(value, int | float) and not isinstance(value, bool) and not abs(value) <= LARGEST_NUMBER:
        yield Finding(Code.NUMBER, _RANGE, at, value)
