"""The check of state machine definitions: what the states of each type hold."""

from __future__ import annotations

from typing import Any

import pytest

from labcli.rules.asl.diagnose import diagnose
from tests.unit.rules.test_asl import ALL, INVOKE, PASS, machine, noted, one, said, task

# --- Wait, Fail


def test_a_wait_has_one_time() -> None:
    times = "[SecondsPath, Seconds, TimestampPath, Timestamp]"
    assert one(Type="Wait", End=True) == [
        f"/States/A This object should have only one of the following fields: {times}"
    ]
    both = one(Type="Wait", Seconds=1, SecondsPath="$.s", End=True)
    assert both == [f"/States/A There should only be one of the following fields: {times}"]
    assert one(Type="Wait", Seconds=-1, End=True) == ["/States/A/Seconds Minimum value is 0"]
    assert one(Type="Wait", Seconds=100_000_000, End=True) == ["/States/A/Seconds Maximum value is 99999999"]
    assert one(Type="Wait", Seconds=0, End=True) == one(Type="Wait", Seconds=5.0, End=True) == []


@pytest.mark.parametrize("value", ["2016-03-14T01:59:00Z", "2016-03-14T01:59:00.123Z", "2016-03-14T01:59:00+02:00"])
def test_a_timestamp_of_rfc3339_is_one(value: str) -> None:
    assert one(Type="Wait", Timestamp=value, End=True) == []


@pytest.mark.parametrize(
    "value", ["2016-03-14 01:59:00Z", "2016-03-14T01:59:00", "2016-14-14T01:59:00Z", "2016-03-14T25:59:00Z", "soon", ""]
)
def test_what_rfc3339_does_not_write_is_no_timestamp(value: str) -> None:
    assert one(Type="Wait", Timestamp=value, End=True) == [
        "/States/A/Timestamp String does not match RFC3339 timestamp"
    ]


def test_a_fail_has_an_error_or_a_path_to_it() -> None:
    assert one(Type="Fail") == one(Type="Fail", Error="E", CausePath="$.c") == []
    assert one(Type="Fail", Error="E", ErrorPath="$.e") == [
        "/States/A There should only be one of the following fields: [Error, ErrorPath]"
    ]
    assert one(Type="Fail", Error=5) == ["/States/A/Error Expected value of type [STRING]"]


# --- Task


def test_a_task_has_a_resource_that_is_an_arn() -> None:
    assert one(Type="Task", End=True) == ["/States/A These fields are required: [Resource]"]
    assert one(Type="Task", Resource="my-function", End=True) == [
        "/States/A/Resource Value is not a valid resource ARN"
    ]
    arn = "arn:aws-cn:lambda:cn-north-1:123456789012:function:f:1"
    assert one(Type="Task", Resource=arn, End=True) == []


@pytest.mark.parametrize("end", ["lambda:invoke.sync", "sqs:sendMesage", "dynamodb:getItem.waitForTaskToken"])
def test_an_integration_that_the_service_does_not_have_is_not_recognized(end: str) -> None:
    (found,) = one(Type="Task", Resource=f"arn:aws:states:::{end}", Parameters={}, End=True)
    assert found.startswith(f"/States/A/Resource The resource provided arn:aws:states:::{end} is not recognized. The")


@pytest.mark.parametrize("end", ["aws-sdk:s3:listBuckets", "glue:startJobRun.sync", "new:thing.some", "ecs:runTask"])
def test_an_integration_that_is_not_known_here_passes(end: str) -> None:
    assert one(Type="Task", Resource=f"arn:aws:states:::{end}", Parameters={}, End=True) == []


def test_an_integration_has_the_parameters_that_aws_asks_for() -> None:
    send = {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "End": True}
    assert one(**send) == ["/States/A Parameters field is required for resource ARN: arn:aws:states:::sqs:sendMessage"]
    assert one(**send, Parameters={"QueueUrl.$": "$.q"}) == [
        "/States/A/Parameters The field 'MessageBody' is required but was missing"
    ]
    (found,) = diagnose(machine(A={**send, "Parameters": {"Queueurl": "u", "MessageBody": "b"}}))
    assert found.hint == "; write it so, not `Queueurl`"


