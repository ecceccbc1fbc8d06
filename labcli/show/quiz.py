"""A quiz on the screen and as a document. The conversation goes to stderr, as all questions do; the score to stdout."""

from __future__ import annotations

from collections.abc import Sequence

from labcli.context import Context
from labcli.lab.model import Lab
from labcli.run.quiz import Answered, Posed, Score
from labcli.run.shelf import day_argument
from labcli.show.documents import document, write
from labcli.show.mention import counted
from labcli.show.screen import Screen
from labcli.show.text import day_name, plural, visible

_IN = 4
"""Columns in front of what stands under a question."""
_IN_LIST = 6
"""Columns in front of an option that is selected with keys: the pointer and the number."""


def draw_head(screen: Screen, lab: Lab, posed: Sequence[Posed], seed: int) -> None:
    """What is asked, and how to be asked the same again."""
    screen.flow((f"{day_name(lab.id)} · {counted(each.question for each in posed)}", "bold"), err=True)
    if any(each.options for each in posed):
        screen.flow(f"seed {seed}: the same order of options again with --seed {seed}", err=True)


def draw_question(screen: Screen, each: Posed, total: int) -> None:
    """A question, before it is answered."""
    screen.line("", err=True)
    part = "review, " if each.question.review else ""
    screen.flow(
        f"{each.number:>2}  ", (visible(each.question.text), "bold"), f"  ({part}{each.number} of {total})",
        hang=_IN, err=True,
    )  # fmt: skip


def option(screen: Screen, text: str) -> str:
    """An option as it stands in a list to select from: the list itself would not break a line."""
    lines = screen.text(visible(text)).wrap(screen.err, screen.width - _IN_LIST - 1)
    return ("\n" + " " * _IN_LIST).join(line.plain.rstrip() for line in lines)


def draw_answer(screen: Screen, answered: Answered) -> None:
    """What was said, what is right, why, and where that stands."""
    question = answered.posed.question
    if answered.right is None:
        screen.line(" " * _IN, ("One good answer:", "bold"), err=True)
        _under(screen, "", "", question.answer)
    elif answered.right:
        _under(screen, "✔ ", "good", answered.said)
    else:
        _under(screen, "✘ ", "bad", answered.said)
        _under(screen, "✔ ", "good", question.answer)
    _under(screen, "", "", question.because)
    _under(screen, "", "", question.source)


def _under(screen: Screen, mark: str, style: str, text: str) -> None:
    """Lines of text under a question, the mark in front of the first."""
    hang = _IN + (2 if mark else 0)
    for line in visible(text, lines=True).split("\n") if text else []:
        screen.flow(" " * _IN, (mark, style), (line, "" if mark else style), hang=hang, err=True)
        mark = "  " if mark else ""


def draw_score(screen: Screen, lab: Lab, score: Score, total: int) -> None:
    """How many were right, which to look at again, and what comes next."""
    name = day_argument(lab.id, lab.file, screen.context.env)
    said = [f"{score.right} of {score.judged} right"] if score.judged else []
    if score.own_words:
        said.append(f"{score.written} of {score.own_words} answered in your own words")
    if score.interrupted:
        said.insert(0, f"stopped after {len(score.answers)} of {plural(total, 'question')}")
    screen.line("")
    line = " · ".join(said)
    screen.flow((f"{line[:1].upper()}{line[1:]}", "bold"))
    if score.missed:
        screen.line("Look at these again:")
    for each in score.missed:
        source = f"  {visible(each.question.source)}"
        screen.styled([(f"{each.number:>2}  {visible(each.question.text)}{source}", "")], 0, hang=_IN)
    if score.missed or score.interrupted:
        screen.next(f"labcli day {name} quiz", f"what to know before: labcli day {name}")
    else:
        screen.next("labcli")


def draw_list(screen: Screen, lab: Lab, posed: Sequence[Posed], seed: int) -> None:
    """Every question with its options and without its answer, for where nobody can be asked."""
    screen.flow((f"{day_name(lab.id)} · {counted(each.question for each in posed)}", "bold"))
    screen.flow("listed, because nobody can be asked here · with the answers: --output json")
    for each in posed:
        screen.line("")
        part = "Review: " if each.question.review else ""
        screen.styled([(f"{each.number:>2}  ", ""), (f"{part}{visible(each.question.text)}", "bold")], 0, hang=_IN)
        for number, text in enumerate(each.options, start=1):
            screen.styled([(f"{number}) {visible(text)}", "")], _IN, hang=3)
    screen.line("")
    name = day_argument(lab.id, lab.file, screen.context.env)
    screen.next(f"labcli day {name} quiz --seed {seed} --output json", "with the answers")


def write_quiz(context: Context, lab: Lab, posed: Sequence[Posed], seed: int) -> None:
    """The questions with their answers as one document, for an instructor or a program."""
    questions = [
        {
            "number": each.number, "review": each.question.review, "question": each.question.text,
            "options": list(each.options), "answer": each.question.answer, "because": each.question.because or None,
            "source": each.question.source or None,
        }
        for each in posed
    ]  # fmt: skip
    described = {"id": lab.id, "title": lab.title, "file": lab.file}
    write(context, document("quiz", 0, lab=described, seed=seed, questions=questions))
