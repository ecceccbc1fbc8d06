"""The sweep: what this owner's tag shows and no ledger knows. What is others' is counted and never touched."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field

from labcli.aws.resources import KINDS
from labcli.aws.resources.base import TAG_LAB, TAG_OWNER, TAG_RUN, Found
from labcli.aws.targets import Session
from labcli.context import Context
from labcli.errors import LabcliError
from labcli.run.ledger.ledger import Ledger
from labcli.run.ledger.locks import locked
from labcli.run.ledger.owned import Owned, State
from labcli.run.ledger.runs import Run, all_runs
from labcli.run.removal.receipt import Receipt, ReceiptRow, row_of
from labcli.run.removal.remove import Removal, Removed, Remover, Whose

_LAB = re.compile(r"[a-z][a-z0-9]{0,15}")
"""A lab's id. A tag that holds anything else was not written by labcli."""


@dataclass
class Sweep:
    """One sweep, into a receipt that holds already what the ledgers knew. ``locks`` keeps the days that are
    held, ``held`` names them."""

    context: Context
    session: Session
    receipt: Receipt
    labs: tuple[str, ...]
    dry: bool
    may: Callable[[list[ReceiptRow]], bool]
    locks: ExitStack
    held: set[str]
    _busy: dict[str, str] = field(default_factory=dict)
    """Why a day cannot be held."""

    def go(self) -> None:
        """List every kind, take what is ours, and write into the receipt what happened."""
        known = {run.id: run for run in all_runs(self.context)}
        found = [each for each in self._found() if self._ours(each, known)]
        rows = [self._row(each, "planned") for each in found]
        if self.dry:
            self.receipt.rows += rows
        elif rows and not self.may(rows):
            self.receipt.rows += [self._row(each, "left", "not confirmed") for each in found]
        else:
            self._take(found)

    def _found(self) -> list[Found]:
        listed = {row.name for row in self.receipt.rows}
        found: list[Found] = []
        for name, kind in KINDS.items():
            try:
                swept = [each for each in kind.sweep(self.session.aws) if each.name not in listed]
            except LabcliError as error:
                self.receipt.unread.append(f"the list of every {name}: {error.message}")
                continue
            self.receipt.unread += [f"whose {each.name} is: {each.unread}" for each in swept if each.unread]
            found += [each for each in swept if not each.unread]
        return found

    def _ours(self, found: Found, known: dict[str, Run]) -> bool:
        """Whether it is to be taken. Others' are counted; what a ledger keeps for another cleanup is left to it."""
        lab, run = found.tags.get(TAG_LAB, ""), found.tags.get(TAG_RUN, "")
        if found.tags.get(TAG_OWNER) != self.session.target.owner or not run or not _LAB.fullmatch(lab):
            self.receipt.others += 1
            return False
        if self.labs and lab not in self.labs:
            return False
        return not (run in known and known[run].record.newer)  # the receipt says so already

    def _take(self, found: list[Found]) -> None:
        """Delete them while their days are held: a run that began meanwhile keeps what is its own."""
        busy = {each.name: self._hold(each.tags[TAG_LAB]) for each in found}
        self.receipt.rows += [self._row(each, "left", busy[each.name]) for each in found if busy[each.name]]
        free = [each for each in found if not busy[each.name]]
        with ExitStack() as files:
            ledgers = {run: self._ledger(run, files) for run in {each.tags[TAG_RUN] for each in free}}
            mine = frozenset({self.session.target.owner})
            wanted = [
                Removal(_owned(each), Whose(each.tags[TAG_RUN], mine), ledgers[each.tags[TAG_RUN]]) for each in free
            ]
            ended = Remover(self.session.aws, self.session.target, self.context).remove_all(wanted)
        for each, removed in zip(free, ended, strict=True):
            self.receipt.rows.append(self._row(each, removed.how, removed.reason))

    def _hold(self, lab: str) -> str:
        """Hold a day, if it is not held; why that does not work, empty when it does."""
        if lab not in self.held and lab not in self._busy:
            try:
                self.locks.enter_context(locked(self.context, self.session.target.key, lab, without=True))
                self.held.add(lab)
            except LabcliError as error:
                self._busy[lab] = error.message
        return self._busy.get(lab, "")

    def _ledger(self, run: str, files: ExitStack) -> Ledger | None:
        """The ledger of its run, where there is one: the day is held, so nobody else writes it."""
        known = next((r for r in all_runs(self.context) if (r.id, r.target) == (run, self.session.target.key)), None)
        if known is None:
            return None
        try:
            ledger = Ledger.reopen(known.record, self.context.disk, self.context.clock)
        except LabcliError:  # deleting matters more than noting it
            return None
        files.callback(ledger.close)
        return ledger

    def _row(self, found: Found, how: str, reason: str = "") -> ReceiptRow:
        removed = Removed(_owned(found), how, reason)
        return row_of(
            removed, found.tags.get(TAG_LAB, "?"), found.tags[TAG_RUN], self.session.target, found, self.context.clock()
        )


def _owned(found: Found) -> Owned:
    return Owned(KINDS[found.kind].key_of(found.name), found.kind, found.name, State.LIVE)
