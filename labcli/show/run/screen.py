"""A run on the screen: one line a step, under it only what proves the step."""

from __future__ import annotations

from typing import Any

from labcli.lab.model import Step
from labcli.run import typed
from labcli.run.events import CallMade, Ended, Event, Note, Outcome, Started, StepStarted
from labcli.run.typed import Given
from labcli.show.day import draw_introduction
from labcli.show.keyboard import Keyboard
from labcli.show.mention import mention
from labcli.show.run.calls import draw_calls
from labcli.show.run.commands import Typed
from labcli.show.run.evidence import draw
from labcli.show.run.expected import expected_text
from labcli.show.run.waiting import WaitingLine
from labcli.show.screen import Screen
from labcli.show.styles import MARKS, STYLES
from labcli.show.text import are, cells, cut, day_name, plural, seconds, visible
from labcli.steps.world import Waiting


class RunScreen:
    """Shows the events of a run as they come. ``detail``: 0 only lines, 1 evidence and texts, 2 every call too.

    ``introduces``: goals and notes come first.
    """

    def __init__(self, screen: Screen, detail: int, given: Given = typed.NOTHING, introduces: bool = False) -> None:
        self.screen = screen
        self.detail = detail
        self.given = given
        self.introduces = introduces
        self.prediction = ""
        """What a person said will come; it is shown beside what came."""
        self._calls: list[CallMade] = []
        self._waiting = WaitingLine(screen)
        self.keyboard = Keyboard(screen.context)
        self._differs: tuple[str, ...] = ("local",)
        """The targets of which a lab may say how they differ; the first that it names is told."""
        self.typed = Typed(screen)
        self._apart = False
        """Whether something stands under the last step, so that the next one needs a blank line."""

    def __call__(self, event: Event) -> None:
        """Show one event."""
        match event:
            case Waiting():
                self._waiting.tell(event)
                return
            case CallMade():
                self._calls.append(event)
                return
            case StepStarted():
                self._calls = []
                self._part()
                self._waiting.begin(event.step)
                return
        self._waiting.end()
        match event:
            case Started():
                self._started(event)
            case Note():
                self.screen.flow(visible(event.text), err=True)
            case Outcome():
                self._outcome(event)
            case Ended():
                self._ended(event)

    def pause(self) -> None:
        """Take the waiting line away, for a question; what was typed before it is no answer."""
        self._waiting.end()
        self.keyboard.speak()
        self.keyboard.forget()

    def go_on(self, step: Step) -> None:
        """The question was answered: the step works."""
        self.keyboard.silence()
        self._waiting.begin(step)

    def _started(self, event: Started) -> None:
        lab, screen = event.lab, self.screen
        like = ("aws-like",) if event.target.aws_like is not None else ()
        self._differs = (*like, event.target.name)
        self.typed = Typed(screen, event.target)
        if self.detail < 1:
            return
        screen.flow((f"{day_name(lab.id)} · {visible(lab.title)}", "bold"))
        about = f" · about {lab.run_minutes * 60:g} s" if lab.run_minutes else ""
        said = f"{event.target.words} · run {event.run} · {plural(len(lab.steps), 'step')}{about}"
        hint = "" if self.given.guided else " (new here? --guided stops and explains)"
        if cells(said + hint) > screen.width:
            screen.flow(visible(said))
            said, hint = "", hint.strip()
        screen.flow(visible(said + hint))
        if self.introduces:
            draw_introduction(screen, lab)
        screen.line("")

    def _part(self) -> None:
        if self._apart:
            self.screen.line("")
        self._apart = False

    def _outcome(self, event: Outcome) -> None:
        self._part()
        self._line(event)
        if self.detail >= 2 and self._calls:
            self._apart = True
            draw_calls(self.screen, self._calls, self.typed)
        elif self.given.guided and self._calls and event.state == "passed":
            self._apart = True
            self.typed.draw_few([each.call for each in self._calls])
        self._calls = []
        if event.state == "failed":
            self._failed(event)
        elif event.state == "passed" and self.detail >= 1:
            self._apart = self._apart or bool(event.evidence or event.step.say or event.step.differs)
            draw(self.screen, event.evidence)
            self._predicted()
            self._texts(event.step)

    def _line(self, event: Outcome) -> None:
        """Number, title, mark and how many expectations held, time: the last two columns at the same place always."""
        screen, mark = self.screen, MARKS[event.state]
        held = sum(each.met for each in event.expectations)
        count = f" {held}" if event.state == "passed" and held else ""
        word = f" {event.state}" if event.state in ("skipped", "repeated") else ""
        took = seconds(event.seconds) if not word and event.state != "interrupted" else ""
        if screen.words_only:
            held_words = f", {plural(held, 'expectation')} held" if count else ""
            after = f": {event.state}{held_words}{took and f', {took}'}"
            screen.flow(f"{event.step.number}. ", (visible(event.step.title), "bold"), after)
            return
        room = screen.width - 4 - 18
        title = cut(screen.plain(visible(event.step.title)), room)
        behind = f"{count}{word}"
        screen.line(
            f"{event.step.number:>2}  ", (title, "bold"), " " * (room - cells(title) + 2), (mark, STYLES.get(mark, "")),
            f"{behind:<{7 - cells(screen.plain(mark))}}{took:>9}" if took else behind,
        )  # fmt: skip

    def _texts(self, step: Step) -> None:
        if step.say:
            self.screen.wrapped(step.say, 4)
        if text := next((step.differs[each] for each in self._differs if each in step.differs), ""):
            self.screen.labelled("differs:", "differs", text, 4)

    def _predicted(self) -> None:
        if self.prediction:
            self.screen.wrapped(f"You said: {self.prediction}", 4, "bold")
            self.prediction = ""

    def _failed(self, event: Outcome) -> None:
        rows = [(each.path, *_apart(each.expected, each.seen)) for each in event.expectations if not each.met]
        tries = f"seen (last of {event.tries} tries)" if event.tries > 1 else "seen"
        if rows:
            self.screen.table(("expectation", "expected", tries), rows, 6)
        if event.error:
            self.screen.wrapped(event.error, 4, "bold")
        if event.hint:
            self.screen.wrapped(event.hint, 4)
        if event.near:
            self.screen.wrapped(event.near, 4)
        self._predicted()
        self._apart = False

    def _ended(self, event: Ended) -> None:
        screen, lab = self.screen, event.lab
        options, name = event.target.options, typed.of_lab(lab, self.screen.context.env)
        if self.detail >= 1:
            screen.line("")
        names, live = _names(event), len(event.live) + sum(event.made_first.values())
        count = plural(live, "resource")
        take = typed.cleanup([lab.id], options)
        if event.state == "passed":
            self._summary(event)
            screen.flow(f"{count} {are(live)} live: {names}" if live else "Nothing is live.")
            if self.detail >= 1:
                mention(screen, lab, name)
            if event.live and lab.checks and not event.left:
                screen.next(typed.verify([name], options), f"take {_them(live)} away: {take}")
            else:
                screen.next(take if live else "labcli")
            return
        stopped = "Interrupted" if event.state == "interrupted" else "Stopped"
        at = f" at step {event.stopped_at} of {len(lab.steps)}" if event.stopped_at else ""
        what = f"{count} {are(live)} live" if live else "nothing is live"
        screen.flow(f"{stopped}{at} · {what} · the ledger is safe")
        if live:
            screen.flow(f"live: {names}")
        first = lab.steps[0].number if lab.steps else ""
        again = event.stopped_at if event.stopped_at != first else ""
        aside = f"take {_them(live)} away: {take}" if live else ""
        onward = take if event.left else typed.run_day(name, self.given, again, options)
        screen.next(onward, "" if event.left else aside)

    def _summary(self, event: Ended) -> None:
        done = sum(outcome.state in ("passed", "repeated") for outcome in event.outcomes)
        skipped = sum(outcome.state == "skipped" for outcome in event.outcomes)
        also = f" ({skipped} skipped)" if skipped else ""
        self.screen.flow(
            ("✔ ", "good"),
            f"{plural(done, 'step')}{also}, {plural(event.held, 'expectation')} held · {seconds(event.seconds)} · "
            f"{plural(event.calls, 'call')} · on AWS: {event.cost}",
        )


def _apart(expected: Any, seen: Any) -> tuple[str, Any]:
    """What was expected and what came; of two mappings, only what differs, so that it can be seen."""
    if isinstance(expected, dict) and isinstance(seen, dict) and len(expected) > 1:
        same = [key for key in expected if key in seen and seen[key] == expected[key]]
        expected = {key: value for key, value in expected.items() if key not in same}
        seen = {key: value for key, value in seen.items() if key not in same}
    return expected_text(expected), seen


def _them(count: int) -> str:
    return "it" if count == 1 else "them"


def _names(event: Ended) -> str:
    """What is live: by name what the lab declares, by number what came along, and what was made first of other days."""
    own = [each for each in event.live if "." not in each.name]
    said = [each.name + ("" if each.sure else " (perhaps)") for each in own]
    brought = len(event.live) - len(own)
    parts = [", ".join(said)] if said else []
    parts += [f"{brought} that came along"] if brought else []
    parts += [f"{count} of {day}, made for this one" for day, count in event.made_first.items()]
    return " and ".join(parts)
