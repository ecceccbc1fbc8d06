"""Who works on a day of a target: one labcli at a time, each day locked while it does."""

from __future__ import annotations

import contextlib
import errno
import os
import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from labcli.context import Context
from labcli.errors import ExitCode, LabcliError
from labcli.local.process.folder import read_plain, write_bytes
from labcli.run.ledger.runs import all_runs

_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EFBIG})
"""A state folder in which nobody can begin a run: no ledger can be made there."""


@contextmanager
def locked(context: Context, target: str, lab: str, without: bool = False) -> Iterator[None]:
    """Hold a day on a target. LabcliError when another labcli works on it; the kernel frees the lock on a kill.

    ``without`` goes on where the disk has no room for a lock: no run can begin there either, and a full disk must
    not stop a cleanup.
    """
    from filelock import FileLock, Timeout

    path, who = _files(context, target, lab)
    lock, place = FileLock(path), path.parent
    try:
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock.acquire(timeout=0.3)  # whoever only looks whether it is held lets go at once
    except Timeout:
        raise LabcliError(
            f"busy: another labcli works on {lab} (process {_pid(who)})", "Wait until it ends", ExitCode.FAILED
        ) from None
    except OSError as error:
        if not (without and error.errno in _NO_ROOM):
            raise LabcliError(
                f"the state folder cannot be written: {error.strerror or error} ({place})",
                "Make room or mend its rights, or set LABCLI_HOME to a folder of yours",
            ) from error
    try:
        with contextlib.suppress(OSError):  # the number is a courtesy; the lock is held without it
            write_bytes(who, str(os.getpid()).encode())
        yield
    finally:
        lock.release()


@dataclass
class Days:
    """The days of a target that one command holds, each once, until ``stack`` is closed."""

    context: Context
    target: str
    stack: ExitStack
    labs: set[str] = field(default_factory=set)

    def hold(self, lab: str) -> None:
        """Hold a day, if it is not held. LabcliError when another labcli works on it."""
        if lab not in self.labs:
            self.stack.enter_context(locked(self.context, self.target, lab))
            self.labs.add(lab)


def busy(context: Context, target: str, lab: str) -> str:
    """The process that holds a day now, empty when none does."""
    from filelock import FileLock, Timeout

    lock, who = _files(context, target, lab)
    if not lock.exists():
        return ""
    try:
        with FileLock(lock).acquire(blocking=False):
            return ""
    except Timeout:
        return _pid(who)
    except OSError:  # who cannot lock cannot tell
        return ""


def refuse_while_busy(context: Context, target: str) -> None:
    """LabcliError when a labcli works on any day of this target."""
    for lab in sorted({run.lab for run in all_runs(context) if run.target == target and not run.end}):
        if pid := busy(context, target, lab):
            raise LabcliError(f"busy: another labcli works on {lab} (process {pid})", "Wait until it ends")


def _files(context: Context, target: str, lab: str) -> tuple[Path, Path]:
    name = re.sub(r"[^A-Za-z0-9_-]", "_", f"{target}-{lab}")
    place = context.home / "locks"
    return place / f"{name}.lock", place / f"{name}.pid"


def _pid(path: Path) -> str:
    try:
        return read_plain(path).decode("ascii", "replace").strip() or "unknown"
    except OSError:
        return "unknown"
