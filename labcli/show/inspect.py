"""``labcli inspect``: one resource."""

from __future__ import annotations

from labcli.context import Context
from labcli.run.inspect import Inspected
from labcli.show.documents import document, write
from labcli.show.screen import Screen
from labcli.show.text import visible


def draw_sheet(screen: Screen, found: Inspected) -> None:
    """Its facts, line by line; nothing is cut, so that it can be copied."""
    owner = f"run {found.run} of {found.lab}" if found.lab else "no ledger of yours knows it"
    screen.line((visible(found.name), "bold"), f" · {found.kind} · {owner}")
    screen.line("")
    width = max(len(name) for name, _ in found.sheet.facts)
    for name, value in found.sheet.facts:
        screen.line(f" {name:<{width}}  ", visible(value))
    for key, value in sorted(found.sheet.tags.items()):
        screen.line(f" {'tag ' + visible(key):<{width}}  ", visible(value))
    screen.line("")
    screen.next(f"labcli verify {found.lab}" if found.lab else "labcli status")


def write_sheet(context: Context, found: Inspected) -> None:
    """The resource as one document."""
    facts, tags = dict(found.sheet.facts), dict(found.sheet.tags)
    body = document(
        "inspect", 0, name=found.name, resource_kind=found.kind, lab=found.lab, run=found.run, facts=facts, tags=tags
    )
    write(context, body)
