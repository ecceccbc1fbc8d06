"""The screen of a run, event by event: what stands where, for states and targets that a small lab does not reach."""

from __future__ import annotations

import io
from typing import Any

import pytest

from labcli.aws.resources.base import Place
from labcli.aws.targets import Target
from labcli.context import Context
from labcli.errors import ExitCode
from labcli.lab.expect import Expectation
from labcli.lab.model import Call, Lab, Step
from labcli.run.events import CallMade, Ended, LiveResource, Outcome, Started, StepStarted
from labcli.show.run.screen import RunScreen
from labcli.show.screen import Screen

AWS = Target("aws", Place("123456789012", "eu-west-1"), owner="x", profile="training")
OPTIONS = " --target aws --region eu-west-1 --profile training"


def step(number: str, **more: Any) -> Step:
    return Step(number, f"Step {number}", "do", None, (), **more)


def a_lab(*steps: Step) -> Lab:
    return Lab("mine", "Mine", 10, 0, 0, (), "", {}, steps, (step("check 1"),), "mine.yaml", "")


def shown(*events: Any, detail: int = 1, width: int = 80) -> list[str]:
    out = io.StringIO()
    screen = RunScreen(Screen(Context(stdout=out, stderr=io.StringIO(), env={"COLUMNS": str(width)})), detail)
    for event in events:
        screen(event)
    return out.getvalue().splitlines()


def ended(state: str, stopped_at: str = "", **more: Any) -> Ended:
    given: dict[str, Any] = {
        "lab": a_lab(step("1"), step("2")), "run": "k3f9x2a7", "target": AWS, "state": state, "outcomes": (),
        "seconds": 1.0, "calls": 3, "live": (LiveResource("one", "queue", "labcli-mine-k3f9x2a7-one"),),
        "cost": "under 1 cent", "stopped_at": stopped_at, **more,
    }  # fmt: skip
    return Ended(**given)


def test_differs_is_what_the_lab_says_of_this_target() -> None:
    told = step("1", differs={"local": "said here", "aws": "told there"})
    said = "\n".join(shown(Started(a_lab(told), "k3f9x2a7", AWS), Outcome(told, "passed")))
    assert "differs: told there" in said and "said here" not in said
    assert "AWS account 123456789012 in eu-west-1 · run k3f9x2a7" in said


def test_the_next_commands_carry_the_options_of_the_target() -> None:
    *_, aside, last = shown(ended("passed"))
    assert aside == f"Take it away: labcli cleanup mine{OPTIONS}"
    assert last == f"Next: labcli verify mine.yaml{OPTIONS}"
    assert shown(ended("failed", "2"))[-1] == f"Next: labcli day mine.yaml run --from 2{OPTIONS}"
    assert shown(ended("interrupted", "1"))[-1] == f"Next: labcli day mine.yaml run{OPTIONS}"


def test_what_a_cleanup_at_the_end_left_is_offered_to_cleanup() -> None:
    assert (
        shown(ended("passed", left=True, exit_code=ExitCode.LEFT_BEHIND))[-1] == f"Next: labcli cleanup mine{OPTIONS}"
    )
    assert shown(ended("failed", "2", left=True))[-1] == f"Next: labcli cleanup mine{OPTIONS}"


def test_a_resource_that_only_may_live_is_said_to() -> None:
    said = "\n".join(shown(ended("interrupted", "2", live=(LiveResource("one", "queue", "x", sure=False),))))
    assert "live: one (perhaps)" in said


@pytest.mark.parametrize("width", [40, 60, 80, 100, 140])
def test_marks_and_times_stand_under_each_other_and_titles_are_cut(width: int) -> None:
    long = Step(
        "2", "日本 a title that is much too long for any line of a terminal, whatever it may be " * 2, "do", None, ()
    )
    lines = shown(
        Outcome(step("1"), "passed", 0.02),
        Outcome(long, "passed", 12.5, expectations=(Expectation("x", 1, 1, True),)),
        width=width,
    )
    assert len(lines) == 2
    from labcli.show.text import cells

    assert {cells(line) for line in lines} == {min(100, width)}
    assert cells(lines[0].split("✔")[0]) == cells(lines[1].split("✔")[0])


def test_a_failure_shows_only_what_did_not_hold_and_the_near_miss() -> None:
    held = (
        Expectation("good", 1, 1, True),
        Expectation("bad", {"gt": 30}, 3, False),
        Expectation("there", {"present": True}, None, False),
    )
    said = "\n".join(
        shown(Outcome(step("1"), "failed", 1.0, expectations=held, tries=12, near="one: 0 visible, 1 in flight"))
    )
    assert "good" not in said and "more than 30" in said and "seen (last of 12 tries)" in said
    assert "something" in said and "nothing" in said and said.endswith("    one: 0 visible, 1 in flight")


def test_verbose_shows_requests_and_answers_with_handles_cut_and_bodies_escaped() -> None:
    call = Call("sqs", "delete_message", {"ReceiptHandle": "A" * 300})
    answer = {"Messages": [{"Body": "x\x1b[31m\u202e", "ReceiptHandle": "B" * 300}]}
    made = CallMade(call, answer)
    lines = shown(StepStarted(step("1")), made, made, Outcome(step("1"), "passed"), detail=2)
    said = " ".join(line.strip() for line in lines)
    assert '"ReceiptHandle": "AAAA…AAAA"}  2 times, last:' in said
    assert '"BBBB…BBBB"' in said and "\x1b" not in said and "\u202e" not in said
    assert said.count("→ sqs.delete_message") == 1


def test_calls_of_one_step_are_not_shown_under_the_next() -> None:
    made = CallMade(Call("sqs", "list_queues", {}), {})
    lines = shown(StepStarted(step("1")), made, Outcome(step("1"), "passed"), Outcome(step("2"), "skipped"), detail=2)
    assert sum("list_queues" in line for line in lines) == 1
