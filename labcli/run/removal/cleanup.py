"""Cleanup: from the ledgers, and with ``--all`` from the tags, to a receipt. The lab file is never read.

What the ledgers own is deleted in dependency order and read back. A sweep by this owner's tag finds what no ledger
knows; what is others' is counted and never touched.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from labcli.aws.resources import KINDS
from labcli.aws.resources.beside import not_ours
from labcli.aws.resources.handle import Handle
from labcli.aws.targets import Session, Target
from labcli.context import Context
from labcli.errors import LabcliError, TargetError
from labcli.local import life
from labcli.run.ledger.ledger import Ledger
from labcli.run.ledger.ledger import read as ledger_of
from labcli.run.ledger.locks import locked
from labcli.run.ledger.owned import Changed, Owned
from labcli.run.ledger.runs import Run, all_runs, dependents, made_for
from labcli.run.removal.mine import Mine, row_of_mine, standing, take
from labcli.run.removal.receipt import Elsewhere, Receipt, ReceiptRow, row_of
from labcli.run.removal.remove import Removal, Removed, Remover, in_delete_order, whose
from labcli.run.removal.sweep import Sweep


def take_away(
    context: Context, session: Session, of_runs: Iterable[Run], ledgers: Mapping[Path, Ledger] | None = None
) -> Receipt:
    """Take away all that these runs own on the session's target. The caller holds the locks."""
    receipt = Receipt(session.target)
    of_runs = list(of_runs)
    wanted: list[Removal] = []
    of: list[Run] = []
    with ExitStack() as files:
        for run in of_runs:
            open_ones = _known(run, receipt)
            if run.record.newer:
                continue
            ledger = (ledgers or {}).get(run.record.path)
            if ledger is None and (ledger := _reopened(context, run, receipt)) is not None:
                files.callback(ledger.close)
            put_back(context, session, run, {each.id for each in of_runs}, ledger, receipt)
            wanted += [Removal(each, whose(run, session.target), ledger) for each in in_delete_order(open_ones)]
            of += [run] * len(open_ones)
        ended = Remover(session.aws, session.target, context).remove_all(wanted)
    for run, removed in zip(of, ended, strict=True):
        receipt.rows.append(row_of(removed, run.lab, run.id, session.target))
    if any(row.gone for row in receipt.rows):
        keep_proof(context, receipt)
    receipt.at = context.clock()
    return receipt


def put_back(
    context: Context, session: Session, run: Run, going: set[str], ledger: Ledger | None, receipt: Receipt
) -> None:  # fmt: skip
    """Undo what the run changed of other runs that stay. What is gone, or goes now (``going``), needs nothing."""
    known = {each.id: each for each in all_runs(context)} if run.changes else {}
    for change in run.changes:
        owner = known.get(change.of_run)
        live = owner is not None and any(each.name == change.name for each in owner.live)
        stays = owner is not None and owner.id not in going and live
        problem = _restored(session, change, owner) if owner is not None and stays else _GONE
        if problem not in ("", _GONE):
            receipt.unread.append(f"{change.key} as it was before {run.lab}: {problem}")
            continue
        if not problem:
            receipt.put_back.append(change.key)
        if ledger is not None:
            with contextlib.suppress(LabcliError):  # the next cleanup puts it back once more, which does no harm
                ledger.write("restored", name=change.name)


_GONE = "it is gone"


def _restored(session: Session, change: Changed, owner: Run) -> str:
    """Put one thing back; why that did not work, empty when it did, ``_GONE`` when there is nothing to put back."""
    kind = KINDS.get(change.kind)
    if kind is None or not kind.puts_back:
        return f"this labcli cannot put a {change.kind or 'nameless thing'} back"
    handle = Handle.of(session.aws, kind, change.name, session.target.place)
    try:
        tags = handle.tags()
        if tags is None:
            return _GONE
        if stranger := whose(owner, session.target).stranger(tags):
            return stranger
        kind.put_back(session.aws, handle.known, change.before)
    except LabcliError as error:
        return error.message
    except KeyError:
        return "its ledger does not say how it was"
    return ""


def keep_proof(context: Context, receipt: Receipt) -> None:
    """Have the embedded AWS save what is gone, before anybody is told: a kill must not bring it back."""
    if receipt.target.name != "local":
        return
    try:
        life.save(context.home)
    except TargetError as error:
        receipt.warnings.append(f"should the local AWS be killed now, this may come back: {error.message}")


def _known(run: Run, receipt: Receipt) -> list[Owned]:
    """What this labcli can take away of a run; what it cannot is said in the receipt."""
    if run.record.newer:
        receipt.unread.append(f"the ledger of run {run.id} ({run.lab}) was written by a newer labcli: update it first")
        return []
    strange = [each for each in run.unfinished if each.kind not in KINDS]
    receipt.unread += [f"{each.name}: this labcli does not know the kind `{each.kind}`: update it" for each in strange]
    return [each for each in run.unfinished if each.kind in KINDS]


def _reopened(context: Context, run: Run, receipt: Receipt) -> Ledger | None:
    if run.record.torn:
        receipt.warnings.append(f"the last line of the ledger of run {run.id} ({run.lab}) was torn: healed")
    try:
        return Ledger.reopen(run.record, context.disk, context.clock)
    except LabcliError as error:  # deleting matters more than noting it
        receipt.warnings.append(error.message)
        return None


