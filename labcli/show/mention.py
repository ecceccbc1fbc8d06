"""The line with which other screens mention the quiz of a lab."""

from __future__ import annotations

from collections.abc import Iterable

from labcli.lab.model import Lab, Question
from labcli.show.screen import Screen
from labcli.show.text import plural


def mention(screen: Screen, lab: Lab, name: str) -> None:
    """One line for other screens: the lab has questions, and this asks them."""
    if lab.quiz:
        said = counted(lab.quiz)
        screen.line(f"{said}: labcli day {name} quiz")


def counted(questions: Iterable[Question]) -> str:
    """``8 questions``, ``8 questions and 6 of review``, ``6 review questions``."""
    every = list(questions)
    review = sum(each.review for each in every)
    if review == len(every):
        return plural(review, "review question")
    return plural(len(every) - review, "question") + (f" and {review} of review" if review else "")
