"""SQS messages: refused and forgiven as on AWS."""

from __future__ import annotations

import json
import socket
import threading
from typing import Any

import pytest
from botocore.exceptions import ClientError

from labcli.local import life
from labcli.local.door.hello import ask
from tests.local.conftest import WORLD, client, until
from tests.local.door.wire import sign, unsigned
from tests.local.sqs.calls import queue, receive, refused


@pytest.mark.parametrize(
    ("parameter", "value", "why"),
    [
        ("WaitTimeSeconds", 21, "Must be >= 0 and <= 20, if provided."),
        ("WaitTimeSeconds", -1, "Must be >= 0 and <= 20, if provided."),
        ("MaxNumberOfMessages", 0, "Must be between 1 and 10, if provided."),
        ("MaxNumberOfMessages", 11, "Must be between 1 and 10, if provided."),
        ("VisibilityTimeout", 43201, "Must be >= 0 and <= 43200, if provided."),
    ],
)
def test_receive_refuses_what_is_out_of_range(sqs: Any, parameter: str, value: int, why: str) -> None:
    url = queue(sqs)
    expected = ("InvalidParameterValue", f"Value {value} for parameter {parameter} is invalid. Reason: {why}")
    assert refused(lambda: sqs.receive_message(QueueUrl=url, **{parameter: value})) == expected


def test_a_message_that_is_too_big_is_refused(sqs: Any) -> None:
    small, large = queue(sqs, MaximumMessageSize="1024"), queue(sqs)
    text = "One or more parameters are invalid. Reason: Message must be shorter than {} bytes."
    attribute = {"k": {"DataType": "String", "StringValue": "v" * 20}}
    for url, body, more, limit in (
        (small, "x" * 1025, {}, 1024),
        (small, "ü" * 513, {}, 1024),
        (small, "x" * 1000, {"MessageAttributes": attribute}, 1024),
        (large, "x" * 1048577, {}, 1048576),
    ):
        send = lambda u=url, b=body, m=more: sqs.send_message(QueueUrl=u, MessageBody=b, **m)  # noqa: E731
        assert refused(send) == ("InvalidParameterValue", text.format(limit))
    sqs.send_message(QueueUrl=small, MessageBody="x" * 1024)
    sqs.send_message(QueueUrl=large, MessageBody="x" * 1048576)


def test_a_batch_that_is_too_big_or_too_long_is_refused(sqs: Any) -> None:
    url = queue(sqs)
    entries = [{"Id": str(n), "MessageBody": "x" * 600_000} for n in range(2)]
    code, _ = refused(lambda: sqs.send_message_batch(QueueUrl=url, Entries=entries))
    assert code == "AWS.SimpleQueueService.BatchRequestTooLong"
    attribute = {"a": {"DataType": "String", "StringValue": "x" * 600_000}}
    entries = [{"Id": str(n), "MessageBody": "x", "MessageAttributes": attribute} for n in range(2)]
    code, said = refused(lambda: sqs.send_message_batch(QueueUrl=url, Entries=entries))
    assert code == "AWS.SimpleQueueService.BatchRequestTooLong" and said.endswith("You have sent 1200016 bytes.")
    entries = [{"Id": str(n)} for n in range(11)]
    expected = "Maximum number of entries per request are 10. You have sent 11."
    for call in (sqs.send_message_batch, sqs.delete_message_batch, sqs.change_message_visibility_batch):
        code, message = refused(lambda c=call: c(QueueUrl=url, Entries=entries))
        assert (code, message) == ("AWS.SimpleQueueService.TooManyEntriesInBatchRequest", expected)
    mixed = [{"Id": "a", "MessageBody": "x"}, {"Id": "b", "MessageBody": "x", "DelaySeconds": 901}]
    answer = sqs.send_message_batch(QueueUrl=url, Entries=mixed)
    assert [entry["Id"] for entry in answer["Successful"]] == ["a"]
    assert [(entry["Id"], entry["Code"]) for entry in answer["Failed"]] == [("b", "InvalidParameterValue")]


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"DelaySeconds": 901}, "Reason: DelaySeconds must be >= 0 and <= 900."),
        (
            {"MessageDeduplicationId": "d"},
            "Reason: The request include parameter that is not valid for this queue type.",
        ),
        ({"MessageGroupId": "a b"}, "MessageGroupId can only include alphanumeric and punctuation characters."),
        ({"MessageAttributes": {"k": {"DataType": "String", "StringValue": ""}}}, "must contain a non-empty value"),
        (
            {"MessageAttributes": {str(n): {"DataType": "String", "StringValue": "v"} for n in range(11)}},
            "Number of message attributes [11] exceeds the allowed maximum [10].",
        ),
    ],
)
def test_send_refuses_what_does_not_fit(sqs: Any, more: dict[str, Any], why: str) -> None:
    url = queue(sqs)
    code, message = refused(lambda: sqs.send_message(QueueUrl=url, MessageBody="x", **more))
    assert code == "InvalidParameterValue" and why in message


