"""Bare ``labcli``: where you are."""

from __future__ import annotations

import time

from labcli.run.overview import DayState, Overview
from labcli.show.screen import Screen
from labcli.show.text import MARKS


def draw_overview(screen: Screen, overview: Overview, now: float) -> None:
    """The days with their states and minutes, and the next command."""
    screen.line(
        ("labcli", "bold"), " · AWS labs in your terminal, on an AWS of your own", ("   no account needed", "dim")
    )
    screen.line("")
    if overview.days:
        screen.table(("day", "lab", "state", "run", "guided"), [_row(day) for day in overview.days], 1)
        screen.line("")
    screen.line((f"as recorded at {time.strftime('%H:%M', time.localtime(now))}", "dim"))
    screen.next(overview.next)


def _row(day: DayState) -> tuple[str, ...]:
    mark = MARKS[day.state]
    if day.lab is None:
        return day.name, "", f"{mark} {day.words}", "", ""
    run = f"{day.lab.run_minutes * 60:g} s" if day.lab.run_minutes else ""
    guided = f"{day.lab.guided_minutes:g} min" if day.lab.guided_minutes else ""
    return day.name, day.lab.title, f"{mark} {day.words}".strip(), run, guided
