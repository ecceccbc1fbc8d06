"""State machines through the command line, on the embedded AWS: executed, shown, inspected."""

from __future__ import annotations

import io
import json
import threading
import xml.etree.ElementTree as ET
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from labcli.context import Aws
from tests.cli.golden import plain
from tests.conftest import Cli

LAB = """
lab: sfn
week: 10
title: "Machines"
resources:
  pay: {function: functions/pay.py, timeout: 10}
  asked: {queue: standard}
  charge:
    may: [invoke pay]
    machine:
      StartAt: Charge
      States:
        Charge:
          Type: Task
          Resource: arn:aws:states:::lambda:invoke
          Parameters: {FunctionName: "${pay.arn}", Payload: {mode.$: $.mode, attempt.$: $$.State.RetryCount}}
          OutputPath: $.Payload
          Retry: [{ErrorEquals: [Busy], IntervalSeconds: 1, MaxAttempts: 2, BackoffRate: 2}]
          Catch: [{ErrorEquals: [Declined], Next: Cancelled}]
          End: true
        Cancelled: {Type: Pass, End: true}
  flow:
    machine:
      StartAt: High
      States:
        High:
          Type: Choice
          Choices: [{Variable: $.total, NumericGreaterThanEquals: 1000, Next: Fan}]
          Default: Small
        Small: {Type: Fail, Error: TooSmall, Cause: nothing to do}
        Fan:
          Type: Parallel
          End: true
          Branches:
          - {StartAt: Long, States: {Long: {Type: Wait, Seconds: 1, End: true}}}
          - {StartAt: Quick, States: {Quick: {Type: Pass, Next: Each},
             Each: {Type: Map, ItemsPath: $.items, End: true,
                    Iterator: {StartAt: One, States: {One: {Type: Pass, End: true}}}}}}
  ask:
    may: [send asked]
    machine:
      StartAt: Ask
      States:
        Ask:
          Type: Task
          Resource: arn:aws:states:::sqs:sendMessage.waitForTaskToken
          Parameters: {QueueUrl: "${asked.url}", MessageBody: {proof.$: $$.Task.Token}}
          End: true
steps:
- create: [charge, flow, ask]
"""
PAY = """
class Busy(Exception): pass
class Declined(Exception): pass
def handler(event, context):
    if event["mode"] == "flaky" and event["attempt"] < 2:
        raise Busy("the gateway is busy")
    if event["mode"] == "declined":
        raise Declined("the bank said no")
    return {"paid": True, "attempt": event["attempt"]}
"""


@pytest.fixture
def machines(tmp_path: Path) -> Callable[[str], str]:
    """Write the lab with more steps; its path."""
    (tmp_path / "functions").mkdir()
    (tmp_path / "functions" / "pay.py").write_text(PAY, encoding="utf-8")

    def write(steps: str) -> str:
        path = tmp_path / "sfn.yaml"
        path.write_text(LAB + steps, encoding="utf-8")
        return str(path)

    return write


PATHS = """
- title: Two ways a payment goes
  matrix: {mode: [flaky, declined]}
  execute: charge
  input: {mode: "${mode}"}
  show: timeline
  expect:
    flaky.status: SUCCEEDED
    flaky.attempts.Charge: 3
    flaky.output: {paid: true, attempt: 2}
    "flaky.gaps.Charge[0] < flaky.gaps.Charge[1]": true
    "length(flaky.events[?type=='TaskFailed'])": 2
    declined.path: [Charge, Cancelled]
    "declined.events[].type": {contains: TaskFailed}
- title: A large order
  execute: flow
  input: {total: 2000, items: [1, 2, 3]}
  save: {execution: execution}
  expect: {path: [High, Fan], "branches[?state=='Fan'].name": [Long, Quick], spread: {lt: 3}, "length(branches)": 5}
  show: [timeline, branches, spread]
- title: From its history alone
  do: stepfunctions.get_execution_history
  with: {executionArn: "${execution}"}
  show: timeline
- title: A small order
  execute: flow
  input: {total: 1}
  expect: {status: FAILED, error: TooSmall}
- title: The definition
  do: stepfunctions.describe_state_machine
  with: {stateMachineArn: "${charge.arn}"}
  show: tree
"""