def test_times_of_a_task_are_in_range_and_a_heartbeat_is_the_shorter_one() -> None:
    assert task(TimeoutSeconds=5, HeartbeatSeconds=2) == []
    assert task(TimeoutSeconds=0) == ["/States/A/TimeoutSeconds Minimum value is 1"]
    assert task(TimeoutSeconds="5") == ["/States/A/TimeoutSeconds Expected value of type Integer"]
    assert task(TimeoutSeconds=5, TimeoutSecondsPath="$.t") == [
        "/States/A There should only be one of the following fields: [TimeoutSeconds, TimeoutSecondsPath]"
    ]
    slow = machine(A={**INVOKE, "End": True, "TimeoutSeconds": 5, "HeartbeatSeconds": 5})
    assert noted(slow) == ["/States/A/HeartbeatSeconds `HeartbeatSeconds` is smaller than `TimeoutSeconds`"]


@pytest.mark.parametrize(
    ("resource", "message"),
    [
        ("arn:aws:states:::sqs:sendMessage.waitForTaskToken", "'.waitForTaskToken' service integration "),
        ("arn:aws:states:::states:startExecution.sync:2", "'.sync' service integration"),
        ("arn:aws:states:us-east-1:123456789012:activity:a", "Activity ARN"),
    ],
)
def test_an_express_workflow_waits_for_nothing(resource: str, message: str) -> None:
    given = {"QueueUrl": "u", "MessageBody": "b", "StateMachineArn": "a"}
    waiting = machine(A={"Type": "Task", "Resource": resource, "Parameters": given, "End": True})
    assert said(waiting, "EXPRESS") == [f"/States/A/Resource Express state machine does not support {message}"]
    assert said(waiting) == []


# --- Parallel, Map


def test_a_parallel_has_branches_and_each_is_a_machine() -> None:
    assert one(Type="Parallel", End=True) == ["/States/A These fields are required: [Branches]"]
    assert one(Type="Parallel", Branches=[], End=True) == ["/States/A/Branches Value cannot be empty"]
    assert one(Type="Parallel", Branches=[{}], End=True) == [
        "/States/A/Branches[0] These fields are required: [StartAt, States]"
    ]
    odd = {**machine(B=PASS), "QueryLanguage": "JSONata"}
    assert one(Type="Parallel", Branches=[odd, 7], End=True) == [
        "/States/A/Branches[1] Expected value of type [OBJECT]",
        "/States/A/Branches[0] Field 'QueryLanguage' is not supported",
    ]


def test_a_map_has_one_processor_in_the_new_or_the_old_spelling() -> None:
    inside = machine(B=PASS)
    assert one(Type="Map", End=True) == [
        "/States/A This object should have only one of the following fields: [ItemProcessor, Iterator]"
    ]
    assert one(Type="Map", Iterator=inside, End=True) == one(Type="Map", ItemProcessor=inside, End=True) == []
    broken = {"StartAt": "B", "States": {"B": {"Type": "Pass"}}}
    assert one(Type="Map", Iterator=broken, End=True) == [
        "/States/A/Iterator/States/B This object should have only one of the following fields: [Next, End]"
    ]


def test_how_a_map_runs_is_checked() -> None:
    def mode(**config: Any) -> list[str]:
        return one(Type="Map", ItemProcessor={**machine(B=PASS), "ProcessorConfig": config}, End=True)

    place = "/States/A/ItemProcessor/ProcessorConfig"
    assert mode() == mode(Mode="INLINE") == mode(Mode="DISTRIBUTED", ExecutionType="EXPRESS") == []
    assert mode(Mode="DISTRIBUTED") == [f"{place} These fields are required: [ExecutionType]"]
    assert mode(Mode="INLINE", ExecutionType="STANDARD") == [f"{place} Field 'ExecutionType' is not supported"]
    assert mode(Mode="inline") == [f"{place}/Mode Value should be one of the following: [INLINE, DISTRIBUTED]"]


def test_the_numbers_of_a_map_are_in_range() -> None:
    def number(**fields: Any) -> list[str]:
        return one(Type="Map", ItemProcessor=machine(B=PASS), End=True, **fields)

    assert number(MaxConcurrency=0, ToleratedFailureCount=3, ToleratedFailurePercentage=1.5) == []
    assert number(MaxConcurrency=-1) == ["/States/A/MaxConcurrency Minimum value is 0"]
    assert number(ToleratedFailurePercentage=101) == ["/States/A/ToleratedFailurePercentage Maximum value is 100.0"]
    assert number(MaxConcurrency=1, MaxConcurrencyPath="$.n") == [
        "/States/A There should only be one of the following fields: [MaxConcurrency, MaxConcurrencyPath]"
    ]
    assert number(MaxConcurrencyPath="$.n[*]") == ["/States/A/MaxConcurrencyPath Value is not a Reference Path"]


