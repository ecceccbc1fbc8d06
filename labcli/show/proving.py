"""``labcli lab test``: each thing that a lab had to show."""

from __future__ import annotations

from collections.abc import Sequence

from labcli.context import Context
from labcli.run.by_hand.proving import Proved
from labcli.show.documents import document, write
from labcli.show.junit import Case
from labcli.show.screen import Screen
from labcli.show.text import plural, visible


def draw_proved(screen: Screen, each: Proved) -> None:
    """A line for one thing; below it why it did not hold."""
    mark = ("✘ ", "bad") if each.why else ("✔ ", "good")
    screen.flow(mark, f"{visible(each.lab)}  {visible(each.what)}  {each.seconds:.1f} s")
    if each.why:
        screen.wrapped(each.why, 4)


def draw_end(screen: Screen, found: Sequence[Proved], files: str) -> None:
    """How many held, and what is next."""
    wrong = sum(bool(each.why) for each in found)
    screen.line("")
    screen.flow(f"{len(found) - wrong} of {plural(len(found), 'thing')} held")
    screen.next(f"labcli lab check {files}" if wrong else "labcli")


def write_proved(context: Context, found: Sequence[Proved]) -> None:
    """All of it as one document."""
    code = 1 if any(each.why for each in found) else 0
    rows = [
        {"lab": e.lab, "what": e.what, "held": not e.why, "why": e.why or None, "seconds": e.seconds} for e in found
    ]
    write(context, document("test", code, results=rows))


def proved_case(each: Proved) -> Case:
    """One thing for JUnit."""
    return Case(each.lab, each.what, each.why, seconds=each.seconds)