def test_executions_are_run_shown_and_inspected(cli: Cli, machines: Callable[[str], str], tmp_path: Path) -> None:
    ran = cli("day", machines(PATHS), "run")
    assert ran.exit_code == 0, ran.both
    for said in (
        "✔ flaky · SUCCEEDED · ", "3 attempts, 1.", "Declined, caught → Cancelled", "$.total ≥ 1000 → Fan",
        "○ else → Small", "One [2]", "of work in", "catch Declined", "status   FAILED", "error    TooSmall",
    ):  # fmt: skip
        assert said in ran.out, f"{said}\n{ran.out}"
    assert max(len(line) for line in ran.out.splitlines() if line.startswith(" ")) <= 80
    _inspect(cli, tmp_path)


def _inspect(cli: Cli, tmp_path: Path) -> None:
    sheet = cli("inspect", "flow")
    assert "├── else\n" in sheet.out or "└── else\n" in sheet.out
    assert "✘ FAILED" in sheet.out and sheet.out.endswith("Next: labcli inspect flow --run last\n")
    last = cli("inspect", "flow", "--run", "last")
    assert "✘ flow · FAILED · " in last.out and "FAILED in Small · TooSmall: nothing to do" in last.out
    found = json.loads(cli("inspect", "charge", "--output", "json").out)
    flaky = next(each for each in found["executions"] if each["seconds"] > 2)
    run = json.loads(cli("inspect", "charge", "--run", flaky["name"][:8], "--output", "json").out)["execution"]
    assert run["attempts"] == {"Charge": 3} and len(run["timeline"]["rows"][0]["attempts"]) == 3
    assert json.loads(cli("inspect", "charge", "--run", flaky["arn"], "--output", "json").out)["execution"] == run
    drawn = cli("inspect", "charge", "--mermaid", "--run", flaky["name"])
    assert drawn.out.startswith("stateDiagram-v2\n") and "class s1 executed" in drawn.out
    file = tmp_path / "charge.svg"
    for _ in range(2):
        written = cli("inspect", "charge", "--svg", str(file))
        assert (written.exit_code, written.out) == (0, "") and f"{file} is written" in written.err.replace("\n", "")
    ET.fromstring(file.read_text("utf-8"))
    assert cli("inspect", "charge", "--svg", "-").out == file.read_text("utf-8")


REFUSED: tuple[tuple[tuple[str, ...], int, str], ...] = (
    (("pay", "--run", "last"), 2, "--run: for state machines, and `pay` is a function"),
    (("asked", "--mermaid", "--svg", "x.svg"), 2, "--mermaid and --svg: for state machines, and `asked` is a queue"),
    (("flow", "--run", "last"), 1, "it has none yet"),
    (("flow", "--run", "nobody"), 1, "no execution `nobody`"),
    (("flow", "--mermaid", "--svg", "-"), 2, "each want stdout"),
    (("flow", "--svg", "/nowhere/at/all.svg"), 1, "picture cannot be written: /nowhere/at/all.svg: No such file"),
    (("ask", "--run", "o-"), 2, "`o-` begins the names of 2 executions"),
    (("flow", "--run", "ARN"), 2, "an execution of another machine"),
)


def test_what_cannot_be_inspected_is_said_in_one_message(
    cli: Cli, machines: Callable[[str], str], boto: Callable[[str], Any]
) -> None:
    assert cli("day", machines(""), "run").exit_code == 0
    machine = json.loads(cli("inspect", "ask", "--output", "json").out)["facts"]["arn"]
    started = [boto("stepfunctions").start_execution(stateMachineArn=machine, name=name) for name in ("o-1", "o-2")]
    for arguments, code, said in REFUSED:
        result = cli("inspect", *(started[0]["executionArn"] if each == "ARN" else each for each in arguments))
        assert result.exit_code == code and said in result.err.replace("\n  ", " "), (arguments, result.both)
        assert len(result.err.splitlines()) <= 3 and "Traceback" not in result.both, arguments


