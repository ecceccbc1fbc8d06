"""The keyboard while a step works: what is typed is not echoed into the live line, and answers no later question.

Only the echo is off: Ctrl-C, Ctrl-Z and lines are as ever. It comes back on every way out; where nothing can be done
any more (a SIGKILL), shells put it right before they prompt. A process in the background touches no terminal.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TextIO

from labcli.context import Context
from labcli.show.screen import is_terminal


class Keyboard:
    """The terminal that a person types at; without one, nothing happens."""

    def __init__(self, context: Context) -> None:
        self._descriptor = -1
        if is_terminal(context.stdin) and is_terminal(context.stderr):
            self._descriptor = _descriptor_of(context.stdin)
        self._echoes = False
        """Whether it echoed before it was told not to."""

    @contextmanager
    def quiet(self) -> Iterator[None]:
        """No echo inside; afterwards it is as it was."""
        try:
            self.silence()
            yield
        finally:
            self.speak()

    def silence(self) -> None:
        """Echo no keys from now on."""
        if self._may_set() and not self._echoes:
            self._echoes = _set_echo(self._descriptor, False)

    def speak(self) -> None:
        """Echo again, where it did before."""
        if self._echoes and self._may_set():
            _set_echo(self._descriptor, True)
            self._echoes = False

    def forget(self) -> None:
        """Drop what was typed and not read: it was no answer to the question that comes now."""
        if sys.platform == "win32":
            import msvcrt

            while self._descriptor >= 0 and msvcrt.kbhit():
                msvcrt.getwch()
        elif self._may_set():
            import termios

            with suppress(termios.error):
                termios.tcflush(self._descriptor, termios.TCIFLUSH)

    def _may_set(self) -> bool:
        """Whether a terminal is there, and this process in front of it: one behind would be stopped (SIGTTOU)."""
        if self._descriptor < 0 or sys.platform == "win32":  # a console of Windows echoes only what is being read
            return False
        try:
            return os.tcgetpgrp(self._descriptor) == os.getpgrp()
        except OSError:  # it is no terminal of ours, or has gone
            return False


def _set_echo(descriptor: int, wanted: bool) -> bool:
    """Switch the echo; whether that changed something."""
    if sys.platform == "win32":
        return False
    import termios

    try:
        settings = termios.tcgetattr(descriptor)
        if bool(settings[3] & termios.ECHO) is wanted:
            return False
        settings[3] ^= termios.ECHO
        termios.tcsetattr(descriptor, termios.TCSANOW, settings)
    except termios.error:  # it has gone
        return False
    return True


def _descriptor_of(stream: TextIO) -> int:
    try:
        return stream.fileno()
    except (OSError, ValueError, AttributeError):
        return -1
