"""Nothing perishable is left in the document of an execution, however it is passed on."""

from __future__ import annotations

import json
from typing import Any

import pytest

from labcli.machines.drawings import executed
from labcli.machines.executions import document_of
from labcli.machines.secrets import HIDDEN, token_names, without_secrets
from tests.unit.machines.histories import Story

TOKEN = "AQC" + "8Xb/+a=" * 40


def _waiting(parameters: Any, output: Any = None) -> list[dict[str, Any]]:
    story = Story()
    story.enter("Task", "Ask")
    story.add(
        "TaskScheduled", "taskScheduled", resourceType="sqs", resource="sendMessage.waitForTaskToken",
        parameters=json.dumps(parameters),
    )  # fmt: skip
    story.exit("Task", "Ask", output=output)
    return story.end(output=json.dumps(output or {}))


@pytest.mark.parametrize(
    "parameters",
    [
        {"MessageBody": {"TaskToken": TOKEN}},
        {"MessageBody": json.dumps({"task_token": TOKEN, "order": {"id": 1}})},
        {"MessageBody": json.dumps({"inner": json.dumps({"Token": TOKEN})})},
        {"Payload": {"list": [{"token": TOKEN}, {"ReceiptHandle": TOKEN}]}},
        {"Payload": {"proof": TOKEN}},
        {"Payload": {"proof": TOKEN, "again": f"https://example.org/?t={TOKEN}"}},
    ],
)
def test_a_token_is_hidden_wherever_it_stands(parameters: Any) -> None:
    definition = {"States": {"Ask": {"Type": "Task", "Parameters": {"Payload": {"proof.$": "$$.Task.Token"}}}}}
    document = document_of({}, _waiting(parameters, output={"handle": {"receiptHandle": TOKEN}}), definition)
    assert TOKEN not in json.dumps(document)
    assert HIDDEN in json.dumps(document["events"])
    assert TOKEN not in json.dumps(executed("", {"events": _waiting(parameters), "definition": definition}))
    scheduled = next(each for each in document["events"] if each["type"] == "TaskScheduled")
    json.loads(scheduled["taskScheduledEventDetails"]["parameters"])  # it is JSON as before


def test_the_names_of_a_token_are_read_from_the_definition() -> None:
    jsonata = {"Arguments": {"Payload": {"key": "{% $states.context.Task.Token %}"}}}
    path = {"Parameters": {"a.$": "$$.Task.Token", "b.$": "States.Format('x{}', $$.Task.Token)", "c.$": "$.x"}}
    assert token_names({"States": {"One": jsonata, "Two": path}}) == {"key", "a", "b"}


def test_what_is_no_secret_stays() -> None:
    data = {
        "tokens": 3,
        "orderId": "o-1",
        "text": 'he said "token"',
        "short": {"token": "abc"},
        "more": "abc",
        "n": None,
    }
    assert without_secrets(data) == {**data, "short": {"token": HIDDEN}}
