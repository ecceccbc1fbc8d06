"""Questions to a person at a terminal. Nobody is asked where nobody sits: the commands look before they come here."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

from labcli.errors import ExitCode
from labcli.lab.model import Lab, Step
from labcli.run.quiz import Posed, Score, pose, take
from labcli.run.shelf import day_argument
from labcli.show.quiz import draw_answer, draw_head, draw_question, draw_score, option
from labcli.show.run.screen import RunScreen
from labcli.show.screen import Screen
from labcli.show.text import plural, visible


def type_it(question: str) -> str:
    """What a person types. KeyboardInterrupt on Ctrl-C."""
    import questionary

    return str(_answer(questionary.text(visible(question), **_on_stderr())))


def yes_or_no(question: str) -> bool:
    """Yes or no, no by default. KeyboardInterrupt on Ctrl-C."""
    import questionary

    return bool(_answer(questionary.confirm(visible(question), default=False, **_on_stderr())))


def choose(screen: Screen, options: Sequence[str]) -> str:
    """Which option a person takes: arrow keys or its number, then Enter. KeyboardInterrupt on Ctrl-C."""
    import questionary

    choices = [questionary.Choice(option(screen, text), value=index) for index, text in enumerate(options)]
    asked = questionary.select(
        "Your answer", choices, pointer=">", use_shortcuts=True,
        instruction="(arrows or number, Enter)", **_on_stderr(),
    )  # fmt: skip
    asked.application.erase_when_done = True  # what was chosen is shown as an answer, right or wrong
    return options[int(_answer(asked))]


def ask_quiz(screen: Screen, lab: Lab, posed: Sequence[Posed], seed: int) -> Score:
    """Ask questions one by one, show after each what is right, and the score at the end, after Ctrl-C too."""

    def put(each: Posed) -> str:
        draw_question(screen, each, len(posed))
        return choose(screen, each.options) if each.options else type_it("Your answer (Enter to skip):").strip()

    draw_head(screen, lab, posed, seed)
    score = take(posed, put, lambda answered: draw_answer(screen, answered))
    draw_score(screen, lab, score, len(posed))
    return score


def offer_review(screen: Screen, lab: Lab, seed: int) -> ExitCode:
    """After a guided run: the review of the lab, if it has one and the person wants it now."""
    posed = pose([each for each in lab.quiz if each.review], seed)
    if not posed:
        return ExitCode.OK
    if yes_or_no(f"Answer {plural(len(posed), 'review question')} now?"):
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

    def choose(self, step: Step) -> str:
        """Which of the steps in an ``either`` a person takes. KeyboardInterrupt on Ctrl-C."""
        self._then.pause()
        titles = {each.title: each.name for each in step.steps}
        self._screen.line((f"    {visible(step.title)}", "bold yellow"))
        taken = choose(self._screen, list(titles))
        self._then.go_on(step)
        return titles[taken]
