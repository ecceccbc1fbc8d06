"""What a learner made for the tasks by hand: named by each cleanup of the day, and taken away only with ``--mine``.

The ledger of the tasks says which names they ask for, and which of them were there before the tasks began: those were
not made for them, and are never touched. What carries tags of ours is no learner's.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from labcli.aws.resources import KINDS
from labcli.aws.resources.base import TAG_RUN
from labcli.aws.resources.handle import Handle
from labcli.aws.targets import Session
from labcli.context import Context
from labcli.errors import LabcliError
from labcli.run.ledger.owned import Owned, State
from labcli.run.ledger.runs import Run
from labcli.run.removal.receipt import ReceiptRow, row_of
from labcli.run.removal.remove import Removed, in_delete_order

_READS = 60
"""Reads until a delete is believed to have failed."""


class Mine(NamedTuple):
    """One thing of the learner's that is there."""

    kind: str
    name: str
    run: Run


def asked_for(runs: Iterable[Run]) -> dict[tuple[str, str], Run]:
    """(kind, AWS name) of all that the tasks of these runs had the learner make, and nobody had made before."""
    found: dict[tuple[str, str], Run] = {}
    for run in runs:
        for event in run.record.events:
            if event.get("type") != "before" or not isinstance(things := event.get("things"), list):
                continue
            there = event.get("there")
            before = {str(each) for each in there} if isinstance(there, list) else set()
            pairs = [each for each in things if isinstance(each, list) and len(each) == 2]
            found |= {(str(kind), str(name)): run for kind, name in pairs if str(name) not in before}
    return found


def standing(session: Session, runs: Iterable[Run]) -> list[Mine]:
    """What of it is there now, in the order in which it can be deleted. AwsError."""
    found = []
    for (kind, name), run in asked_for(run for run in runs if run.by_hand).items():
        if kind in KINDS and _is_theirs(session, kind, name):
            found.append(Mine(kind, name, run))
    by_name = {(each.kind, each.name): each for each in found}
    owned = in_delete_order([Owned(each.name, each.kind, each.name, State.LIVE) for each in found])
    return [by_name[each.kind, each.name] for each in owned]


def _is_theirs(session: Session, kind: str, name: str) -> bool:
    handle = Handle.of(session.aws, KINDS[kind], name, session.target.place).read()
    return handle is not None and not handle.going and TAG_RUN not in (handle.own_tags() or {})


def row_of_mine(mine: Mine, session: Session, how: str, reason: str = "") -> ReceiptRow:
    """It as a line of the receipt, with the command that deletes it where it stays."""
    owned = Owned(mine.name, mine.kind, mine.name, State.LIVE)
    return row_of(Removed(owned, how, reason), mine.run.lab, mine.run.id, session.target)


def take(context: Context, session: Session, things: Iterable[Mine]) -> list[ReceiptRow]:
    """Delete them, and read each back until it is gone."""
    rows = []
    for mine in things:
        handle = Handle.of(session.aws, KINDS[mine.kind], mine.name, session.target.place)
        try:
            handle.delete()
            gone = _is_gone(context, session, handle)
        except LabcliError as error:
            rows.append(row_of_mine(mine, session, "left", error.message))
            continue
        rows.append(row_of_mine(mine, session, "deleted" if gone else "left", "" if gone else "it is still there"))
    return rows


def _is_gone(context: Context, session: Session, handle: Handle) -> bool:
    for _ in range(_READS):
        found = handle.read()
        if found is None or found.going:
            return True
        context.sleep(session.target.poll)
    return False
