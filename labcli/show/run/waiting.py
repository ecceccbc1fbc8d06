"""The line at the bottom that lives while a step works, and is gone without a trace when the step ends."""

from __future__ import annotations

import threading
from typing import Any

from rich.text import Text

from labcli.lab.model import Step
from labcli.show.run.expected import expected_text
from labcli.show.screen import Screen, is_terminal
from labcli.show.text import cells, cut, short_ids, visible
from labcli.steps.world import Waiting

AFTER = 0.25
"""Seconds that a step may take before it says that it waits."""
EVERY = 0.1
_NEAR = 5.0
"""Seconds before the deadline from which on it is told."""
_TO_START = "\r\x1b[2K"
"""To the beginning of the line, and nothing is left on it. The cursor is never hidden, so a kill hides none."""


class WaitingLine:
    """What a step waits for, what was last seen, and the seconds, or how many are left: drawn again by a thread.

    Only on a terminal that can go back in a line; nothing is shown anywhere else, with NO_COLOR, ``--plain`` or CI.
    """

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        console = screen.err
        context = screen.context  # a console also calls a log a terminal, where FORCE_COLOR is set
        still = screen.words_only or console.is_dumb_terminal or console.no_color or console.legacy_windows
        self._lives = is_terminal(context.stderr) and not still and not context.env.get("CI")
        self._step: Step | None = None
        self._began = self._told_at = 0.0
        self._told: Waiting | None = None
        self._over = threading.Event()
        self._thread: threading.Thread | None = None
        self._drawn = False

    def begin(self, step: Step) -> None:
        """The step works from now on."""
        self.end()
        if not self._lives:
            return
        self._step, self._told = step, None
        self._began = self._screen.context.monotonic()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._draw_on, args=(self._over,), name="waiting line", daemon=True)
        self._thread.start()

    def tell(self, waiting: Waiting) -> None:
        """What is awaited now. Any thread may say it."""
        self._told, self._told_at = waiting, self._screen.context.monotonic()

    def end(self) -> None:
        """Take the line away."""
        self._over.set()
        if self._thread is not None:
            self._thread.join(1)
            self._thread = None
        if self._drawn:
            self._write(_TO_START)
            self._drawn = False

    def _draw_on(self, over: threading.Event) -> None:
        """Draw until it is over. The seconds go down while a long poll blocks whoever reports them."""
        pause = AFTER
        while not over.wait(pause):
            self._drawn = True
            if not self._write(_TO_START + self._as_ansi(self.line())):
                return
            pause = EVERY

    def _as_ansi(self, line: Text) -> str:
        console = self._screen.err
        with console.capture() as captured:
            console.print(line, end="", soft_wrap=True)
        return captured.get()

    def _write(self, text: str) -> bool:
        stream: Any = self._screen.err.file
        try:
            stream.write(text)
            stream.flush()
        except (OSError, ValueError):  # the terminal has gone
            return False
        return True

    def line(self) -> Text:
        """`` 4  Forget to delete it      ⏳ 1.8 s · until visible is 1 · seen: 0``: never wider than the terminal."""
        screen, step = self._screen, self._step
        width = min(screen.err.width, screen.width) - 1
        head = cut(f"{step.number:>2}  {visible(step.title)}", width // 2) if step is not None else ""
        room = width - cells(head) - 2 - cells(screen.plain("⏳ "))
        return screen.text((head, "bold"), "  ", "⏳ ", cut(screen.plain(self._words()), room))

    def _words(self) -> str:
        told = self._told
        said = [self._time()]
        if told is not None:
            said += [short_ids(visible(awaited))] if (awaited := told.what or self._expected()) else []
            said += [f"seen: {short_ids(visible(told.seen))}"] if told.seen else []
        return " · ".join(said)

    def _time(self) -> str:
        """How long it has waited; what is left, when that is known or when it soon stops waiting."""
        now, told = self._screen.context.monotonic(), self._told
        if told is not None and told.left is not None:
            left = told.left - (now - self._told_at)
            if told.sure or left <= _NEAR:
                return f"{max(0.0, left):.1f} s left"
        return f"{now - self._began:.1f} s"

    def _expected(self) -> str:
        """The first thing that the step waits for."""
        expect = self._step.expect if self._step is not None else {}
        for path, value in expect.items():
            said = expected_text(value)
            verb = "" if said.startswith(("contains ", "matches ")) else "is "
            return f"until {path} {verb}{said}"
        return ""
