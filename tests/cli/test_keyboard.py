"""What is typed while a step works: it answers no later question, and does not tear the line that lives."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

if sys.platform == "win32":
    pytest.skip("a pseudo-terminal is POSIX", allow_module_level=True)

from tests.cli.terminal import Terminal

Opens = Callable[..., Terminal]

SLOW = """
lab: typed
title: "Typed ahead"
resources: {one: {queue: standard}}
steps:
- create: [one]
- title: Something slow
  wait: SECONDS
- title: Look
  ask: What does it say?
  do: sqs.get_queue_attributes
  with: {QueueUrl: "${one.url}", AttributeNames: [All]}
- title: Look again
  do: sqs.get_queue_attributes
  with: {QueueUrl: "${one.url}", AttributeNames: [All]}
"""


@pytest.fixture
def terminal(home: Path, tmp_path: Path) -> Iterator[Opens]:
    opened: list[Terminal] = []

    def open_one(*arguments: str, seconds: str = "2s") -> Terminal:
        (tmp_path / "typed.yaml").write_text(SLOW.replace("SECONDS", seconds), "utf-8")
        words = [*arguments[:1], "day", "typed.yaml", "run", *arguments[1:]]
        opened.append(Terminal(home, *(each for each in words if each), cwd=tmp_path))
        return opened[-1]

    yield open_one
    for each in opened:
        each.child.close(force=True)


def waits(on: Terminal) -> None:
    on.until(lambda: any("2  Something slow" in line and "⏳" in line for line in on.lines), "waited")


def test_keys_that_are_typed_while_a_step_works_answer_no_later_question(terminal: Opens) -> None:
    on = terminal("", "--guided")
    on.sees("Step 2: Something slow. Press any key")
    on.type(" ")
    waits(on)
    on.type("zz\r\r\r")
    on.sees("Your prediction")
    on.type("nothing\r")
    on.sees("Step 4: Look again. Press any key")
    on.type(" ")
    assert on.ends() == 0
    assert "You said: nothing" in on.text, "the first letter is there, and nothing before it"
    assert "zz" not in on.raw, "it is not echoed"


def test_in_words_too_they_answer_nothing(terminal: Opens) -> None:
    on = terminal("--plain", "--guided", seconds="1s")
    on.sees("Press Enter to go on")
    on.type("\rzz\r\r\r")
    on.sees("Your prediction")
    on.type("nothing\r")
    on.sees("Step 4: Look again. Press Enter")
    on.type("\r")
    assert on.ends() == 0
    assert "You said: nothing" in on.text
    assert "nothing" in on.raw.split("You said")[0], "an answer is echoed"


def test_what_is_typed_is_not_echoed_while_a_step_works_and_echoed_after(terminal: Opens) -> None:
    on = terminal()
    waits(on)
    assert not on.child.getecho()
    on.type("zz")
    on.sees("Next: labcli")
    assert "zz" not in on.raw
    on.until(on.child.getecho, "echoed again")
    assert on.ends() == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_the_echo_comes_back_on_every_way_out(terminal: Opens, number: signal.Signals) -> None:
    on = terminal(seconds="60s")
    waits(on)
    assert not on.child.getecho()
    os.kill(on.child.pid, number)
    on.until(on.child.getecho, "echoed again")
    assert on.ends() == 130
