"""What the ledgers say and what the embedded AWS holds, compared each time another process of it answers.

A kill can lose the last seconds, ``local reset`` everything, an upgrade a state that no longer loads. What was lost is
marked so, and the next command that is offered is a fresh run.
"""

from __future__ import annotations

import contextlib

from labcli.aws.resources import KINDS
from labcli.aws.resources.handle import Handle
from labcli.aws.targets import Session
from labcli.context import Context
from labcli.errors import LabcliError
from labcli.local.process.folder import read_plain, write_bytes
from labcli.run.ledger import runs
from labcli.run.ledger.ledger import Ledger, read
from labcli.run.ledger.locks import locked
from labcli.run.ledger.owned import Owned, State
from labcli.run.ledger.runs import Run, all_runs, of_lab
from labcli.run.shelf import day_argument
from labcli.run.typed import cleanup, given_to, run_day


def reconcile(context: Context, session: Session) -> list[str]:
    """Mark what the embedded AWS lost since the last process that was compared. Lines to show, empty mostly."""
    if not session.incarnation:
        return []
    seen = runs.folder(context) / "compared"
    with contextlib.suppress(OSError):
        if read_plain(seen) == session.incarnation.encode():
            return []
    said, all_compared = list(session.notices), True
    here = [run for run in all_runs(context) if run.target == session.target.key and not run.record.newer]
    for run in here:
        if run.live or run is of_lab(here, run.lab, run.target):
            try:
                said += _one(context, session, run)
            except LabcliError:  # it is busy, or a read failed: the next command compares it
                all_compared = False
    if all_compared:
        with contextlib.suppress(OSError):
            seen.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_bytes(seen, session.incarnation.encode())
    return said


def _one(context: Context, session: Session, run: Run) -> list[str]:
    """Compare one run: what is not there is lost; what was taken away and is there again is back."""
    with locked(context, session.target.key, run.lab):
        run = Run(read(run.record.path))  # as it is now that nobody else writes it
        known = [each for each in run.resources.values() if each.kind in KINDS]
        live = [each for each in known if each.state is State.LIVE]
        lost = [each for each in live if not _there(session, each)]
        back = [each for each in known if each.state is State.GONE and _there(session, each)]
        if lost or back:
            ledger = Ledger.reopen(run.record, context.disk, context.clock)
            try:
                for event, each in [*(("lost", each) for each in lost), *(("back", each) for each in back)]:
                    ledger.write(event, name=each.name)
            finally:
                ledger.close()
    name = day_argument(run.lab, str(run.file or run.lab), context.env)
    said = []
    if lost:
        names = ", ".join(each.key for each in lost)
        what = f"The local AWS lost {len(lost)} of {len(live)} resources of {run.lab}: {names}."
        said.append(f"{what} Run it afresh: {run_day(name, given_to(run))}")
    if back:
        names = ", ".join(each.key for each in back)
        what = f"The local AWS was ended before it had saved that {names} of {run.lab} were taken away: they are back."
        said.append(f"{what} Take them away: {cleanup([run.lab])}")
    return said


def _there(session: Session, resource: Owned) -> bool:
    kind = KINDS[resource.kind]
    handle = Handle.of(session.aws, kind, resource.name, session.target.place, resource.attributes)
    return handle.read() is not None
