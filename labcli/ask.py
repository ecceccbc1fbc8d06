"""Questions to a person at a terminal. Nobody is asked where nobody sits: the commands look before they come here."""

from __future__ import annotations

import sys
from typing import Any

from labcli.lab.model import Step
from labcli.show.run import RunScreen
from labcli.show.screen import Screen
from labcli.show.text import visible


def type_it(question: str) -> str:
    """What a person types. KeyboardInterrupt on Ctrl-C."""
    import questionary

    return str(_answer(questionary.text(visible(question), **_on_stderr())))


def yes_or_no(question: str) -> bool:
    """Yes or no, no by default. KeyboardInterrupt on Ctrl-C."""
    import questionary

    return bool(_answer(questionary.confirm(visible(question), default=False, **_on_stderr())))


def _answer(question: Any) -> Any:
    """The answer of a person. KeyboardInterrupt on Ctrl-C, and on Ctrl-D, which means the same here."""
    try:
        return question.unsafe_ask()
    except EOFError:
        raise KeyboardInterrupt from None


def _on_stderr() -> dict[str, Any]:
    """Questions go to stderr: stdout may be a file, and a question in it is not seen."""
    from prompt_toolkit.output import create_output

    return {"output": create_output(stdout=sys.stderr)}


class Guide:
    """A guided run: it stops at each step, asks for a prediction before the first call, explains after it."""

    def __init__(self, screen: Screen, then: RunScreen) -> None:
        self._screen = screen
        self._then = then
        self._first = True

    def before(self, step: Step) -> None:
        """Wait for a person; ask what the step asks. KeyboardInterrupt on Ctrl-C."""
        import questionary

        self._then.pause()
        self._then.prediction = ""
        if step.ask:
            self._screen.line((f"{step.number:>2}  ", "dim"), (visible(step.title), "bold"))
            self._screen.wrapped(step.ask, 4, "yellow")
            asked = questionary.text("Your prediction (Enter to go on):", **_on_stderr())
            self._then.prediction = str(_answer(asked)).strip()
        elif not self._first:
            said = f"Step {step.number}: {visible(step.title)}. Press any key to go on …"
            _answer(questionary.press_any_key_to_continue(self._screen.plain(said), **_on_stderr()))
        self._first = False
        self._then.go_on(step)
