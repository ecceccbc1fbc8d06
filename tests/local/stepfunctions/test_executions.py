"""Executions as AWS has them: started once, ended once, stopped at once, on time, and shown truthfully."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest

from labcli.local.life import Endpoint
from tests.local.conftest import WORLD, until
from tests.local.stepfunctions.calls import FAIL, PASS, WAIT, Bench, refused

TURN = {"Type": "Choice", "Choices": [{"Variable": "$.end", "IsPresent": True, "Next": "End"}], "Default": "W"}
END = {"Type": "Succeed"}


def circle(turn: dict[str, Any]) -> dict[str, Any]:
    """A machine that takes this turn over and over."""
    return {"StartAt": "W", "States": {"W": {**turn, "Next": "C"}, "C": TURN, "End": END}}


@pytest.fixture(scope="module")
def bench(endpoint: Endpoint) -> Iterator[Bench]:
    made = Bench(endpoint)
    yield made
    made.close()


def gaps(events: list[Any], kind: str) -> list[float]:
    """Seconds between the events of a kind."""
    at = [event["timestamp"].timestamp() for event in events if event["type"] == kind]
    return [later - earlier for earlier, later in pairwise(at)]


def test_a_name_is_used_once(bench: Bench) -> None:
    machine = bench.machine(WAIT)
    first = bench.start(machine, {"a": 1}, name="n")
    assert bench.start(machine, {"a": 1}, name="n") == first
    exists = ("ExecutionAlreadyExists", f"Execution Already Exists: '{first}'")
    assert refused(lambda: bench.start(machine, {"a": 2}, name="n")) == exists
    bench.sfn.stop_execution(executionArn=first)
    assert refused(lambda: bench.start(machine, {"a": 1}, name="n")) == exists
    unnamed = {bench.start(machine) for _ in range(3)}
    assert len(unnamed) == 3
    assert all(len(arn.rpartition(":")[2]) == 36 for arn in unnamed)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("", "Invalid execution input."),
        ("not some json", "Unrecognized token 'not': was expecting (JSON String, Number, Array, Object or token "
         "'null', 'true' or 'false')"),
        ("{'a': 1}", "Unexpected character (''' (code 39)): was expecting double-quote to start field name"),
        ("NaN", "Unrecognized token 'NaN': was expecting (JSON String, Number, Array, Object or token 'null', "
         "'true' or 'false')"),
    ],
)  # fmt: skip
def test_input_must_be_json(bench: Bench, given: str, said: str) -> None:
    machine = bench.machine(PASS)
    error = refused(lambda: bench.sfn.start_execution(stateMachineArn=machine, input=given))
    assert error == ("InvalidExecutionInput", f"Invalid State Machine Execution Input: '{said}'")


def test_how_executions_end_is_shown(bench: Bench) -> None:
    good, bad = bench.run(PASS, {"a": 1}), bench.run(FAIL)
    assert (good["status"], good["output"]) == ("SUCCEEDED", '{"a":1}')
    assert (bad["status"], bad["error"], bad["cause"], "output" in bad) == ("FAILED", "Mine", "because", False)
    events = bench.events(bad["executionArn"])
    assert [event["id"] for event in events] == [1, 2, 3]
    assert [event["type"] for event in events] == ["ExecutionStarted", "FailStateEntered", "ExecutionFailed"]
    times = [event["timestamp"] for event in events]
    assert bad["startDate"] <= times[0] <= times[1] <= times[2] == bad["stopDate"]
    backwards = bench.sfn.get_execution_history(executionArn=bad["executionArn"], reverseOrder=True, maxResults=2)
    assert [event["id"] for event in backwards["events"]] == [3, 2]
    rest = bench.sfn.get_execution_history(
        executionArn=bad["executionArn"], reverseOrder=True, maxResults=2, nextToken=backwards["nextToken"]
    )
    assert [event["id"] for event in rest["events"]] == [1]


def test_executions_are_listed_by_status_and_page_by_page(bench: Bench) -> None:
    machine = bench.machine(PASS)
    done = [bench.ended(bench.start(machine))["executionArn"] for _ in range(5)]
    bench.sfn.update_state_machine(stateMachineArn=machine, definition=json.dumps(WAIT))
    running = bench.start(machine)
    pager = bench.sfn.get_paginator("list_executions")

    def listed(**more: Any) -> list[str]:
        pages = pager.paginate(stateMachineArn=machine, PaginationConfig={"PageSize": 2}, **more)
        return [execution["executionArn"] for page in pages for execution in page["executions"]]

    assert listed(statusFilter="RUNNING") == [running]
    assert listed(statusFilter="FAILED") == []
    assert set(listed(statusFilter="SUCCEEDED")) == set(done)
    assert listed()[0] == running
    assert len(listed()) == 6
    bench.sfn.stop_execution(executionArn=running)


def test_a_choice_about_what_is_not_there_fails_and_nothing_takes_that(bench: Bench) -> None:
    choice = {"Type": "Choice", "Choices": [{"Variable": "$.x", "NumericEquals": 1, "Next": "P"}], "Default": "P"}
    branch = {"StartAt": "C", "States": {"C": choice, "P": {"Type": "Pass", "End": True}}}
    catch = [{"ErrorEquals": ["States.ALL"], "Next": "Q"}]
    states = {"A": {"Type": "Parallel", "Branches": [branch], "Catch": catch, "End": True}}
    ended = bench.run({"StartAt": "A", "States": {**states, "Q": {"Type": "Pass", "End": True}}})
    assert (ended["status"], ended["error"]) == ("FAILED", "States.Runtime")
    assert "Invalid path '$.x': The choice state's condition path references an invalid value." in ended["cause"]
    asked = {"Variable": "$.x", "IsPresent": True, "Next": "F"}
    present = {**choice, "Choices": [asked]}
    states = {"C": present, "P": {"Type": "Pass", "End": True}, "F": {"Type": "Fail"}}
    assert bench.run({"StartAt": "C", "States": states})["status"] == "SUCCEEDED"


def test_a_choice_that_matches_nothing(bench: Bench) -> None:
    choice = {"Type": "Choice", "Choices": [{"Variable": "$.x", "NumericEquals": 1, "Next": "P"}]}
    ended = bench.run({"StartAt": "C", "States": {"C": choice, "P": {"Type": "Pass", "End": True}}}, {"x": 2})
    assert (ended["status"], ended["error"]) == ("FAILED", "States.NoChoiceMatched")


def test_a_failing_branch_ends_the_others(bench: Bench) -> None:
    slow = {"StartAt": "S", "States": {"S": {"Type": "Wait", "Seconds": 30, "End": True}}}
    catch = [{"ErrorEquals": ["Mine"], "Next": "After"}]
    parallel = {"Type": "Parallel", "Branches": [slow, FAIL], "Catch": catch, "End": True}
    ended = bench.run({"StartAt": "P", "States": {"P": parallel, "After": {"Type": "Pass", "End": True}}})
    assert (ended["status"], json.loads(ended["output"])) == ("SUCCEEDED", {"Error": "Mine", "Cause": "because"})
    assert (ended["stopDate"] - ended["startDate"]).total_seconds() < 1


def test_retries_come_on_time_and_are_counted(bench: Bench) -> None:
    retry = [{"ErrorEquals": ["Mine"], "IntervalSeconds": 1, "BackoffRate": 1.5, "MaxAttempts": 2}]
    parallel = {"Type": "Parallel", "Branches": [FAIL], "Retry": retry, "End": True}
    ended = bench.run({"StartAt": "P", "States": {"P": parallel}})
    assert ended["status"] == "FAILED"
    entered = gaps(bench.events(ended["executionArn"]), "FailStateEntered")
    assert [round(gap, 1) for gap in entered] == [1.0, 1.5]


def test_a_wait_takes_what_it_says(bench: Bench) -> None:
    machine = {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 1, "End": True}}}
    ended = bench.run(machine)
    assert 1.0 <= (ended["stopDate"] - ended["startDate"]).total_seconds() < 1.2


def test_a_machine_may_have_a_time_limit_of_its_own(bench: Bench) -> None:
    ended = bench.run({**WAIT, "TimeoutSeconds": 1})
    assert ended["status"] == "TIMED_OUT"
    assert 1.0 <= (ended["stopDate"] - ended["startDate"]).total_seconds() < 1.3
    assert bench.kinds(ended["executionArn"])[-1] == "ExecutionTimedOut"


@pytest.mark.parametrize(
    "definition",
    [
        WAIT,
        {
            "StartAt": "P",
            "States": {
                "P": {
                    "Type": "Parallel",
                    "Branches": [FAIL],
                    "Retry": [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 60}],
                    "End": True,
                }
            },
        },
        circle({"Type": "Wait", "Seconds": 1}),
    ],
    ids=["a wait", "a retry's pause", "a circle"],
)
def test_a_stop_is_a_stop(bench: Bench, definition: dict[str, Any]) -> None:
    machine = bench.machine(definition)
    execution = bench.start(machine)
    until(lambda: len(bench.events(execution)) > 1, "the first state")
    stopped = bench.sfn.stop_execution(executionArn=execution, error="Enough", cause="said so")
    shown = bench.show(execution)
    assert (shown["status"], shown["error"], shown["cause"]) == ("ABORTED", "Enough", "said so")
    assert shown["stopDate"] == stopped["stopDate"]
    before = bench.events(execution)
    assert before[-1]["type"] == "ExecutionAborted"
    WORLD.sleep(1.2)  # longer than one turn of the circle
    assert bench.events(execution) == before
    assert bench.sfn.stop_execution(executionArn=execution)["stopDate"] == stopped["stopDate"]


def test_a_machine_of_one_pass_succeeds_each_time_and_its_time_is_said(bench: Bench, figure: Any) -> None:
    machine = bench.machine(PASS)
    took = []
    for _ in range(10):
        began = WORLD.monotonic()
        execution = bench.start(machine)
        while bench.show(execution)["status"] == "RUNNING":
            pass
        took.append(WORLD.monotonic() - began)
        assert bench.show(execution)["status"] == "SUCCEEDED"
    figure(f"a machine of one Pass: {1000 * sorted(took)[5]:.0f} ms from start to its end seen")


def test_jsonata_has_the_functions_of_step_functions(bench: Bench) -> None:
    output = "{% {'sum': $sum($states.input.n), 'parts': $partition([1,2,3], 2), 'id': $length($uuid()), 'q': $q} %}"
    states = {
        "A": {"Type": "Pass", "Assign": {"q": "{% $states.input.text %}"}, "Next": "B"},
        "B": {"Type": "Pass", "Output": output, "End": True},
    }
    given = {"n": [1, 2, 3], "text": 'a "quoted" text'}
    ended = bench.run({"QueryLanguage": "JSONata", "StartAt": "A", "States": states}, given)
    assert ended["status"] == "SUCCEEDED", ended["cause"]
    expected = {"sum": 6, "parts": [[1, 2], [3]], "id": 36, "q": given["text"]}
    assert json.loads(ended["output"]) == expected


def test_a_query_that_fails_has_its_own_error(bench: Bench) -> None:
    states = {"A": {"Type": "Pass", "Output": "{% $states.input.none %}", "End": True}}
    undefined = bench.run({"QueryLanguage": "JSONata", "StartAt": "A", "States": states})
    assert (undefined["status"], undefined["error"]) == ("FAILED", "States.QueryEvaluationError")
    states = {"A": {"Type": "Pass", "Output": "{% 1 + 'a' %}", "End": True}}
    wrong = bench.run({"QueryLanguage": "JSONata", "StartAt": "A", "States": states})
    assert (wrong["status"], wrong["error"]) == ("FAILED", "States.QueryEvaluationError")


def test_express_machines(bench: Bench) -> None:
    machine = bench.machine(PASS, type="EXPRESS")
    ended = bench.sfn.start_sync_execution(stateMachineArn=machine, input='{"a": 1}')
    assert (ended["status"], json.loads(ended["output"])) == ("SUCCEEDED", {"a": 1})
    assert ":express:" in bench.start(machine)
    assert refused(lambda: bench.sfn.list_executions(stateMachineArn=machine))[0] == "StateMachineTypeNotSupported"
    standard = bench.machine(PASS)
    assert refused(lambda: bench.sfn.start_sync_execution(stateMachineArn=standard))[0] == (
        "StateMachineTypeNotSupported"
    )


@pytest.mark.parametrize(
    ("arn", "said"),
    [
        ("nonsense", "Invalid Arn: 'Invalid ARN prefix: nonsense'"),
        (
            "arn:aws:states:eu-central-2:123456789012:stateMachine:m",
            "Invalid Arn: 'Resource type not valid in this context: stateMachine'",
        ),
    ],
)
def test_bad_arns(bench: Bench, arn: str, said: str) -> None:
    assert refused(lambda: bench.show(arn)) == ("InvalidArn", said)


def test_executions_that_there_are_not(bench: Bench) -> None:
    arn = bench.start(bench.machine(PASS)) + "x"
    error = ("ExecutionDoesNotExist", f"Execution Does Not Exist: '{arn}'")
    for call in (bench.sfn.describe_execution, bench.sfn.stop_execution, bench.sfn.get_execution_history):
        assert refused(lambda call=call: call(executionArn=arn)) == error
