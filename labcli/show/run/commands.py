"""Calls as the aws commands that one would type, for ``-v`` and a guided run. What cannot be copied says so."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from labcli.aws.catalog import BotoCatalog
from labcli.aws.spoken.cli import Command, command
from labcli.aws.spoken.shells import BASH, POWERSHELL, Shell
from labcli.aws.targets import Target
from labcli.lab.model import Call, Effect
from labcli.local.shells import current
from labcli.show.screen import Screen
from labcli.show.text import middle, plural, visible

LONGEST = 600
"""Characters of one value; a longer one is cut."""
FEW = 4
"""Commands of a step in a guided run."""
_TOKENS = frozenset({"TaskToken", "taskToken"})
"""Whoever has one may answer for the person who was asked."""
_INSIDE = re.compile(r'("(?:[Tt]ask)?[Tt]oken\\*":\s*\\*")([^"\\]{20,})')
"""A token inside of a body."""


class Typed:
    """How the calls of a run would be typed, in the shell that is there."""

    def __init__(self, screen: Screen, target: Target | None = None) -> None:
        self._screen = screen
        there = current(screen.context.env)
        self._shell: Shell = POWERSHELL if there.name in ("powershell", "cmd") else BASH
        on_aws = target is not None and target.name == "aws"
        self.elsewhere = f"Type it in another terminal{'' if on_aws else f', after: {there.enter()}'}"
        """Where a person types, while labcli has this terminal."""
        self._region = target.place.region if target is not None and target.name == "aws" else ""

    def draw(self, call: Call) -> None:
        """The command of a call; each line whole, so that it can be copied."""
        shown = _Cut()
        made = command(call._replace(params=shown.short(call.params)), self._shell, _catalog())
        if self._region:
            made = made._replace(words=(*made.words, ("--region",), (self._region,)))
        for number, row in enumerate(made.said(self._shell).split("\n")):
            self._screen.line("      $ " if not number else "        ", (visible(row), "code"))
        if remark := _remark(made, shown.cut):
            self._screen.line("        ", f"# {remark}")

    def draw_few(self, calls: Sequence[Call]) -> None:
        """What a step did: its acting calls, or what it read; each sort once, a few of them."""
        acting = [each for each in calls if _acts(each)]
        sorts: dict[str, Call] = {}
        for each in acting or calls:
            sorts.setdefault(_sort(each), each)
        few = list(sorts.values())[:FEW]
        for each in few:
            self.draw(each)
        if more := len(calls) - len(few):
            self._screen.line("        ", f"# and {plural(more, 'more call')}: run -v shows each")


class _Cut:
    """Shortens the values of a call, and remembers whether it did."""

    def __init__(self) -> None:
        self.cut = False

    def short(self, value: Any, name: str = "") -> Any:
        if isinstance(value, Mapping):
            return {key: self.short(each, key) for key, each in value.items()}
        if isinstance(value, list | tuple):
            return [self.short(each) for each in value]
        if not isinstance(value, str):
            return value
        said = middle(value) if name in _TOKENS else _INSIDE.sub(lambda found: found[1] + middle(found[2]), value)
        said = said if len(said) <= LONGEST else f"{said[:LONGEST]}…"
        self.cut = self.cut or said != value
        return said


def _remark(made: Command, cut: bool) -> str:
    files = ", ".join(each.name for each in made.files if each.text is None)
    if files:
        return f"{files} is not shown"
    return "cut: not to be copied" if cut else ""


def _acts(call: Call) -> bool:
    known = _catalog().operation(call.service, call.operation)
    return known is not None and known.effect is not Effect.READ


def _sort(call: Call) -> str:
    """Calls that differ only in a handle, or in the seconds of a poll, are of one sort."""
    return f"{call} { ({k: v for k, v in call.params.items() if k not in ('ReceiptHandle', 'WaitTimeSeconds')}) }"


@cache
def _catalog() -> BotoCatalog:
    return BotoCatalog()
