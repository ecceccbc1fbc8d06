"""Which variables the states of a machine refer to: ``variableReferences`` of DescribeStateMachine."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from labcli.local.stepfunctions.interpreter.view import expression
from labcli.rules.asl.intrinsics import Call, Path, parse
from labcli.rules.asl.node import speaks_jsonata

_PATHS = re.compile(r"(Path|\.\$)$")
_IN_PATH = re.compile(r"\$([A-Za-z_]\w*)")
_IN_EXPRESSION = re.compile(r"\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'|(?<![\w$])\$([A-Za-z_]\w*)(\s*\()?|:=", re.DOTALL)
_NESTED = ("Branches", "ItemProcessor", "Iterator")


def references(definition: Mapping[str, Any]) -> dict[str, list[str]]:
    """By the state's name, in the order of the definition; states without any are left out."""
    found: dict[str, list[str]] = {}
    _machine(definition, speaks_jsonata(definition, False), found)
    return found


def _machine(machine: Mapping[str, Any], jsonata: bool, found: dict[str, list[str]]) -> None:
    for name, state in machine["States"].items():
        here = speaks_jsonata(state, jsonata)
        names = set(_expressions(state) if here else _paths(state))
        if names:
            found[name] = sorted(names)
        for key in _NESTED:
            inner = state.get(key, ())
            for each in inner if isinstance(inner, list) else [inner] if inner else []:
                _machine(each, jsonata, found)


def _paths(value: Any, key: str = "") -> Iterator[str]:
    if isinstance(value, dict):
        for name, each in value.items():
            if name not in _NESTED:
                yield from _paths(each, name)
    elif isinstance(value, list):
        for each in value:
            yield from _paths(each)
    elif isinstance(value, str) and (key == "Variable" or _PATHS.search(key)):
        if value.lstrip().startswith("States."):
            yield from _in_call(parse(value))
        elif match := _IN_PATH.match(value):
            yield match[1]


def _in_call(call: Call) -> Iterator[str]:
    for argument in call.arguments:
        if isinstance(argument, Call):
            yield from _in_call(argument)
        elif isinstance(argument, Path) and (match := _IN_PATH.match(argument.text)):
            yield match[1]


def _expressions(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for name, each in value.items():
            if name not in _NESTED:
                yield from _expressions(each)
    elif isinstance(value, list):
        for each in value:
            yield from _expressions(each)
    elif expression(value):
        own = set(re.findall(r"\$(\w+)\s*:=", value))
        for names in re.findall(r"function\s*\(([^)]*)\)", value):
            own |= set(_IN_PATH.findall(names))
        for match in _IN_EXPRESSION.finditer(value):
            if match[1] and not match[2] and match[1] != "states" and match[1] not in own:
                yield match[1]
