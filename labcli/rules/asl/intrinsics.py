"""Intrinsic functions: ``States.Format('{} of {}', $.a, States.ArrayLength($.b))``.

Names, numbers of arguments and escapes: Step Functions Developer Guide, "Intrinsic functions for JSONPath states".
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from labcli.rules.asl import paths
from labcli.rules.near import nearest

DEEPEST = 10
"""Functions inside functions that AWS allows."""
_TOO_DEEP = 50  # where reading ends, whatever it is

# name -> fewest and most arguments; None: any number
FUNCTIONS: Mapping[str, tuple[int, int | None]] = {
    "Array": (0, None),
    "ArrayContains": (2, 2),
    "ArrayGetItem": (2, 2),
    "ArrayLength": (1, 1),
    "ArrayPartition": (2, 2),
    "ArrayRange": (3, 3),
    "ArrayUnique": (1, 1),
    "Base64Decode": (1, 1),
    "Base64Encode": (1, 1),
    "Format": (1, None),
    "Hash": (2, 2),
    "JsonMerge": (3, 3),
    "JsonToString": (1, 1),
    "MathAdd": (2, 2),
    "MathRandom": (2, 3),
    "StringSplit": (2, 2),
    "StringToJson": (1, 1),
    "UUID": (0, 0),
}
_CALL = re.compile(r"States\.(\w*)\s*\(")
_STRING = re.compile(r"'((?:[^'\\]|\\.)*)'", re.DOTALL)
_LITERAL = re.compile(r"(-?\d+(\.\d+)?([eE][-+]?\d+)?|true|false|null)(?=\s*[,)])")
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|.)", re.DOTALL)
_LEGAL = "\\'{}/bfnrt"  # recorded: `\\"` is refused
_LETTERS = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_HOLE = re.compile(r"\\.|(\{\})", re.DOTALL)


class Judgment(NamedTuple):
    """What is wrong with a call. ``broken`` is refused by AWS; ``odd`` can only fail when it is called."""

    broken: str = ""
    odd: str = ""


class Text(NamedTuple):
    """An argument in single quotes, as it is written: for States.Format the escapes still mean something."""

    written: str

    @property
    def value(self) -> str:
        """What it stands for."""
        return _ESCAPE.sub(_escaped, self.written)


class Path(NamedTuple):
    """An argument that is a path."""

    text: str


class Constant(NamedTuple):
    """An argument that is a number, true, false or null."""

    value: Any


class Call(NamedTuple):
    """A call, and an argument that is one."""

    name: str
    arguments: tuple[Any, ...]
    """Text, Path, Constant or Call."""


def parse(text: str) -> Call:
    """The call that a text is; ValueError when it is none."""
    return _Reading(text).whole()


def judge(text: str) -> Judgment:
    """Judge a call of an intrinsic function."""
    reading = _Reading(text)
    try:
        reading.whole()
    except _Broken as broken:
        return Judgment(broken=str(broken))
    return Judgment(odd=reading.odd)


class _Broken(ValueError):  # noqa: N818 - a signal of the reading
    """It cannot be read."""


class _Reading:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = len(text) - len(text.lstrip())
        self.odd = ""

    def whole(self) -> Call:
        """Read one call and nothing after it."""
        call = self.call(1)
        self.blank()
        if self.at < len(self.text):
            raise _Broken(f"text goes on after the call: `{self.text[self.at :][:40]}`")
        return call

    def blank(self) -> None:
        while self.text[self.at : self.at + 1].isspace():
            self.at += 1

    def call(self, depth: int) -> Call:
        """Read ``States.Name(…)``."""
        match = _CALL.match(self.text, self.at)
        if match is None:
            raise _Broken("an intrinsic function is called as States.Name(…)")
        name = match[1]
        if name not in FUNCTIONS:
            raise _Broken(f"there is no States.{name}{nearest(name, FUNCTIONS) if len(name) < 40 else ''}")
        if depth > _TOO_DEEP:
            raise _Broken("functions are nested too deeply")
        if depth > DEEPEST:
            self._odd(f"functions are nested deeper than {DEEPEST}")
        self.at = match.end()
        given = self._arguments(depth)
        low, high = FUNCTIONS[name]
        if len(given) < low or (high is not None and len(given) > high):
            wanted = f"{low}" if low == high else f"{low} or more" if high is None else f"{low} to {high}"
            self._odd(f"States.{name} takes {wanted} arguments, not {len(given)}")
        elif name == "Format" and isinstance(given[0], Text) and (holes := _holes(given[0].written)) != len(given) - 1:
            self._odd(f"States.Format has {holes} `{{}}` for {len(given) - 1} values")
        return Call(name, tuple(given))

    def _arguments(self, depth: int) -> list[Any]:
        """Read up to the closing bracket."""
        given: list[Any] = []
        self.blank()
        if self._take(")"):
            return given
        while True:
            given.append(self._argument(depth))
            self.blank()
            if self._take(")"):
                return given
            if self.at >= len(self.text):
                raise _Broken("a `)` is missing at the end")
            if not self._take(","):
                raise _Broken(f"a `,` or a `)` is missing at `{self.text[self.at :][:40]}`")
            self.blank()

    def _argument(self, depth: int) -> Any:
        char = self.text[self.at : self.at + 1]
        if char == "'":
            match = _STRING.match(self.text, self.at)
            if match is None:
                raise _Broken("a `'` is not closed")
            for escape in _ESCAPE.finditer(match[1]):
                if escape[1] not in _LEGAL and len(escape[1]) == 1:
                    more = ': in single quotes a `"` stands for itself' if escape[1] == '"' else ""
                    raise _Broken(f"`{escape[0]}` is no escape{more}")  # R: refused when the machine is made
            self.at = match.end()
            return Text(match[1])
        if char == "$":
            return self._path()
        if literal := _LITERAL.match(self.text, self.at):
            self.at = literal.end()
            return Constant(json.loads(literal[1]))
        if self.text.startswith("States.", self.at):
            return self.call(depth + 1)
        raise _Broken(f"no argument begins with `{self.text[self.at :][:20]}`; text stands in single quotes")

    def _path(self) -> Path:
        """Read a path up to the `,` or `)` that stands in no bracket of its own."""
        start, opened = self.at, 0
        while self.at < len(self.text):
            char = self.text[self.at]
            if char in "'\"" and opened:
                end = self.text.find(char, self.at + 1)
                self.at = end if end >= 0 else len(self.text)
            elif char in "[(":
                opened += 1
            elif opened == 0 and char in ",)":
                break
            elif char in "])":
                opened -= 1
            self.at += 1
        path = self.text[start : self.at].rstrip()
        if why := paths.trouble(path):
            raise _Broken(f"`{path[:40]}` is no path: {why}")
        return Path(path)

    def _take(self, char: str) -> bool:
        if self.text.startswith(char, self.at):
            self.at += 1
            return True
        return False

    def _odd(self, why: str) -> None:
        self.odd = self.odd or why


def _escaped(match: re.Match[str]) -> str:
    if match[1].startswith("u") and len(match[1]) == 5:
        return chr(int(match[1][1:], 16))
    return _LETTERS.get(match[1], match[1])


def _holes(template: str) -> int:
    return sum(match[1] is not None for match in _HOLE.finditer(template))
