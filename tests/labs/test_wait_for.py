"""``execute: {wait_for: …}``: an execution that another step started is awaited and read."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from tests.conftest import Cli

LAB = """
lab: later
title: Started before
resources:
  flow:
    machine:
      StartAt: Pause
      States:
        Pause: {Type: Wait, Seconds: 1, Next: Done}
        Done: {Type: Pass, Result: {answer: 42}, End: true}
steps:
- create: [flow]
- do: stepfunctions.start_execution
  with: {stateMachineArn: "${flow.arn}", input: {}}
  save: {started: executionArn}
- title: It ends
  execute: {wait_for: "${started}"}
  within: 30s
  expect: {status: SUCCEEDED, path: [Pause, Done], output.answer: 42, machine: flow, execution: "${started}"}
  show: timeline
"""


def test_an_execution_that_was_started_before_is_awaited(cli: Cli, lab: Callable[..., Path]) -> None:
    path = str(lab(LAB))
    plan = json.loads(cli("day", path, "plan", "--output", "json").out)
    calls = [each["operation"] for each in plan["steps"][2]["calls"]]
    assert calls[0] == "describe_execution"
    assert "start_execution" not in calls and "stop_execution" not in calls
    run = cli("day", path, "run", "--output", "json")
    assert run.exit_code == 0, run.out
    assert cli("cleanup", "--all", "--yes").exit_code == 0


def test_what_is_awaited_is_a_saved_arn(cli: Cli, lab: Callable[..., Path]) -> None:
    for wrong, said in (
        ("${flow.arn}", "`wait_for` is the saved ARN of an execution"),
        ("flow", "`wait_for` is the saved ARN of an execution"),
        ("${startd}", "no resource or saved value `startd`; did you mean `started`?"),
    ):
        result = cli("lab", "check", str(lab(LAB.replace('wait_for: "${started}"', f'wait_for: "{wrong}"'))))
        assert result.exit_code == 2
        assert said in " ".join(result.both.split())
