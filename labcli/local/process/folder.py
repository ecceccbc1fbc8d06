"""Where the embedded AWS keeps what it has, and whether that place may be trusted.

The folder holds a secret key and code that will be run, so a folder that somebody else may write to,
or a link that leads elsewhere, is refused instead of used.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Any

from labcli.context import Disk
from labcli.errors import TargetError

ELSEWHERE = "Set LABCLI_HOME to a folder that only you can write to."
_DISK = Disk()


@dataclass(frozen=True)
class Folder:
    """The paths below ``<home>/local``."""

    home: Path

    @property
    def root(self) -> Path:
        """Everything of the embedded AWS; mode 0700."""
        return self.home / "local"

    @property
    def keys(self) -> Path:
        """Credentials, port and account, drawn once."""
        return self.root / "keys.json"

    @property
    def server(self) -> Path:
        """What the running server says about itself, for people; which process it is, with a proof."""
        return self.root / "server.json"

    @property
    def state(self) -> Path:
        """What survives a stop: ``snapshot.json`` and the code of functions."""
        return self.root / "state"

    @property
    def snapshot(self) -> Path:
        """All services' state in one file, so that it is replaced as a whole."""
        return self.state / "snapshot.json"

    @property
    def tmp(self) -> Path:
        """Scratch space of the server and of Lambda functions; emptied at each start."""
        return self.root / "tmp"

    @property
    def log(self) -> Path:
        """What the server had to say; bounded."""
        return self.root / "server.log"

    @property
    def console_log(self) -> Path:
        """What the browser console had to say the last time."""
        return self.root / "console.log"

    @property
    def lock(self) -> Path:
        """Held while keys are drawn or a server is started, stopped or reset."""
        return self.root / "start.lock"

    def prepare(self) -> None:
        """Create the folder when it is missing; TargetError when it cannot be used or must not be trusted."""
        self.refuse_what_is_unsafe()  # before anything is written through a link
        try:
            self.home.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.root.mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise TargetError(f"Cannot create {self.root}: {error.strerror or error}.", ELSEWHERE) from error
        self.refuse_what_is_unsafe()

    def refuse_what_is_unsafe(self) -> None:
        """TargetError for a link, a folder others may write to, or a file that is no plain one. What is missing is
        fine.
        """
        for path in (self.home, self.root):
            try:
                found = path.lstat()
            except OSError:
                continue
            if trouble := _trouble(found):
                raise TargetError(f"The state folder {path} {trouble}.", ELSEWHERE)
        self._refuse_what_is_odd()

    def _refuse_what_is_odd(self) -> None:
        files = (self.keys, self.server, self.log, self.console_log, self.lock, self.snapshot)
        kinds = dict.fromkeys(files, (stat.S_ISREG, "plain file"))
        kinds |= dict.fromkeys((self.state, self.tmp), (stat.S_ISDIR, "folder"))
        lost = {self.keys: "new keys are drawn, and the embedded AWS starts empty"}
        lost |= dict.fromkeys((self.snapshot, self.state), "the embedded AWS starts empty")
        for path, (right, kind) in kinds.items():
            with contextlib.suppress(OSError):  # what is missing is fine
                if not right(path.lstat().st_mode):
                    raise TargetError(f"{path} is no {kind}.", f"Move it away: {lost.get(path, 'it is made anew')}.")

    def writable(self) -> None:
        """TargetError when nothing can be written here."""
        if not os.access(self.root, os.W_OK | os.X_OK):
            raise TargetError(f"Cannot write to {self.root}.", f"Make it writable{by_chmod('u+rwx', self.root)}.")


def by_chmod(mode: str, path: Path) -> str:
    """How rights are changed, in brackets, where there is such a command."""
    return f" (chmod {mode} {path})" if os.name == "posix" else ""


def _trouble(found: os.stat_result) -> str:
    if stat.S_ISLNK(found.st_mode):
        return "is a symbolic link"
    if not stat.S_ISDIR(found.st_mode):
        return "is not a folder"
    if os.name != "posix":  # Windows keeps no such bits; its profile folders are private
        return ""
    if found.st_mode & stat.S_IWOTH:
        return "can be written to by everybody"
    if found.st_uid not in (os.geteuid(), 0):
        return "belongs to another user"
    return ""


def read_plain(path: Path, largest: int = 1024 * 1024) -> bytes:
    """What is in a plain file: a link is not followed, a pipe is not waited for, nothing endless is read.

    OSError when it is not there, no plain file, or larger than so many bytes.
    """
    if stat.S_ISLNK(path.lstat().st_mode):
        raise OSError(errno.ELOOP, "it is a symbolic link")
    fd = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    with os.fdopen(fd, "rb") as file:
        if not stat.S_ISREG(os.fstat(fd).st_mode):
            raise OSError(errno.EINVAL, "it is no plain file")
        content = file.read(largest + 1)
    if len(content) > largest:
        raise OSError(errno.EFBIG, f"it is larger than {largest} bytes")
    return content


def when_free(act: Callable[[], object]) -> None:
    """Do this; on Windows until nobody else has the file open: another command for a moment, or a virus scanner."""
    for _ in range(40 if os.name == "nt" else 0):
        try:
            act()
        except PermissionError:
            Event().wait(0.05)
        else:
            return
    act()


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Replace ``path`` (mode 0600) as a whole; OSError when it cannot."""
    write_bytes(path, json.dumps(content, indent=1).encode())


def write_bytes(path: Path, content: bytes, disk: Disk = _DISK) -> None:
    """Replace ``path`` (mode 0600) as a whole, durably; its folder must exist. OSError when it cannot."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    fd = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(fd, "wb") as file:
            disk.append(file.fileno(), content)
            disk.sync(file.fileno())
        when_free(lambda: draft.replace(path))
        disk.sync_folder(path.parent)
    except OSError:
        draft.unlink(missing_ok=True)
        raise
