"""The runs that ledgers know: found in the state folder, read, and locked while somebody works on their day."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from labcli.context import Context
from labcli.errors import ExitCode, LabcliError, UsageError
from labcli.run import ledger
from labcli.run.ledger import Record
from labcli.run.owned import MAY_LIVE, OVER, Owned, State, owned


@dataclass(frozen=True)
class Run:
    """One attempt at a lab, as its ledger tells it."""

    record: Record

    @property
    def id(self) -> str:
        """The run's id, part of the name of everything it owns."""
        return str(self.record.header.get("run") or self.record.path.stem.partition("-")[2])

    @property
    def lab(self) -> str:
        """The lab's id."""
        return str(self.record.header.get("lab") or self.record.path.stem.partition("-")[0])

    @property
    def target(self) -> str:
        """The key of its target: ``local``, ``aws-123456789012-eu-west-1``."""
        return str(self.record.header.get("target", "local"))

    @property
    def started(self) -> float:
        """When it began, seconds since the epoch."""
        return float(self.record.events[0].get("at", 0)) if self.record.events else 0.0

    @cached_property
    def resources(self) -> dict[str, Owned]:
        """What it owns or owned, by AWS name."""
        return owned(self.record.events)

    @property
    def live(self) -> list[Owned]:
        """What is live, or may be."""
        return [each for each in self.resources.values() if each.state in MAY_LIVE]

    @property
    def unfinished(self) -> list[Owned]:
        """What a cleanup has to look at: all that is not proven gone."""
        return [each for each in self.resources.values() if each.state not in OVER]

    @property
    def end(self) -> dict[str, object]:
        """The last ``end`` event; empty while it runs, or when it was killed."""
        return dict(next((e for e in reversed(self.record.events) if e.get("type") == "end"), {}))

    @property
    def lost(self) -> bool:
        """Whether the embedded AWS lost what this run owned."""
        return any(each.state is State.LOST for each in self.resources.values())

    @property
    def taken_away(self) -> float:
        """When the last of its resources was seen gone; 0 when some are left or none ever was."""
        states = {each.state for each in self.resources.values()}
        if not states or not states <= {*OVER, State.REFUSED} or State.GONE not in states:
            return 0.0
        return max(float(e["at"]) for e in self.record.events if e.get("type") == "gone")


def folder(context: Context) -> Path:
    """Where the ledgers are."""
    return context.home / "runs"


def check_home(context: Context) -> None:
    """Refuse a state folder that others could have prepared. UsageError with the remedy."""
    home = context.home
    if home.is_symlink():
        raise UsageError(f"the state folder {home} is a symbolic link", "Set LABCLI_HOME to the folder itself")
    if not home.exists():
        return
    if not home.is_dir():
        raise UsageError(f"the state folder {home} is not a folder", "Set LABCLI_HOME to another one")
    if os.name != "nt" and home.stat().st_mode & stat.S_IWOTH:
        raise UsageError(f"everybody may write to the state folder {home}", f"chmod go-w {home}")


def all_runs(context: Context) -> list[Run]:
    """Every run that a ledger tells of, oldest first."""
    check_home(context)
    found = []
    for path in sorted(folder(context).glob("*.jsonl")):
        try:
            found.append(Run(ledger.read(path)))
        except OSError as error:
            raise LabcliError(f"the ledger {path} cannot be read: {error.strerror}", "Mend its rights") from error
    return sorted(found, key=lambda run: (run.started, run.id))


def of_lab(runs: list[Run], lab: str, target: str) -> Run | None:
    """The last run of a lab on a target."""
    return next((run for run in reversed(runs) if run.lab == lab and run.target == target), None)


@contextmanager
def locked(context: Context, target: str, lab: str) -> Iterator[None]:
    """Hold a day on a target. LabcliError when another labcli works on it; the kernel frees the lock on a kill."""
    from filelock import FileLock, Timeout

    place = context.home / "locks"
    try:
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise LabcliError(
            f"the state folder cannot be written: {error.strerror} ({place})", "Set LABCLI_HOME to a folder of yours"
        ) from error
    lock = FileLock(place / f"{target}-{lab}.lock")
    who = place / f"{target}-{lab}.pid"
    try:
        lock.acquire(blocking=False)
    except Timeout:
        pid = who.read_text().strip() if who.exists() else "unknown"
        raise LabcliError(
            f"busy: another labcli works on {lab} (process {pid})", "Wait until it ends", ExitCode.FAILED
        ) from None
    except OSError as error:
        raise LabcliError(f"{place} cannot be written: {error.strerror}", "Mend its rights") from error
    try:
        who.write_text(str(os.getpid()))
        yield
    finally:
        lock.release()
