"""The page of the tasks while somebody works: the open task, what it lacks, the learner's calls as they come."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field, replace
from io import StringIO
from typing import TextIO

from rich.control import Control

from labcli.aws.trail import TrailCall
from labcli.run.by_hand.attempt import Attempt
from labcli.show.notes import draw_notes
from labcli.show.screen import Screen
from labcli.show.tasks import draw_head, draw_list, draw_row, draw_task
from labcli.show.text import clock, cut, visible

_CALLS = 5
"""The newest calls that are shown."""
_READS = ("get_", "list_", "describe_", "head_")
_KEYS = "h hint · s solution · n next · r look again · q leave"


@dataclass
class Page:
    """What is drawn. ``alive`` redraws one page; without it each change is a line of its own."""

    screen: Screen
    alive: bool
    task: str = ""
    found: Attempt | None = None
    calls: deque[TrailCall] = field(default_factory=lambda: deque(maxlen=50))
    help: str = ""
    trouble: str = ""
    sees_calls: bool = True
    _said: set[str] = field(default_factory=set)
    _open: bool = False

    @property
    def done(self) -> bool:
        """Whether the task on the page is done."""
        return self.found is not None and self.found.verdict is not None and self.found.verdict.done


def draw_line(page: Page, call: TrailCall) -> None:
    """A call has come."""
    page.calls.append(call)
    if not page.alive:
        page.screen.line(_said(call))


def draw_page(page: Page) -> None:
    """Draw the page as it stands."""
    if page.alive:
        _redraw(page)
    else:
        _say(page)


def leave_page(page: Page) -> None:
    """Give the terminal back, and leave the last page on it."""
    if not page.alive or not page._open:
        return
    console = page.screen.out
    console.control(Control.alt_screen(False), Control.show_cursor(True))
    page._open = False
    if page.found is not None:
        from labcli.show.tasks import draw_attempt

        draw_attempt(page.screen, page.found)


def _redraw(page: Page) -> None:
    """The whole page on the terminal's other screen; what does not fit below is cut off."""
    console = page.screen.out
    if not page._open:
        console.control(Control.alt_screen(True), Control.show_cursor(False))
        page._open = True
    lines = _drawn(page).splitlines()[: max(console.height - 1, 5)]
    console.control(Control.home(), Control.clear())
    page.screen.raw("\r\n".join(lines))


def _drawn(page: Page) -> str:
    """The page as text with its colours."""
    into = _Memory(page.screen.context.stdout)
    screen = Screen(replace(page.screen.context, stdout=into, stderr=into))
    screen.out.width = screen.err.width = page.screen.out.width
    _draw(screen, page)
    return into.getvalue()


class _Memory(StringIO):
    """A stream that remembers, and is as much of a terminal as another."""

    def __init__(self, other: TextIO) -> None:
        super().__init__()
        self._other = other

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return self._other.encoding or "utf-8"

    def isatty(self) -> bool:
        return self._other.isatty()


def _draw(screen: Screen, page: Page) -> None:
    found = page.found
    if found is not None:
        draw_head(screen, found)
        draw_list(screen, found)
        screen.line("")
        if found.verdict is None:
            screen.flow("All tasks are done.")
        draw_task(screen, found)
    if page.help:
        screen.line("")
        draw_notes(screen, page.help, 4)
    if page.trouble:
        screen.line("")
        screen.flow(("✘ ", "bad"), visible(page.trouble))
    screen.line("")
    if not page.sees_calls:
        screen.flow("your calls are not visible on AWS: r looks again")
    for line in _newest(page):
        screen.line(cut(line, screen.width - 2))
    screen.flow(("n: the next task · q leave" if page.done and found and found.next else _KEYS, "code"))


def _newest(page: Page) -> list[str]:
    """The newest calls, reads beside each other in one line; a failed one with its reason."""
    lines: list[str] = []
    reads = 0
    for call in page.calls:
        if call.ok and call.operation.startswith(_READS):
            reads += 1
            continue
        if reads:
            lines.append(f"  {reads} read{'s' if reads > 1 else ''}")
            reads = 0
        lines.append(_said(call))
    if reads:
        lines.append(f"  {reads} read{'s' if reads > 1 else ''}")
    return lines[-_CALLS:]


def _said(call: TrailCall) -> str:
    """``14:03:09 aws CLI  sqs delete-message inbox  ReceiptHandleIsInvalid: The input receipt handle is invalid.``"""
    what = f"{call.service} {call.operation.replace('_', '-')}"
    name = call.resource.rsplit("/", 1)[-1].rsplit(":", 1)[-1]
    failed = f"  ✘ {call.error}: {call.message}" if not call.ok else ""
    return visible(f"{clock(call.time)}  {call.client}  {what}{f' {name}' if name else ''}{failed}")


def _say(page: Page) -> None:
    """The rows that changed, and help, each as a line of its own: for who hears the screen."""
    found, screen = page.found, page.screen
    if page.trouble:
        screen.line(visible(page.trouble))
    if page.help:
        draw_notes(screen, page.help, 0)
        page.help = ""
    if found is None or found.verdict is None:
        return
    for row in found.verdict.rows:
        key = f"{found.verdict.task.id} {row.title} {row.state} {row.said}"
        if key not in page._said:
            page._said.add(key)
            draw_row(screen, row)
    done = f"{found.verdict.task.id} done"
    if found.verdict.done and done not in page._said:
        page._said.add(done)
        screen.line(f"Task {found.verdict.task.number} is done. n: the next task, q: leave")
