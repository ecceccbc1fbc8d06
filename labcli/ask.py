"""Questions to a person at a terminal. Nobody is asked where nobody sits: the commands look before they come here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from labcli.lab.model import Step
from labcli.run.events import Event, Outcome
from labcli.show.screen import Screen
from labcli.show.text import visible


def type_it(question: str) -> str:
    """What a person types. KeyboardInterrupt on Ctrl-C."""
    import questionary

    return str(questionary.text(visible(question)).unsafe_ask())


def yes_or_no(question: str) -> bool:
    """Yes or no, no by default. KeyboardInterrupt on Ctrl-C."""
    import questionary

    return bool(questionary.confirm(visible(question), default=False).unsafe_ask())


class Guide:
    """A guided run: it stops at each step, asks for a prediction before the first call, explains after it."""

    def __init__(self, screen: Screen, then: Any) -> None:
        self._screen = screen
        self._then: Callable[[Event], None] = then
        self._pause = getattr(then, "pause", lambda: None)
        self._prediction = ""
        self._first = True

    def before(self, step: Step) -> None:
        """Show the step and wait for a person; ask what it asks."""
        import questionary

        self._pause()
        self._screen.line("")
        self._screen.line((f"{step.number:>2}  ", "dim"), (visible(step.title), "bold"))
        self._prediction = ""
        if step.ask:
            self._screen.wrapped(step.ask, 4, "yellow")
            self._prediction = str(questionary.text("Your prediction (Enter to go on):").unsafe_ask()).strip()
        elif not self._first:
            questionary.press_any_key_to_continue("Press any key to go on …").unsafe_ask()
        self._first = False

    def tell(self, event: Event) -> None:
        """Pass an event on; after a step that asked, the prediction stands beside what came."""
        self._then(event)
        if isinstance(event, Outcome) and event.state == "passed" and self._prediction:
            self._screen.wrapped(f"You said: {self._prediction}", 4, "yellow")
            self._prediction = ""
