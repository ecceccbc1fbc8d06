"""The evidence of a step that was performed: a table, a plot or a picture, the same rules for every verb."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from labcli.lab.expect import seek
from labcli.lab.model import Step
from labcli.lab.words import text_of
from labcli.machines.picture import Bars, Timeline, Tree
from labcli.steps.evidence.evidence import (
    Evidence,
    Facts,
    Plot,
    Several,
    Table,
    fields,
    heading_of,
    in_rows,
    side_by_side,
)
from labcli.steps.evidence.pictures import PICTURES, fitting
from labcli.steps.evidence.tables import TABLES
from labcli.steps.evidence.views import VIEWS, fits
from labcli.steps.language import VERBS


def prove(step: Step, document: Mapping[str, Any]) -> Evidence | None:
    """What to show under the step: what ``show`` says, or what its verb finds telling."""
    pictures = list(_pictures(step, document))
    beside = _beside(step, document) if not pictures or any(map(_columns, step.tree())) else None
    parts = (*pictures, *([beside] if beside is not None else []))
    return Several(parts) if len(parts) > 1 else parts[0] if parts else None


def _pictures(step: Step, document: Mapping[str, Any], label: str = "") -> Iterator[Timeline | Bars | Tree | Table]:
    """The pictures that a step shows, of what it gave or of all that was given inside it; else those shown inside."""
    for heading, path in step.show:
        if not path and heading in PICTURES:
            picture = PICTURES[heading](dict(fitting(heading, document, label)))
            yield from [picture] if picture is not None else []
        elif (heading, path) not in _columns(step):
            table = TABLES[heading](document)
            yield from [table] if table is not None else []
    for inner in step.steps if not step.show else ():
        yield from _pictures(inner, document.get(inner.name, {}), inner.title)


def _columns(step: Step) -> tuple[tuple[str, str], ...]:
    """What a step shows beside pictures and tables; these are of blocks, so that a ``send`` can show its ``ids``."""
    drawn = (*PICTURES, *(TABLES if step.steps or step.arms else ()))
    return tuple((heading, path) for heading, path in step.show if path or heading not in drawn)


def _beside(step: Step, document: Mapping[str, Any]) -> Table | Plot | None:
    if step.arms:
        arms = {arm.name: _arm_facts(step, arm, document.get(arm.name, {})) for arm in step.arms}
        return side_by_side(arms)
    if not _columns(step):
        own = _own(step, document)
        if own is not None:
            return own
    return in_rows(_facts(step, document))


def _own(step: Step, document: Mapping[str, Any]) -> Table | Plot | None:
    if not step.steps:
        return VERBS[step.verb].evidence(step, document)
    for inner in step.steps:
        own = None if inner.arms else _own(inner, document.get(inner.name, {}))
        if isinstance(own, Plot):
            beside = [each for each in step.steps if each is not inner]
            return Plot(own.title, own.points, tuple(_note(each, document.get(each.name, {})) for each in beside))
    return _row_each(step, document) if step.verb == "in_order" else None


def _row_each(step: Step, document: Mapping[str, Any]) -> Table | None:
    """A row for each step inside that says what to show, by its title, under the headings of all of them."""
    shown = [each for each in step.steps if _columns(each) and each.name in document]
    facts = [dict(_facts(each, document[each.name])) for each in shown]
    headings = list(dict.fromkeys(heading for each in facts for heading in each))
    if not headings:
        return None
    rows = zip(shown, facts, strict=True)
    return Table(("", *headings), tuple((each.title, *(row.get(h, "") for h in headings)) for each, row in rows))


def _note(step: Step, document: Mapping[str, Any]) -> str:
    said = " · ".join(f"{heading} {text_of(value)}" for heading, value in _facts(step, document))
    return f"{step.name}: {said}"


def _arm_facts(step: Step, arm: Step, document: Mapping[str, Any]) -> Facts:
    if _columns(step):
        return _shown(_columns(step), document)
    return _facts(arm, document)


def _facts(step: Step, document: Mapping[str, Any]) -> Facts:
    if _columns(step):
        return _shown(_columns(step), document)
    if said := [each for each in step.steps if _columns(each) and each.name in document]:
        return [fact for each in said for fact in _facts(each, document[each.name])]
    if step.steps or step.arms:
        named = {heading_of(path): path for path in (*step.save.values(), *step.expect)}
        if named:
            return fields(named, document)
        last = next((each for each in reversed(step.steps) if each.name in document), None)
        return _facts(last, document[last.name]) if last is not None else []
    return VERBS[step.verb].facts(step, document)


def _shown(show: tuple[tuple[str, str], ...], document: Mapping[str, Any]) -> Facts:
    facts: Facts = []
    for heading, path in show:
        if not path and heading in VIEWS:
            facts += VIEWS[heading](_fitting(heading, document))
        else:
            facts.append((heading if path else heading_of(heading), seek(path or heading, document)))
    return facts


def _fitting(view: str, document: Mapping[str, Any]) -> Mapping[str, Any]:
    """The document that a view can be drawn from: this one, or the last one inside it."""
    if fits(view, document):
        return document
    inner = [each for each in document.values() if isinstance(each, Mapping) and fits(view, each)]
    return inner[-1] if inner else document
