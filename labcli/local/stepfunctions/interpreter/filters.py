"""The filters of JSONPath, ``[?(@.price < 10 && @.isbn)]``, as Jayway JsonPath reads them.

``=~`` is refused: a regular expression from outside would run unbounded here.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from typing import Any, NamedTuple

NOTHING: Any = object()
"""What a path that leads nowhere gives."""
_TOKEN = re.compile(
    r"\s*(?:(?P<op>&&|\|\||===?|!==?|<>|<=|>=|=~|[<>!()\[\],])|(?P<string>'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")"
    r"|(?P<number>-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)|(?P<path>[@$])|(?P<word>[A-Za-z_]\w*))",
    re.DOTALL,
)
_WORDS = {"true": True, "false": False, "null": None}


class Check(NamedTuple):
    """One node: an operator and what it is applied to. ``path`` and ``value`` are leaves."""

    op: str
    parts: tuple[Any, ...]


Look = Callable[[str], Any]


def parse(text: str) -> Check:
    """Read what stands behind the question mark; ValueError when it cannot be read."""
    reading = _Reading(text)
    test = reading.either()
    if reading.next():
        raise ValueError(f"a filter goes on with '{reading.next()}'")
    return test


class _Reading:
    def __init__(self, text: str) -> None:
        self.tokens: list[tuple[str, str]] = []
        at = 0
        while text[at:].strip():
            match = _TOKEN.match(text, at)
            if match is None:
                raise ValueError(f"a filter cannot have '{text[at:].strip()[:10]}'")
            kind, at = str(match.lastgroup), match.end()
            if kind == "path":
                end = _path_end(text, at)
                self.tokens.append((kind, match["path"] + text[at:end].rstrip()))
                at = end
            else:
                self.tokens.append((kind, match[kind]))
        self.tokens.reverse()

    def next(self) -> str:
        return self.tokens[-1][1] if self.tokens and self.tokens[-1][0] in ("op", "word") else ""

    def take(self) -> tuple[str, str]:
        if not self.tokens:
            raise ValueError("a filter ends too early")
        return self.tokens.pop()

    def either(self) -> Check:
        parts = [self.both()]
        while self.next() == "||":
            self.take()
            parts.append(self.both())
        return parts[0] if len(parts) == 1 else Check("||", tuple(parts))

    def both(self) -> Check:
        parts = [self.single()]
        while self.next() == "&&":
            self.take()
            parts.append(self.single())
        return parts[0] if len(parts) == 1 else Check("&&", tuple(parts))

    def single(self) -> Check:
        if self.next() == "!":
            self.take()
            return Check("!", (self.single(),))
        if self.next() == "(":
            self.take()
            inside = self.either()
            if self.take()[1] != ")":
                raise ValueError("a `)` is missing")
            return inside
        left = self.operand()
        if (op := self.next().lower()) in _EQUAL or op in _OTHERS or op == "=~":
            if op == "=~":
                raise ValueError("=~ is not supported here")
            self.take()
            return Check(op, (left, self.operand()))
        return Check("exists", (left,))

    def operand(self) -> Check:
        kind, text = self.take()
        if kind == "path":
            return Check("path", (text,))
        if kind == "string":
            return Check("value", (re.sub(r"\\(.)", r"\1", text[1:-1], flags=re.DOTALL),))
        if kind == "number":
            return Check("value", (float(text) if re.search(r"[.eE]", text) else int(text),))
        if kind == "word" and text in _WORDS:
            return Check("value", (_WORDS[text],))
        if text == "[":
            return Check("value", (self._list(),))
        raise ValueError(f"'{text}' is no value")

    def _list(self) -> list[Any]:
        found: list[Any] = []
        while self.next() != "]":
            found.append(self.operand().parts[0])
            if self.next() == ",":
                self.take()
        self.take()
        return found


def _path_end(text: str, at: int) -> int:
    opened = 0
    while at < len(text):
        char = text[at]
        if char == "[":
            opened += 1
        elif char == "]":
            if opened == 0:
                break
            opened -= 1
        elif opened == 0 and not (char.isalnum() or char in "._-*$"):
            break
        at += 1
    return at


def holds(test: Check, look: Look) -> bool:
    """Whether it holds; ``look`` gives what a path leads to, NOTHING when that is nothing."""
    if test.op == "||":
        return any(holds(part, look) for part in test.parts)
    if test.op == "&&":
        return all(holds(part, look) for part in test.parts)
    if test.op == "!":
        return not holds(test.parts[0], look)
    if test.op == "exists":
        return _value(test.parts[0], look) is not NOTHING
    left, right = (_value(part, look) for part in test.parts)
    return _compared(test.op, left, right)


def _value(leaf: Check, look: Look) -> Any:
    return look(leaf.parts[0]) if leaf.op == "path" else leaf.parts[0]


def _compared(op: str, left: Any, right: Any) -> bool:
    if op in _EQUAL:
        return _same(left, right) == _EQUAL[op]
    if left is NOTHING or right is NOTHING:
        return False
    return _OTHERS[op](left, right)


def _ordered(order: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    """A comparison of two numbers or two texts; of anything else it does not hold."""

    def compare(left: Any, right: Any) -> bool:
        numbers = all(isinstance(each, int | float) and not isinstance(each, bool) for each in (left, right))
        texts = isinstance(left, str) and isinstance(right, str)
        return (numbers or texts) and bool(order(left, right))

    return compare


def _within(left: Any, right: Any) -> bool:
    return isinstance(right, list) and any(_same(left, each) for each in right)


def _contains(left: Any, right: Any) -> bool:
    if isinstance(left, str):
        return isinstance(right, str) and right in left
    return isinstance(left, list) and right in left


def _sized(left: Any) -> int:
    return len(left) if isinstance(left, list | dict | str) else -1


_EQUAL = {"==": True, "===": True, "!=": False, "!==": False, "<>": False}
_OTHERS: dict[str, Callable[[Any, Any], bool]] = {
    "<": _ordered(operator.lt),
    "<=": _ordered(operator.le),
    ">": _ordered(operator.gt),
    ">=": _ordered(operator.ge),
    "in": _within,
    "nin": lambda left, right: not _within(left, right),
    "contains": _contains,
    "size": lambda left, right: _sized(left) == right,
    "empty": lambda left, right: _sized(left) >= 0 and (_sized(left) == 0) == right,
}


def _same(left: Any, right: Any) -> bool:
    if isinstance(left, bool) != isinstance(right, bool):
        return False
    return bool(left == right)