def test_a_fifo_batch_without_ids_fails_as_a_whole(sqs: Any) -> None:
    url = queue(sqs, fifo=True)
    entry = {"Id": "a", "MessageBody": "x", "MessageGroupId": "g", "MessageDeduplicationId": "d"}
    for missing in ("MessageGroupId", "MessageDeduplicationId"):
        broken = {name: value for name, value in entry.items() if name != missing}
        code, message = refused(lambda b=broken: sqs.send_message_batch(QueueUrl=url, Entries=[b]))
        assert code == "InvalidParameterValue" and missing in message
    assert len(sqs.send_message_batch(QueueUrl=url, Entries=[entry])["Successful"]) == 1


def delete(sqs: Any, url: str, handle: str, batch: bool) -> Any:
    if not batch:
        return sqs.delete_message(QueueUrl=url, ReceiptHandle=handle)
    answer = sqs.delete_message_batch(QueueUrl=url, Entries=[{"Id": "a", "ReceiptHandle": handle}])
    if failed := answer.get("Failed"):
        error = {"Error": {"Code": failed[0]["Code"], "Message": failed[0]["Message"]}}
        raise ClientError(error, "DeleteMessageBatch")
    return answer


@pytest.mark.parametrize("batch", [False, True])
def test_a_late_delete_succeeds_and_takes_nothing_that_was_given_to_another(sqs: Any, batch: bool) -> None:
    url = queue(sqs)
    sqs.send_message(QueueUrl=url, MessageBody="x")
    old = receive(sqs, url, VisibilityTimeout=0)[0]["ReceiptHandle"]
    new = receive(sqs, url, VisibilityTimeout=0)[0]["ReceiptHandle"]
    assert old != new
    delete(sqs, url, old, batch)
    newest = receive(sqs, url, VisibilityTimeout=0)
    assert len(newest) == 1, "superseded: it is still there"
    delete(sqs, url, newest[0]["ReceiptHandle"], batch)
    assert receive(sqs, url) == [], "expired, but the last that was given: it is gone"
    delete(sqs, url, newest[0]["ReceiptHandle"], batch)
    delete(sqs, url, new, batch)


@pytest.mark.parametrize("batch", [False, True])
def test_an_invented_handle_is_invalid(sqs: Any, batch: bool) -> None:
    url, other = queue(sqs), queue(sqs)
    sqs.send_message(QueueUrl=url, MessageBody="x")
    sqs.send_message(QueueUrl=other, MessageBody="x")
    good, foreign = receive(sqs, url)[0]["ReceiptHandle"], receive(sqs, other)[0]["ReceiptHandle"]
    changed = good[:10] + ("A" if good[10] != "A" else "B") + good[11:]
    for handle in ("nope", "AQEB", "AQEBü", good[:-4], good + "AAAA", changed, foreign, "A" * 2000):
        code, message = refused(lambda h=handle: delete(sqs, url, h, batch))
        assert code == "ReceiptHandleIsInvalid"
        assert message == f'The input receipt handle "{handle}" is not a valid receipt handle.'
    delete(sqs, url, good, batch)


def test_a_fifo_handle_expires(sqs: Any) -> None:
    url = queue(sqs, fifo=True, ContentBasedDeduplication="true")
    sqs.send_message(QueueUrl=url, MessageBody="x", MessageGroupId="g")
    handle = receive(sqs, url, VisibilityTimeout=0)[0]["ReceiptHandle"]
    expected = f"Value {handle} for parameter ReceiptHandle is invalid. Reason: The receipt handle has expired."
    assert refused(lambda: delete(sqs, url, handle, False)) == ("InvalidParameterValue", expected)
    assert refused(lambda: delete(sqs, url, handle, True)) == ("InvalidParameterValue", expected)
    handle = receive(sqs, url, VisibilityTimeout=30)[0]["ReceiptHandle"]
    delete(sqs, url, handle, False)
    delete(sqs, url, handle, False)


def test_changing_the_visibility_of_what_is_gone_is_refused(sqs: Any) -> None:
    url = queue(sqs)
    sqs.send_message(QueueUrl=url, MessageBody="x")
    old = receive(sqs, url, VisibilityTimeout=0)[0]["ReceiptHandle"]
    new = receive(sqs, url, VisibilityTimeout=30)[0]["ReceiptHandle"]

    def change(handle: str, seconds: int) -> Any:
        return sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=handle, VisibilityTimeout=seconds)

    why = "Message does not exist or is not available for visibility timeout change."
    for handle in (old,):
        code, message = refused(lambda h=handle: change(h, 0))
        assert code == "InvalidParameterValue" and message.endswith(why)
    assert refused(lambda: change("nope", 0))[0] == "ReceiptHandleIsInvalid"
    assert refused(lambda: change(new, 43201))[0] == "InvalidParameterValue"
    change(new, 0)
    last = receive(sqs, url)[0]["ReceiptHandle"]
    sqs.delete_message(QueueUrl=url, ReceiptHandle=last)
    assert refused(lambda: change(last, 0))[1].endswith(why)
    entries = [{"Id": "a", "ReceiptHandle": last, "VisibilityTimeout": 1}]
    answer = sqs.change_message_visibility_batch(QueueUrl=url, Entries=entries)
    assert [entry["Code"] for entry in answer["Failed"]] == ["InvalidParameterValue"]


