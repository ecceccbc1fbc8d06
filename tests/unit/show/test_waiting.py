"""The line that waits says what is awaited; the deadline only when it is near, or when it is how long it lasts."""

from __future__ import annotations

import io
from typing import Any

import pytest

from labcli.context import Context
from labcli.lab.model import Step
from labcli.show.run.waiting import WaitingLine
from labcli.show.screen import Screen
from labcli.steps.world import Waiting
from tests.cli.golden import COLOURS, Tty


class _Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def _said(waiting: Waiting | None, after: float, expect: dict[str, Any] | None = None) -> str:
    clock, out = _Clock(), Tty()
    line = WaitingLine(Screen(Context(stdout=out, stderr=io.StringIO(), env=COLOURS, monotonic=clock)))
    line._lives = True
    line.begin(Step("4", "Ask", "read", None, (), within=60.0, expect=expect or {}))
    try:
        if waiting is not None:
            line.tell(waiting)
        clock.now += after
        return line.line().plain.partition("⏳ ")[2]
    finally:
        line.end()


def test_far_from_the_deadline_the_line_says_how_long_it_has_waited_and_for_what() -> None:
    said = _said(Waiting("", "0", 60.0), 3.1, {"visible": {"gte": 2}, "in_flight": 0})
    assert said == "3.1 s · until visible is at least 2 · seen: 0"
    assert _said(Waiting("until the execution ends", "RUNNING", 60.0), 0.9).startswith("0.9 s · until the execution")


def test_near_the_deadline_the_line_says_what_is_left() -> None:
    said = _said(Waiting("", "nothing", 60.0), 57.0, {"body": {"contains": "x"}})
    assert said == "3.0 s left · until body contains x · seen: nothing"
    assert _said(Waiting("", "", 60.0), 70.0) == "0.0 s left"


def test_of_a_wait_that_lasts_as_long_as_it_says_the_rest_is_told() -> None:
    assert _said(Waiting("time to pass", left=60.0, sure=True), 2.0) == "58.0 s left · time to pass"


@pytest.mark.parametrize("after", [0.5, 59.0])
def test_a_step_that_says_nothing_of_itself_counts_the_time_it_takes(after: float) -> None:
    assert _said(None, after) == f"{after} s"
