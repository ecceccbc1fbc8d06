"""The ledger of a run: one append-only file that knows what was meant before it was done.

A line is one event as JSON with a checksum. ``intent`` is durable before each call that creates, changes or deletes a
resource, ``outcome`` follows it. Message bodies, receipt handles, task tokens and saved values never get in: an event
holds names, kinds, codes and times.
"""

from __future__ import annotations

import json
import os
import threading
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from labcli.context import Disk
from labcli.errors import ExitCode, LabcliError

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


def line_of(event: Mapping[str, Any]) -> bytes:
    """An event as a line of the file."""
    text = json.dumps(event, ensure_ascii=True, separators=(",", ":"), sort_keys=True)
    return f'{{"sum":"{zlib.crc32(text.encode()):08x}","event":{text}}}\n'.encode()


def read(path: Path) -> Record:
    """Read a ledger, whatever state it is in. OSError when there is none."""
    data = path.read_bytes()
    whole, _, rest = data.rpartition(b"\n")
    events, broken = [], 0
    for line in whole.split(b"\n") if whole else []:
        event = _event(line)
        if event is None:
            broken += 1
        else:
            events.append(event)
    newer = any(isinstance(e.get("version"), int) and e["version"] > VERSION for e in events if e.get("type") == "run")
    return Record(path, tuple(events), broken, torn=bool(rest), newer=newer)


def _event(line: bytes) -> Mapping[str, Any] | None:
    head, sep, tail = line.partition(b',"event":')
    if not sep or not tail.endswith(b"}"):
        return None
    text = tail[:-1]
    if head != f'{{"sum":"{zlib.crc32(text):08x}"'.encode():
        return None
    try:
        event = json.loads(text)
    except ValueError:
        return None
    return event if isinstance(event, dict) else None


@dataclass
class Ledger:
    """A ledger that is being written. One process writes one ledger; threads of it may write at once."""

    path: Path
    disk: Disk
    clock: Callable[[], float]
    healed: bool = False
    _fd: int = -1
    _count: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def create(cls, path: Path, disk: Disk, clock: Callable[[], float], header: Mapping[str, Any]) -> Ledger:
        """Begin a ledger; its header is durable when this returns. LabcliError when it cannot be written."""
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)
        except OSError as error:
            raise _unwritable(path, error) from error
        ledger = cls(path, disk, clock, _fd=fd)
        ledger.write("run", **header, version=VERSION)
        _sync_folder(path.parent)
        return ledger

    @classmethod
    def reopen(cls, record: Record, disk: Disk, clock: Callable[[], float]) -> Ledger:
        """Go on with a ledger; half a last line, left by a kill or a full disk, is cut off."""
        try:
            fd = os.open(record.path, os.O_WRONLY | os.O_APPEND)
            if record.torn:
                os.ftruncate(fd, record.path.read_bytes().rfind(b"\n") + 1)
        except OSError as error:
            raise _unwritable(record.path, error) from error
        last = max((int(event.get("n", 0)) for event in record.events), default=0)
        return cls(record.path, disk, clock, healed=record.torn, _fd=fd, _count=last)

    def write(self, kind: str, /, durable: bool = True, **event: Any) -> int:
        """Append an event and return its number. LabcliError when it cannot be written: nothing of it stays then."""
        with self._lock:
            number = self._count + 1
            line = line_of({"n": number, "at": round(self.clock(), 3), "type": kind, **event})
            size = os.fstat(self._fd).st_size
            try:
                self.disk.append(self._fd, line)
                if durable:
                    self.disk.sync(self._fd)
            except OSError as error:
                os.ftruncate(self._fd, size)
                raise _unwritable(self.path, error) from error
            self._count = number
            return number

    def close(self) -> None:
        """End writing."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1


def _unwritable(path: Path, error: OSError) -> LabcliError:
    return LabcliError(
        f"the ledger cannot be written: {error.strerror or error} ({path})",
        "Make room or mend the rights, then: labcli cleanup",
        ExitCode.FAILED,
    )


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":  # Windows makes the entry of a new file durable with the file
        return
    fd = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
