"""Cleanup: from the ledgers, and with ``--all`` from the tags, to a receipt. The lab file is never read.

What the ledgers own is deleted in dependency order and read back. A sweep by this owner's tag finds what no ledger
knows; what is others' is counted and never touched.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path

from labcli.aws.resources import KINDS
from labcli.aws.resources.base import TAG_LAB, TAG_OWNER, TAG_RUN, Found
from labcli.aws.targets import Session, Target
from labcli.context import Context
from labcli.errors import AwsError, ExitCode, LabcliError
from labcli.run import runs
from labcli.run.ledger import Ledger
from labcli.run.owned import Owned, State
from labcli.run.remove import Removed, Remover, in_delete_order
from labcli.run.runs import Run, all_runs

AT_ONCE = 16
"""Threads on a real account: more risks throttling, fewer wait for each other."""


@dataclass(frozen=True)
class ReceiptRow:
    """One resource in the receipt. ``how``: ``deleted``, ``was gone``, ``foreign``, ``left`` or ``planned``."""

    key: str
    kind: str
    day: str
    run: str
    name: str
    how: str
    reason: str = ""
    by_hand: str = ""
    swept: bool = False
    age: float | None = None

    @property
    def gone(self) -> bool:
        """Whether it was read back as gone."""
        return self.how in ("deleted", "was gone")


@dataclass
class Receipt:
    """Cleanup's proof: what was owned, what is gone, what is not, what was never touched."""

    target: Target
    rows: list[ReceiptRow] = field(default_factory=list)
    others: int = 0
    """Resources called like ours whose tags say that they are somebody else's."""
    elsewhere: list[str] = field(default_factory=list)
    """Commands for what ledgers show to be live on other targets."""
    warnings: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    """Lists that could not be read, so that nobody knows what is in them."""
    at: float = 0.0
    dry: bool = False

    @property
    def runs(self) -> int:
        """How many runs owned something."""
        return len({row.run for row in self.rows})

    @property
    def exit_code(self) -> ExitCode:
        """4 when something is left, or nobody knows."""
        left = any(not row.gone for row in self.rows) and not self.dry
        return ExitCode.LEFT_BEHIND if left or self.elsewhere or self.unread else ExitCode.OK


def take_away(
    context: Context, session: Session, of_runs: Iterable[Run], ledgers: Mapping[Path, Ledger] | None = None
) -> Receipt:
    """Take away all that these runs own on the session's target. The caller holds the locks."""
    receipt = Receipt(session.target)
    for run in of_runs:
        _refuse_other_account(run, session.target)
        if run.record.newer:
            receipt.unread.append(f"the ledger of run {run.id} was written by a newer labcli: update, then clean up")
            continue
        given = (ledgers or {}).get(run.record.path)
        ledger = given or _reopened(context, run, receipt)
        remover = Remover(session.aws, session.target, run.id, ledger, context.sleep, context.monotonic)
        for removed in _remove_all(remover, run.unfinished, session.target):
            receipt.rows.append(_row(removed, run.lab, run.id, session.target))
        if ledger is not None and given is None:
            ledger.close()
    receipt.at = context.clock()
    return receipt


def _refuse_other_account(run: Run, target: Target) -> None:
    account = run.record.header.get("account")
    if account and account != target.place.account:
        raise LabcliError(
            f"run {run.id} belongs to account {account}; these credentials are for {target.place.account}",
            "Use the credentials of that account: --profile NAME",
            ExitCode.TARGET,
        )


def _reopened(context: Context, run: Run, receipt: Receipt) -> Ledger | None:
    if run.record.torn:
        receipt.warnings.append(f"the last line of the ledger of run {run.id} was torn: healed")
    if run.record.broken:
        receipt.warnings.append(f"{run.record.broken} lines of the ledger of run {run.id} are broken: skipped")
    try:
        return Ledger.reopen(run.record, context.disk, context.clock)
    except LabcliError as error:  # deleting matters more than noting it
        receipt.warnings.append(error.message)
        return None


def _remove_all(remover: Remover, resources: list[Owned], target: Target) -> list[Removed]:
    """In the order of their rank; those of one rank wait for their absence together on a real account."""
    done: list[Removed] = []
    for _, group in groupby(in_delete_order(resources), key=lambda each: KINDS[each.kind].rank):
        if target.name == "local":
            done += [remover.remove(each) for each in group]
        else:
            with ThreadPoolExecutor(AT_ONCE) as pool:
                done += list(pool.map(remover.remove, group))
    return done


