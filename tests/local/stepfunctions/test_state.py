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
from labcli.local.stepfunctions.model import Execution
from labcli.local.stepfunctions.registry import Registry
from tests.local.conftest import WORLD, alive, client, ensure, linux, saved, stop, until
from tests.local.stepfunctions.calls import FAIL, PASS, Bench, task
from tests.local.stepfunctions.test_map_runs import mapped


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
        assert after.show(running)["status"] == "RUNNING"
        assert after.kinds(running)[-1] == "WaitStateEntered"
        after.sfn.stop_execution(executionArn=running)
        assert after.kinds(running)[-1] == "ExecutionAborted"
        assert len(after.bodies(url)) == 0
    finally:
        after.close()


@pytest.mark.parametrize("how", ["stopped", "killed"])
def test_what_waits_goes_on_after_a_restart(home: Path, bench: Bench, how: str) -> None:
    url = bench.queue()
    token = {"QueueUrl": url, "MessageBody": {"token.$": "$$.Task.Token"}}
    called = task("arn:aws:states:::sqs:sendMessage.waitForTaskToken", token)
    branches = [{"StartAt": n, "States": {n: {"Type": "Wait", "Seconds": 2, "End": True}}} for n in ("A", "B")]
    both = {"StartAt": "P", "States": {"P": {"Type": "Parallel", "Branches": branches, "End": True}}}
    waiting, parallel = (
        bench.start(bench.machine(called, "sqs:SendMessage")),
        bench.start(bench.machine(both), {"a": 1}),
    )
    given = bench.bodies(url)[0]["token"]
    until(lambda: "TaskSubmitted" in bench.kinds(waiting), "the task has been handed over")
    until(lambda: saved(home, waiting) and saved(home, parallel) and saved(home, given), "both saved")
    after = again(home, bench, how)
    try:
        assert after.ended(parallel)["output"] == '[{"a":1},{"a":1}]'
        after.sfn.send_task_success(taskToken=given, output='"done"')
        assert after.ended(waiting)["output"] == '"done"'
        assert after.kinds(waiting).count("TaskScheduled") == 1
        assert len(after.bodies(url)) == 0
    finally:
        after.close()


def test_a_call_under_way_cannot_go_on_and_says_so(home: Path, bench: Bench) -> None:
    slow = bench.function("import time\ndef handler(event, context):\n    time.sleep(25)\n")
    running = bench.start(bench.machine(task(slow, None), "lambda:InvokeFunction"))
    until(lambda: "LambdaFunctionStarted" in bench.kinds(running), "the call")
    after = again(home, bench, "stopped")
    try:
        aborted = after.show(running)
        assert (aborted["status"], aborted["error"]) == ("ABORTED", "Labcli.Restarted")
        assert "It is not run again." in aborted["cause"]
        assert after.kinds(running)[-1] == "ExecutionAborted"
    finally:
        after.close()


@pytest.mark.parametrize("how", ["stopped", "killed"])
def test_a_distributed_map_goes_on_after_a_restart(home: Path, bench: Bench, how: str) -> None:
    """Its children are executions of their own: those that wait go on, those that have not begun begin."""
    machine = mapped({"Type": "Wait", "Seconds": 3}, MaxConcurrency=2)
    running = bench.start(bench.machine(machine, "*"), [1, 2, 3])
    run = until(lambda: bench.sfn.list_map_runs(executionArn=running)["mapRuns"], "the Map Run")[0]["mapRunArn"]

    def at_work() -> Any:
        found = bench.sfn.list_executions(mapRunArn=run)["executions"]
        waits = ("WaitStateEntered" in bench.kinds(child["executionArn"]) for child in found)
        return len(found) == 2 and all(waits) and all(saved(home, child["executionArn"]) for child in found)

    until(at_work, "two children that wait, saved")
    after = again(home, bench, how)
    try:
        ended = after.ended(running)
        assert (ended["status"], ended["output"]) == ("SUCCEEDED", "[1,2,3]")
        assert after.kinds(running).count("MapRunStarted") == 1
        shown = after.sfn.describe_map_run(mapRunArn=run)
        assert (shown["status"], shown["executionCounts"]["succeeded"]) == ("SUCCEEDED", 3)
        for child in after.sfn.list_executions(mapRunArn=run)["executions"]:
            assert after.kinds(child["executionArn"]).count("ExecutionStarted") == 1
    finally:
        after.close()


def test_a_child_whose_call_was_under_way_is_ended_and_its_map_run_counts_it(home: Path, bench: Bench) -> None:
    slow = bench.function("import time\ndef handler(event, context):\n    time.sleep(25)\n")
    machine = mapped({"Type": "Task", "Resource": slow})
    running = bench.start(bench.machine(machine, "*"), [1])
    run = until(lambda: bench.sfn.list_map_runs(executionArn=running)["mapRuns"], "the Map Run")[0]["mapRunArn"]

    def calling() -> Any:
        found = bench.sfn.list_executions(mapRunArn=run)["executions"]
        return found and "LambdaFunctionStarted" in bench.kinds(found[0]["executionArn"]) and found

    child = until(calling, "the call")[0]["executionArn"]
    after = again(home, bench, "stopped")
    try:
        ended = after.ended(running)
        assert (ended["status"], ended["error"]) == ("FAILED", "States.ExceedToleratedFailureThreshold")
        aborted = after.show(child)
        assert (aborted["status"], aborted["error"]) == ("ABORTED", "Labcli.Restarted")
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


# -- the start -------------------------------------------------------------------------------------------------------


def test_every_name_that_is_hooked_is_where_it_was(home: Path, bench: Bench) -> None:
    bench.machine(PASS)  # the interpreter is loaded by now
    hello = ask(life.keys(home))
    assert hello is not None
    assert list(hello.broken) == []


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