def test_labels_are_short_and_unique() -> None:
    def labelled(name: str, label: str) -> dict[str, Any]:
        return {"Type": "Map", "Label": label, "ItemProcessor": machine(**{f"in{name}": PASS})}

    twice = machine(A={**labelled("A", "L"), "Next": "B"}, B={**labelled("B", "L"), "End": True})
    assert [each.code for each in diagnose(twice)] == ["DUPLICATE_LABEL_NAME"]
    assert [each.code for each in diagnose(machine(A={**labelled("A", "L" * 41), "End": True}))] == [
        "INVALID_LABEL_NAME"
    ]


# --- Choice


def rules(*given: Any) -> list[str]:
    """The mistakes in the rules of a Choice; each leads to Z."""
    with_next = [{"Next": "Z", **each} for each in given]
    return said(machine(A={"Type": "Choice", "Choices": with_next, "Default": "Z"}, Z=PASS))


def test_a_choice_has_rules_and_each_leads_somewhere() -> None:
    assert one(Type="Choice")[:1] == ["/States/A These fields are required: [Choices]"]
    assert "/States/A/Choices Value cannot be empty" in one(Type="Choice", Choices=[])
    rule = {"Variable": "$.x", "IsNull": True}
    assert "/States/A/Choices[0] These fields are required: [Next]" in one(Type="Choice", Choices=[rule])


@pytest.mark.parametrize(
    "rule",
    [
        {"Variable": "$.x", "NumericGreaterThanEquals": 1000}, {"Variable": "$.x", "NumericEquals": 0.5},
        {"Variable": "$.x", "StringMatches": "log-*.txt"}, {"Variable": "$x", "StringEqualsPath": "$y"},
        {"Variable": "$.x", "BooleanEquals": False}, {"Variable": "$$.State.Name", "IsPresent": True},
        {"Variable": "$.x", "TimestampLessThan": "2016-03-14T01:59:00Z"},
        {"Variable": "$.x", "IsTimestamp": True, "Assign": {"seen.$": "$.x"}, "Comment": "c"},
        {"And": [{"Variable": "$.x", "IsNull": False}, {"Or": [{"Not": {"Variable": "$.y", "IsString": True}}]}]},
    ],
)  # fmt: skip
def test_a_rule_compares_once_or_joins_rules(rule: Any) -> None:
    assert rules(rule) == []


@pytest.mark.parametrize(
    ("rule", "mistake"),
    [
        ({}, " The object must have only one of the following fields, [And, Or, Not, Variable, Condition]"),
        ({"Variable": "$.x", "IsNull": True, "And": [{"Variable": "$.x", "IsNull": True}]},
         " The object must have only one of the following fields, [And, Or, Not, Variable, Condition]"),
        ({"Variable": "$.x", "IsNull": True, "IsString": True},
         " There should only be one of the following fields: [IsNull, IsString]"),
        ({"Variable": "$.x", "NumericEquals": "5"}, "/NumericEquals Expected value of type [NUMBER]"),
        ({"Variable": "$.x", "NumericEquals": True}, "/NumericEquals Expected value of type [NUMBER]"),
        ({"Variable": "$.x", "StringEquals": 5}, "/StringEquals Expected value of type [STRING]"),
        ({"Variable": "$.x", "BooleanEquals": "true"}, "/BooleanEquals Expected value of type [BOOLEAN]"),
        ({"Variable": "$.x", "TimestampEquals": "noon"}, "/TimestampEquals String does not match RFC3339 timestamp"),
        ({"Variable": "$.x", "IsPresent": 1}, "/IsPresent Expected value of type [BOOLEAN]"),
        ({"Variable": "x", "IsNull": True},
         "/Variable Value is not a Reference Path: Reference path didn't start with '$'"),
        ({"Variable": "$.x", "StringEqualsPath": "y"},
         "/StringEqualsPath Value is not a Reference Path: Reference path didn't start with '$'"),
        ({"Or": []}, "/Or Value cannot be empty"),
        ({"And": {}}, "/And Expected value of type [ARRAY]"),
        ({"Not": {"Variable": "$.x", "IsNull": True, "Next": "Z"}}, "/Not Field 'Next' is not supported"),
        ({"And": [{"Variable": "$.x", "IsNull": True, "Next": "Z"}]}, "/And[0] Field 'Next' is not supported"),
        ({"Variable": "$.x", "NumericGreaterThanOrEquals": 5}, " Field 'NumericGreaterThanOrEquals' is not supported"),
    ],
)  # fmt: skip
def test_a_rule_that_compares_wrongly_is_said_once(rule: Any, mistake: str) -> None:
    assert rules(rule) == [f"/States/A/Choices[0]{mistake}"]


