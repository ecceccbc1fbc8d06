"""Queues and messages of SQS: what AWS refuses, in its words."""

from __future__ import annotations

import json
from typing import Any

import pytest

from labcli.rules.sqs import NO_DEDUPLICATION, NOT_THIS_TYPE, RANGES, Code, attributes, message, name, redrive

NAME = "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length"
FIFO_NAME = (
    "The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, must end with .fifo "
    "suffix and be 1 to 80 in length"
)


@pytest.mark.parametrize("good", ["q", "a_b-9", "x" * 80])
def test_names_of_queues(good: str) -> None:
    assert name(good, False) == []
    assert name(f"{good[:75]}.fifo", True) == []


@pytest.mark.parametrize("bad", ["", "a b", "é", "a.fifo", "x" * 81, "q\n", ".fifo"])
def test_names_that_no_queue_has(bad: str) -> None:
    (found,) = name(bad, False)
    assert (found.error, found.message) == ("InvalidParameterValue", NAME)


@pytest.mark.parametrize("bad", ["", "q", ".fifo", "a.b.fifo", "x" * 76 + ".fifo", "q.FIFO"])
def test_names_that_no_fifo_queue_has(bad: str) -> None:
    assert [each.message for each in name(bad, True)] == [FIFO_NAME]


@pytest.mark.parametrize("key", RANGES)
def test_numbers_have_a_lowest_and_a_highest_value(key: str) -> None:
    low, high = RANGES[key]
    assert not list(attributes({key: str(low)}, False)) and not list(attributes({key: high}, False))
    for bad in (low - 1, high + 1, "", "1.5", "x", "٣", None):
        (found,) = attributes({key: bad}, False)
        assert (found.error, found.message) == ("InvalidAttributeValue", f"Invalid value for the parameter {key}.")


@pytest.mark.parametrize(
    ("given", "fifo", "error", "text"),
    [
        ({"Colour": "red"}, False, "InvalidAttributeName", "Unknown Attribute Colour."),
        ({"FifoQueue": "true"}, False, "InvalidAttributeName", "Unknown Attribute FifoQueue."),
        ({"ContentBasedDeduplication": "true"}, False, "InvalidAttributeName", "Unknown Attribute Content"),
        ({"DeduplicationScope": "queue"}, False, "InvalidAttributeName", "You can specify the DeduplicationScope only"),
        ({"DeduplicationScope": "group"}, True, "InvalidAttributeValue", "Invalid value for the parameter Dedup"),
        ({"FifoThroughputLimit": "perMessageGroupId"}, True, "InvalidAttributeValue", "Invalid value for the"),
        ({"SqsManagedSseEnabled": "yes"}, False, "InvalidAttributeValue", "Invalid value for the parameter Sqs"),
        ({"KmsMasterKeyId": "k", "SqsManagedSseEnabled": "true"}, False, "InvalidAttributeValue", "You can use one"),
        ({"RedrivePolicy": "[1]"}, False, "InvalidParameterValue", "Value [1] for parameter RedrivePolicy is invalid."),
    ],
)  # fmt: skip
def test_attributes_that_no_queue_has(given: dict[str, str], fifo: bool, error: str, text: str) -> None:
    (found,) = attributes(given, fifo)
    assert found.error == error
    assert found.message.startswith(text)


def test_attributes_that_are_there_count_too() -> None:
    wanted = {"FifoThroughputLimit": "perMessageGroupId"}
    assert not list(attributes(wanted, True, {"DeduplicationScope": "messageGroup"}))
    assert not list(attributes({**wanted, "DeduplicationScope": "messageGroup", "FifoQueue": "true"}, True))


@pytest.mark.parametrize(
    ("policy", "reason"),
    [
        ("no", "Redrive policy is not a valid JSON map."),
        ("[" * 100_000, "Redrive policy is not a valid JSON map."),
        ({"maxReceiveCount": 1}, "Redrive policy does not contain mandatory attribute: deadLetterTargetArn."),
        ({"deadLetterTargetArn": "a"}, "Redrive policy does not contain mandatory attribute: maxReceiveCount."),
        ({"deadLetterTargetArn": "a", "maxReceiveCount": 0}, "Invalid value for maxReceiveCount: 0, valid values are "
         "from 1 to 1000 both inclusive."),
        ({"deadLetterTargetArn": "a", "maxReceiveCount": 1001}, "Invalid value for maxReceiveCount: 1001, valid values "
         "are from 1 to 1000 both inclusive."),
    ],
)  # fmt: skip
def test_redrive_policies_that_are_none(policy: Any, reason: str) -> None:
    text = policy if isinstance(policy, str) else json.dumps(policy)
    (found,) = redrive(text)
    assert found.message == f"Value {text} for parameter RedrivePolicy is invalid. Reason: {reason}"
    assert not list(redrive(json.dumps({"deadLetterTargetArn": "a", "maxReceiveCount": "1000"})))


@pytest.mark.parametrize(
    ("given", "fifo", "code", "text"),
    [
        ({"MessageDeduplicationId": "a"}, False, Code.TYPE, NOT_THIS_TYPE),
        ({"MessageGroupId": "a b"}, False, Code.GROUP, "1 to 128 in length."),
        ({"DelaySeconds": 901}, False, Code.DELAY, "DelaySeconds must be >= 0 and <= 900."),
        ({"MessageDeduplicationId": "a"}, True, Code.NO_GROUP, "must contain the parameter MessageGroupId."),
        ({"MessageGroupId": "a"}, True, Code.NO_DEDUPLICATION, NO_DEDUPLICATION),
        ({"MessageGroupId": "a", "MessageDeduplicationId": "b", "DelaySeconds": 1}, True, Code.TYPE, NOT_THIS_TYPE),
    ],
)
def test_messages_that_do_not_fit_their_queue(given: dict[str, Any], fifo: bool, code: Code, text: str) -> None:
    (found,) = message(given, fifo, False)
    assert found.code == code
    assert found.message.endswith(text)


def test_messages_that_fit_their_queue() -> None:
    assert not list(message({"DelaySeconds": 900, "MessageGroupId": "fair"}, False, False))
    assert not list(message({"MessageGroupId": "a"}, True, True))
    assert not list(message({"MessageGroupId": "a", "MessageDeduplicationId": "!~", "DelaySeconds": 0}, True, False))