@dataclass
class Cleanup:
    """One cleanup. ``may_sweep`` is asked before what no ledger knows is deleted."""

    context: Context
    session: Session
    labs: tuple[str, ...] = ()
    files: Mapping[str, Path | None] = field(default_factory=dict)
    """The file that is meant, for a lab's id that several labs have."""
    everything: bool = False
    dry: bool = False
    may_sweep: Callable[[list[ReceiptRow]], bool] = lambda rows: True
    mine: bool = False
    """Take also what the learner made for the tasks by hand."""
    say: Callable[[str], None] = lambda line: None
    """Hears what of the learner's goes, before it goes."""

    def go(self) -> Receipt:
        """Take away, and tell what happened. LabcliError when a day is busy or the account is another one."""
        with ExitStack() as locks:
            held: set[str] = set()
            everything, key = all_runs(self.context), self.session.target.key
            users = dependents(everything, self.labs, key)
            made = [run.lab for run in made_for(everything, (*self.labs, *users), key)]
            self.labs = (*self.labs, *users, *made) if self.labs else ()
            here = self._hold(locks, held)
            mine = standing(self.session, here)
            taken = self._take(mine) if self.mine and not self.dry else []  # it may hang on what goes next
            receipt = self._ledgered(here)
            receipt.rows[:0] = taken
            receipt.mine = [] if taken else [row_of_mine(each, self.session, "planned") for each in mine]
            if users and receipt.rows:
                receipt.warnings.append(f"{', '.join(users)} uses what goes here, and goes with it")
            if made and receipt.rows:
                receipt.warnings.append(f"{', '.join(made)} was made for what goes here only, and goes with it")
            damaged = [run for run in here if run.record.broken]
            for run in damaged:
                receipt.warnings.append(_damage(run))
            if self.everything or damaged:
                Sweep(self.context, self.session, receipt, self.labs, self.dry, self.may_sweep, locks, held).go()
                if not self.dry and not receipt.unread and all(row.gone for row in receipt.rows):
                    self._mark_swept(damaged)
        receipt.elsewhere = _elsewhere([r for r in all_runs(self.context) if self._wanted(r)], self.session.target)
        receipt.everything = self.everything
        if self.everything and self.session.target.name == "local":  # an account is full of what others made
            with contextlib.suppress(LabcliError):
                receipt.yours = not_ours(self.session.aws)
        receipt.at = self.context.clock()
        receipt.dry = self.dry
        return receipt

    def _take(self, mine: list[Mine]) -> list[ReceiptRow]:
        for each in mine:
            self.say(f"Yours, and goes too: {each.name} ({each.kind})")
        return take(self.context, self.session, mine)

    def _hold(self, locks: ExitStack, held: set[str]) -> list[Run]:
        """The runs of this target, their days locked: read again until nothing came in between."""
        key = self.session.target.key
        while True:
            here = [run for run in all_runs(self.context) if run.target in (key, "") and self._wanted(run)]
            free = {run.lab for run in here if run.open or run.record.broken}
            free |= {lab for run in here if run.changes for lab in run.needs}
            free -= held
            if self.dry or not free:
                return here
            for lab in sorted(free):
                locks.enter_context(locked(self.context, key, lab, without=True))
            held |= free

    def _wanted(self, run: Run) -> bool:
        if not self.labs:
            return True
        return run.lab in self.labs and run.is_of(run.lab, self.files.get(run.lab))

    def _ledgered(self, here: list[Run]) -> Receipt:
        target = self.session.target
        open_runs = [run for run in here if run.open]
        if not self.dry:
            return take_away(self.context, self.session, open_runs)
        receipt = Receipt(target)
        for run in open_runs:
            for each in in_delete_order(_known(run, receipt)):
                receipt.rows.append(row_of(Removed(each, "planned"), run.lab, run.id, target))
        return receipt

    def _mark_swept(self, damaged: list[Run]) -> None:
        """What the broken lines may have known was looked for by its tag: the next cleanup need not do it again."""
        for run in damaged:
            if run.target == self.session.target.key and not run.record.newer:
                with contextlib.suppress(LabcliError):
                    ledger = Ledger.reopen(ledger_of(run.record.path), self.context.disk, self.context.clock)
                    ledger.write("swept")
                    ledger.close()


def _damage(run: Run) -> str:
    lines = f"{run.record.broken} line{'s' if run.record.broken != 1 else ''}"
    said = f"{lines} of the ledger of run {run.id} ({run.lab}) cannot be read: skipped, and its tag was looked for"
    if run.target:
        return said
    return f"{said}; where it ran is lost: if it was a real account, labcli cleanup --all --target aws"


def _elsewhere(known: list[Run], target: Target) -> list[Elsewhere]:
    """Commands for what is live on other targets, as the ledgers tell."""
    found: dict[str, list[str]] = {}
    for run in known:
        if run.target not in (target.key, "") and run.live:
            where = "the local AWS" if run.target == "local" else f"account {run.account}"
            found.setdefault(f"labcli cleanup --all{run.options}", []).append(
                f"{len(run.live)} of {run.lab} in {where}"
            )
    return [Elsewhere(", ".join(said), command) for command, said in found.items()]
