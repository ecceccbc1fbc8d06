"""Expectations: a JMESPath and what it must find, a value or a matcher of one key.

Nothing here raises on what AWS answered: a path that does not fit the document finds nothing.
"""

from __future__ import annotations

import json
import operator
import re
import warnings
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from labcli.rules.near import nearest

MATCHERS = ("present", "equals", "not", "lt", "lte", "gt", "gte", "contains", "matches")
_ORDERS = {"lt": operator.lt, "lte": operator.le, "gt": operator.gt, "gte": operator.ge}
LONGEST = 500
"""Characters of a JMESPath or a pattern. A lab's have a few dozen; their parsers are recursive."""


class Expectation(NamedTuple):
    """One expectation after it was looked at: what was expected and what was seen, as values."""

    path: str
    expected: Any
    seen: Any
    met: bool


def syntax_error(path: str) -> str:
    """Why ``path`` is not a JMESPath, or an empty text."""
    if len(path) > LONGEST:
        return f"it is longer than {LONGEST} characters"
    try:
        called = [*_called(_compiled(path).parsed)]
    except RecursionError:
        return "it is nested too deep"
    except ValueError as error:  # every error of jmespath's parser is one
        return _said(error)
    known = [name for name in dir(_options().custom_functions) if name.startswith("_func_")]
    names = [name.removeprefix("_func_") for name in known]
    odd = next((name for name in called if name not in names), None)
    return f"there is no function `{odd}`{nearest(odd, names)}" if odd is not None else ""


def parsed(path: str) -> Mapping[str, Any]:
    """jmespath's tree of a path that parses."""
    tree: Mapping[str, Any] = _compiled(path).parsed
    return tree


def _said(error: ValueError) -> str:
    """What jmespath says, without the path and the little arrow below it."""
    where, token = getattr(error, "lex_position", None), getattr(error, "token_value", "")
    if token and where is not None:
        return f"`{token}` is not expected at character {where + 1}"
    return "it is empty" if "empty" in str(error) else "it ends too soon"


def _called(node: Any) -> Iterator[str]:
    """The functions that a parsed path calls."""
    if node.get("type") == "function_expression":
        yield node["value"]
    for child in node.get("children", ()):
        if isinstance(child, Mapping):
            yield from _called(child)


def seek(path: str, document: Any) -> Any:
    """What ``path`` finds in ``document``; None where it finds nothing or does not fit."""
    try:
        return _compiled(path).search(document, _options())
    except (ValueError, TypeError, ArithmeticError, LookupError, RecursionError):  # jmespath's own are ValueErrors
        return None


def look(expect: Mapping[str, Any], document: Any) -> list[Expectation]:
    """Hold every expectation against ``document``. ``expect`` is filled: no references are left in it."""
    found = [(path, expected, seek(path, document)) for path, expected in expect.items()]
    return [Expectation(path, expected, seen, _holds(expected, seen)) for path, expected, seen in found]


def is_matcher(expected: Any) -> bool:
    """Whether ``expected`` is a matcher such as ``{gt: 30}`` and not a value."""
    return isinstance(expected, Mapping) and len(expected) == 1 and next(iter(expected)) in MATCHERS


def matcher_error(expected: Any) -> str:
    """Why a matcher cannot be used, or an empty text."""
    if not is_matcher(expected):
        return ""
    name, value = next(iter(expected.items()))
    if isinstance(value, str) and "${" in value:
        return ""
    if name == "present" and not isinstance(value, bool):
        return "`present` wants true or false"
    if name in _ORDERS and _number(value) is None:
        return f"`{name}` wants a number"
    if name == "contains" and (value is None or (isinstance(value, Mapping | list) and not value)):
        return "`contains` wants what must be in it"
    if name == "matches":
        try:
            _pattern(value)
        except (re.error, TypeError, OverflowError, RecursionError) as error:
            return f"`matches` wants a regular expression: {error}"
    return ""


def _pattern(text: Any) -> re.Pattern[str]:
    """A pattern, quietly: what Python wants to say about a lab's pattern is not for a learner."""
    if not isinstance(text, str):
        raise TypeError("it is text; quote it")
    if len(text) > LONGEST:
        raise OverflowError(f"it is longer than {LONGEST} characters")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return re.compile(text)


def _holds(expected: Any, seen: Any) -> bool:
    if not is_matcher(expected):
        return _same(expected, seen)
    name, value = next(iter(expected.items()))
    match name:
        case "present":
            return (seen is not None) is value
        case "equals":
            return _same(value, seen)
        case "not":
            return not _same(value, seen)
        case "lt" | "lte" | "gt" | "gte":
            return _ordered(name, seen, value)
        case "contains":
            return _contains(seen, value)
        case _:
            return _matches(value, seen)


def _matches(pattern: Any, seen: Any) -> bool:
    """The pattern may come from a reference: what is none matches nothing."""
    try:
        return isinstance(seen, str) and _pattern(pattern).search(seen) is not None
    except (re.error, TypeError, OverflowError, RecursionError):
        return False


def _same(expected: Any, seen: Any) -> bool:
    """Equality as JSON knows it: true is not 1, and 1 is 1.0."""
    if isinstance(expected, bool) or isinstance(seen, bool):
        return expected is seen
    if isinstance(expected, Mapping) and isinstance(seen, Mapping):
        return expected.keys() == seen.keys() and all(_same(v, seen[k]) for k, v in expected.items())
    if isinstance(expected, list) and isinstance(seen, list):
        return len(expected) == len(seen) and all(map(_same, expected, seen))
    return bool(expected == seen)


def _ordered(name: str, seen: Any, bound: Any) -> bool:
    left, right = _number(seen), _number(bound)
    if left is None or right is None:
        return False
    return bool(_ORDERS[name](left, right))


def _number(value: Any) -> float | None:
    if isinstance(value, bool):
        return None
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        return None


def _contains(seen: Any, value: Any) -> bool:
    if isinstance(seen, str):
        return isinstance(value, str) and value in seen
    if isinstance(seen, list):
        return any(_same(value, each) for each in seen)
    return isinstance(seen, Mapping) and isinstance(value, str) and value in seen


@lru_cache(maxsize=512)
def _compiled(path: str) -> Any:
    import jmespath

    with warnings.catch_warnings():  # it warns of an old spelling of literals
        warnings.simplefilter("ignore")
        return jmespath.compile(path)


@lru_cache(maxsize=1)
def _options() -> Any:
    import jmespath
    from jmespath import functions

    class Functions(functions.Functions):  # type: ignore[misc]
        @functions.signature({"types": []})  # type: ignore[untyped-decorator]
        def _func_from_json(self, text: Any) -> Any:
            if not isinstance(text, str):  # boto3 has read some already: IAM's policies
                return text if isinstance(text, Mapping) else None
            try:
                return json.loads(text, parse_constant=lambda word: None)
            except (ValueError, RecursionError):  # a body comes from outside
                return None

    return jmespath.Options(custom_functions=Functions())
