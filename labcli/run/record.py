"""The learner's record: one append-only file beside the ledgers, of what was done and is to stay.

Its lines are a ledger's: durable, each with a checksum; half a last line is healed, a broken one skipped. Message
bodies, receipt handles and secrets never get in. Nothing is ever sent anywhere.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from labcli.context import Context
from labcli.errors import LabcliError
from labcli.run.ledger.ledger import Ledger, Record, read
from labcli.run.ledger.runs import check_home

_WAIT = 5.0
"""Seconds for which another labcli may be writing a line."""


def path_of(context: Context) -> Path:
    """Where the record is; it may not exist yet."""
    return context.home / "record.jsonl"


def note(context: Context, kind: str, /, **event: Any) -> None:
    """Write one line. LabcliError when it cannot be written."""
    with _held(context):
        path = path_of(context)
        if path.exists():
            ledger = Ledger.reopen(_read(path), context.disk, context.clock)
        else:
            ledger = Ledger.create(path, context.disk, context.clock, {"record": "labcli"})
        try:
            ledger.write(kind, **event)
        finally:
            ledger.close()


def events(context: Context) -> tuple[Mapping[str, Any], ...]:
    """Every line that can be read, oldest first. LabcliError when the file is there and cannot be read."""
    path = path_of(context)
    if not path.exists():
        return ()
    check_home(context)
    return _read(path).events


def _read(path: Path) -> Record:
    try:
        return read(path)
    except OSError as error:
        raise LabcliError(
            f"the record {path} cannot be read: {error.strerror or error}", "Mend its rights, or move it away"
        ) from error


@contextlib.contextmanager
def _held(context: Context) -> Iterator[None]:
    """One labcli writes at a time."""
    from filelock import FileLock, Timeout

    check_home(context)
    place = context.home / "locks"
    try:
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        with FileLock(place / "record.lock").acquire(timeout=_WAIT):
            yield
    except Timeout:
        raise LabcliError("busy: another labcli writes the record", "Try again") from None
    except OSError as error:
        raise LabcliError(
            f"the record cannot be written: {error.strerror or error} ({place})", "Make room or mend the rights"
        ) from error
