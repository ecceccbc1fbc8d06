"""Queues and messages of SQS: what AWS refuses, in its words."""

from __future__ import annotations

import json
from typing import Any

import pytest

from labcli.rules.sqs import (
    NO_DEDUPLICATION,
    NOT_THIS_TYPE,
    RANGES,
    Code,
    attributes,
    body,
    may_redrive,
    message,
    message_attributes,
    name,
    redrive,
)

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
    good = {"deadLetterTargetArn": "arn:aws:sqs:us-east-1:000000000000:dead", "maxReceiveCount": "1000"}
    assert not list(redrive(json.dumps(good)))


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


def said(attribute: str, **value: str) -> list[tuple[str, str]]:
    return [(each.error, each.message) for each in message_attributes({attribute: value})]


BAD = "InvalidParameterValue"
LETTERS = (
    "Message (user) attributes name can only contain upper and lower score characters, digits, periods, hyphens and "
)
LETTERS += "underscores. "
OWN = (
    "You can't use message attribute names beginning with 'AWS.' or 'Amazon'. These strings are reserved for internal "
)
OWN += "use."


@pytest.mark.parametrize("good", ["a", "a.b", "A-z_0", "x" * 255, "attr.1øßä", "aws", "awsome.x", "amazonas"])
def test_names_of_message_attributes(good: str) -> None:
    assert said(good, DataType="String", StringValue="v") == []


@pytest.mark.parametrize(
    ("bad", "text"),
    [
        ("x" * 256, "Message (user) attribute name must be shorter than 256 bytes."),
        ("AWS.x", OWN), ("aws.x", OWN), ("Amazon.x", OWN), ("AMAZON.y", OWN),
        (".a", "Message (user) attribute name must not begin with character '.'."),
        ("a.", "Message (user) attribute name must not end with character '.'."),
        ("a..b", "Message (user) attribute name must not have successive '.' characters."),
        ("a b", LETTERS), ("a/b", LETTERS), ("a\n", LETTERS), ("中", LETTERS), ("a\x00", LETTERS),
    ],
)  # fmt: skip
def test_names_that_no_message_attribute_has(bad: str, text: str) -> None:
    assert said(bad, DataType="String", StringValue="v") == [(BAD, text)]


@pytest.mark.parametrize(
    "kind", ["Strin", "Stringy", "Str", "string", "Boolean", "String.", "StringList", ".x", "Number "]
)
def test_types_that_there_are_not(kind: str) -> None:
    text = (
        "The type of message (user) attribute 'a' is invalid. You must use only the following supported type prefixes: "
    )
    assert said("a", DataType=kind, StringValue="1") == [(BAD, f"{text}Binary, Number, String.")]


@pytest.mark.parametrize("kind", ["String", "String.uuid", "Number.int", "Number"])
def test_types_with_a_label(kind: str) -> None:
    assert said("a", DataType=kind, StringValue="1") == []


@pytest.mark.parametrize("number", ["0", "-1", "+1.5", ".5", "5.", "1e10", "1E-3"])
def test_numbers(number: str) -> None:
    assert said("a", DataType="Number", StringValue=number) == []


@pytest.mark.parametrize("number", ["x", "nan", "inf", "1,5", "0x1", "1_000", " 1", "٣", "."])
def test_what_is_no_number(number: str) -> None:
    text = "Can't cast the value of message (user) attribute 'a' to a number."
    assert said("a", DataType="Number", StringValue=number) == [(BAD, text)]


@pytest.mark.parametrize("value", [{}, {"StringValue": ""}, {"BinaryValue": ""}])
def test_an_attribute_has_a_value_of_its_type(value: dict[str, str]) -> None:
    text = "Message (user) attribute 'a' must contain a non-empty value of type 'String'."
    assert said("a", DataType="String", **value) == [(BAD, text)]


def test_the_value_stands_in_the_field_of_its_type() -> None:
    text = "Message (user) attribute 'a' with type '{}' must use field '{}'."
    assert said("a", DataType="String", BinaryValue="eA==") == [(BAD, text.format("String", "String"))]
    assert said("a", DataType="Binary.x", StringValue="v") == [(BAD, text.format("Binary.x", "Binary"))]


def test_an_attribute_has_a_type() -> None:
    text = "The message (user) attribute 'a' must contain a non-empty message attribute type."
    assert said("a", StringValue="v") == [(BAD, text)]
    assert said("a", DataType="String." + "x" * 249, StringValue="v")[0][1].startswith("Message (user) attribute type")


CHARACTERS = (
    "Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | "
)
CHARACTERS += "#x10000 to #x10FFFF"