def test_a_rule_without_a_comparison_is_refused() -> None:
    (found,) = rules({"Variable": "$.x"})
    assert found.startswith("/States/A/Choices[0] This object should have only one of the following fields: [StringEq")


# --- Retry, Catch


def retry(*entries: Any) -> list[str]:
    return task(Retry=list(entries))


def test_a_retrier_may_say_everything_that_aws_knows() -> None:
    full = {
        "Comment": "c", "ErrorEquals": ["Lambda.ServiceException", "E"], "IntervalSeconds": 1, "MaxAttempts": 0,
        "BackoffRate": 1.5, "MaxDelaySeconds": 60, "JitterStrategy": "FULL",
    }  # fmt: skip
    assert retry(full, ALL) == []
    assert retry() == retry({**ALL, "IntervalSeconds": 0}) == []  # both are accepted by AWS


@pytest.mark.parametrize(
    ("entry", "mistake"),
    [
        ({}, " These fields are required: [ErrorEquals]"),
        ({"ErrorEquals": []}, "/ErrorEquals Value cannot be empty"),
        ({"ErrorEquals": "E"}, "/ErrorEquals Expected value of type [ARRAY]"),
        ({"ErrorEquals": [5]}, "/ErrorEquals[0] Expected value of type [STRING]"),
        ({"ErrorEquals": ["E", "States.ALL"]}, "/ErrorEquals States.ALL must appear alone and at end of list"),
        ({**ALL, "MaxAttempts": -1}, "/MaxAttempts Minimum value is 0"),
        ({**ALL, "MaxAttempts": 100_000_000}, "/MaxAttempts Maximum value is 99999999"),
        ({**ALL, "MaxAttempts": 1.5}, "/MaxAttempts Expected value of type Integer"),
        ({**ALL, "IntervalSeconds": -1}, "/IntervalSeconds Minimum value is 0"),
        ({**ALL, "BackoffRate": 0.5}, "/BackoffRate Minimum value is 1.0"),
        ({**ALL, "MaxDelaySeconds": 0}, "/MaxDelaySeconds Minimum value is 1"),
        ({**ALL, "JitterStrategy": "HALF"}, "/JitterStrategy Value should be one of the following: [NONE, FULL]"),
        ({**ALL, "Next": "A"}, " Field 'Next' is not supported"),
    ],
)
def test_a_wrong_retrier_is_found(entry: Any, mistake: str) -> None:
    assert retry(entry) == [f"/States/A/Retry[0]{mistake}"]


def test_states_all_is_the_last_entry() -> None:
    alone = "States.ALL must appear alone and at end of list"
    assert retry(ALL, {"ErrorEquals": ["E"]}) == [f"/States/A/Retry[0]/ErrorEquals {alone}"]
    catch = [{**ALL, "Next": "A"}, {"ErrorEquals": ["E"], "Next": "A"}]
    assert task(Catch=catch) == [f"/States/A/Catch[0]/ErrorEquals {alone}"]


def test_a_catcher_leads_somewhere_and_keeps_the_error() -> None:
    assert task(Catch=[{**ALL, "Next": "A", "ResultPath": "$.error", "Comment": "c"}]) == []
    assert task(Catch=[{**ALL, "Next": "A", "ResultPath": None}]) == []
    assert task(Catch=[ALL]) == ["/States/A/Catch[0] These fields are required: [Next]"]
    assert task(Catch=[{**ALL, "Next": "A", "ResultPath": "$.e[*]"}]) == [
        "/States/A/Catch[0]/ResultPath Value is not a Reference Path"
    ]
