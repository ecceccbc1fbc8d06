"""JSONPath as AWS reads it, which is Jayway's reading: a definite path is a value or an error, any other a list.

What is read: ``.name``, ``['name']``, ``['a','b']``, ``[0]``, ``[-1]``, ``[0,2]``, ``[1:3]``, ``*``, ``..``, filters
``[?(…)]`` and the functions at the end, as in the documentation of Jayway JsonPath.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from labcli.local.stepfunctions.interpreter import filters
from labcli.local.stepfunctions.interpreter.values import Budget

MANY = "*"
_NAME = re.compile(r"[^.\[\]()*,:?@'\"]+")
_QUOTED = re.compile(r"'((?:[^'\\]|\\.)*)'|\"((?:[^\"\\]|\\.)*)\"", re.DOTALL)
_INDEX = re.compile(r"-?\d+")
_SLICE = re.compile(r"\s*(-?\d*)\s*:\s*(-?\d*)\s*(?::\s*(-?\d*)\s*)?")
_FUNCTION = re.compile(r"\.(length|size|min|max|avg|sum|keys|first|last)\(\)$")
DEEPEST = 200


class PathError(ValueError):
    """A path that is none, or that leads nowhere; the text is Jayway's."""


@dataclass(frozen=True)
class Step:
    """One step: names, indexes, a slice, a filter, or everything; ``deep`` when it looks at all levels below."""

    names: tuple[str, ...] = ()
    indexes: tuple[int, ...] = ()
    cut: slice | None = None
    test: filters.Check | None = None
    deep: bool = False

    @property
    def definite(self) -> bool:
        """Whether it leads to one value."""
        return not self.deep and len(self.names) + len(self.indexes) == 1


@dataclass(frozen=True)
class Path:
    """A path that was read. ``root`` is ``$``, ``$$`` or the name of a variable with its ``$``."""

    text: str
    root: str
    steps: tuple[Step, ...]
    function: str = ""

    @property
    def definite(self) -> bool:
        """Whether it leads to one value."""
        return all(step.definite for step in self.steps)


@lru_cache(maxsize=2048)
def parse(text: str) -> Path:
    """Read a path; PathError when it is none."""
    match = re.match(r"\$\$|\$(\w*)", text)
    if match is None:
        raise PathError("it begins with $")
    rest, function = text[match.end() :], ""
    if found := _FUNCTION.search(rest):
        rest, function = rest[: found.start()], found[1]
    return Path(text, match[0], tuple(_steps(rest)), function)


def _steps(text: str) -> Iterator[Step]:
    at = 0
    while at < len(text):
        deep = text.startswith("..", at)
        at += 2 if deep else 1 if text[at] == "." else 0
        if at >= len(text):
            raise PathError("it ends too early")
        if text[at] == "[":
            end = closing(text, at)
            yield _bracket(text[at + 1 : end], deep)
            at = end + 1
        elif text[at] == "*":
            yield Step(cut=None, deep=deep)
            at += 1
        elif match := _NAME.match(text, at):
            yield Step((match[0].strip(),), deep=deep)
            at = match.end()
        else:
            raise PathError(f"'{text[at]}' is not expected at {at}")


def closing(text: str, at: int) -> int:
    """Where the bracket closes that opens at ``at``."""
    opened = 0
    while at < len(text):
        if match := _QUOTED.match(text, at):
            at = match.end()
            continue
        opened += {"[": 1, "(": 1, "]": -1, ")": -1}.get(text[at], 0)
        if opened == 0:
            return at
        at += 1
    raise PathError("a bracket is not closed")


def _bracket(inside: str, deep: bool) -> Step:
    inside = inside.strip()
    if inside == MANY:
        return Step(deep=deep)
    if inside.startswith("?"):
        try:
            return Step(test=filters.parse(inside[1:].strip()), deep=deep)
        except (ValueError, RecursionError) as error:
            raise PathError(str(error)) from error
    if match := _SLICE.fullmatch(inside):
        first, last, step = (int(part) if part else None for part in match.groups())
        return Step(cut=slice(first, last, step or None), deep=deep)
    names, indexes, at = [], [], 0
    while at < len(inside):
        if match := _QUOTED.match(inside, at):
            quote = inside[at]
            names.append((match[1] if match[1] is not None else match[2]).replace(f"\\{quote}", quote))
        elif match := _INDEX.match(inside, at):
            indexes.append(int(match[0]))
        else:
            raise PathError(f"[{inside}] is no step")
        at = match.end()
        rest = inside[at:].lstrip()
        if rest and not rest.startswith(","):
            raise PathError(f"[{inside}] is no step")
        at = len(inside) - len(rest[1:].lstrip()) if rest else len(inside)
    if not names and not indexes:
        raise PathError("[] is empty")
    return Step(tuple(names), tuple(indexes), deep=deep)


