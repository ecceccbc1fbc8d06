"""A quiz at a real pseudo-terminal: questions answered with keys, Ctrl-C, narrow windows, the review after a run."""

from __future__ import annotations

import os
import re
import shlex
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from labcli.lab.load import load
from labcli.run.quiz import Posed, pose
from labcli.steps.language import LANGUAGE
from tests.cli.quizzes import QUIZ

if sys.platform == "win32":
    pytest.skip("a pseudo-terminal is POSIX", allow_module_level=True)

import pexpect

from tests.cli.terminal import PATIENCE, REPO, Terminal
from tests.cli.test_contrast import unreadable

Write = Callable[..., Path]
Opens = Callable[..., Terminal]

DOWN = "\x1b[B"
SEED = 7
KEYS = "(arrows or number, Enter)"
OPEN = "Your answer (Enter to skip):"


@pytest.fixture
def terminal(home: Path) -> Iterator[Opens]:
    """Opens terminals, and closes what a failed test left open."""
    opened: list[Terminal] = []

    def open_one(*arguments: str, **how: object) -> Terminal:
        opened.append(Terminal(home, *arguments, **how))  # type: ignore[arg-type]
        return opened[-1]

    yield open_one
    for each in opened:
        each.child.close(force=True)


@pytest.fixture
def asked(lab: Write) -> Path:
    return lab(QUIZ, "asked.yaml")


@pytest.fixture
def posed(asked: Path) -> tuple[Posed, ...]:
    return pose(load(asked, LANGUAGE).quiz, SEED)


def answer(on: Terminal, each: Posed, total: int, keys: str) -> None:
    """Wait until a question can be answered, and answer it."""
    on.sees(f"{each.number} of {total})")
    if each.options:
        on.sees(KEYS)
    else:
        on.until(lambda: on.text.partition(f"{each.number} of {total})")[2].count(OPEN) == 1, "asked in own words")
    on.type(keys)


def key_of(each: Posed, right: bool = True) -> str:
    return str(next(n for n, text in enumerate(each.options, 1) if (text == each.question.answer) is right))


def test_questions_are_answered_with_keys_and_judged_one_by_one(
    terminal: Opens, asked: Path, posed: tuple[Posed, ...]
) -> None:
    on = terminal("day", asked.name, "quiz", "--seed", str(SEED), cwd=asked.parent)
    on.sees("asked · 3 questions and 2 of review")
    on.sees("seed 7: the same order of options again with --seed 7")
    answer(on, posed[0], 5, key_of(posed[0]) + "\r")
    on.sees("✔ in flight")
    on.sees("SQS API Reference, ChangeMessageVisibility")
    answer(on, posed[1], 5, DOWN * posed[1].options.index("four") + "\r")
    on.sees("✘ four")
    on.sees("✔ [red]red[/red]")
    on.sees("Text of a lab is [bold]shown[/bold], never obeyed.")
    answer(on, posed[2], 5, key_of(posed[2]) + "\r")
    answer(on, posed[3], 5, "nobody\r")
    on.sees("One good answer:\n    The publisher knows the topic.\n    Nobody knows the rest.\n")
    answer(on, posed[4], 5, "\r")
    on.sees("In the queue.")
    assert on.ends() == 0
    assert "2 of 3 right · 1 of 2 answered in your own words" in on.text
    again = on.text.partition("Look at these again:\n")[2]
    assert again.startswith(" 2  [bold]What[/bold] does {x}") and "seen in this lab" in again
    assert "✔ in flight" not in again
    assert on.text.endswith("What to know before: labcli day asked.yaml\nNext: labcli day asked.yaml quiz\n")
    assert "\\x1b[31mdo to a question" in on.text  # what would colour the terminal is shown
    assert KEYS not in on.text  # the list is gone, the answer stays
    assert not unreadable(on.raw)
    assert all(len(line) <= 80 for line in on.lines)


@pytest.mark.parametrize("how", [{"TERM": "dumb"}, {"LABCLI_PLAIN": "1"}, {"LABCLI_PLAIN": "1", "LANG": "C"}])
def test_in_words_an_option_is_a_number_and_nothing_is_drawn(
    terminal: Opens, asked: Path, posed: tuple[Posed, ...], how: dict[str, str]
) -> None:
    on = terminal("day", asked.name, "quiz", "--seed", str(SEED), cwd=asked.parent, columns=60, **how)
    for each in posed:
        on.sees(f"{each.number} of {len(posed)})")
        on.sees(f"a number from 1 to {len(each.options)}" if each.options else OPEN)
        on.type((key_of(each) if each.options else "") + "\r")
    assert on.ends() == 0
    assert "ok: in flight" in on.text and "3 of 3 right, 0 of 2 answered in your own words" in on.text
    assert "\x1b" not in on.raw and "✔" not in on.raw


