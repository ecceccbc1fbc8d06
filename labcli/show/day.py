"""``labcli day mon``: what a day is."""

from __future__ import annotations

from typing import Any

from labcli.aws.resources import KINDS
from labcli.lab.model import Lab
from labcli.show.run import day_name
from labcli.show.screen import Screen
from labcli.show.text import plural, visible


def draw_day(screen: Screen, lab: Lab) -> None:
    """Goals, notes, resources, steps, minutes, and what comes next."""
    screen.line((f"{day_name(lab.id)} · ", "bold"), (visible(lab.title), "bold"))
    minutes = []
    if lab.run_minutes:
        minutes.append(f"about {lab.run_minutes * 60:g} s to run")
    if lab.guided_minutes:
        minutes.append(f"{lab.guided_minutes:g} min guided")
    week = [f"week {lab.week}"] if lab.week else []
    screen.line(
        (" · ".join([*week, *minutes, plural(len(lab.steps), "step"), "no account, no cost on the local AWS"]), "dim")
    )
    if lab.goals:
        screen.line("")
        screen.line(("What you can do afterwards", "bold"))
        for goal in lab.goals:
            screen.wrapped(f"· {goal}", 2)
    if lab.notes:
        screen.line("")
        screen.line(("What to know before", "bold"))
        _notes(screen, lab.notes)
    if lab.resources:
        screen.line("")
        screen.table(("resource", "kind", "what is special about it"), _resources(lab), 2)
    screen.line("")
    screen.table(("step", "what happens"), [(s.number + (f" ({s.id})" if s.id else ""), s.title) for s in lab.steps], 2)
    screen.line("")
    screen.next(f"labcli day {_word(lab)} run", f"every call before it is made: labcli day {_word(lab)} plan")


def _notes(screen: Screen, notes: str) -> None:
    from rich.markdown import Markdown
    from rich.padding import Padding

    text = screen.plain(visible(notes, lines=True))
    screen.show(Padding(Markdown(text, hyperlinks=False), (0, 2, 0, 2)))


def _resources(lab: Lab) -> list[tuple[Any, ...]]:
    rows = []
    for spec in lab.resources.values():
        row = KINDS[spec.kind].row(spec)
        rows.append((spec.name, f"{row.kind} {spec.kind}", row.special))
    return rows


def _word(lab: Lab) -> str:
    """How the lab is named on the command line: by its id on the shelf, else by its file."""
    from pathlib import Path

    from labcli.run.shelf import shipped

    file = Path(lab.file)
    return lab.id if file.resolve().is_relative_to(shipped().resolve()) else lab.file
