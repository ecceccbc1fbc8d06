"""What stood on the wire comes back in boto3's words, and a batch as the calls that it stands for."""

from __future__ import annotations

from typing import Any

import pytest

from labcli.aws.operations import Wire, wire_of
from labcli.aws.trail import TrailCall, singles

CALL = TrailCall(1, 0.0, "boto3", "arn", "eu-west-1", "sqs", "send_message", {}, 200, "", "", {})


def wire(action: str, params: Any = None, **more: Any) -> Wire:
    return Wire(action, params or {}, more.get("query", {}), more.get("headers", {}), more.get("answer", {}))


@pytest.mark.parametrize(
    ("service", "call", "operation", "params"),
    [
        ("sqs", wire("SendMessage", {"QueueUrl": "u"}), "sqs.send_message", {"QueueUrl": "u"}),
        ("states", wire("StartExecution", {"input": "{}"}), "stepfunctions.start_execution", {"input": "{}"}),
        (
            "sns",
            wire("Publish", {"MessageAttributes": [{"Name": "a", "Value": {"StringValue": "b"}}]}),
            "sns.publish",
            {"MessageAttributes": {"a": {"StringValue": "b"}}},
        ),
        (
            "sns",
            wire("CreateTopic", {"Attributes": "", "Tags": ""}),
            "sns.create_topic",
            {"Attributes": {}, "Tags": []},
        ),
        (
            "lambda",
            wire(
                "POST /2015-03-31/functions/f/invocations",
                {"orderId": "o-1"},
                headers={"x-amz-invocation-type": "Event"},
                query={"Qualifier": "2"},
            ),
            "lambda.invoke",
            {"FunctionName": "f", "Payload": {"orderId": "o-1"}, "InvocationType": "Event", "Qualifier": "2"},
        ),
        (
            "lambda",
            wire("GET /2015-03-31/functions/arn%3Aaws%3Alambda%3A1/configuration"),
            "lambda.get_function_configuration",
            {"FunctionName": "arn:aws:lambda:1"},
        ),
        (
            "lambda",
            wire("DELETE /2015-03-31/event-source-mappings/uuid"),
            "lambda.delete_event_source_mapping",
            {"UUID": "uuid"},
        ),
        ("s3", wire("GET /b", query={"list-type": "2"}), "s3.list_objects_v2", {"Bucket": "b"}),
        ("sqs", wire("NoSuchThing", {"a": 1}), "sqs.NoSuchThing", {"a": 1}),
        ("no-such-service", wire("Act", {"a": 1}), "no-such-service.Act", {"a": 1}),
        ("lambda", wire("GET /nowhere"), "lambda.GET /nowhere", {}),
    ],
)
def test_a_call_is_named_and_its_parameters_too(
    service: str, call: Wire, operation: str, params: dict[str, Any]
) -> None:
    found_service, found_operation, found_params, _ = wire_of(service, call)
    assert (f"{found_service}.{found_operation}", found_params) == (operation, params)


def test_a_failed_function_is_seen_in_its_answer() -> None:
    said = {"FunctionError": "Unhandled", "errorType": "KeyError"}
    found = wire_of("lambda", wire("POST /2015-03-31/functions/f/invocations", answer=said))
    assert found[3] == {"FunctionError": "Unhandled", "Payload": {"errorType": "KeyError"}}


def test_a_call_that_is_no_batch_is_itself() -> None:
    assert singles(CALL) == [CALL]


def test_a_refused_batch_is_refused_calls() -> None:
    entries = [{"Id": "a", "MessageBody": "1"}, {"Id": "b", "MessageBody": "2"}]
    batch = CALL._replace(
        operation="send_message_batch", params={"QueueUrl": "u", "Entries": entries}, status=400, error="No"
    )
    assert [(each.operation, each.params, each.status, each.error) for each in singles(batch)] == [
        ("send_message", {"QueueUrl": "u", "MessageBody": "1"}, 400, "No"),
        ("send_message", {"QueueUrl": "u", "MessageBody": "2"}, 400, "No"),
    ]


@pytest.mark.parametrize("entries", ["x", [], [1], None, {"a": 1}])
def test_a_batch_that_is_none_stays_what_it_is(entries: Any) -> None:
    batch = CALL._replace(operation="send_message_batch", params={"Entries": entries})
    assert singles(batch) == [batch]


def test_what_a_call_is_about() -> None:
    assert CALL._replace(params={"QueueUrl": "u"}).resource == "u"
    topic = CALL._replace(service="sns", operation="subscribe", params={"TopicArn": "t", "Protocol": "sqs"})
    assert topic.resource == "t"
    assert CALL._replace(operation="list_queues").resource == ""