def _row(removed: Removed, day: str, run: str, target: Target, found: Found | None = None) -> ReceiptRow:
    each = removed.resource
    by_hand = "" if removed.gone else KINDS[each.kind].by_hand(each.name, target.place.account, target.place.region)
    by_hand += f" --profile {target.profile}" if by_hand and target.profile else ""
    return ReceiptRow(
        each.key, each.kind, day, run, each.name, removed.how, removed.reason, by_hand,
        swept=found is not None, age=found.age if found else None,
    )  # fmt: skip


@dataclass
class Cleanup:
    """One cleanup. ``may_sweep`` is asked before what no ledger knows is deleted."""

    context: Context
    session: Session
    labs: tuple[str, ...] = ()
    everything: bool = False
    dry: bool = False
    may_sweep: Callable[[list[ReceiptRow]], bool] = lambda rows: True

    def go(self) -> Receipt:
        """Take away, and tell what happened. LabcliError when a day is busy or the account is another one."""
        known = all_runs(self.context)
        here = [run for run in known if run.target == self.session.target.key and self._wanted(run)]
        with ExitStack() as locks:
            for lab in sorted({run.lab for run in here if run.unfinished}):
                if not self.dry:
                    locks.enter_context(runs.locked(self.context, self.session.target.key, lab))
            # what a run wrote until we held its lock counts too
            here = [r for r in all_runs(self.context) if r.target == self.session.target.key and self._wanted(r)]
            receipt = self._ledgered(here)
            broken = any(run.record.broken or not run.record.header for run in here)
            if self.everything or broken:
                self._sweep(receipt, known)
        if self.everything:
            receipt.elsewhere = _elsewhere(known, self.session.target)
        receipt.at = self.context.clock()
        receipt.dry = self.dry
        return receipt

    def _wanted(self, run: Run) -> bool:
        return not self.labs or run.lab in self.labs

    def _ledgered(self, here: list[Run]) -> Receipt:
        target = self.session.target
        open_runs = [run for run in here if run.unfinished or run.record.newer]
        if not self.dry:
            return take_away(self.context, self.session, open_runs)
        receipt = Receipt(target)
        for run in open_runs:
            for each in in_delete_order(run.unfinished):
                receipt.rows.append(_row(Removed(each, "planned"), run.lab, run.id, target))
        return receipt

    def _sweep(self, receipt: Receipt, known: list[Run]) -> None:
        """What the tags show to be this owner's, and no ledger knows."""
        target = self.session.target
        listed = {row.name for row in receipt.rows}
        rows: list[tuple[Found, ReceiptRow]] = []
        for name, kind in KINDS.items():
            try:
                everything = kind.sweep(self.session.aws)
            except AwsError as error:
                receipt.unread.append(f"the list of every {name}: {error.code} on {error.operation}")
                continue
            for found in everything:
                if found.name in listed:
                    continue
                if found.tags.get(TAG_OWNER) != target.owner or not found.tags.get(TAG_RUN):
                    receipt.others += 1
                    continue
                row = _row(_removed(found, "planned"), found.tags.get(TAG_LAB, "?"), found.tags[TAG_RUN], target, found)
                rows.append((found, row))
        if self.dry or not rows or not self.may_sweep([row for _, row in rows]):
            how = "planned" if self.dry else "left"
            receipt.rows += [_row(_removed(f, how, "not confirmed"), r.day, r.run, target, f) for f, r in rows]
            return
        for found, row in rows:
            remover = Remover(self.session.aws, target, row.run, None, self.context.sleep, self.context.monotonic)
            removed = remover.remove(_removed(found, "").resource)
            receipt.rows.append(_row(removed, row.day, row.run, target, found))


def _removed(found: Found, how: str, reason: str = "") -> Removed:
    key = found.name.split("-", 3)[-1].removesuffix(".fifo")
    return Removed(Owned(key, found.kind, found.name, State.LIVE), how, "" if how == "planned" else reason)


def _elsewhere(known: list[Run], target: Target) -> list[str]:
    """Commands for what is live on other targets, as the ledgers tell."""
    found: dict[str, list[str]] = {}
    for run in known:
        if run.target != target.key and run.live:
            header = run.record.header
            options = "" if run.target == "local" else f" --target aws --region {header.get('region')}"
            if options and header.get("profile"):
                options += f" --profile {header['profile']}"
            where = "the local AWS" if run.target == "local" else f"account {header.get('account')}"
            found.setdefault(f"labcli cleanup --all{options}", []).append(f"{len(run.live)} of {run.lab} in {where}")
    return [f"{', '.join(said)} → {command}" for command, said in found.items()]
