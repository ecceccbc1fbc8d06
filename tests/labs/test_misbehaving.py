"""Functions and machines that go wrong: one clear message in the step, AWS's name of the error, and a run that can be
taken away."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import Cli

FUNCTION = '''
import os, subprocess, sys, time

class Odd(Exception):
    """Something of the learner's."""

def handler(event, context):
    how = event["how"]
    if how == "raise":
        raise Odd("the order is odd")
    if how == "slow":
        time.sleep(30)
    if how == "set":
        return {1, 2}
    if how == "loud":
        print("x" * 5_000_000)
    if how == "fork":
        subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    if how == "exit":
        os._exit(3)
    return "done"
'''

LAB = """
lab: odd
title: What goes wrong
resources:
  odd: {function: functions/odd.py, timeout: 1s}
  news: {topic: standard}
  box: {queue: standard}
  to_box: {subscription: news, to: box, raw: true}
  round:
    machine:
      StartAt: Again
      States:
        Again: {Type: Wait, Seconds: 1, Next: Enough}
        Enough: {Type: Choice, Choices: [{Variable: $.stop, BooleanEquals: true, Next: End}], Default: Again}
        End: {Type: Succeed}
  weak:
    machine: {StartAt: Call, States: {Call: {Type: Task, Resource: "${odd.arn}", End: true}}}
steps:
- create: [odd, round, weak, to_box]
"""


@pytest.fixture
def odd(tmp_path: Path) -> Path:
    (tmp_path / "functions").mkdir()
    (tmp_path / "functions" / "odd.py").write_text(FUNCTION, "utf-8")
    return tmp_path / "odd.yaml"


def invoke(how: str, expect: str) -> str:
    call = f'do: lambda.invoke, with: {{FunctionName: "${{odd.name}}", Payload: {{how: {how}}}}}'
    return f"- {{{call}, expect: {{{expect}}}}}\n"


def failed(cli: Cli, odd: Path, step: str) -> str:
    """What a run says whose second step is ``step`` and fails; then all of it is taken away."""
    odd.write_text(LAB + step, "utf-8")
    ran = cli("day", str(odd), "run")
    assert ran.exit_code == 1, ran.out
    assert "Stopped at step 2 of 2" in ran.out
    assert cli("cleanup", "odd").exit_code == 0
    return " ".join(ran.out.split())


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ("raise", "the function failed: Odd: the order is odd"),
        ("slow", "the function failed: Sandbox.Timedout: RequestId:"),
        ("set", "the function failed: Runtime.MarshalError: Unable to marshal response:"),
        ("exit", "the function failed: Runtime.ExitError: RequestId:"),
    ],
)
def test_a_handler_that_goes_wrong_is_named_as_aws_names_it(cli: Cli, odd: Path, how: str, said: str) -> None:
    assert said in failed(cli, odd, invoke(how, "Payload: done"))


def test_a_handler_that_prints_megabytes_or_leaves_a_process_does_no_harm(cli: Cli, odd: Path) -> None:
    odd.write_text(LAB + invoke("loud", "Payload: done") + invoke("fork", "Payload: done"), "utf-8")
    assert cli("day", str(odd), "run", "--cleanup").exit_code == 0


def test_a_definition_that_never_ends_is_stopped_when_the_time_of_its_step_is_over(cli: Cli, odd: Path) -> None:
    said = failed(cli, odd, "- {execute: round, input: {stop: false}, within: 2s}\n")
    assert "an end within 2 s" in said
    assert "still RUNNING in" in said
    assert "stopped" in said


def test_a_role_without_a_right_is_named_with_the_action_that_is_missing(cli: Cli, odd: Path) -> None:
    said = failed(cli, odd, "- {execute: weak, input: {how: raise}}\n")
    assert "the execution ended FAILED: Lambda.AWSLambdaException" in said
    assert "is not authorized to perform: lambda:InvokeFunction" in said


def test_a_topic_whose_queue_is_gone_says_so_where_the_queue_is_asked(cli: Cli, odd: Path) -> None:
    step = """- in_order:
    gone: {delete: [box]}
    tell: {publish: {to: news, bodies: [a]}}
    hear: {consume: {from: box, until: 1, within: 5s}}
"""
    assert "AWS.SimpleQueueService.NonExistentQueue" in failed(cli, odd, step)
