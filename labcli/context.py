"""The outside world in one object: streams, clock, sleep, disk, paths and the way to AWS.

Everything that has an effect arrives through a ``Context``, so a test replaces a part of the world by a
ten-line fake and the code under test is the code that ships.
"""

from __future__ import annotations

import errno
import os
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, TextIO

from labcli.errors import UsageError


class Aws(Protocol):
    """The port to one AWS: an account, a region, an endpoint."""

    def call(self, service: str, operation: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """Make one API call and return its answer without the response metadata.

        Raises AwsError when AWS answers with an error, TargetError when nothing answers.
        """
        ...


class Disk:
    """Durable writes. Whatever must last goes through this, so that tests can kill or fill the disk at any byte."""

    def append(self, fd: int, data: bytes) -> None:
        """Write all of ``data`` at the end of ``fd``; OSError when it cannot (part may have been written)."""
        view = memoryview(data)
        while view:
            view = view[os.write(fd, view) :]

    def sync(self, fd: int) -> None:
        """Return when what was written to ``fd`` would survive a crash of the process or the system."""
        os.fsync(fd)

    def sync_folder(self, folder: Path) -> None:
        """Return when a new name in ``folder`` would survive a crash, where the file system knows such a thing.

        OSError when it does know it, and fails.
        """
        if os.name != "posix":  # Windows makes the entry of a new file durable with the file
            return
        fd = os.open(folder, os.O_RDONLY)
        try:
            self.sync(fd)
        except OSError as error:
            if error.errno not in _NO_SYNC_OF_FOLDERS:
                raise
        finally:
            os.close(fd)


# What file systems answer that cannot synchronise a folder: network and FUSE ones say any of these (fsync(2), EINVAL:
# "fd is bound to a special file which does not support synchronization").
_NO_SYNC_OF_FOLDERS = frozenset({errno.EBADF, errno.EINVAL, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP})


def _unchanged(aws: Aws) -> Aws:
    return aws


def state_folder(env: Mapping[str, str]) -> Path:
    """Where labcli keeps its state: ``LABCLI_HOME``, or the platform's state folder."""
    if home := env.get("LABCLI_HOME"):
        try:
            return Path(home).expanduser().absolute()
        except RuntimeError as error:  # ~somebody who is nobody
            raise UsageError(f"LABCLI_HOME={home}: {error}", "Name a folder of yours") from error
    import platformdirs

    return Path(platformdirs.user_state_dir("labcli", appauthor=False))


@dataclass
class Context:
    """What a command may touch of the world around it."""

    stdin: TextIO = field(default_factory=lambda: sys.stdin)
    stdout: TextIO = field(default_factory=lambda: sys.stdout)
    stderr: TextIO = field(default_factory=lambda: sys.stderr)
    env: Mapping[str, str] = field(default_factory=lambda: os.environ)
    clock: Callable[[], float] = time.time
    """Wall time, seconds since the epoch."""
    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    random: Callable[[int], str] = lambda count: os.urandom(count).hex()
    """``random(n)``: n random bytes as hex."""
    disk: Disk = field(default_factory=Disk)
    through: Callable[[Aws], Aws] = _unchanged
    """Every way to AWS that a command opens passes through this; tests put faults here."""
    output_lost: bool = False
    """Something that was found could not be written: a full disk behind ``>``, not a reader who has gone."""
    plain: bool = False
    """``--plain`` was said: see ``words_only``."""
    aws_like: int | None = None
    """The seed of the local AWS that was opened, when it runs in its AWS-like mode: tables and documents say it."""
    account_endpoint: str | None = None
    """Where the ``aws`` target really goes. Only tests set it: a second embedded AWS standing in for an account."""

    @property
    def home(self) -> Path:
        """The state folder; it may not exist yet."""
        return state_folder(self.env)

    @property
    def words_only(self) -> bool:
        """Whether a screen reader may read along: no drawing, no colour, nothing that moves, no symbol without a word.

        ``--plain`` or LABCLI_PLAIN say so, and a terminal that is called dumb.
        """
        return self.plain or self.env.get("TERM") == "dumb"

    @property
    def may_ask(self) -> bool:
        """Whether a person sits there: stdin and stderr are terminals and CI is not set."""
        return not self.env.get("CI") and _is_tty(self.stdin) and _is_tty(self.stderr)


def _is_tty(stream: TextIO) -> bool:
    try:
        return stream.isatty()
    except (AttributeError, ValueError):  # a stream that is closed, or that the shell never opened
        return False
