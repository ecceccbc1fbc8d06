"""What survives: one snapshot file, replaced as a whole, and set aside with a word when it does not load.

The engine's own way is a file per service, written when it is asked to end: a kill loses everything, and a broken
file is skipped in silence. Here a kill loses seconds and a learner is told what was lost.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from labcli.local.engine import Engine
from labcli.local.process.folder import Folder, read_plain, write_bytes

FORMAT = 1
LARGEST = 2**31
"""Bytes of a snapshot that is still read."""
_log = logging.getLogger("labcli.local")


@dataclass
class Store:
    """The snapshot of one engine in one folder. ``written`` is the digest of what the file holds."""

    engine: Engine
    folder: Folder
    written: str = ""

    def load(self) -> str:
        """Restore the snapshot; the name under which it was set aside when it does not load, else empty."""
        aside = ""
        if not self.engine.can_save:  # the file waits for a release that can read it
            return aside
        try:
            states = self._read()
            if states:
                self.engine.restore(states)
        except Exception as error:  # noqa: BLE001  whatever it holds, the server starts, and the file is kept
            _log.warning("the saved state does not load (%s: %s)", type(error).__name__, error)
            aside = self._set_aside()
            self.engine.forget()
        self.folder.state.mkdir(mode=0o700, exist_ok=True)
        self.written = digest(self.engine.snapshot())
        return aside

    def changed(self) -> bytes | None:
        """The new snapshot, ready to be written, or None when nothing has changed. Call it on the event loop."""
        if not self.engine.can_save:
            return None
        states = self.engine.snapshot()
        now = digest(states)
        if now == self.written:
            return None
        self.written = now
        return json.dumps({**self._header(), "services": states}).encode()

    def write(self, snapshot: bytes) -> None:
        """Replace the file, durably; safe in a thread. OSError when it cannot be written."""
        write_bytes(self.folder.snapshot, snapshot)

    @property
    def lacking(self) -> str:
        """What the file does not hold although the last save went well, in one phrase; empty when it holds all."""
        if not self.engine.can_save:
            return f"the installed engine does not fit, these moved: {', '.join(self.engine.broken)}"
        if self.engine.left_out:
            return f"the state of {', '.join(self.engine.left_out)} cannot be written"
        return ""

    def _header(self) -> dict[str, Any]:
        return {"labcli": FORMAT, "ministack": self.engine.version, "account": self.engine.account}

    def _read(self) -> dict[str, str]:
        try:
            raw = read_plain(self.folder.snapshot, LARGEST)
        except FileNotFoundError:
            return {}
        found = json.loads(raw)
        if not isinstance(found, Mapping):
            raise TypeError("not a snapshot")
        for name, value in self._header().items():
            if found.get(name) != value:
                raise ValueError(f"it was saved by {name} {found.get(name)!r}, and this is {value!r}")
        return {str(name): str(state) for name, state in found["services"].items()}

    def _set_aside(self) -> str:
        for number in range(1, 1000):
            kept = self.folder.state.with_name(f"state.set-aside-{number}")
            if not kept.exists():
                break
        try:
            self.folder.state.rename(kept)
        except OSError as error:
            _log.warning("it cannot be set aside: %s", error)
            return ""
        _log.warning("it is kept as %s", kept)
        return str(kept)


def digest(states: Mapping[str, str]) -> str:
    """One line that changes when any of the states does."""
    total = hashlib.sha256()
    for name in sorted(states):
        total.update(f"{name}\0{len(states[name])}\0{states[name]}".encode("utf-8", "surrogatepass"))
    return total.hexdigest()


def bound(path: Path, largest: int = 512 * 1024) -> None:
    """Keep the last half of a log that has grown beyond ``largest`` bytes; its writers append, so they go on."""
    try:
        if path.stat().st_size <= largest:
            return
        with path.open("r+b") as log:
            log.seek(-largest // 2, 2)
            rest = log.read()
            log.seek(0)
            log.write(rest)
            log.truncate()
    except OSError:  # a log is not worth a server
        return