def test_all_right_says_where_to_go_on(terminal: Opens, asked: Path, posed: tuple[Posed, ...]) -> None:
    on = terminal("day", str(asked), "quiz", "--seed", str(SEED), NO_COLOR="1")
    for each in posed:
        answer(on, each, 5, (key_of(each) if each.options else "x") + "\r")
    assert on.ends() == 0
    assert "3 of 3 right · 2 of 2 answered in your own words" in on.text
    assert "Look at" not in on.text and on.last == "Next: labcli"
    assert not re.search(r"\x1b\[(?:[0-9;]*;)?(?:3[0-9]|9[0-7])(?:;[0-9;]*)?m", on.raw)  # no colour; bold may be


def test_ctrl_c_ends_with_the_score_so_far(terminal: Opens, asked: Path, posed: tuple[Posed, ...]) -> None:
    on = terminal("day", asked.name, "quiz", "--seed", str(SEED), cwd=asked.parent)
    answer(on, posed[0], 5, key_of(posed[0], right=False) + "\r")
    on.sees("(2 of 5)")
    on.sees(KEYS)
    on.interrupt()
    assert on.ends() == 130
    assert "Stopped after 1 of 5 questions · 0 of 1 right" in on.text
    assert " 1  A message was received" in on.text.partition("Look at these again:")[2]
    assert "Traceback" not in on.text and "✘ interrupted" not in on.text


def test_ctrl_c_at_an_open_question_is_130_too(terminal: Opens, asked: Path, posed: tuple[Posed, ...]) -> None:
    on = terminal("day", str(asked), "quiz", "--seed", str(SEED))
    for each in posed[:3]:
        answer(on, each, 5, key_of(each) + "\r")
    on.sees(OPEN)
    on.interrupt()
    assert on.ends() == 130
    assert "Stopped after 3 of 5 questions · 3 of 3 right" in on.text and "Traceback" not in on.text


def test_a_narrow_window_loses_no_word_of_an_option(terminal: Opens, asked: Path, posed: tuple[Posed, ...]) -> None:
    on = terminal("day", str(asked), "quiz", "--seed", str(SEED), columns=44)
    answer(on, posed[0], 5, "\r")
    on.sees("(2 of 5)")
    on.sees(KEYS)
    on.until(lambda: all(text.split()[-1] in " ".join(on.text.split()) for text in posed[1].options), "all options")
    assert "it is an option that is so long that it needs more than one line of a terminal" in " ".join(on.text.split())
    on.interrupt()
    assert on.ends() == 130


def test_a_file_for_stdout_gets_the_score_and_the_terminal_the_conversation(
    terminal: Opens, asked: Path, posed: tuple[Posed, ...], tmp_path: Path
) -> None:
    """Questions go to stderr: the answers are given by keys although stdout is a file."""
    out = tmp_path / "out.txt"
    command = shlex.join([sys.executable, "-m", "labcli", "day", str(asked), "quiz", "--seed", str(SEED)])
    env = {"HOME": str(tmp_path), "LABCLI_HOME": str(tmp_path), "PYTHONPATH": str(REPO), "PROMPT_TOOLKIT_NO_CPR": "1",
           "TERM": "xterm-256color", "LANG": "C.UTF-8", "PATH": os.environ["PATH"]}  # fmt: skip
    child = pexpect.spawn("/bin/sh", ["-c", f"{command} > {shlex.quote(str(out))}"], env=env, timeout=PATIENCE)
    for each in posed:
        child.expect_exact(f"{each.number} of 5)")
        child.expect_exact(KEYS if each.options else OPEN)
        child.send((key_of(each) if each.options else "x") + "\r")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0
    assert out.read_text("utf-8").startswith("\n3 of 3 right")


def test_after_a_guided_run_the_review_is_offered(terminal: Opens, asked: Path) -> None:
    on = terminal("day", asked.name, "run", "--guided", cwd=asked.parent)
    on.sees("Answer 2 review questions now? (y/N)")
    on.type("y")
    on.sees("asked · 2 review questions")
    on.sees("(review, 1 of 2)")
    on.sees(OPEN)
    on.type("the topic\r")
    on.sees("(review, 2 of 2)")
    on.until(lambda: on.text.count(OPEN) == 2, "asked the second")
    on.type("\r")
    assert on.ends() == 0
    assert "1 of 2 answered in your own words" in on.text and on.last == "Next: labcli"
    assert "seed" not in on.text


def test_no_is_no_and_the_last_line_names_the_command(terminal: Opens, asked: Path) -> None:
    on = terminal("day", asked.name, "run", "--guided", cwd=asked.parent)
    on.sees("Answer 2 review questions now? (y/N)")
    on.type("n")
    assert on.ends() == 0
    assert on.last == "Next: labcli day asked.yaml quiz"


def test_a_run_that_is_not_guided_offers_nothing(terminal: Opens, asked: Path) -> None:
    on = terminal("day", asked.name, "run", cwd=asked.parent)
    assert on.ends() == 0
    assert "3 questions and 2 of review: labcli day asked.yaml quiz" in on.text and "now?" not in on.text


def test_with_ci_nothing_is_asked(terminal: Opens, asked: Path) -> None:
    on = terminal("day", str(asked), "quiz", CI="1")
    assert on.ends() == 0
    assert "listed, because nobody can be asked here" in on.text