@pytest.mark.parametrize("bad", ["\x00", "\x08", "\x0b", "\x0c", "\x1f", "\ud800", "\ufffe", "\uffff"])
def test_characters_that_no_message_has(bad: str) -> None:
    assert [(each.error, each.message) for each in body(f"a{bad}")] == [("InvalidMessageContents", CHARACTERS)]
    assert said("a", DataType="String", StringValue=f"a{bad}") == [(BAD, CHARACTERS)]


@pytest.mark.parametrize("good", ["\t\n\r", " ", "\x7f", "\x85", "é", "\ufffd", "🙂"])
def test_characters_of_messages(good: str) -> None:
    assert not list(body(good)) and said("a", DataType="String", StringValue=good) == []


def test_a_message_has_at_most_ten_attributes() -> None:
    many = {f"a{number}": {"DataType": "String", "StringValue": "v"} for number in range(11)}
    text = "Number of message attributes [11] exceeds the allowed maximum [10]."
    assert [each.message for each in message_attributes(many)] == [text]


def test_a_group_that_is_empty_is_refused_on_a_standard_queue_too() -> None:
    (found,) = message({"MessageGroupId": ""}, False, False)
    assert found.error == BAD and found.message.startswith("Value  for parameter MessageGroupId is invalid. Reason: ")
    assert not list(message({"MessageGroupId": "tenant-1"}, False, False))


ALLOW = "Principal", "Action", "Effect"
STATEMENT = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage"}


@pytest.mark.parametrize(
    "policy",
    [
        "not json", "[]", "1", '"x"', "{}", json.dumps({"Statement": []}), json.dumps({"Statement": "x"}),
        json.dumps({"Version": "2020-01-01", "Statement": STATEMENT}), json.dumps({"Statement": STATEMENT, "X": 1}),
        *(json.dumps({"Statement": {k: v for k, v in STATEMENT.items() if k != gone}}) for gone in ALLOW),
        json.dumps({"Statement": STATEMENT | {"Effect": "Maybe"}}), json.dumps({"Statement": STATEMENT | {"X": "1"}}),
    ],
)  # fmt: skip
def test_what_is_no_policy(policy: str) -> None:
    (found,) = attributes({"Policy": policy}, False)
    assert (found.error, found.message) == ("InvalidAttributeValue", "Invalid value for the parameter Policy.")


@pytest.mark.parametrize("statement", [STATEMENT, [STATEMENT, STATEMENT | {"Effect": "Deny"}]])
def test_policies(statement: object) -> None:
    assert not list(attributes({"Policy": json.dumps({"Version": "2012-10-17", "Statement": statement})}, False))
    assert not list(attributes({"Policy": ""}, False))  # takes it away


ARNS = [f"arn:aws:sqs:us-east-1:000000000000:q{number}" for number in range(11)]


@pytest.mark.parametrize(
    ("policy", "text"),
    [
        ({"redrivePermission": "nobody"}, "as it’s in an unsupported format."),
        ({}, "as it’s in an unsupported format."),
        ({"redrivePermission": "denyAll", "who": 1}, "as it’s in an unsupported format."),
        ({"redrivePermission": "denyAll", "sourceQueueArns": ARNS[:1]}, "you must set redrivePermission to byQueue."),
        ({"redrivePermission": "byQueue"}, "you must also specify one or more sourceQueueArns values."),
        ({"redrivePermission": "byQueue", "sourceQueueArns": ARNS}, "source queue ARNs you can specify is 10."),
    ],
)
def test_what_is_no_redrive_allow_policy(policy: dict[str, Any], text: str) -> None:
    (found,) = attributes({"RedriveAllowPolicy": json.dumps(policy)}, False)
    assert found.message.endswith(text)


def test_whom_a_redrive_allow_policy_allows() -> None:
    assert may_redrive("", ARNS[0]) and may_redrive('{"redrivePermission": "allowAll"}', ARNS[0])
    assert not may_redrive('{"redrivePermission": "denyAll"}', ARNS[0])
    by_queue = json.dumps({"redrivePermission": "byQueue", "sourceQueueArns": ARNS[:1]})
    assert may_redrive(by_queue, ARNS[0]) and not may_redrive(by_queue, ARNS[1])


def test_the_target_of_a_redrive_policy_is_the_arn_of_a_queue() -> None:
    text = json.dumps({"deadLetterTargetArn": "dummy", "maxReceiveCount": 42})
    (found,) = redrive(text)
    reason = "Invalid value for deadLetterTargetArn."
    assert found.message == f"Value {text} for parameter RedrivePolicy is invalid. Reason: {reason}"
