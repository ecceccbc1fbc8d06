"""What survives of Step Functions, what its start finds out, and that it costs the server next to nothing."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from labcli.local import life
from labcli.local.door.hello import ask
from labcli.local.stepfunctions import running
from labcli.local.stepfunctions.model import Execution, Registry
from labcli.local.stepfunctions.refusals import Call
from labcli.local.stepfunctions.service import StepFunctions
from tests.local.conftest import WORLD, alive, client, ensure, linux, saved, stop, until
from tests.local.stepfunctions.calls import FAIL, PASS, Bench, task


@pytest.fixture
def bench(home: Path) -> Iterator[Bench]:
    made = Bench(ensure(home))
    yield made
    made.close()


def again(home: Path, bench: Bench, how: str) -> Bench:
    """The same bench after the server was ended and started again."""
    if how == "stopped":
        stop(home)
    else:
        os.kill(bench.endpoint.pid, signal.SIGKILL)
        until(lambda: not alive(bench.endpoint.pid), "the end of the server")
    return Bench(ensure(home))


@pytest.mark.parametrize("how", ["stopped", "killed"])
def test_a_restart_keeps_everything_and_runs_nothing_twice(home: Path, bench: Bench, how: str) -> None:
    url = bench.queue()
    once = task("arn:aws:states:::sqs:sendMessage", {"QueueUrl": url, "MessageBody": {"n": 1}}, Next="W")
    del once["States"]["T"]["End"]
    once["States"]["W"] = {"Type": "Wait", "Seconds": 600, "End": True}
    machine = bench.machine(once, "sqs:SendMessage", tags=[{"key": "k", "value": "v"}])
    running = bench.start(machine)
    ended = bench.ended(bench.start(bench.machine(FAIL), {"a": 1}))
    assert bench.bodies(url) == [{"n": 1}]
    until(lambda: saved(home, ended["executionArn"]) and saved(home, running), "both executions saved")
    before = bench.events(ended["executionArn"])
    after = again(home, bench, how)
    try:
        shown = after.show(ended["executionArn"])
        for either in (ended, shown):
            either.pop("ResponseMetadata")
        assert shown == ended
        assert after.events(ended["executionArn"]) == before
        assert after.sfn.list_tags_for_resource(resourceArn=machine)["tags"] == [{"key": "k", "value": "v"}]
        aborted = after.show(running)
        assert (aborted["status"], aborted["error"]) == ("ABORTED", "Labcli.Restarted")
        assert "It is not run again." in aborted["cause"]
        assert after.kinds(running)[-1] == "ExecutionAborted"
        assert len(after.bodies(url)) == 0
    finally:
        after.close()


def test_a_state_is_what_it_was_after_a_round_through_json() -> None:
    registry = Registry(lambda: 5.0)
    about = ("arn:e", "e", "arn:m", "role", "{}", "STANDARD", "{}", 1.0)
    execution = Execution(*about)
    registry.keep(execution)
    execution.record("ExecutionStarted", 1.0, 0)
    execution.end("ExecutionFailed", 2.0, "Mine", "because")
    text = registry.state()
    assert text is not None
    other = Registry(lambda: 5.0)
    other.restore(text)
    assert other.state() == text
    assert Registry(lambda: 5.0).state() is None


def test_an_execution_ends_once() -> None:
    execution = Execution("arn:e", "e", "arn:m", "role", "{}", "STANDARD", "{}", 1.0)
    assert execution.end("ExecutionAborted", 2.0)
    assert not execution.end("ExecutionFailed", 3.0, "Mine")
    execution.record("TaskSucceeded", 4.0, 0)
    assert (execution.status, execution.error, len(execution.events)) == ("ABORTED", None, 1)


class Ended:
    """The part of the interpreter's environment that is told about an end."""

    def __init__(self) -> None:
        self.told: list[Any] = []

    def set_error(self, error: Any) -> None:
        self.told.append(error)


class Context:
    """Where in a machine an event comes from, as the interpreter keeps it."""

    source_event_id = last_published_event_id = 0


def test_what_never_ends_ends_with_its_history(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "MOST_EVENTS", 10)
    execution = Execution("arn:e", "e", "arn:m", "role", "{}", "STANDARD", "{}", 1.0)
    environment = Ended()
    history = running.History(execution, lambda: 2.0, environment)
    context = Context()
    for _ in range(20):
        history.add_event(context, "PassStateExited", {"stateExitedEventDetails": {"name": "A"}})
    assert [event["type"] for event in execution.events] == ["PassStateExited"] * 9 + ["ExecutionFailed"]
    assert (execution.status, execution.error) == ("FAILED", "States.Runtime")
    assert execution.cause == "The execution reached the maximum number of history events (25000)."
    assert len(environment.told) == 1


# -- the start -------------------------------------------------------------------------------------------------------


def test_every_name_that_is_hooked_is_where_it_was(home: Path, bench: Bench) -> None:
    bench.machine(PASS)  # the interpreter is loaded by now
    hello = ask(life.keys(home))
    assert hello is not None
    assert list(hello.broken) == []


def test_what_cannot_be_imported_is_said_and_nothing_falls(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    def fails() -> None:
        raise ImportError("no such library")

    service = StepFunctions(life.keys(home), lambda: 0.0)
    monkeypatch.setattr(service.interpreter, "first", fails)
    status, _, body = service._answer(Call("CreateStateMachine", {}, "1" * 12, "eu-central-2"))
    said = json.loads(body)
    assert (status, said["__type"]) == (400, "ServiceUnavailable")
    assert "no such library" in said["message"]
    status, _, body = service._answer(Call("ListStateMachines", {}, "1" * 12, "eu-central-2"))
    assert (status, json.loads(body)) == (200, {"stateMachines": []})


def test_the_engines_own_runs_nothing(bench: Bench) -> None:
    """A rule of EventBridge starts a machine inside the engine; it is ours that runs it."""
    events = client(bench.endpoint, "events")
    machine = bench.machine(PASS)
    events.put_rule(Name="r", EventPattern=json.dumps({"source": ["tests"]}))
    events.put_targets(Rule="r", Targets=[{"Id": "1", "Arn": machine, "RoleArn": bench.role("states:StartExecution")}])
    events.put_events(Entries=[{"Source": "tests", "DetailType": "d", "Detail": json.dumps({"a": 1})}])
    events.close()

    def executions() -> Any:
        return bench.sfn.list_executions(stateMachineArn=machine, statusFilter="SUCCEEDED")["executions"]

    assert len(until(executions, "an execution")) == 1


@linux
def test_it_costs_little(home: Path, bench: Bench, figure: Any) -> None:
    role, took = bench.role(), []
    for _ in range(2):
        began = WORLD.monotonic()
        machine = bench.machine(PASS, roleArn=role)
        took.append(WORLD.monotonic() - began)
    bench.ended(bench.start(machine))
    lines = Path(f"/proc/{bench.endpoint.pid}/status").read_text("utf-8").splitlines()
    memory = next(int(line.split()[1]) // 1024 for line in lines if line.startswith("VmRSS"))
    figure(f"Step Functions: first call {1000 * took[0]:.0f} ms, second {1000 * took[1]:.0f} ms, server {memory} MB")
    assert took[0] - took[1] < 0.3
    assert memory < 120
