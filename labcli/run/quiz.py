"""A quiz: the questions of a lab as a person is asked them, one by one, and what came of it. No call is made."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from random import Random
from typing import NamedTuple

from labcli.errors import ExitCode, LabcliError, UsageError
from labcli.lab.load import load
from labcli.lab.model import Lab, Question
from labcli.run.shelf import day_argument, labs
from labcli.steps.language import LANGUAGE


class Posed(NamedTuple):
    """A question as it is asked: its number, and its options in the order of the seed."""

    number: int
    question: Question
    options: tuple[str, ...]


class Answered(NamedTuple):
    """A question and what was said. ``right`` is None for an open question: nobody judges it."""

    posed: Posed
    said: str
    right: bool | None


class Score(NamedTuple):
    """What came of a quiz."""

    answers: tuple[Answered, ...]
    interrupted: bool = False

    @property
    def judged(self) -> int:
        """Questions with options that were answered."""
        return sum(each.right is not None for each in self.answers)

    @property
    def right(self) -> int:
        """Those answered well."""
        return sum(each.right is True for each in self.answers)

    @property
    def missed(self) -> tuple[Posed, ...]:
        """Those to look at again."""
        return tuple(each.posed for each in self.answers if each.right is False)

    @property
    def own_words(self) -> int:
        """Open questions that came up."""
        return sum(each.right is None for each in self.answers)

    @property
    def written(self) -> int:
        """Those that were not skipped."""
        return sum(each.right is None and bool(each.said) for each in self.answers)

    @property
    def exit_code(self) -> ExitCode:
        """A wrong answer is no failure of a command."""
        return ExitCode.INTERRUPTED if self.interrupted else ExitCode.OK


def pose(questions: Iterable[Question], seed: int) -> tuple[Posed, ...]:
    """The questions numbered. The same seed gives the same order of options on every machine."""
    return tuple(Posed(number, each, _shuffled(each, seed)) for number, each in enumerate(questions, start=1))


def _shuffled(question: Question, seed: int) -> tuple[str, ...]:
    """The order depends on the question too, and on no other: one that comes or goes changes nothing for the rest."""
    options = sorted(question.options)
    Random(f"{seed} {question.text}").shuffle(options)  # noqa: S311 - nothing secret is drawn
    return tuple(options)


def take(posed: Iterable[Posed], ask: Callable[[Posed], str], tell: Callable[[Answered], None]) -> Score:
    """Ask each question, and tell after each what was right. Ctrl-C ends it with what was answered until then."""
    answers: list[Answered] = []
    try:
        for each in posed:
            said = ask(each)
            answers.append(Answered(each, said, said == each.question.answer if each.options else None))
            tell(answers[-1])
    except KeyboardInterrupt:
        return Score(tuple(answers), interrupted=True)
    return Score(tuple(answers))


def needs_quiz(lab: Lab, env: Mapping[str, str]) -> None:
    """UsageError when a lab has no questions; it names the days that have."""
    if not lab.quiz:
        days = _with_quiz(env)
        said = f"Days with a quiz: {', '.join(days)}" if days else "No lab here has one"
        raise UsageError(f"{lab.id} has no quiz", said)


def _with_quiz(env: Mapping[str, str]) -> Sequence[str]:
    found = []
    for each in labs(env):
        try:
            if load(each.path, LANGUAGE).quiz:
                found.append(day_argument(each.id, str(each.path), env))
        except LabcliError:  # a broken lab is another command's news
            continue
    return found
