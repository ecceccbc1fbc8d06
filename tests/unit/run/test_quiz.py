"""The questions of a lab: what is right in the file, how they are shuffled, what is asked and what comes of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

import pytest

from labcli.errors import ExitCode
from labcli.lab.load import load
from labcli.lab.model import Question
from labcli.run.quiz import Answered, Posed, pose, take
from labcli.show.quiz import counted
from labcli.steps.language import LANGUAGE
from tests.conftest import LABS, REPO
from tests.unit.conftest import Check, Mistakes

HEAD = """\
lab: t
title: T
resources: {one: {queue: standard}}
steps: [{create: [one]}]
quiz:
"""
"""Five lines: a question begins on line 6."""

GOOD = f"""{HEAD}\
- question: Which one?
  options: [a, b]
  answer: b
  because: it is so
  source: seen in this lab
- question: And why?
  answer: Because.
review:
- question: Which one?
  answer: |
    Well,
    both.
  because: it is so
"""


def test_a_quiz_and_a_review_are_read_in_order(good: Check) -> None:
    assert good(GOOD).quiz == (
        Question("Which one?", ("a", "b"), "b", "it is so", "seen in this lab"),
        Question("And why?", (), "Because."),
        Question("Which one?", (), "Well,\nboth.", "it is so", "", review=True),
    )


def test_a_lab_without_questions_has_none(good: Check) -> None:
    assert good(HEAD).quiz == ()
    assert good(HEAD.replace("quiz:\n", "")).quiz == ()


CHOICE = "because: c, source: s}"


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("{question: q, options: [in flight, gone], answer: in fligt, " + CHOICE,
         ["6:53 `in fligt` is none of the options; did you mean `in flight`?"]),
        ("{question: q, options: [a, b], answer: xyz, " + CHOICE,
         ["6:42 `xyz` is none of the options; they are `a`, `b`"]),
        ("{question: q, options: [A, b], answer: a, " + CHOICE,
         ["6:42 `a` is none of the options; they are `A`, `b`"]),
        ('{question: q, options: ["3", 4], answer: "3", ' + CHOICE,
         ['6:32 an option is text: quote it ("4")']),
        ("{question: q, options: [a, true], answer: a, " + CHOICE, ['6:30 an option is text: quote it ("true")']),
        ("{question: q, options: [1.5, a], answer: a, " + CHOICE, ['6:27 an option is text: quote it ("1.5")']),
        ("{question: q, options: [a, [b]], answer: a, " + CHOICE, ["6:30 an option is text, not a list"]),
        ("{question: q, options: [a, ~], answer: a, " + CHOICE, ["6:30 an option is text, not nothing"]),
        ('{question: q, options: [a, " "], answer: a, ' + CHOICE, ["6:30 an option is empty"]),
        ('{question: q, options: [a, "b\\nc"], answer: a, ' + CHOICE, ["6:30 an option is one line"]),
        ('{question: q, options: ["3", "4"], answer: 3, ' + CHOICE, ['6:46 `answer` is text: quote it ("3")']),
        ("{question: q, options: [a, b, a], answer: a, " + CHOICE, ["6:33 two options are the same: `a`"]),
        ('{question: q, options: [a b, "a  b"], answer: a b, ' + CHOICE, ["6:32 two options are the same: `a  b`"]),
        ("{question: q, options: [a], answer: a, " + CHOICE, ["6:26 a question has 2 to 6 options, not 1"]),
        ("{question: q, options: [], answer: a, " + CHOICE,
         ["6:26 a question has 2 to 6 options, not 0: leave `options` out of an open question"]),
        ("{question: q, options: [a, b, c, d, e, f, g], answer: a, " + CHOICE,
         ["6:26 a question has 2 to 6 options, not 7"]),
        ("{question: q, options: a, answer: a, " + CHOICE, ["6:26 `options` is a list (`- …`), not text"]),
        ("{question: q, options: [a, b], answer: a}",
         ["6:3 question 1 has no `because`", "6:3 question 1 has no `source`"]),
        ("{question: q, options: [a, b], answer: a, because: '', source: ' '}",
         ["6:54 `because` is empty", "6:66 `source` is empty"]),
        ("{options: [a, b], answer: a, " + CHOICE, ["6:3 question 1 has no `question`"]),
        ("{question: q}", ["6:3 question 1 has no `answer`"]),
        ("{question: 5, answer: a}", ['6:14 `question` is text: quote it ("5")']),
        ("{question: [q], answer: a}", ["6:14 `question` is text, not a list"]),
        ("{question: q, answer: a, optoins: [a, b]}",
         ["6:28 unknown key `optoins` in question 1; did you mean `options`?"]),
        ("{question: q, answer: a, xyz: 1}",
         ["6:28 unknown key `xyz` in question 1; it has answer, because, options, question, source"]),
        ("only text", ["6:3 question 1 is a mapping (`key: value`), not text"]),
        ("{question: q, answer: a}\n- {question: ' q', answer: b}", ["7:14 questions 1 and 2 are the same"]),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_question_is_said_with_its_place(
    mistakes: Mistakes, question: str, said: list[str]
) -> None:
    assert mistakes(f"{HEAD}- {question}\n") == said


def test_a_question_of_the_review_says_that_it_is_one(mistakes: Mistakes) -> None:
    text = HEAD.replace("quiz", "review") + "- {question: q}\n- {answer: a, questoin: q}\n"
    assert mistakes(text) == [
        "6:3 review question 1 has no `answer`", "7:3 review question 2 has no `question`",
        "7:15 unknown key `questoin` in review question 2; did you mean `question`?",
    ]  # fmt: skip


def test_every_mistake_is_said_at_once_and_a_misspelt_quiz_is_found(mistakes: Mistakes) -> None:
    assert len(mistakes(HEAD + "- {question: q}\n- {question: r, answer: 5}\n- x\n")) == 3
    assert mistakes(HEAD.replace("quiz:", "qiuz: []")) == ["5:1 unknown key `qiuz` in a lab; did you mean `quiz`?"]
    assert mistakes(HEAD.replace("quiz:", "quiz: {a: b}")) == ["5:7 `quiz` is a list (`- …`), not a mapping"]


def test_fifty_questions_are_enough(mistakes: Mistakes) -> None:
    questions = [f"- {{question: q{number}, answer: a}}\n" for number in range(51)]
    assert mistakes(HEAD + "".join(questions[:50])) == []
    assert mistakes(HEAD + "".join(questions)) == ["6:1 `quiz` has at most 50 questions, not 51"]


def test_every_key_of_a_question_is_in_the_page() -> None:
    page = (REPO / "docs" / "labs.md").read_text("utf-8").partition("## Questions")[2].partition("\n## ")[0]
    assert re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE) == ["question", "options", "answer", "because", "source"]


def _asked(count: int) -> list[Question]:
    return [Question(f"q{number}", ("a", "b", "c", "d"), "a", "c", "s") for number in range(count)]


def test_the_same_seed_is_the_same_order_on_every_machine_and_whatever_the_file_says() -> None:
    assert [each.options for each in pose(_asked(3), 7)] == [
        ("b", "c", "d", "a"), ("c", "b", "d", "a"), ("b", "a", "d", "c"),
    ]  # fmt: skip
    turned = [each._replace(options=each.options[::-1]) for each in _asked(3)]
    assert [each.options for each in pose(turned, 7)] == [each.options for each in pose(_asked(3), 7)]
    assert pose(_asked(3)[1:], 7)[0].options == pose(_asked(3), 7)[1].options
    assert len({each.options for seed in range(200) for each in pose(_asked(1), seed)}) == 24


def _answers(*said: str) -> Callable[[Posed], str]:
    left = iter(said)
    return lambda _: next(left)


def _interrupted(*said: str) -> Callable[[Posed], str]:
    left = iter(said)

    def ask(_: Posed) -> str:
        for each in left:
            return each
        raise KeyboardInterrupt

    return ask


def test_answers_are_judged_and_told_one_by_one() -> None:
    told: list[Answered] = []
    posed = pose([*_asked(3), Question("open", (), "model", review=True)], 1)
    score = take(posed, _answers("a", "b", "a", "mine"), told.append)
    assert [each.right for each in told] == [True, False, True, None]
    assert (score.right, score.judged, score.written, score.own_words) == (2, 3, 1, 1)
    assert score.missed == (posed[1],)
    assert score.exit_code is ExitCode.OK


def test_ctrl_c_keeps_the_score_so_far() -> None:
    score = take(pose(_asked(3), 1), _interrupted("a"), lambda _: None)
    assert (score.right, score.judged, score.interrupted, score.exit_code) == (1, 1, True, ExitCode.INTERRUPTED)
    assert take(pose(_asked(3), 1), _interrupted(), lambda _: None).judged == 0


@pytest.mark.parametrize(
    ("quiz", "review", "said"),
    [(8, 0, "8 questions"), (1, 0, "1 question"), (8, 6, "8 questions and 6 of review"), (0, 1, "1 review question")],
)
def test_questions_are_counted_in_words(quiz: int, review: int, said: str) -> None:
    assert counted(Question("q", (), "a", review=number >= quiz) for number in range(quiz + review)) == said


def _shipped() -> Iterable[str]:
    return sorted(str(each.relative_to(LABS)) for each in LABS.glob("*/*.yaml"))


@pytest.mark.parametrize("name", _shipped())
def test_the_questions_of_the_week_can_be_guessed_by_nobody(name: str) -> None:
    lab = load(LABS / name, LANGUAGE)
    choices = [each for each in lab.quiz if each.options]
    longest = [each for each in choices if len(each.answer) == max(map(len, each.options))]
    assert len(longest) <= max(2, len(choices) * 3 // 4), "the right answer must not be the longest one mostly"
    assert all(len(each.options) >= 3 for each in choices)
