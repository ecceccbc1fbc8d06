"""Redrives as the documentation has them; nobody recorded them.

Sources: API reference, RedriveExecution and DescribeExecution; Developer Guide, "Restarting state machine executions
with redrive" and "Redriving Map Runs in Step Functions executions".
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest

from labcli.local.life import Endpoint
from labcli.local.stepfunctions import redrives
from labcli.local.stepfunctions.interpreter.frame import Frame
from labcli.local.stepfunctions.model import MOST_EVENTS, Execution
from tests.local.conftest import until
from tests.local.stepfunctions.calls import FAIL, PASS, WAIT, Bench, refused
from tests.local.stepfunctions.test_map_runs import HOLD, LOOK, children, counts, mapped, run_of

NAMES = count()
DAY = 24 * 3600.0


@pytest.fixture(scope="module")
def bench(endpoint: Endpoint) -> Iterator[Bench]:
    made = Bench(endpoint)
    yield made
    made.close()


def names(number: int) -> list[str]:
    """Names of queues that there are not yet."""
    return [f"later-{next(NAMES)}" for _ in range(number)]


def make(bench: Bench, *queues: str) -> None:
    for name in queues:
        bench.sqs.create_queue(QueueName=name)


def again(bench: Bench, execution: str) -> Any:
    bench.sfn.redrive_execution(executionArn=execution)
    return bench.ended(execution)


# -- an execution ------------------------------------------------------------------------------------------------------


def test_what_succeeded_is_kept_and_the_state_that_failed_is_tried_again(bench: Bench) -> None:
    (name,), told = names(1), bench.queue()
    send = {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "Next": "Then", "ResultPath": None}
    send["Parameters"] = {"QueueUrl": told, "MessageBody": {"once": True}}
    look = {**LOOK, "End": True}
    failed = bench.run({"StartAt": "Send", "States": {"Send": send, "Then": look}}, name, "*")
    execution = failed["executionArn"]
    assert (failed["status"], failed["redriveStatus"], failed["redriveCount"]) == ("FAILED", "REDRIVABLE", 0)
    assert "redriveDate" not in failed
    before = bench.events(execution)
    make(bench, name)
    redriven = bench.sfn.redrive_execution(executionArn=execution)["redriveDate"]
    ended = bench.ended(execution)
    assert (ended["status"], ended["redriveCount"], ended["redriveDate"]) == ("SUCCEEDED", 1, redriven)
    assert name in ended["output"] and "error" not in ended and ended["startDate"] == failed["startDate"]
    events = bench.events(execution)
    assert events[: len(before)] == before
    first, second = events[len(before) : len(before) + 2]
    assert first["type"] == "ExecutionRedriven" and first["executionRedrivenEventDetails"] == {"redriveCount": 1}
    assert (first["previousEventId"], second["previousEventId"]) == (before[-1]["id"], first["id"])
    assert [event["type"] for event in events[len(before) + 1 :]] == [
        *("TaskScheduled", "TaskStarted", "TaskSucceeded", "TaskStateExited", "ExecutionSucceeded")
    ]
    assert bench.bodies(told) == [{"once": True}] and bench.bodies(told) == []


@pytest.mark.parametrize("how", ["branches", "iterations"])
def test_only_the_lines_that_failed_are_tried_again(bench: Bench, how: str) -> None:
    """API reference, RedriveExecution: only the iterations and branches that failed or aborted."""
    there, later = names(2)
    make(bench, there)
    look = {**LOOK, "End": True}
    machine = {"StartAt": "P", "States": {"P": {"Type": "Parallel", "End": True}}}
    if how == "branches":
        branch = {**look, "Parameters": {"QueueName.$": "$[0]"}}
        other = {**look, "Parameters": {"QueueName.$": "$[1]"}}
        machine["States"]["P"]["Branches"] = [
            {"StartAt": name, "States": {name: state}} for name, state in (("A", branch), ("B", other))
        ]
    else:
        inside = {"StartAt": "A", "States": {"A": look}}
        machine["States"]["P"] = {"Type": "Map", "ItemProcessor": inside, "MaxConcurrency": 1, "End": True}
    failed = bench.run(machine, [there, later], "*")
    assert failed["status"] == "FAILED"
    make(bench, later)
    ended = again(bench, failed["executionArn"])
    assert ended["status"] == "SUCCEEDED"
    assert [each["QueueUrl"].rpartition("/")[2] for each in json.loads(ended["output"])] == [there, later]
    kinds = bench.kinds(failed["executionArn"])
    assert kinds.count("TaskSucceeded") == 2
    assert kinds.count("ParallelStateStarted" if how == "branches" else "MapStateStarted") == 1


def test_retries_and_time_limits_begin_anew(bench: Bench) -> None:
    """Developer Guide, "Retry behavior of redriven executions": the retry attempt count is reset to 0."""
    retry = [{"ErrorEquals": ["States.ALL"], "MaxAttempts": 1, "IntervalSeconds": 1}]
    failed = bench.run({"StartAt": "T", "States": {"T": {**LOOK, "Retry": retry, "End": True}}}, names(1)[0], "*")
    assert bench.kinds(failed["executionArn"]).count("TaskScheduled") == 2
    ended = again(bench, failed["executionArn"])
    assert bench.kinds(failed["executionArn"]).count("TaskScheduled") == 4
    assert (ended["status"], ended["redriveCount"]) == ("FAILED", 1)
    slow = {**WAIT, "TimeoutSeconds": 1}
    late = bench.run(slow)
    assert late["status"] == "TIMED_OUT"
    assert again(bench, late["executionArn"])["status"] == "TIMED_OUT"
    kinds = bench.kinds(late["executionArn"])
    assert kinds[-2:] == ["ExecutionRedriven", "ExecutionTimedOut"]


def test_a_stopped_execution_and_one_that_reached_a_fail_can_be_redriven(bench: Bench) -> None:
    failed = bench.run(FAIL)
    assert again(bench, failed["executionArn"])["status"] == "FAILED"
    assert bench.kinds(failed["executionArn"])[-2:] == ["ExecutionRedriven", "ExecutionFailed"]
    stopped = bench.start(bench.machine(WAIT))
    until(lambda: "WaitStateEntered" in bench.kinds(stopped), "the wait")
    bench.sfn.stop_execution(executionArn=stopped)
    bench.sfn.redrive_execution(executionArn=stopped)
    assert bench.show(stopped)["status"] == "RUNNING"
    bench.sfn.stop_execution(executionArn=stopped)


def test_the_definition_is_that_of_the_first_attempt(bench: Bench) -> None:
    failed = bench.run(FAIL)
    bench.sfn.update_state_machine(stateMachineArn=failed["stateMachineArn"], definition=json.dumps(PASS))
    assert again(bench, failed["executionArn"])["status"] == "FAILED"


def test_what_cannot_be_redriven_is_refused_and_says_why(bench: Bench) -> None:
    running, fine = bench.start(bench.machine(WAIT)), bench.run(PASS)
    for execution, status in ((running, "RUNNING"), (fine["executionArn"], "SUCCEEDED")):
        reason = f"Execution is {status} and cannot be redriven"
        shown = bench.show(execution)
        assert (shown["redriveStatus"], shown["redriveStatusReason"]) == ("NOT_REDRIVABLE", reason)
        error = refused(lambda arn=execution: bench.sfn.redrive_execution(executionArn=arn))
        assert error == ("ExecutionNotRedrivable", reason)
    missing = refused(lambda: bench.sfn.redrive_execution(executionArn=running + "x"))
    assert missing[0] == "ExecutionDoesNotExist"
    assert refused(lambda: bench.sfn.redrive_execution(executionArn="arn:a"))[0] == "InvalidArn"
    express = bench.machine(FAIL, type="EXPRESS")
    arn = bench.start(express)
    code, _ = refused(lambda: bench.sfn.redrive_execution(executionArn=arn))
    assert code in ("ExecutionDoesNotExist", "ExecutionNotRedrivable")
    bench.sfn.stop_execution(executionArn=running)


def test_a_client_token_redrives_once(bench: Bench) -> None:
    """API reference, RedriveExecution: the same answer for a client token that was used a moment ago."""
    arn = bench.run(FAIL)["executionArn"]
    first = bench.sfn.redrive_execution(executionArn=arn, clientToken="one")["redriveDate"]
    bench.ended(arn)
    assert bench.sfn.redrive_execution(executionArn=arn, clientToken="one")["redriveDate"] == first
    assert bench.show(arn)["redriveCount"] == 1
    bench.sfn.redrive_execution(executionArn=arn, clientToken="two")
    assert bench.ended(arn)["redriveCount"] == 2


def test_redriven_executions_can_be_listed(bench: Bench) -> None:
    machine = bench.machine(FAIL)
    first, second = bench.start(machine), bench.start(machine)
    for each in (first, second):
        bench.ended(each)
    again(bench, first)
    for wanted, arn, times in (("REDRIVEN", first, 1), ("NOT_REDRIVEN", second, 0)):
        (found,) = bench.sfn.list_executions(stateMachineArn=machine, redriveFilter=wanted)["executions"]
        assert (found["executionArn"], found["redriveCount"], "redriveDate" in found) == (arn, times, bool(times))


@pytest.mark.parametrize(
    ("changed", "now", "reason"),
    [
        ({}, 14 * DAY + 2, ""),
        ({}, 14 * DAY + 3, "Execution redrivable period exceeded"),
        ({"stopped": 366 * DAY}, 366 * DAY + 5, "Execution has exceeded the max execution time"),
        ({"redrives": 1000}, 5, "Execution redriven the maximum number of times"),
        ({"events": [{}] * (MOST_EVENTS - 1)}, 5, "Execution history event limit exceeded"),
        ({"frame": None}, 5, "Execution was not started"),
    ],
)
def test_the_reasons_are_those_of_the_documentation(changed: dict[str, Any], now: float, reason: str) -> None:
    execution = Execution("arn:e", "e", "arn:m", "role", "{}", "STANDARD", "{}", 1.0, frame=Frame((), None))
    execution.end("ExecutionFailed", 2.0)
    for name, value in changed.items():
        setattr(execution, name, value)
    assert redrives.why_not(execution, now) == reason
    shown = redrives.shown(execution, now)
    assert shown["redriveStatus"] == ("NOT_REDRIVABLE" if reason else "REDRIVABLE")
    assert redrives.shown(execution, now, deleting=True)["redriveStatusReason"] == "State machine is in DELETING status"


# -- Map Runs ----------------------------------------------------------------------------------------------------------


def test_a_map_run_is_redriven_with_its_failed_children_and_those_that_never_began(bench: Bench) -> None:
    there, later, last = names(3)
    make(bench, there, last)
    failed = bench.run(mapped(LOOK, MaxConcurrency=1), [there, later, last], "*")
    execution = failed["executionArn"]
    run = run_of(bench, execution)
    assert (run["status"], counts(run)) == ("FAILED", {"succeeded": 1, "failed": 1, "aborted": 1, "total": 3})
    fine, broken = children(bench, run)
    assert bench.show(broken["executionArn"])["redriveStatus"] == "REDRIVABLE_BY_MAP_RUN"
    alone = refused(lambda: bench.sfn.redrive_execution(executionArn=broken["executionArn"]))
    assert alone[0] == "ExecutionNotRedrivable"
    before = bench.events(fine["executionArn"])
    make(bench, later)
    ended = again(bench, execution)
    assert ended["status"] == "SUCCEEDED"
    assert [each["QueueUrl"].rpartition("/")[2] for each in json.loads(ended["output"])] == [there, later, last]
    after = run_of(bench, execution)
    assert (after["mapRunArn"], after["status"], after["redriveCount"]) == (run["mapRunArn"], "SUCCEEDED", 1)
    assert after["redriveDate"] > run["startDate"] and counts(after) == {"succeeded": 3, "total": 3}
    assert bench.events(fine["executionArn"]) == before
    assert bench.kinds(broken["executionArn"]).count("ExecutionRedriven") == 1
    assert bench.show(broken["executionArn"])["redriveCount"] == 1
    (told,) = [event for event in bench.events(execution) if event["type"] == "MapRunRedriven"]
    assert told["mapRunRedrivenEventDetails"] == {"mapRunArn": run["mapRunArn"], "redriveCount": 1}
    kinds = bench.kinds(execution)
    assert kinds[kinds.index("ExecutionRedriven") :] == [
        *("ExecutionRedriven", "MapRunRedriven", "MapRunSucceeded"),
        *("MapStateSucceeded", "MapStateExited", "ExecutionSucceeded"),
    ]


def test_express_children_are_begun_anew_under_their_old_name(bench: Bench) -> None:
    """Developer Guide: they are started again, and have the ARN of the first attempt."""
    there, later = names(2)
    make(bench, there)
    failed = bench.run(mapped(LOOK, kind="EXPRESS", MaxConcurrency=1), [there, later], "*")
    run = run_of(bench, failed["executionArn"])
    broken = children(bench, run)[1]["executionArn"]
    assert bench.show(broken)["redriveStatus"] == "REDRIVABLE_BY_MAP_RUN"
    make(bench, later)
    assert again(bench, failed["executionArn"])["status"] == "SUCCEEDED"
    shown = bench.show(broken)
    assert (shown["status"], shown["redriveCount"], "redriveDate" in shown) == ("SUCCEEDED", 0, False)


def test_children_wait_for_their_turn_and_those_that_get_none_stay_as_they_were(bench: Bench) -> None:
    """API reference, ListExecutions: PENDING_REDRIVE."""
    first, second = names(2)
    machine = mapped(LOOK, HOLD, MaxConcurrency=1, ToleratedFailureCount=1)
    failed = bench.run(machine, [first, second], "*")
    execution = failed["executionArn"]
    make(bench, first)
    bench.sfn.redrive_execution(executionArn=execution)
    run = until(lambda: (r := run_of(bench, execution)) and counts(r).get("running") and r, "the first child")
    assert counts(run) == {"running": 1, "pendingRedrive": 1, "total": 2}
    (waiting,) = children(bench, run, statusFilter="PENDING_REDRIVE")
    assert bench.show(waiting["executionArn"])["status"] == "PENDING_REDRIVE"
    bench.sfn.stop_execution(executionArn=execution)
    run = until(lambda: (r := run_of(bench, execution))["status"] != "RUNNING" and r, "the end of the Map Run")
    assert counts(run) == {"failed": 1, "aborted": 1, "total": 2}
    assert bench.show(waiting["executionArn"])["status"] == "FAILED"


def test_a_map_run_that_never_began_begins(bench: Bench) -> None:
    """Developer Guide: a Map Run that was not started is started when the execution is redriven."""
    reader = {"Resource": "arn:aws:states:::s3:getObject", "Parameters": {"Bucket": "late", "Key": "f"}}
    machine = mapped({"Type": "Pass"}, ItemReader={**reader, "ReaderConfig": {"InputType": "JSON"}})
    failed = bench.run(machine, None, "*")
    assert failed["error"] == "States.ItemReaderFailed"
    assert bench.sfn.list_map_runs(executionArn=failed["executionArn"])["mapRuns"] == []
    from tests.local.conftest import client

    s3 = client(bench.endpoint, "s3")
    s3.create_bucket(Bucket="late", CreateBucketConfiguration={"LocationConstraint": bench.endpoint.region})
    s3.put_object(Bucket="late", Key="f", Body=b"[1,2]")
    s3.close()
    ended = again(bench, failed["executionArn"])
    assert ended["output"] == "[1,2]"
    assert run_of(bench, failed["executionArn"])["redriveCount"] == 0


def test_a_state_that_fails_after_its_map_run_succeeded_begins_a_new_one(bench: Bench) -> None:
    """Developer Guide: a Map Run is not redriven where its state failed with States.Runtime after it."""
    failed = bench.run(mapped({"Type": "Pass"}, OutputPath="$.none"), [1], "*")
    assert (failed["status"], failed["error"]) == ("FAILED", "States.Runtime")
    again(bench, failed["executionArn"])
    runs = bench.sfn.list_map_runs(executionArn=failed["executionArn"])["mapRuns"]
    assert len(runs) == 2
    assert {bench.sfn.describe_map_run(mapRunArn=run["mapRunArn"])["redriveCount"] for run in runs} == {0}
