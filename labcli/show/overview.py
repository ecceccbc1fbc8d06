"""Bare ``labcli``: where you are."""

from __future__ import annotations

from labcli.run.overview import DayState, Overview
from labcli.show.screen import Screen
from labcli.show.styles import MARKS
from labcli.show.text import cells, moment

AS_RECORDED = "as recorded at {}; labcli verify asks what is really there"


def draw_overview(screen: Screen, overview: Overview, now: float) -> None:
    """The days with their states and minutes, and the next command."""
    left, right = "labcli · AWS labs in your terminal", "on an AWS of its own, no account"
    gap = " " * max(3, min(screen.width, 80) - cells(left) - cells(right)) if not screen.words_only else " · "
    if cells(left + gap + right) > screen.width:
        gap, right = "", ""
    screen.line(("labcli", "bold"), left.removeprefix("labcli"), gap, right)
    screen.line("")
    if overview.days:
        by_hand = any(day.by_hand for day in overview.days)
        columns = ("day", "lab", "state", *(["by hand"] if by_hand else []), "run", "guided")
        screen.table(columns, [_row(day, by_hand) for day in overview.days], 1, right=("run", "guided"))
        screen.line("")
    screen.flow(AS_RECORDED.format(moment(now, now)))
    screen.next(overview.next)


def _row(day: DayState, by_hand: bool) -> tuple[str, ...]:
    mark = MARKS[day.state]
    hand = (day.by_hand,) if by_hand else ()
    if day.lab is None:
        return day.id, "", f"{mark} {day.words}", *hand, "", ""
    run = f"{day.lab.run_minutes * 60:g} s" if day.lab.run_minutes else ""
    guided = f"{day.lab.guided_minutes:g} min" if day.lab.guided_minutes else ""
    return day.id, day.lab.title, f"{mark} {day.words}".strip(), *hand, run, guided
