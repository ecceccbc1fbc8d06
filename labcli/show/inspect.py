"""``labcli inspect``: one resource."""

from __future__ import annotations

from labcli.context import Context
from labcli.run import typed
from labcli.run.inspect import Inspected
from labcli.show.documents import document, write
from labcli.show.pictures.machine import MachinePicture
from labcli.show.screen import Screen
from labcli.show.text import visible

IDENTITY = ("name", "url", "arn")
"""The facts that people copy: they stand first, and near the margin."""


def draw_sheet(screen: Screen, found: Inspected, options: str = "", machine: MachinePicture | None = None) -> None:
    """Its facts, line by line, in groups; nothing is cut, so that it can be copied. Of a machine a picture, too."""
    owner = f"run {found.run} of {found.lab}" if found.lab else "no ledger of yours knows it"
    screen.line((visible(found.name), "bold"), f" · {found.kind} · {owner}")
    facts = list(found.sheet.facts)
    identity = [fact for fact in facts if fact[0] in IDENTITY]
    attributes = [fact for fact in facts if fact[0][:1].isupper()]
    now = [fact for fact in facts if fact not in identity and fact not in attributes]
    tags = [(visible(key), value) for key, value in sorted(found.sheet.tags.items())]
    for heading, group in (("", identity), ("now", now), ("attributes", attributes), ("tags", tags)):
        _group(screen, heading, group)
    for heading, lines in found.sheet.lines:
        _group(screen, heading, [("", line) for line in lines])
    if machine is not None:
        machine.draw(screen)
    screen.line("")
    if machine is not None and machine.executions and machine.run is None:
        screen.next(typed.inspect(found.name, f" --run last{options}"))
        return
    screen.next(typed.verify([found.called or found.lab], options) if found.lab else "labcli status")


def _group(screen: Screen, heading: str, facts: list[tuple[str, str]]) -> None:
    if not facts:
        return
    screen.line("")
    if heading:
        screen.line((f" {heading}", "bold"))
    width = max(len(name) for name, _ in facts)
    for name, value in facts:
        screen.line(f" {' ' if heading else ''}{name:<{width}}{'   ' if width else ''}", visible(value))


def write_sheet(context: Context, found: Inspected, machine: MachinePicture | None = None) -> None:
    """The resource as one document."""
    facts, tags = dict(found.sheet.facts), dict(found.sheet.tags)
    body = document(
        "inspect", 0, name=found.name, resource_kind=found.kind, lab=found.lab, run=found.run, facts=facts, tags=tags,
        **(machine.body() if machine is not None else {}),
    )  # fmt: skip
    write(context, body)
