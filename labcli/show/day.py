"""``labcli day mon``: what a day is."""

from __future__ import annotations

from typing import Any

from labcli.aws.resources import KINDS
from labcli.lab.model import Lab
from labcli.lab.refs import untold
from labcli.run import typed
from labcli.run.overview import is_led
from labcli.run.removal.week import deletes_every
from labcli.run.shelf import day_argument
from labcli.show.mention import mention
from labcli.show.notes import draw_notes
from labcli.show.screen import Screen
from labcli.show.text import day_name, plural, visible


def draw_day(screen: Screen, lab: Lab, cost: str) -> None:
    """Goals, notes, resources, steps, minutes, cost, and what comes next."""
    screen.flow((f"{day_name(lab.id)} · {visible(lab.title)}", "bold"))
    said = [f"week {lab.week}"] if lab.week else []
    said.append(plural(len(lab.steps), "step"))
    if lab.run_minutes:
        said.append(f"about {lab.run_minutes * 60:g} s to run")
    if lab.guided_minutes:
        said.append(f"{lab.guided_minutes:g} min guided")
    screen.flow(" · ".join(said))
    screen.flow(f"free on the local AWS · on AWS: {cost}")
    if lab.needed:
        needed = ", ".join(lab.needed)
        screen.flow(f"needs {needed}: what is live of it is used, or its resources are made first")
    if kinds := deletes_every(lab):
        screen.flow(f"deletes also what the other days of the week left live: every {', '.join(kinds)}")
    draw_introduction(screen, lab)
    if lab.resources:
        _heading(screen, "What it makes")
        screen.table(("resource", "kind", "what is special about it"), _resources(lab), 2)
    _heading(screen, "What happens")
    for step in lab.steps:
        named = f" ({step.id})" if step.id else ""
        screen.wrapped(f"{step.number:>2}  {untold(step.title)}{named}", 2, hang=4)
    screen.line("")
    name = day_argument(lab.id, lab.file, screen.context.env)
    mention(screen, lab, name)
    given = typed.Given(guided=is_led(screen.context))
    screen.next(typed.run_day(name, given), f"every call before it is made: labcli day {name} plan")


def draw_introduction(screen: Screen, lab: Lab) -> None:
    """Goals and notes."""
    if lab.goals:
        _heading(screen, "What you can do afterwards")
        for goal in lab.goals:
            screen.wrapped(f"· {goal}", 2, hang=2)
    if lab.notes:
        _heading(screen, "What to know before")
        draw_notes(screen, lab.notes)


def _heading(screen: Screen, text: str) -> None:
    screen.line("")
    screen.line((text, "bold"))


def _resources(lab: Lab) -> list[tuple[Any, ...]]:
    rows = []
    for spec in lab.declared.values():
        row = KINDS[spec.kind].row(spec)
        named = spec.of or spec.kind in row.kind  # a `Standard` one may be of any kind
        kind = row.kind if named else f"{row.kind} {spec.kind}"
        rows.append((spec.name, kind, row.special))
    return rows
