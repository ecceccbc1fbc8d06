"""Windows only: a function's process, and all that it starts, in a job, which Windows ends as a whole.

A job ends when it is told to, and when its last handle goes: with the server, however that ended (Microsoft's
documentation of job objects, JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE). Elsewhere process groups do this.
"""

from __future__ import annotations

import ctypes
import subprocess
import sys
from types import SimpleNamespace
from typing import Any

_EXTENDED_LIMITS = 9
_KILL_ON_CLOSE = 0x2000
_SIZE = 144 if sys.maxsize > 2**32 else 112
"""Bytes of JOBOBJECT_EXTENDED_LIMIT_INFORMATION; LimitFlags stands behind two times of 8 bytes."""


class Job:
    """One job; it ends with this object."""

    _kernel: Any
    _handle: Any = None

    def __init__(self, process: Any) -> None:
        """Put a process into a new job, before it starts any other. OSError when Windows refuses."""
        windows: Any = ctypes
        self._kernel = windows.WinDLL("kernel32", use_last_error=True)
        for name in ("CreateJobObjectW", "AssignProcessToJobObject", "SetInformationJobObject", "TerminateJobObject"):
            getattr(self._kernel, name).restype = ctypes.c_void_p if name.startswith("Create") else ctypes.c_int
        self._handle = ctypes.c_void_p(self._kernel.CreateJobObjectW(None, None))
        limits = ctypes.create_string_buffer(_SIZE)
        ctypes.memmove(ctypes.byref(limits, 16), _KILL_ON_CLOSE.to_bytes(4, "little"), 4)
        if not (
            self._kernel.SetInformationJobObject(self._handle, _EXTENDED_LIMITS, limits, _SIZE)
            and self._kernel.AssignProcessToJobObject(self._handle, ctypes.c_void_p(int(process._handle)))
        ):
            raise windows.WinError(windows.get_last_error())

    def end(self) -> None:
        """End every process in it, at once."""
        self._kernel.TerminateJobObject(self._handle, 1)

    def __del__(self) -> None:
        if self._handle:
            self._kernel.CloseHandle(self._handle)


def in_jobs() -> Any:
    """The module ``subprocess`` for those who start functions' processes: each of them in a job of its own."""

    def popen(*args: Any, **more: Any) -> Any:
        process: Any = subprocess.Popen(*args, **more)  # noqa: S603  what the engine starts, no shell
        try:
            process.labcli_job = Job(process)
        except OSError:
            process.kill()
            raise
        return process

    return SimpleNamespace(**{**vars(subprocess), "Popen": popen})
