"""Questions to a person at a terminal. Nobody is asked where nobody sits: the commands look before they come here."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

from labcli.errors import ExitCode
from labcli.lab.model import Call, Lab, Step
from labcli.run.quiz import Posed, Score, pose, take
from labcli.run.shelf import day_argument
from labcli.show.keyboard import Keyboard
from labcli.show.quiz import draw_answer, draw_head, draw_question, draw_score, option
from labcli.show.run.screen import RunScreen
from labcli.show.screen import Screen
from labcli.show.text import plural, visible

OPEN = "Your answer (Enter to skip):"


def type_it(screen: Screen, question: str) -> str:
    """What a person types. KeyboardInterrupt on Ctrl-C."""
    if screen.words_only:
        return _read(screen, question)
    import questionary

    return str(_answer(questionary.text(screen.plain(visible(question)), **_on_stderr())))


def yes_or_no(screen: Screen, question: str) -> bool:
    """Yes or no, no by default. KeyboardInterrupt on Ctrl-C."""
    if screen.words_only:
        return _read(screen, f"{question} (y or n, then Enter)").strip().lower() in ("y", "yes")
    import questionary

    return bool(_answer(questionary.confirm(visible(question), default=False, **_on_stderr())))


def choose(screen: Screen, options: Sequence[str]) -> str:
    """Which option a person takes: arrow keys or its number, then Enter. KeyboardInterrupt on Ctrl-C."""
    if screen.words_only:
        return _choose_by_number(screen, options)
    import questionary

    choices = [questionary.Choice(option(screen, text), value=index) for index, text in enumerate(options)]
    asked = questionary.select(
        "Your answer", choices, pointer=">", use_shortcuts=True,
        instruction="(arrows or number, Enter)", **_on_stderr(),
    )  # fmt: skip
    asked.application.erase_when_done = True  # what was chosen is shown as an answer, right or wrong
    return options[int(_answer(asked))]


def _choose_by_number(screen: Screen, options: Sequence[str]) -> str:
    for number, text in enumerate(options, start=1):
        screen.flow(f"{number}: {visible(text)}", err=True)
    while True:
        said = _read(screen, f"Your answer, a number from 1 to {len(options)}, then Enter:").strip()
        if said.isdecimal() and 1 <= int(said) <= len(options):
            return options[int(said) - 1]


def _read(screen: Screen, question: str) -> str:
    """A line that a person types under a question that stays. KeyboardInterrupt on Ctrl-C and Ctrl-D."""
    screen.flow(visible(question), err=True)
    line = screen.context.stdin.readline()
    if not line:
        raise KeyboardInterrupt
    return line.rstrip("\r\n")


def ask_quiz(screen: Screen, lab: Lab, posed: Sequence[Posed], seed: int) -> Score:
    """Ask questions one by one, show after each what is right, and the score at the end, after Ctrl-C too."""

    def put(each: Posed) -> str:
        draw_question(screen, each, len(posed))
        return choose(screen, each.options) if each.options else type_it(screen, OPEN).strip()

    draw_head(screen, lab, posed, seed)
    score = take(posed, put, lambda answered: draw_answer(screen, answered))
    draw_score(screen, lab, score, len(posed))
    return score


def offer_review(screen: Screen, lab: Lab, seed: int) -> ExitCode:
    """After a guided run: the review of the lab, if it has one and the person wants it now."""
    posed = pose([each for each in lab.quiz if each.review], seed)
    if not posed:
        return ExitCode.OK
    Keyboard(screen.context).forget()  # what was typed while the last step worked
    if yes_or_no(screen, f"Answer {plural(len(posed), 'review question')} now?"):
        return ask_quiz(screen, lab, posed, seed).exit_code
    screen.next(f"labcli day {day_argument(lab.id, lab.file, screen.context.env)} quiz")
    return ExitCode.OK


def _answer(question: Any) -> Any:
    """The answer of a person. KeyboardInterrupt on Ctrl-C, and on Ctrl-D, which means the same here."""
    try:
        return question.unsafe_ask()
    except EOFError:
        raise KeyboardInterrupt from None


def _on_stderr() -> dict[str, Any]:
    """Questions go to stderr: stdout may be a file, and a question in it is not seen. They have no colour.

    questionary's own are some that cannot be read on white.
    """
    from prompt_toolkit.output import create_output
    from questionary import Style

    style = Style([(name, "noinherit bold") for name in ("qmark", "question", "answer", "pointer", "highlighted")])
    return {"output": create_output(stdout=sys.stderr), "style": style}


class Guide:
    """A guided run: it stops at each step, asks for a prediction before the first call, explains after it."""

    def __init__(self, screen: Screen, then: RunScreen, introduced: bool = False) -> None:
        self._screen = screen
        self._then = then
        self._goes_on = not introduced
        """The first step needs no key, where nothing stands before it that is to be read."""

    def before(self, step: Step) -> None:
        """Wait for a person; ask what the step asks. KeyboardInterrupt on Ctrl-C."""
        self._then.pause()
        self._then.prediction = ""
        if step.ask:
            self._screen.line(f"{step.number:>2}  ", (visible(step.title), "bold"))
            self._screen.wrapped(step.ask, 4, "ask")
            self._then.prediction = type_it(self._screen, "Your prediction (Enter to go on):").strip()
        elif not self._goes_on:
            self._wait(f"Step {step.number}: {visible(step.title)}.")
        self._goes_on = False
        self._then.go_on(step)

    def after(self, invite: Step, call: Call) -> None:
        """Invite a person to make a call by hand, in another terminal. Nobody looks whether it was made."""
        self._then.pause()
        self._screen.line("")
        self._screen.wrapped(f"By hand: {invite.title}", 4, "ask")
        self._then.typed.draw(call)
        self._screen.wrapped(self._then.typed.elsewhere, 4)
        self._wait("It changes nothing.")

    def _wait(self, said: str) -> None:
        if self._screen.words_only:
            _read(self._screen, f"{said} Press Enter to go on")
            return
        import questionary

        asked = self._screen.plain(f"{said} Press any key to go on …")
        _answer(questionary.press_any_key_to_continue(asked, **_on_stderr()))

    def choose(self, step: Step) -> str:
        """Which of the steps in an ``either`` a person takes. KeyboardInterrupt on Ctrl-C."""
        self._then.pause()
        titles = {each.title: each.name for each in step.steps}
        self._screen.wrapped(step.title, 4, "ask")
        taken = choose(self._screen, list(titles))
        self._then.go_on(step)
        return titles[taken]