def test_an_execution_that_takes_too_long_is_stopped_and_its_token_is_nowhere(
    cli: Cli, machines: Callable[[str], str], boto: Callable[[str], Any]
) -> None:
    path = machines("- {title: Nobody answers, execute: ask, within: 1s, show: timeline}\n")
    ran = cli("day", path, "run")
    assert ran.exit_code == 1
    assert "still RUNNING in Ask after 1 s: stopped" in " ".join(ran.out.split())
    sheet = cli("inspect", "ask", "--run", "last", "--output", "json")
    run = json.loads(sheet.out)["execution"]
    assert (run["status"], run["error"], run["path"]) == ("ABORTED", "Labcli.Stopped", ["Ask"])
    queue = json.loads(cli("inspect", "asked", "--output", "json").out)["facts"]["url"]
    (message,) = boto("sqs").receive_message(QueueUrl=queue)["Messages"]
    token = json.loads(message["Body"])["proof"]
    assert len(token) > 20 and token not in sheet.out + ran.both and "(hidden)" in sheet.out
    assert token not in "".join(file.read_text("utf-8") for file in cli.home.glob("runs/*"))


class _Interrupting:
    """A way to AWS on which somebody presses Ctrl-C at the second look at an execution."""

    def __init__(self, aws: Aws) -> None:
        self.aws, self.looks = aws, 0

    def call(self, service: str, operation: str, params: Mapping[str, Any]) -> dict[str, Any]:
        if operation == "describe_execution" and threading.current_thread() is threading.main_thread():
            self.looks += 1
            if self.looks == 2:
                raise KeyboardInterrupt
        return self.aws.call(service, operation, params)


def test_an_interrupt_stops_the_execution(cli: Cli, machines: Callable[[str], str], boto: Callable[[str], Any]) -> None:
    ran = cli("day", machines("- {title: Nobody answers, execute: ask}\n"), "run", through=_Interrupting)
    assert ran.exit_code == 130
    machine = json.loads(cli("inspect", "ask", "--output", "json").out)["facts"]["arn"]
    (execution,) = boto("stepfunctions").list_executions(stateMachineArn=machine)["executions"]
    assert execution["status"] == "ABORTED"


def test_what_a_failed_execution_says_stands_in_the_step(cli: Cli, machines: Callable[[str], str]) -> None:
    path = machines("- {execute: flow, input: {total: 1}, expect: {status: SUCCEEDED}}\n")
    ran = cli("day", path, "run")
    assert ran.exit_code == 1 and "FAILED in Small · TooSmall: nothing to do" in " ".join(ran.out.split())
    found = json.loads(cli("day", path, "run", "--output", "json").out)
    (held,) = found["steps"][1]["expectations"]
    assert held["seen"] == "FAILED in Small · TooSmall: nothing to do"


def test_a_timeline_of_a_run_is_data_too(cli: Cli, machines: Callable[[str], str]) -> None:
    path = machines("- {execute: flow, input: {total: 2000, items: [1]}, show: [timeline, branches]}\n")
    found = json.loads(cli("day", path, "run", "--output", "json").out)
    timeline, bars = found["steps"][1]["evidence"]["parts"]
    rows = timeline["executions"][0]["rows"]
    assert [row["state"] for row in rows] == [
        "High", "Fan", "branch 0", "Long", "branch 1", "Quick", "Each", "One [0]",
    ]  # fmt: skip
    assert {"state", "type", "status", "start", "seconds", "attempts"} <= set(rows[0])
    assert bars["elapsed"] >= 1.0


def test_a_pipe_and_an_old_encoding_lose_nothing(cli: Cli, machines: Callable[[str], str]) -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="cp1252", newline="\n")
    path = machines("- {execute: flow, input: {total: 2000, items: [1]}, show: [timeline, branches]}\n")
    assert cli("day", path, "run", stdout=stream).exit_code == 0
    stream.flush()
    said = plain(raw.getvalue().decode("cp1252"))
    assert "|-- ok High" in said and "#####" in said and "\\u" not in said
