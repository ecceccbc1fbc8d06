"""A run on the screen: one line a step, under it only what proves the step."""

from __future__ import annotations

import json
import threading
from typing import Any

from rich.cells import cell_len
from rich.live import Live as RichLive
from rich.text import Text

from labcli.run.events import Ended, Event, Made, Note, Outcome, Started, StepStarted
from labcli.show.evidence import draw
from labcli.show.screen import Screen
from labcli.show.text import MARKS, STYLES, cut, plural, seconds, short_ids, visible
from labcli.steps.world import Waiting

DAYS = {"mon": "Monday", "tue": "Tuesday", "wed": "Wednesday", "thu": "Thursday", "fri": "Friday"}


def day_name(lab: str) -> str:
    """``mon`` → ``Monday``; other labs by their id."""
    return DAYS.get(lab, lab)


class RunScreen:
    """Shows the events of a run as they come. ``detail``: 0 only lines, 1 evidence and texts, 2 every call too."""

    def __init__(self, screen: Screen, detail: int, guided: bool = False) -> None:
        self.screen = screen
        self.detail = detail
        self.guided = guided
        self._calls: list[Made] = []
        self._live: RichLive | None = None
        self._waiting: Waiting | None = None
        self._step: StepStarted | None = None
        self._lock = threading.Lock()

    def __call__(self, event: Event) -> None:
        """Show one event."""
        match event:
            case Started():
                self._started(event)
            case Note():
                self.screen.line(visible(event.text), err=True)
            case StepStarted():
                self._step, self._waiting, self._calls = event, None, []
            case Waiting():
                self._wait(event)
            case Made():
                self._calls.append(event)
            case Outcome():
                self._outcome(event)
            case Ended():
                self._ended(event)

    def pause(self) -> None:
        """Take the waiting line away, for a question."""
        with self._lock:
            if self._live is not None:
                self._live.stop()
                self._live = None

    def _started(self, event: Started) -> None:
        lab = event.lab
        self.screen.line((f"{day_name(lab.id)} · ", "bold"), (visible(lab.title), "bold"))
        about = f" · about {lab.run_minutes * 60:g} s" if lab.run_minutes else ""
        hint = "" if self.guided else " (new here? --guided stops and explains)"
        said = f"{event.target.words} · run {event.run} · {plural(len(lab.steps), 'step')}{about}{hint}"
        self.screen.line((visible(said), "dim"))
        self.screen.line("")

    def _wait(self, event: Waiting) -> None:
        self._waiting = event
        if not self.screen.err.is_terminal:
            return
        with self._lock:
            if self._live is None:
                self._live = RichLive(
                    get_renderable=self._waiting_line, console=self.screen.err, transient=True, refresh_per_second=8
                )
                self._live.start()

    def _waiting_line(self) -> Text:
        waiting, step = self._waiting, self._step
        if waiting is None or step is None:
            return Text("")
        left = f" · {waiting.left:.1f} s left" if waiting.left is not None else ""
        seen = f" · seen: {short_ids(visible(waiting.seen))}" if waiting.seen else ""
        said = f"{step.step.number:>2}  {visible(step.step.title)}  ⏳ {waiting.what}{seen}{left}"
        return self.screen.text(cut(said, self.screen.width - 1))

    def _outcome(self, event: Outcome) -> None:
        self.pause()
        mark = MARKS[event.state]
        if event.state in ("skipped", "repeated") and self.detail < 2:
            self._line(event, mark)
            return
        self._line(event, mark)
        if self.detail >= 2:
            self._show_calls()
        if self.detail < 1 and event.state != "failed":
            return
        if event.state == "passed":
            draw(self.screen, event.evidence)
            self._texts(event)
        elif event.state == "failed":
            self._failed(event)

    def _line(self, event: Outcome, mark: str) -> None:
        title = visible(event.step.title)
        took = seconds(event.seconds) if event.state not in ("skipped",) else ""
        held = sum(each.held for each in event.held)
        count = f" {held}" if event.state == "passed" and held else ""
        room = self.screen.width - 4 - 16
        title = cut(title, room - 1)
        pad = " " * max(1, room - cell_len(title))
        style = STYLES[mark]
        self.screen.line(
            (f"{event.step.number:>2}  ", "dim"), (title, "bold"), pad, (mark, style), (f"{count:<5}", style),
            (f"{took:>8}", "dim"),
        )  # fmt: skip

    def _texts(self, event: Outcome) -> None:
        if event.step.say:
            self.screen.wrapped(event.step.say, 4)
        target = "local"
        for where, text in event.step.differs.items():
            if where == target:
                self.screen.wrapped(f"differs: {text}", 4, "italic yellow")

    def _failed(self, event: Outcome) -> None:
        rows = [
            (each.path, _expected(each.expected), each.seen) for each in event.held if not each.held
        ]  # fmt: skip
        tries = f"seen (last of {event.tries} tries)" if event.tries > 1 else "seen"
        if rows:
            self.screen.table(("expectation", "expected", tries), rows, 6)
        if event.error:
            self.screen.wrapped(event.error, 4, "red")
        if event.hint:
            self.screen.wrapped(event.hint, 4)

    def _show_calls(self) -> None:
        for made in self._calls:
            self.screen.line("      ", ("→ ", "cyan"), cut(visible(f"{made.call} {_json(made.call.params)}"), 2000))
            answer = str(made.answer) if isinstance(made.answer, Exception) else _json(made.answer)
            self.screen.line("      ", ("← ", "cyan"), cut(visible(answer), 2000))

    def _ended(self, event: Ended) -> None:
        self.pause()
        screen, lab = self.screen, event.lab
        options = event.target.options
        screen.line("")
        if event.state == "passed":
            done = sum(outcome.state in ("passed", "repeated") for outcome in event.outcomes)
            screen.line(
                ("✔ ", "green"),
                f"{plural(done, 'step')}, {plural(event.held, 'expectation')} held · {event.seconds:.1f} s · "
                f"{plural(event.calls, 'call')} · on AWS: {event.cost}",
            )
        names = ", ".join(each.name + ("" if each.sure else " (perhaps)") for each in event.live)
        count = plural(len(event.live), "resource")
        if event.state == "passed":
            if event.live:
                screen.line(f"{count} {'are' if len(event.live) != 1 else 'is'} live: {names}")
                screen.next(f"labcli verify {lab.id}{options}", f"take them away: labcli cleanup {lab.id}{options}")
            else:
                screen.line("Nothing is live.")
                screen.next("labcli status")
            return
        word = "Interrupted" if event.state == "interrupted" else "Stopped"
        what = f"{count} {'are' if len(event.live) != 1 else 'is'} live" if event.live else "nothing is live"
        screen.line(f"{word} at step {event.stopped_at} of {len(lab.steps)} · {what} · the ledger is safe")
        if event.live:
            screen.line(f"live: {names}")
        again = f"labcli day {lab.id} run --from {event.stopped_at}{options}" if event.stopped_at else ""
        take = f"take it away: labcli cleanup {lab.id}{options}" if event.live else ""
        screen.next(again or f"labcli day {lab.id} run{options}", take)


def _expected(expected: Any) -> str:
    if isinstance(expected, dict) and len(expected) == 1:
        name, value = next(iter(expected.items()))
        if name == "present":
            return "something" if value else "nothing"
        if name in ("lt", "gt", "not", "contains", "matches", "equals"):
            words = {"lt": "less than", "gt": "more than", "not": "not", "equals": ""}.get(name, name)
            return f"{words} {visible(value)}".strip()
    return visible(expected)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)
