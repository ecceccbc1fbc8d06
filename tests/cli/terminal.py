"""A real terminal for the tests: labcli in a pseudo-terminal, its screen kept by pyte. Waits poll with a deadline."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pexpect
import pyte

REPO = Path(__file__).resolve().parents[2]
PATIENCE = 60.0
"""Seconds after which a test gives up: long, because the machine may be busy."""


def hears_signals() -> None:
    """In the background a shell makes its children deaf to Ctrl-C, nohup to a hang-up; the tests may run there."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


class Terminal:
    """One command in a terminal of ``columns`` by ``rows``."""

    def __init__(
        self, home: Path, *arguments: str, columns: int = 80, rows: int = 24, cwd: Path | None = None, **env: str
    ) -> None:
        self.screen: Any = pyte.HistoryScreen(columns, rows, history=2000)
        self._stream = pyte.Stream(self.screen)
        self.raw = ""
        """All that was ever written."""
        world = {
            "LABCLI_HOME": str(home), "HOME": os.environ["HOME"], "PATH": os.environ.get("PATH", ""),
            "TERM": "xterm-256color", "LANG": "C.UTF-8", "PYTHONPATH": str(REPO), "PROMPT_TOOLKIT_NO_CPR": "1", **env,
        }  # fmt: skip
        self.child = pexpect.spawn(
            sys.executable, ["-m", "labcli", *arguments], env=world, dimensions=(rows, columns), encoding="utf-8",
            timeout=None, cwd=str(cwd or home.parent), preexec_fn=hears_signals,
        )  # fmt: skip

    def _read(self) -> bool:
        """Take what came; False when the command has ended and all was read."""
        try:
            text = self.child.read_nonblocking(4096, 0.05)
        except pexpect.TIMEOUT:
            return True
        except pexpect.EOF:
            return False
        self.raw += text
        self._stream.feed(text)
        return True

    def until(self, holds: Callable[[], bool], what: str) -> None:
        """Read until something holds."""
        end = time.monotonic() + PATIENCE
        while not holds():
            alive = self._read()
            assert alive or holds(), f"it ended before {what}:\n{self.text}"
            assert time.monotonic() < end, f"never {what}:\n{self.text}"

    def sees(self, text: str) -> None:
        """Read until the screen shows a text."""
        self.until(lambda: text in self.text, f"showed {text!r}")

    def ends(self) -> int:
        """Read to the end; the exit code, or 128 and the signal's number."""
        end = time.monotonic() + PATIENCE
        while self._read():
            assert time.monotonic() < end, f"it does not end:\n{self.text}"
        self.child.close()
        return int(self.child.exitstatus if self.child.exitstatus is not None else 128 + self.child.signalstatus)

    def hang_up(self) -> int:
        """Close the terminal, as a window is closed; the exit code of what ran in it."""
        self.child.ptyproc.fileobj.close()
        self.child.closed = self.child.ptyproc.closed = True
        return int(self.child.wait())

    def type(self, text: str) -> None:
        """Press keys."""
        self.child.send(text)

    def interrupt(self) -> None:
        """Ctrl-C."""
        self.child.sendintr()

    @property
    def lines(self) -> list[str]:
        """All lines, also those that went out at the top."""
        above = [
            "".join(row[column].data for column in range(self.screen.columns)) for row in self.screen.history.top
        ]  # fmt: skip
        return [line.rstrip() for line in [*above, *self.screen.display]]

    @property
    def text(self) -> str:
        """All that a person can see, scrolling up."""
        return "\n".join(self.lines).rstrip() + "\n"

    @property
    def last(self) -> str:
        """The last line."""
        return self.text.splitlines()[-1]
