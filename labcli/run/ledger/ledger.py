"""The ledger of a run: one append-only file that knows what was meant before it was done.

A line is one event as JSON with a checksum. ``intent`` is durable before each call that creates, changes or deletes a
resource, ``outcome`` follows it. Message bodies, receipt handles, task tokens and saved values never get in: an event
holds names, kinds, codes and times, and what another run's resource was before this one changed it.
"""

from __future__ import annotations

import contextlib
import json
import os
import stat
import threading
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from labcli.context import Disk
from labcli.errors import ExitCode, LabcliError

_APPEND = os.O_WRONLY | os.O_APPEND | getattr(os, "O_BINARY", 0)
"""Binary: on Windows a line would otherwise end in two characters, and its checksum would not hold."""
_LATEST = 1e11
"""Seconds since the epoch that no clock will show."""
_TEXTS = frozenset({"type", "name", "kind", "key", "does", "target", "lab", "run", "of_run", "made_for"})
_NUMBERS = frozenset({"n", "of"})
_MAPPINGS = frozenset({"attributes", "before", "needs"})
VERSION = 1
"""The version of the ledger's events. A ledger of a newer version is left alone."""


@dataclass(frozen=True)
class Record:
    """A ledger as it was read. ``broken`` counts the lines whose checksum does not hold, ``torn`` a half last line."""

    path: Path
    events: tuple[Mapping[str, Any], ...]
    broken: int = 0
    torn: bool = False
    newer: bool = False

    @property
    def header(self) -> Mapping[str, Any]:
        """The first event: the run, its lab and its target; empty when it is lost."""
        first = self.events[0] if self.events else {}
        return first if first.get("type") == "run" else {}

    @property
    def target(self) -> str:
        """The key of the run's target: the header says it, and so does each intent; empty when all of them are lost."""
        said = (str(event.get("target", "")) for event in self.events if event.get("type") in ("run", "intent"))
        return next((target for target in said if target), "")

    @property
    def void(self) -> bool:
        """Whether its very first line was never finished: the run died before it could call anything."""
        return not self.events and not self.broken


def line_of(event: Mapping[str, Any]) -> bytes:
    """An event as a line of the file."""
    text = json.dumps(event, ensure_ascii=True, separators=(",", ":"), sort_keys=True)
    return f'{{"sum":"{zlib.crc32(text.encode()):08x}","event":{text}}}\n'.encode()


def read(path: Path) -> Record:
    """Read a ledger, whatever state it is in. OSError when there is none, or when it is not a file of its own."""
    data = _bytes(path)
    whole, _, rest = data.rpartition(b"\n")
    events, broken = [], 0
    for line in whole.split(b"\n") if whole else []:
        event = _event(line)
        if event is None:
            broken += 1
            continue
        events.append(event)
        if event["type"] == "swept":  # what the broken lines may have known was looked for, and is gone
            broken = 0
    newer = any(isinstance(e.get("version"), int) and e["version"] > VERSION for e in events if e["type"] == "run")
    return Record(path, tuple(events), broken, torn=bool(rest), newer=newer)


def _bytes(path: Path) -> bytes:
    """What is in a regular file; a link is not followed, a pipe is not waited for."""
    fd = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    with os.fdopen(fd, "rb") as file:
        if not stat.S_ISREG(os.fstat(fd).st_mode):
            raise OSError("not a regular file")
        return file.read()


def _event(line: bytes) -> Mapping[str, Any] | None:
    head, sep, tail = line.partition(b',"event":')
    if not sep or not tail.endswith(b"}"):
        return None
    text = tail[:-1]
    if head != f'{{"sum":"{zlib.crc32(text):08x}"'.encode():
        return None
    try:
        event = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return event if isinstance(event, dict) and _well_formed(event) else None


