"""Calls and their answers under a step, for ``-v``: what was asked, what came; handles and tokens cut."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from labcli.run.events import CallMade
from labcli.show.run.commands import Typed
from labcli.show.screen import Screen
from labcli.show.text import cut, middle, plural, visible

LONGEST = 1200
"""Characters of a request or an answer."""
CUT = frozenset({"ReceiptHandle", "TaskToken", "taskToken", "NextToken", "nextToken", "SequenceNumber"})
"""Values that nobody reads and that are long: cut in the middle."""

_INSIDE = re.compile(r'(\\"(?:[Tt]ask)?[Tt]oken\\+":\s*\\+")([^"\\]{20,})')
"""A token inside JSON text, as a message that asks a person holds one."""


def draw_calls(screen: Screen, calls: list[CallMade], typed: Typed) -> None:
    """Every call, as one would type it, and what came; one that was repeated stands once, with the last answer."""
    asked, came = ("call: ", "answer: ") if screen.words_only else ("→ ", "← ")
    for made, times in _repeated(calls):
        again = f"  {plural(times, 'time')}, last:" if times > 1 else ""
        typed.draw(made.call)
        screen.wrapped(f"{asked}{made.call} {_said(made.call.params)}{again}", 6, "", 2)
        failed = isinstance(made.answer, Exception)
        screen.wrapped(f"{came}{made.answer if failed else _said(made.answer)}", 6, "bold" if failed else "", 2)


def _repeated(calls: list[CallMade]) -> list[tuple[CallMade, int]]:
    found: list[tuple[CallMade, int]] = []
    for made in calls:
        if found and found[-1][0].call == made.call:
            found[-1] = (made, found[-1][1] + 1)
        else:
            found.append((made, 1))
    return found


def _said(value: Any) -> str:
    said = json.dumps(_short(value), ensure_ascii=False, default=str)
    return cut(visible(_INSIDE.sub(lambda found: found[1] + middle(found[2]), said)), LONGEST)


def _short(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {k: middle(v) if k in CUT and isinstance(v, str) else _short(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_short(each) for each in value]
    return f"({len(value)} bytes)" if isinstance(value, bytes) else value
