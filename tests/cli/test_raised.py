"""A function that raises while a step waits for what it should do: it is said, and not waited for in vain."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from labcli.steps.raised import read
from tests.conftest import Cli

LAB = """
lab: own
title: "A function that should answer"
resources:
  news: {topic: standard}
  box: {queue: standard}
  reply: {function: reply.py, may: [send box], env: {BOX: "${box.url}"}}
  deaf: {function: deaf.py}
  to_reply: {subscription: news, to: reply}
  to_deaf: {subscription: news, to: deaf}
steps:
- create: [news, box, reply, deaf, to_reply, to_deaf]
- title: Say it, and wait for the answer
  in_order:
    say: {publish: {to: news, bodies: [hello]}}
    answer: {consume: {from: box, until: 1, within: 300s}}
  expect: {answer.completed_count: 1}
"""

REPLY = """
import os
import boto3

def handler(event, context):
    boto3.client("sqs").send_message(QueueUrl=os.environ["BOX"], MessageBody=event["Records"][0]["Sns"]["Message"])
"""


@pytest.fixture
def own(tmp_path: Path) -> Path:
    (tmp_path / "deaf.py").write_text("def handler(event, context):\n    raise RuntimeError('on purpose')\n", "utf-8")
    (tmp_path / "reply.py").write_text(REPLY, "utf-8")
    (tmp_path / "own.yaml").write_text(LAB, "utf-8")
    return tmp_path / "own.yaml"


def test_a_function_that_fails_each_time_is_named_and_not_waited_for_any_longer(cli: Cli, own: Path) -> None:
    (own.parent / "reply.py").write_text(REPLY.replace('["Sns"]', '["Sms"]'), "utf-8")
    ran = cli("day", str(own), "run")
    assert ran.exit_code == 1
    said = " ".join(ran.out.split())
    assert "reply raised KeyError: 'Sms' in handler, reply.py:6, 3 times. It was not waited for any longer." in said
    assert "deaf raised" not in said, "the nearest reason is said, not each"


def test_a_function_that_raises_on_purpose_stops_nobody(cli: Cli, own: Path) -> None:
    ran = cli("day", str(own), "run")
    assert ran.exit_code == 0, ran.both
    assert "raised" not in ran.both


def test_a_step_that_had_time_enough_says_what_raised(cli: Cli, own: Path) -> None:
    own.write_text(LAB.replace("300s", "1s"), "utf-8")
    (own.parent / "reply.py").write_text("def handler(event, context):\n    raise ValueError('no')\n", "utf-8")
    ran = cli("day", str(own), "run", "--output", "json")
    assert ran.exit_code == 1
    assert "reply raised ValueError: no in handler, reply.py:2" in json.loads(ran.out)["steps"][-1]["near"]


def test_the_looks_at_logs_stand_in_the_plan(cli: Cli, own: Path) -> None:
    plan = json.loads(cli("day", str(own), "plan", "--output", "json").out)
    looks = [each for each in plan["steps"][-1]["calls"] if each["operation"] == "filter_log_events"]
    assert {each["params"]["logGroupName"] for each in looks} == {"${reply.log_group}", "${deaf.log_group}"}


AWS_WROTE = (
    "[ERROR] KeyError: 'Sms'\rTraceback (most recent call last):\r  File \"/var/task/reply.py\", line 6, in handler\r"
)
"""AWS Lambda Developer Guide, "Log and monitor Python Lambda functions": an error is one event."""


@pytest.mark.parametrize(
    ("messages", "said", "always"),
    [
        ([AWS_WROTE, "END RequestId: 1"] * 3, "f raised KeyError: 'Sms' in handler, reply.py:6, 3 times", True),
        ([AWS_WROTE, "END RequestId: 1"] * 2, "f raised KeyError: 'Sms' in handler, reply.py:6, 2 times", False),
        ([AWS_WROTE] * 3 + ["END RequestId: 1"] * 4, "f raised KeyError: 'Sms' in handler, reply.py:6, 3 times", False),
        (
            ["2026-11-29T10:00:00Z 1 Task timed out after 3.00 seconds"],
            "f: Task timed out after 3.00 seconds",
            False,
        ),
        (["REPORT RequestId: 1\tStatus: error\tError Type: Runtime.ExitError"], "f raised Runtime.ExitError", False),
        (["[ERROR]\t2026-11-29T10:00:00Z\t1\tonly logged", "END RequestId: 1"], "", False),
        ([], "", False),
    ],
)
def test_a_log_says_what_raised_and_how_often(messages: list[str], said: str, always: bool) -> None:
    found = read("f", [{"message": each} for each in messages])
    assert str(found or "") == said
    assert found is None or found.always is always
