"""What the ledgers say and what the embedded AWS holds, compared each time another process of it answers.

A kill can lose the last seconds, ``local reset`` everything, an upgrade a state that no longer loads. What was lost is
marked so, and the next command that is offered is a fresh run.
"""

from __future__ import annotations

import contextlib

from labcli.aws.resources import KINDS
from labcli.aws.targets import Session
from labcli.context import Context
from labcli.errors import LabcliError
from labcli.run import runs
from labcli.run.ledger import Ledger, read
from labcli.run.owned import State
from labcli.run.runs import Run, all_runs


def reconcile(context: Context, session: Session) -> list[str]:
    """Mark what the embedded AWS lost since the last process that was compared. Lines to show, empty mostly."""
    if not session.incarnation:
        return []
    seen = runs.folder(context) / "compared"
    with contextlib.suppress(OSError):
        if seen.read_text() == session.incarnation:
            return []
    said, all_compared = [], True
    for run in all_runs(context):
        if run.target == session.target.key and run.live and not run.record.newer:
            try:
                said += _one(context, session, run)
            except LabcliError:  # it is busy, or a read failed: the next command compares it
                all_compared = False
    if all_compared:
        with contextlib.suppress(OSError):
            seen.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            seen.write_text(session.incarnation)
    return said


def _one(context: Context, session: Session, run: Run) -> list[str]:
    with runs.locked(context, session.target.key, run.lab):
        run = Run(read(run.record.path))  # as it is now that nobody else writes it
        live = [each for each in run.live if each.state is State.LIVE and each.kind in KINDS]
        lost = [each for each in live if KINDS[each.kind].attributes_of(session.aws, each.name) is None]
        if not lost:
            return []
        ledger = Ledger.reopen(run.record, context.disk, context.clock)
        try:
            for each in lost:
                ledger.write("lost", name=each.name)
        finally:
            ledger.close()
    names = ", ".join(each.key for each in lost)
    said = f"The local AWS lost {len(lost)} of {len(live)} resources of {run.lab}: {names}."
    return [f"{said} Run it afresh: labcli day {run.lab} run"]
