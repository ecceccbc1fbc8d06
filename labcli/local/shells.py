"""Which shell a learner types into, and how it is told what: hints and ``local env`` speak its language.

The shell is the nearest of this process's parents that is one. No variable tells it: SHELL names the one of the login.
"""

from __future__ import annotations

import os
import re
import shlex
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import islice
from pathlib import Path, PureWindowsPath

SHELLS = ("sh", "fish", "powershell", "cmd")
VARIABLE = "LABCLI_SHELL"
_SPEAK = {
    **dict.fromkeys(("sh", "bash", "dash", "zsh", "ksh", "ash", "mksh", "busybox"), "sh"),
    **dict.fromkeys(("powershell", "pwsh", "powershell_ise"), "powershell"),
    "fish": "fish",
    "cmd": "cmd",
}
_OTHERS = ("csh", "tcsh", "nu", "elvish", "xonsh")
"""Shells whose language is none of ours: behind them nobody looks further."""
_ENV = {
    "sh": 'eval "$(labcli local env{})"',
    "fish": "labcli local env{} | source",
    "powershell": "labcli local env{} | Out-String | Invoke-Expression",
    "cmd": "for /f \"delims=\" %i in ('labcli local env{}') do @%i",
}
_UNSET = {
    "sh": "unset {}",
    "fish": "set -e {}",
    "powershell": "Remove-Item Env:{}",
    "cmd": 'set "{}="',
}


_PLAIN = re.compile(r"[A-Za-z0-9_./:=+-]+")
"""Words that every shell hands on as they are."""
_POWERSHELL_QUOTES = re.compile("(['‘’‚‛])")


@dataclass(frozen=True)
class Shell:
    """A shell: the name of its language, one of ``SHELLS``, and how that was found out."""

    name: str
    why: str

    def enter(self) -> str:
        """The command by which this shell points at the embedded AWS."""
        return _ENV[self.name].format("")

    def leave(self) -> str:
        """The command by which it no longer does."""
        return _ENV[self.name].format(" --unset")

    def unset(self, variable: str) -> str:
        """The command that takes a variable away."""
        return _UNSET[self.name].format(variable)

    def quote(self, word: str) -> str:
        """A word of a command so that this shell hands it on as it is; a plain one stays as it is.

        Within cmd nothing keeps a ``%`` from being read, where it names a variable that is there.
        """
        if _PLAIN.fullmatch(word):
            return word
        if self.name == "powershell":
            return "'" + _POWERSHELL_QUOTES.sub(r"\1\1", word) + "'"
        if self.name == "cmd":  # the program reads its own line: Microsoft, "Parsing C command-line arguments"
            return '"' + re.sub(r'(\\*)("|$)', lambda found: found[1] * 2 + ('\\"' if found[2] else ""), word) + '"'
        if self.name == "fish":
            return "'" + word.replace("\\", "\\\\").replace("'", "\\'") + "'"
        return shlex.quote(word)

    def pointed(self, command: str) -> str:
        """A command with the embedded AWS behind it, after which the shell is as it was."""
        if self.name == "sh":
            return f"({self.enter()}; {command})"  # in a shell of its own
        if self.name == "cmd":
            return f"({self.enter()}) & {command} & ({self.leave()})"
        return f"{self.enter()}; {command}; {self.leave()}"


def quoted(word: str) -> str:
    """A word of a printed command, quoted for the shell that is there, where it must be."""
    return word if _PLAIN.fullmatch(word) else current().quote(word)


def current(env: Mapping[str, str] | None = None) -> Shell:
    """The shell that is there: what ``LABCLI_SHELL`` says, else the nearest parent; ``why`` says which of them."""
    said = (os.environ if env is None else env).get(VARIABLE, "")
    return Shell(said, f"{VARIABLE} says so") if said in SHELLS else _of_parents()


@cache
def _of_parents() -> Shell:
    for name in islice(_parents(), 20):
        if name in _SPEAK:
            return Shell(_SPEAK[name], f"your shell is {name}")
        if name in _OTHERS:
            return Shell(_default(), f"your shell, {name}, is none that labcli speaks")
    return Shell(_default(), "your shell was not recognised")


def _default() -> str:
    return "powershell" if sys.platform == "win32" else "sh"


def _parents() -> Iterator[str]:
    """The programs above this process, the nearest first, as plain names."""
    table = _windows() if sys.platform == "win32" else None
    pid = os.getppid()
    seen = {os.getpid()}
    while pid > 1 and pid not in seen:
        seen.add(pid)
        found = table.get(pid) if table is not None else _proc(pid) or _ps(pid)
        if found is None:
            return
        pid, program = found
        yield plain(program)


def plain(program: str) -> str:
    """``-bash``, ``/bin/zsh``, ``C:\\…\\cmd.EXE`` as ``bash``, ``zsh``, ``cmd``."""
    return PureWindowsPath(program).name.lower().removeprefix("-").removesuffix(".exe")


def _proc(pid: int) -> tuple[int, str] | None:
    try:
        text = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace")
    except OSError:
        return None
    before, _, after = text.rpartition(")")
    fields = after.split()
    return (int(fields[1]), before.partition("(")[2]) if len(fields) > 1 else None


def _ps(pid: int) -> tuple[int, str] | None:
    import subprocess

    try:
        done = subprocess.run(  # noqa: S603  a number, and no shell
            ["/bin/ps", "-o", "ppid=,comm=", "-p", str(pid)],
            capture_output=True, encoding="utf-8", errors="replace", timeout=5, check=False,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return None
    parent, _, program = done.stdout.strip().partition(" ")
    return (int(parent), program.strip()) if parent.isdecimal() else None


def _windows() -> dict[int, tuple[int, str]]:
    """Every process: its parent's number and its program (Microsoft's documentation of CreateToolhelp32Snapshot)."""
    import ctypes
    from typing import Any

    class Entry(ctypes.Structure):
        """PROCESSENTRY32W."""

        _fields_ = (
            ("size", ctypes.c_uint32), ("usage", ctypes.c_uint32), ("pid", ctypes.c_uint32),
            ("heap", ctypes.c_size_t), ("module", ctypes.c_uint32), ("threads", ctypes.c_uint32),
            ("parent", ctypes.c_uint32), ("priority", ctypes.c_long), ("flags", ctypes.c_uint32),
            ("program", ctypes.c_wchar * 260),
        )  # fmt: skip

    windows: Any = ctypes
    kernel = windows.WinDLL("kernel32")
    kernel.CreateToolhelp32Snapshot.restype = ctypes.c_void_p
    snapshot = ctypes.c_void_p(kernel.CreateToolhelp32Snapshot(2, 0))
    found: dict[int, tuple[int, str]] = {}
    entry = Entry(size=ctypes.sizeof(Entry))
    more = kernel.Process32FirstW(snapshot, ctypes.byref(entry))
    while more:
        found[entry.pid] = (entry.parent, entry.program)
        more = kernel.Process32NextW(snapshot, ctypes.byref(entry))
    kernel.CloseHandle(snapshot)
    return found