# -- reading ---------------------------------------------------------------------------------------------------------


def read(path: Path, root: Any, budget: Budget) -> Any:
    """What it leads to from ``root``; PathError when it is definite and leads nowhere."""
    found = _one(path, root) if path.definite else _many(path, root, budget)
    return _FUNCTIONS[path.function](found) if path.function else found


def _one(path: Path, value: Any) -> Any:
    way = "$"
    for number, step in enumerate(path.steps):
        last = number == len(path.steps) - 1
        if step.names:
            name = step.names[0]
            way += f"['{name}']"
            if isinstance(value, list):
                before = way.removesuffix(f"['{name}']")
                text = f"Expected to find an object with property ['{name}'] in path {before}"
                raise PathError(f"{text} but found 'net.minidev.json.JSONArray'")
            if not isinstance(value, dict) or name not in value:
                raise PathError(f"No results for path: {way}" if last else f"Missing property in path {way}")
            value = value[name]
        else:
            index = step.indexes[0]
            way += f"[{index}]"
            if not isinstance(value, list) or not -len(value) <= index < len(value):
                raise PathError(f"No results for path: {way}" if last else f"Missing property in path {way}")
            value = value[index]
    return value


def _many(path: Path, root: Any, budget: Budget) -> list[Any]:
    found = [root]
    for step in path.steps:
        following: list[Any] = []
        for value in found:
            for each in _below(value, budget) if step.deep else (value,):
                budget.look()
                following += _taken(step, each, root, budget)
        found = following
    return found


def _below(value: Any, budget: Budget) -> Iterator[Any]:
    left = [value]
    while left:
        budget.look()
        each = left.pop()
        yield each
        inside = each.values() if isinstance(each, dict) else each if isinstance(each, list) else ()
        left += [part for part in reversed(list(inside)) if isinstance(part, dict | list)]


def _taken(step: Step, value: Any, root: Any, budget: Budget) -> list[Any]:
    if step.names:
        if not isinstance(value, dict):
            return []
        if len(step.names) > 1 and not step.deep:
            return [{name: value[name] for name in step.names if name in value}]
        return [value[name] for name in step.names if name in value]
    if step.test is not None:
        inside = value if isinstance(value, list) else [value] if isinstance(value, dict) else []
        return [each for each in inside if _holds(step.test, each, root, budget)]
    if step.indexes or step.cut is not None:
        if not isinstance(value, list):
            return []
        if step.cut is not None:
            return value[step.cut]
        return [value[index] for index in step.indexes if -len(value) <= index < len(value)]
    inside = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []
    return list(inside)


def _holds(test: filters.Check, value: Any, root: Any, budget: Budget) -> bool:
    def look(text: str) -> Any:
        budget.look()
        path = parse("$" + text[1:])
        try:
            return read(path, value if text.startswith("@") else root, budget)
        except PathError:
            return filters.NOTHING

    return filters.holds(test, look)


def _numbers(found: Any) -> list[Any]:
    numbers = [each for each in found if isinstance(each, int | float) and not isinstance(each, bool)]
    if not numbers:
        raise PathError("Aggregation function attempted to calculate value using empty array")
    return numbers


_FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "length": lambda found: len(found) if isinstance(found, list | dict | str) else None,
    "size": lambda found: len(found) if isinstance(found, list | dict | str) else None,
    "min": lambda found: min(_numbers(found)),
    "max": lambda found: max(_numbers(found)),
    "sum": lambda found: sum(_numbers(found)),
    "avg": lambda found: sum(_numbers(found)) / len(_numbers(found)),
    "keys": lambda found: list(found) if isinstance(found, dict) else None,
    "first": lambda found: found[0] if found else None,
    "last": lambda found: found[-1] if found else None,
}


# -- writing ---------------------------------------------------------------------------------------------------------


def put(text: str, root: Any, value: Any) -> Any:
    """A copy of ``root`` in which the reference path leads to ``value``: what is missing on the way is made."""
    return _put(parse(text).steps, root, value)


def _put(steps: tuple[Step, ...], into: Any, value: Any) -> Any:
    if not steps:
        return value
    step, rest = steps[0], steps[1:]
    if step.names:
        if into is not None and not isinstance(into, dict):
            raise PathError("the way leads through a value that is no object")
        name = step.names[0]
        return {**(into or {}), name: _put(rest, (into or {}).get(name), value)}
    index = step.indexes[0] if step.indexes else -1
    if not isinstance(into, list) or not 0 <= index < len(into):
        raise PathError("the way leads through an array that is not there")
    return [*into[:index], _put(rest, into[index], value), *into[index + 1 :]]
