"""``--plain``, LABCLI_PLAIN and TERM=dumb: a screen reader says all that there is, and nothing is drawn."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from labcli import ask
from labcli.context import Context
from labcli.lab.model import Step
from labcli.show.run.evidence import draw
from labcli.show.run.waiting import WaitingLine
from labcli.show.screen import Screen
from labcli.show.spoken import spoken
from labcli.steps.evidence.evidence import Plot, Table
from labcli.steps.evidence.pictures import PICTURES
from tests.cli.golden import COLOURS, Tty
from tests.cli.small import EVERY_VERB, PAGE
from tests.cli.test_pictures import SHOWN
from tests.conftest import Cli

Write = Callable[..., Path]

DRAWN = re.compile(r"[\u2190-\u2bff\x1b·–—×…≤≥|]|-{3,}|={3,}|  +\S+  +")
"""Arrows, lines, blocks, marks; columns that only an eye puts together."""


def plain_screen(**more: Any) -> tuple[Screen, io.StringIO]:
    out = io.StringIO()
    return Screen(Context(stdout=out, stderr=out, env=COLOURS, plain=True, **more)), out


@pytest.mark.parametrize("how", ["front", "behind", "variable", "dumb"])
def test_however_it_is_asked_for_a_terminal_gets_words_only(
    cli: Cli, lab: Write, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    file = str(lab(PAGE, "page.yaml"))
    cli.env.update(COLOURS)
    if how == "variable":
        monkeypatch.setenv("LABCLI_PLAIN", "1")
    if how == "dumb":
        cli.env["TERM"] = "dumb"
    screen = Tty()
    for arguments in ((), ("day", file, "run"), ("verify", file), ("status",), ("cleanup", "page"), ("nosuch",)):
        said = {"front": ["--plain", *arguments], "behind": [*arguments, "--plain"]}.get(how, list(arguments))
        cli(*said, stdout=screen, stderr=screen)
    text = screen.getvalue()
    assert not [line for line in text.splitlines() if DRAWN.search(line.lstrip())]
    text = " ".join(text.split())
    assert "1. Create dlq, orders: passed, " in text
    assert "4. What cannot be: failed, " in text
    assert "check: ok: orders hides a message for 20 s; expected: 20; seen: 20" in text
    assert "check: failed: orders hides a message for an hour; expected: 3600; seen: 20" in text
    assert "resource: orders; kind: queue; day: page; deleted: yes; seen gone: yes" in text
    assert "error: No such command 'nosuch'." in text


def test_every_verb_in_words_says_what_the_drawing_says(cli: Cli, lab: Write) -> None:
    file = str(lab(EVERY_VERB, "every.yaml"))
    said = cli("day", file, "run", "--plain").out
    assert not [line for line in said.splitlines() if DRAWN.search(line.lstrip())]
    assert re.search(r"^highest: \d+ after \d+\.\d s$", said, re.MULTILINE)
    assert re.search(r"^resource: orders; kind: Standard; what is special about it: .* 3 receives to dlq$", said, re.M)
    assert "at once; orders: (A1: worker dies)" in said


@pytest.mark.parametrize("name", SHOWN)
def test_a_picture_is_lines_of_words(name: str) -> None:
    view, documents = SHOWN[name]
    evidence = PICTURES[view](documents)
    assert evidence is not None
    screen, out = plain_screen()
    draw(screen, evidence)
    lines = out.getvalue().splitlines()
    assert lines and not [line for line in lines if DRAWN.search(line.lstrip())]


def test_states_are_numbered_by_where_they_stand() -> None:
    screen, out = plain_screen()
    evidence = PICTURES["tree"](SHOWN["tree"][1])
    assert evidence is not None
    draw(screen, evidence)
    said = out.getvalue()
    assert "2.1.1. Review: sqs:sendMessage.waitForTaskToken\n" in said and "3.3. catch States.ALL to Refused\n" in said


def test_a_plot_is_its_highest_value_and_values_over_time() -> None:
    screen, out = plain_screen()
    draw(screen, Plot("waiting", ((0.0, 0.0), (0.5, 30.0), (1.0, 3.0)), ("burst: sent 30",)))
    assert out.getvalue().splitlines() == [
        "waiting",
        "highest: 30 after 0.5 s",
        "over time: 0 after 0.0 s, 30 after 0.5 s, 3 after 1.0 s",
        "burst: sent 30",
    ]


def test_a_table_is_a_line_for_each_row_and_a_mark_alone_is_an_answer() -> None:
    screen, out = plain_screen()
    draw(screen, Table(("who", "came", "note"), (("a", "✔", ""), ("b", "·", "x → y"))))
    assert out.getvalue().splitlines() == ["who: a; came: yes", "who: b; came: no; note: x to y"]


def test_a_mark_becomes_a_word_and_the_rest_of_a_text_stays() -> None:
    assert spoken("✔ all") == "ok: all" and spoken("✘ none") == "failed: none" and spoken("○ not run") == "not run"
    assert spoken("Học viên · Thứ hai") == "Học viên, Thứ hai"


@pytest.mark.parametrize(
    ("stream", "env", "lives"),
    [
        (Tty(), COLOURS, True),
        (Tty(), {**COLOURS, "CI": "true"}, False),
        (Tty(), {**COLOURS, "NO_COLOR": "1"}, False),
        (Tty(), {**COLOURS, "TERM": "dumb"}, False),
        (io.StringIO(), COLOURS, False),
        (io.StringIO(), {**COLOURS, "FORCE_COLOR": "1"}, False),
    ],
)
def test_the_line_that_moves_only_moves_at_a_terminal(stream: io.StringIO, env: dict[str, str], lives: bool) -> None:
    for plain in (False, True):
        waiting = WaitingLine(Screen(Context(stdout=stream, stderr=stream, env=env, plain=plain)))
        waiting.begin(Step("1", "One", "do", None, ()))
        assert (waiting._thread is not None) == (lives and not plain)
        waiting.end()


def test_questions_are_lines_that_stay_and_answers_are_typed() -> None:
    screen, out = plain_screen(stdin=io.StringIO("4\nx\n2\ny\nhello\n"))
    assert ask.choose(screen, ["one", "two", "three"]) == "two"
    assert ask.yes_or_no(screen, "Go on?")
    assert ask.type_it(screen, "What?") == "hello"
    with pytest.raises(KeyboardInterrupt):
        ask.type_it(screen, "And?")
    assert out.getvalue().splitlines() == [
        "1: one", "2: two", "3: three", *["Your answer, a number from 1 to 3, then Enter:"] * 3,
        "Go on? (y or n, then Enter)", "What?", "And?",
    ]  # fmt: skip