def _well_formed(event: Mapping[str, Any]) -> bool:
    """Whether its readers can rely on the types of what they look at: a checksum proves nothing about who wrote it."""
    at = event.get("at")
    if "type" not in event or "n" not in event or not isinstance(at, int | float) or not 0 <= at < _LATEST:
        return False
    for key, value in event.items():  # one look at each: every command reads every ledger
        if key in _TEXTS:
            right = isinstance(value, str)
        elif key in _NUMBERS:
            right = isinstance(value, int)
        elif key in _MAPPINGS and value:
            right = isinstance(value, dict) and all(isinstance(each, str) for each in value.values())
        else:
            continue
        if not right:
            return False
    return True


@dataclass
class Ledger:
    """A ledger that is being written. One process writes one ledger; threads of it may write at once."""

    path: Path
    disk: Disk
    clock: Callable[[], float]
    target: str = ""
    """Written into every intent, so that a ledger whose header is lost still says where its resources are."""
    _fd: int = -1
    _count: int = 0
    _ragged: bool = False
    """Part of a line stands at the end and could not be cut off."""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def create(cls, path: Path, disk: Disk, clock: Callable[[], float], header: Mapping[str, Any]) -> Ledger:
        """Begin a ledger; its header is durable when this returns. LabcliError when it cannot be written."""
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            fd = os.open(path, _APPEND | os.O_CREAT | os.O_EXCL, 0o600)
        except OSError as error:
            raise _unwritable(path, error) from error
        ledger = cls(path, disk, clock, target=str(header.get("target", "")), _fd=fd)
        try:
            ledger.write("run", **header, version=VERSION)
            disk.sync_folder(path.parent)
        except (OSError, LabcliError) as error:
            ledger.close()
            with contextlib.suppress(OSError):  # nothing was called, so there is nothing to remember
                path.unlink()
            raise (_unwritable(path, error) if isinstance(error, OSError) else error) from error
        return ledger

    @classmethod
    def reopen(cls, record: Record, disk: Disk, clock: Callable[[], float]) -> Ledger:
        """Go on with a ledger; half a last line, left by a kill or a full disk, is cut off."""
        fd = -1
        try:
            fd = os.open(record.path, _APPEND | getattr(os, "O_NOFOLLOW", 0))
            if record.torn:
                os.ftruncate(fd, _bytes(record.path).rfind(b"\n") + 1)
        except OSError as error:
            if fd >= 0:
                os.close(fd)
            raise _unwritable(record.path, error) from error
        last = max((int(event["n"]) for event in record.events), default=0)
        return cls(record.path, disk, clock, target=record.target, _fd=fd, _count=last)

    def write(self, kind: str, /, durable: bool = True, **event: Any) -> int:
        """Append an event and return its number. LabcliError when it cannot be written: nothing of it counts then."""
        if kind == "intent":
            event["target"] = self.target
        with self._lock:
            number = self._count + 1
            line = line_of({"n": number, "at": round(self.clock(), 3), "type": kind, **event})
            size = -1
            try:
                size = os.fstat(self._fd).st_size
                self.disk.append(self._fd, b"\n" + line if self._ragged else line)
                if durable:
                    self.disk.sync(self._fd)
            except OSError as error:
                self._cut(size)
                raise _unwritable(self.path, error) from error
            self._count, self._ragged = number, False
            return number

    def _cut(self, size: int) -> None:
        """Take half a line away. Where even that fails, the next line begins on a new one, and this one is broken."""
        try:
            os.ftruncate(self._fd, size)
        except OSError:
            self._ragged = True

    def close(self) -> None:
        """End writing; a thread that comes later is refused."""
        with self._lock:
            if self._fd >= 0:
                os.close(self._fd)
                self._fd = -1


def _unwritable(path: Path, error: OSError) -> LabcliError:
    return LabcliError(
        f"the ledger cannot be written: {error.strerror or error} ({path})",
        "Make room or mend the rights, then: labcli cleanup",
        ExitCode.FAILED,
    )