def waiting(endpoint: life.Endpoint) -> int:
    hello = ask(life.Keys(endpoint.access_key, endpoint.secret_key, int(endpoint.url[17:]), endpoint.account, "x"))
    assert hello is not None
    return hello.under_way


def test_a_receive_that_waits_is_given_what_arrives(endpoint: life.Endpoint, sqs: Any) -> None:
    url = queue(sqs)
    given: list[Any] = []
    other = client(endpoint)
    consumer = threading.Thread(target=lambda: given.extend(receive(other, url, WaitTimeSeconds=20)))
    consumer.start()
    until(lambda: waiting(endpoint) == 1, "a waiting receive")
    sqs.send_message(QueueUrl=url, MessageBody="x")
    consumer.join(15)
    other.close()
    assert [message["Body"] for message in given] == ["x"]


def test_a_consumer_that_left_while_it_waited_is_given_nothing(endpoint: life.Endpoint, sqs: Any) -> None:
    url = queue(sqs)
    body = json.dumps({"QueueUrl": url, "WaitTimeSeconds": 20}).encode()
    raw = sign(unsigned(endpoint, body, "ReceiveMessage"), endpoint)
    with socket.create_connection(("127.0.0.1", int(endpoint.url[17:]))) as connection:
        connection.sendall(raw.bytes())
        until(lambda: waiting(endpoint) == 1, "a waiting receive")
    until(lambda: waiting(endpoint) == 0, "the server noticing that its client left")
    sqs.send_message(QueueUrl=url, MessageBody="x")
    assert len(receive(sqs, url)) == 1


def test_a_wait_that_brings_nothing_ends(sqs: Any) -> None:
    url = queue(sqs)
    before = WORLD.monotonic()
    assert receive(sqs, url, WaitTimeSeconds=1) == []
    assert WORLD.monotonic() - before >= 1


BAD_ATTRIBUTES = {
    "AWS.x": ("String", "v", "You can't use message attribute names beginning with 'AWS.' or 'Amazon'. These strings "
              "are reserved for internal use."),
    "a b": ("String", "v", "Message (user) attributes name can only contain upper and lower score characters, digits, "
            "periods, hyphens and underscores. "),
    "x" * 256: ("String", "v", "Message (user) attribute name must be shorter than 256 bytes."),
    "kind": ("Boolean", "true", "The type of message (user) attribute 'kind' is invalid. You must use only the "
             "following supported type prefixes: Binary, Number, String."),
    "number": ("Number", "many", "Can't cast the value of message (user) attribute 'number' to a number."),
    "empty": ("String", "", "Message (user) attribute 'empty' must contain a non-empty value of type 'String'."),
    "control": ("String", "a\x08", "Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to "
                "#xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD_ATTRIBUTES, ids=lambda name: str(name)[:8])
def test_a_message_attribute_that_aws_refuses_is_refused_alone_and_in_a_batch(sqs: Any, name: str) -> None:
    url, (kind, value, text) = queue(sqs), BAD_ATTRIBUTES[name]
    message = {"MessageBody": "m", "MessageAttributes": {name: {"DataType": kind, "StringValue": value}}}
    assert refused(lambda: sqs.send_message(QueueUrl=url, **message)) == ("InvalidParameterValue", text)
    entries = [{"Id": "bad", **message}, {"Id": "good", "MessageBody": "m"}]
    answer = sqs.send_message_batch(QueueUrl=url, Entries=entries)
    (failed,) = answer["Failed"]
    assert (failed["Id"], failed["Code"], failed["Message"]) == ("bad", "InvalidParameterValue", text)
    assert [each["Id"] for each in answer["Successful"]] == ["good"]


def test_control_characters_in_a_body_are_refused(sqs: Any) -> None:
    code, text = refused(lambda: sqs.send_message(QueueUrl=queue(sqs), MessageBody="a\x00b"))
    assert code == "InvalidMessageContents"
    assert text == BAD_ATTRIBUTES["control"][2]


def test_a_group_on_a_standard_queue_names_a_tenant_and_is_not_empty(sqs: Any) -> None:
    url = queue(sqs)
    sqs.send_message(QueueUrl=url, MessageBody="m", MessageGroupId="tenant")
    code, text = refused(lambda: sqs.send_message(QueueUrl=url, MessageBody="m", MessageGroupId=""))
    assert code == "InvalidParameterValue" and text.startswith("Value  for parameter MessageGroupId is invalid.")
