"""The process of the embedded AWS: which one is ours, whatever it answers, and how it is ended, whatever it does.

A number proves nothing: it is given to somebody else when its process is over. So the server writes down the number
and when that process began, signed with the key of its state folder, and only a process of which all of that is true
is ever sent a signal.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from labcli.local.door.hello import prove, same
from labcli.local.process.folder import Folder, read_plain
from labcli.local.process.keyring import Keys

BY_ITSELF = 3.0
"""Seconds that a process has to end by itself when it is asked to."""
KILLED = 2.0
"""Seconds in which the system takes away what was killed."""
MARK = b"_LABCLI_SANDBOX="
"""In the environment of every function's process, and of all that it starts."""

_BOOT = Path("/proc/sys/kernel/random/boot_id")

Sleep = Callable[[float], None]
Clock = Callable[[], float]


@dataclass(frozen=True)
class Process:
    """A process, known by its number and by when it began."""

    pid: int
    began: str

    @property
    def alive(self) -> bool:
        """Whether this very process is there: another one that got its number later is not."""
        return alive(self.pid) and began(self.pid) == self.began


def this() -> Process:
    """The process that calls."""
    return Process(os.getpid(), began(os.getpid()))


def signed(keys: Keys, process: Process) -> dict[str, Any]:
    """What the server writes down about its process, for ``proven``."""
    return {"pid": process.pid, "began": process.began, "proof": _proof(keys, process)}


def proven(folder: Folder, keys: Keys) -> Process | None:
    """The living process that is proven to be the embedded AWS of this folder, or None."""
    try:
        said = json.loads(read_plain(folder.server))
        process = Process(int(said["pid"]), str(said["began"]))
        proven = same(_proof(keys, process), str(said["proof"]))
    except (OSError, ValueError, TypeError, KeyError, RecursionError, OverflowError):
        return None
    return process if proven and process.began and process.alive else None


def _proof(keys: Keys, process: Process) -> str:
    return prove(keys.secret_key, "process", str(process.pid), process.began)


def ask(process: Process) -> bool:
    """Ask it to end, which saves what it holds; False where a process cannot be asked, which is on Windows."""
    if sys.platform == "win32":
        return False
    _send(process, signal.SIGTERM)
    return True


def kill(process: Process, folder: Folder) -> None:
    """End it at once, with the processes of its functions."""
    if sys.platform == "win32":
        _send(process, signal.SIGTERM)  # ends it, and its jobs end the others
    else:
        _send(process, signal.SIGSTOP)  # it starts nothing more
        left = _of_functions(process, folder)
        for each in (process, *left):
            _send(each, signal.SIGKILL)


def gone(process: Process, sleep: Sleep, clock: Clock, patience: float) -> bool:
    """Whether it ends within so many seconds."""
    deadline = clock() + patience
    while process.alive:
        if clock() >= deadline:
            return False
        sleep(0.02)
    return True


def _send(process: Process, number: int) -> None:
    if process.alive:
        with contextlib.suppress(OSError):  # it ended meanwhile
            os.kill(process.pid, number)


def _of_functions(process: Process, folder: Folder) -> list[Process]:
    """What its functions have started, in whatever group."""
    found = []
    place = os.fsencode(folder.tmp)
    for entry in Path("/proc").glob("[0-9]*/environ"):
        with contextlib.suppress(OSError):
            environment = entry.read_bytes()
            if MARK in environment and place in environment:
                pid = int(entry.parent.name)
                found.append(Process(pid, began(pid)))
    return found or [Process(pid, began(pid)) for pid in _children(process.pid)]


def _children(pid: int) -> list[int]:
    """All below it, where the system has no /proc."""
    rows = [line.split() for line in _ps("-axo", "pid=,ppid=").splitlines()]
    known = [(int(row[0]), int(row[1])) for row in rows if len(row) == 2]
    found = [pid]
    for each in found:
        found += [child for child, parent in known if parent == each and child not in found]
    return found[1:]


def _ps(*options: str) -> str:
    import subprocess

    environment = {"LC_ALL": "C", "TZ": "UTC"}
    try:
        done = subprocess.run(  # noqa: S603  no shell, and its options are numbers of ours
            ["/bin/ps", *options], env=environment, capture_output=True, timeout=5, check=False
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.decode("ascii", "replace")


def began(pid: int) -> str:
    """When a process began, as this system says it, the same each time; empty when there is none."""
    if sys.platform == "win32":
        return _began_on_windows(pid)
    try:
        boot = _BOOT.read_text("ascii").strip()  # the other number counts from it
        fields = Path(f"/proc/{pid}/stat").read_text("ascii", "replace").rpartition(")")[2].split()
        return f"{boot} {fields[19]}"
    except (OSError, ValueError, IndexError):
        return "" if _BOOT.exists() else _ps("-o", "lstart=", "-p", str(pid)).strip()


def _began_on_windows(pid: int) -> str:
    import ctypes

    kernel = vars(ctypes)["windll"].kernel32
    kernel.OpenProcess.restype = ctypes.c_void_p
    handle = ctypes.c_void_p(kernel.OpenProcess(0x1000, False, pid))  # PROCESS_QUERY_LIMITED_INFORMATION
    if not handle:
        return ""
    times = [ctypes.c_uint64() for _ in range(4)]  # a FILETIME each; the first says when it was created
    found = kernel.GetProcessTimes(handle, *(ctypes.byref(each) for each in times))
    kernel.CloseHandle(handle)
    return str(times[0].value) if found else ""


def alive(pid: int) -> bool:
    """Whether a process of this number is there, and is ours to end."""
    if sys.platform == "win32":  # os.kill would end it there
        import ctypes

        handle = ctypes.windll.kernel32.OpenProcess(0x00100000, False, pid)  # SYNCHRONIZE
        if not handle:
            return False
        waiting = ctypes.windll.kernel32.WaitForSingleObject(handle, 0) == 0x102  # WAIT_TIMEOUT
        ctypes.windll.kernel32.CloseHandle(handle)
        return bool(waiting)
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return False  # the number went to somebody else's process: ours is gone
    return not _zombie(pid)


def _zombie(pid: int) -> bool:
    """Whether it has ended and only waits to be collected: in a container, by a first process that may never do so.

    While it still has threads it is not over: they hold its port.
    """
    try:
        state = Path(f"/proc/{pid}/stat").read_text("ascii", "replace").rpartition(")")[2].split()[0]
        return state == "Z" and len(os.listdir(f"/proc/{pid}/task")) <= 1  # noqa: PTH208  names only
    except (OSError, IndexError):
        return False
