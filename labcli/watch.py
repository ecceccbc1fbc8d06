"""``labcli day DAY try --watch``: the page of the tasks, alive.

It looks again when the learner has called something, and some moments later, because a message becomes visible and a
count catches up without a call. In between it is idle: it waits for the embedded AWS to say that a call has come.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from labcli.aws.trail import LONGEST_WAIT, TrailCall, read_trail
from labcli.context import Context
from labcli.errors import ExitCode, LabcliError
from labcli.run.by_hand.attempt import Attempt
from labcli.show.watch import Page, draw_line, draw_page, leave_page

_AFTER = (1.0, 3.0, 8.0, 20.0, 35.0)
"""Seconds after the last call when it looks again."""
_PATIENCE = 2.0
"""Seconds until a trail that cannot be read is asked again."""

Look = Callable[[str, bool], Attempt]
"""Looks at a task (empty: the open one); with True also at its proof."""


@dataclass
class Watch:
    """One watch. ``look`` looks at a task, ``hint`` takes a hint and returns its words, ``solution`` the solution's."""

    context: Context
    page: Page
    look: Look
    hint: Callable[[str], str]
    solution: Callable[[str], str]
    sees_calls: bool = True
    _events: asyncio.Queue[str] = field(init=False)
    _again: list[asyncio.TimerHandle] = field(default_factory=list)
    _over: threading.Event = field(default_factory=threading.Event)

    def go(self) -> ExitCode:
        """Watch until the learner leaves: 0 when all tasks are done then, 130 after Ctrl-C."""
        try:
            return asyncio.run(self._go())
        except KeyboardInterrupt:
            return ExitCode.INTERRUPTED
        finally:
            self._over.set()
            leave_page(self.page)

    async def _go(self) -> ExitCode:
        self._events = asyncio.Queue()
        loop = asyncio.get_running_loop()
        if self.sees_calls:
            threading.Thread(target=self._listen, args=(loop,), daemon=True).start()
        with _keys(self._events):
            self._look(prove=True)
            while True:
                event = await self._events.get()
                while event == "look" and not self._events.empty():  # one look for many calls
                    event = self._events.get_nowait()
                if event in ("q", "interrupt"):
                    done = self.page.found is not None and self.page.found.next is None
                    return ExitCode.INTERRUPTED if event == "interrupt" else ExitCode.OK if done else ExitCode.FAILED
                self._on(event, loop)

    def _on(self, event: str, loop: asyncio.AbstractEventLoop) -> None:
        if event == "call":
            for timer in self._again:
                timer.cancel()
            self._again = [loop.call_later(after, self._events.put_nowait, "look") for after in _AFTER]
            self._look(prove=True)
        elif event in ("look", "r"):
            self._look(prove=event == "r")
        elif event == "h":
            self._help(self.hint)
        elif event == "s":
            self._help(self.solution)
        elif event == "n" and self.page.done:
            self.page.task, self.page.help = "", ""
            self._look(prove=True)

    def _look(self, prove: bool) -> None:
        """Look at the task and draw. Somebody else at work on the day is said, and looked past."""
        try:
            found = self.look(self.page.task, prove)
        except LabcliError as error:
            self.page.trouble = error.message
        else:
            self.page.trouble, self.page.found = "", found
            self.page.task = found.verdict.task.id if found.verdict else ""
        draw_page(self.page)

    def _help(self, ask: Callable[[str], str]) -> None:
        try:
            self.page.help = ask(self.page.task)
        except LabcliError as error:
            self.page.help = error.message
        draw_page(self.page)

    def _listen(self, loop: asyncio.AbstractEventLoop) -> None:
        """Wait for the learner's calls, one long question after the other."""
        after, first = 0, True
        while not self._over.is_set():
            try:
                calls = read_trail(self.context, after, 0.0 if first else LONGEST_WAIT)
            except LabcliError:
                self._over.wait(_PATIENCE)
                continue
            after = max([after, *(call.number for call in calls)])
            if calls and not first:
                self._came(loop, calls)
            first = False

    def _came(self, loop: asyncio.AbstractEventLoop, calls: list[TrailCall]) -> None:
        def tell() -> None:
            for call in calls:
                draw_line(self.page, call)
            self._events.put_nowait("call")

        if not self._over.is_set():
            loop.call_soon_threadsafe(tell)


class _keys:  # noqa: N801 - used as a word after `with`
    """The keys that are pressed, as events, without Enter; the terminal is as before afterwards."""

    def __init__(self, events: asyncio.Queue[str]) -> None:
        from prompt_toolkit.input import create_input

        self._events = events
        self._input = create_input()
        self._raw = self._input.raw_mode()
        self._attached = self._input.attach(self._pressed)

    def __enter__(self) -> None:
        self._raw.__enter__()
        self._attached.__enter__()

    def __exit__(self, *error: object) -> None:
        self._attached.__exit__(None, None, None)
        self._raw.__exit__(None, None, None)

    def _pressed(self) -> None:
        from prompt_toolkit.keys import Keys

        for press in self._input.read_keys():
            if press.key in (Keys.ControlC, Keys.ControlBackslash):
                self._events.put_nowait("interrupt")
            elif press.key in (Keys.ControlD, Keys.Escape):
                self._events.put_nowait("q")
            elif press.data in ("h", "s", "n", "q", "r", "H", "S", "N", "Q", "R"):
                self._events.put_nowait(press.data.lower())
        if self._input.closed:
            self._events.put_nowait("q")
