"""Who gets a message, in what shape, and what becomes of one that nobody takes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from labcli.local.life import Endpoint
from tests.local.conftest import until
from tests.local.functions.calls import NUMBER, Lambdas


@pytest.fixture(scope="module")
def lambdas(endpoint: Endpoint) -> Iterator[Lambdas]:
    made = Lambdas(endpoint)
    yield made
    made.close()


def topic(lambdas: Lambdas, **attributes: str) -> str:
    fifo = ".fifo" if attributes.get("FifoTopic") == "true" else ""
    return str(lambdas.sns.create_topic(Name=f"t{next(NUMBER)}{fifo}", Attributes=attributes)["TopicArn"])


def policy(queue: str, source: str, **condition: Any) -> str:
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": queue,
        "Condition": condition or {"ArnEquals": {"aws:SourceArn": source}},
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def subscribed(lambdas: Lambdas, source: str, fifo: bool = False, **attributes: str) -> tuple[str, str]:
    """A queue that this topic may send to, and the subscription: URL and ARN."""
    url, queue = lambdas.queue(**({"FifoQueue": "true"} if fifo else {}))
    lambdas.sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy(queue, source)})
    given = {"TopicArn": source, "Protocol": "sqs", "Endpoint": queue, "Attributes": attributes}
    return url, str(lambdas.sns.subscribe(**given)["SubscriptionArn"])


def test_the_envelope(lambdas: Lambdas) -> None:
    source = topic(lambdas)
    url, subscription = subscribed(lambdas, source)
    attributes = {
        "kind": {"DataType": "String", "StringValue": "ü"},
        "raw": {"DataType": "Binary", "BinaryValue": b"\0"},
    }
    published = lambdas.sns.publish(TopicArn=source, Message="héllo", Subject="s", MessageAttributes=attributes)
    (message,) = lambdas.received(url)
    envelope = json.loads(message["Body"])
    assert list(envelope) == [
        *("Type", "MessageId", "TopicArn", "Subject", "Message", "Timestamp", "SignatureVersion", "Signature"),
        *("SigningCertURL", "UnsubscribeURL", "MessageAttributes"),
    ]
    assert envelope["MessageId"] == published["MessageId"] != message["MessageId"]
    assert (envelope["Message"], envelope["Subject"], envelope["TopicArn"]) == ("héllo", "s", source)
    assert envelope["UnsubscribeURL"].endswith(f"/?Action=Unsubscribe&SubscriptionArn={subscription}")
    assert envelope["MessageAttributes"] == {
        "kind": {"Type": "String", "Value": "ü"},
        "raw": {"Type": "Binary", "Value": "AA=="},
    }


def test_raw_delivery_keeps_the_attributes(lambdas: Lambdas) -> None:
    source = topic(lambdas)
    url, _ = subscribed(lambdas, source, RawMessageDelivery="true")
    attributes = {"n": {"DataType": "Number", "StringValue": "1"}, "b": {"DataType": "Binary", "BinaryValue": b"\0x"}}
    lambdas.sns.publish(TopicArn=source, Message="bare", MessageAttributes=attributes)
    entries = [{"Id": "1", "Message": "batched", "MessageAttributes": attributes}]
    lambdas.sns.publish_batch(TopicArn=source, PublishBatchRequestEntries=entries)
    messages = lambdas.received(url)
    assert [message["Body"] for message in messages] == ["bare", "batched"]
    assert [message["MessageAttributes"] for message in messages] == [attributes, attributes]


def test_the_queues_policy_decides(lambdas: Lambdas) -> None:
    source, other = topic(lambdas), topic(lambdas)
    url, queue = lambdas.queue()
    lambdas.sns.subscribe(TopicArn=source, Protocol="sqs", Endpoint=queue)
    for allowed in ("", policy(queue, other)):
        lambdas.sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": allowed})
        assert lambdas.sns.publish(TopicArn=source, Message="lost")["MessageId"]
    lambdas.sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy(queue, source)})
    lambdas.sns.publish(TopicArn=source, Message="delivered")
    assert [json.loads(message["Body"])["Message"] for message in lambdas.received(url)] == ["delivered"]


def test_what_cannot_be_delivered_goes_to_the_dead_letters(lambdas: Lambdas) -> None:
    source = topic(lambdas)
    dead_url, dead = lambdas.queue()
    lambdas.sqs.set_queue_attributes(QueueUrl=dead_url, Attributes={"Policy": policy(dead, source)})
    redrive = {"RedrivePolicy": json.dumps({"deadLetterTargetArn": dead})}
    url, _ = subscribed(lambdas, source, **redrive)
    lambdas.sns.publish(TopicArn=source, Message="delivered")
    assert len(lambdas.received(url)) == 1
    lambdas.sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": ""})
    lambdas.sns.publish(TopicArn=source, Message="refused")
    lambdas.sqs.delete_queue(QueueUrl=url)
    lambdas.sns.publish(TopicArn=source, Message="gone")
    assert [json.loads(m["Body"])["Message"] for m in lambdas.received(dead_url)] == ["refused", "gone"]


def test_a_function_that_is_gone_or_refuses_leaves_a_dead_letter(lambdas: Lambdas) -> None:
    source = topic(lambdas)
    dead_url, dead = lambdas.queue()
    lambdas.sqs.set_queue_attributes(QueueUrl=dead_url, Attributes={"Policy": policy(dead, source)})
    redrive = {"RedrivePolicy": json.dumps({"deadLetterTargetArn": dead})}
    name = lambdas.function("def handler(event, context): pass\n")
    endpoint = lambdas.arn(name)
    lambdas.sns.subscribe(TopicArn=source, Protocol="lambda", Endpoint=endpoint, Attributes=redrive)
    lambdas.sns.publish(TopicArn=source, Message="no permission")
    lambdas.api.delete_function(FunctionName=name)
    lambdas.sns.publish(TopicArn=source, Message="no function")
    assert [json.loads(m["Body"])["Message"] for m in lambdas.received(dead_url)] == ["no permission", "no function"]


def test_what_a_function_receives(lambdas: Lambdas) -> None:
    name = lambdas.function("import json\ndef handler(event, context): print(json.dumps(event))\n")
    source = topic(lambdas)
    allowed = {"StatementId": "s", "Action": "lambda:InvokeFunction", "Principal": "sns.amazonaws.com"}
    lambdas.api.add_permission(FunctionName=name, **allowed, SourceArn=source)
    given = {"TopicArn": source, "Protocol": "lambda", "Endpoint": lambdas.arn(name)}
    subscription = lambdas.sns.subscribe(**given)["SubscriptionArn"]
    message = lambdas.sns.publish(TopicArn=source, Message="x")["MessageId"]
    printed = until(lambda: [line for line in lambdas.printed(name) if line.startswith("{")], "the function")
    (record,) = json.loads(printed[0])["Records"]
    assert {k: v for k, v in record.items() if k != "Sns"} == {
        "EventSource": "aws:sns",
        "EventVersion": "1.0",
        "EventSubscriptionArn": subscription,
    }
    names = {"Type", "MessageId", "TopicArn", "Subject", "Message", "Timestamp", "SignatureVersion", "Signature"}
    assert set(record["Sns"]) == names | {"SigningCertUrl", "UnsubscribeUrl", "MessageAttributes"}
    assert (record["Sns"]["MessageId"], record["Sns"]["Subject"]) == (message, None)


def test_fifo_keeps_order_and_drops_duplicates(lambdas: Lambdas) -> None:
    source = topic(lambdas, FifoTopic="true")
    url, _ = subscribed(lambdas, source, fifo=True, RawMessageDelivery="true")
    plain, _ = subscribed(lambdas, source, RawMessageDelivery="true")
    sequences = []
    for body, deduplication in (("1", "a"), ("2", "b"), ("2 again", "b"), ("3", "c")):
        given = {"MessageGroupId": "g", "MessageDeduplicationId": deduplication}
        sequences.append(lambdas.sns.publish(TopicArn=source, Message=body, **given)["SequenceNumber"])
    assert sequences[1] == sequences[2]
    bodies = []
    for _ in range(3):
        (message, *_more) = lambdas.received(url)
        assert message["Attributes"]["MessageGroupId"] == "g"
        assert message["Attributes"]["SequenceNumber"]
        bodies += [each["Body"] for each in (message, *_more)]
        for each in (message, *_more):
            lambdas.sqs.delete_message(QueueUrl=url, ReceiptHandle=each["ReceiptHandle"])
        if len(bodies) == 3:
            break
    assert bodies == ["1", "2", "3"]
    assert [message["Body"] for message in lambdas.received(plain)] == ["1", "2", "3"]


def number(value: str) -> dict[str, str]:
    return {"DataType": "Number", "StringValue": value}


def text(value: str) -> dict[str, str]:
    return {"DataType": "String", "StringValue": value}


@pytest.mark.parametrize(
    ("wanted", "taken", "left"),
    [
        ({"n": [{"numeric": [">=", 10]}]}, {"n": number("10.0")}, {"n": text("10")}),
        ({"n": [100]}, {"n": number("1e2")}, {"n": number("101")}),
        (
            {"tags": ["red"]},
            {"tags": {"DataType": "String.Array", "StringValue": '["blue", "red"]'}},
            {"tags": text("blue")},
        ),
        ({"tags": [2]}, {"tags": {"DataType": "String.Array", "StringValue": "[1, 2]"}}, {"tags": text("2")}),
        ({"gone": [{"exists": False}]}, {"other": text("x")}, {"gone": text("x")}),
        ({"k": [None]}, {"k": {"DataType": "String.Array", "StringValue": "[null]"}}, {"k": text("null")}),
        ({"k": [True]}, {"k": {"DataType": "String.Array", "StringValue": "[true]"}}, {"k": text("true")}),
        ({"kind": [{"anything-but": ["a", "b"]}]}, {"kind": text("c")}, {"kind": text("a")}),
    ],
)
def test_filters_by_attribute(lambdas: Lambdas, wanted: Any, taken: Any, left: Any) -> None:
    source = topic(lambdas)
    url, _ = subscribed(lambdas, source, FilterPolicy=json.dumps(wanted), RawMessageDelivery="true")
    lambdas.sns.publish(TopicArn=source, Message="left", MessageAttributes=left)
    lambdas.sns.publish(TopicArn=source, Message="taken", MessageAttributes=taken)
    assert [message["Body"] for message in lambdas.received(url)] == ["taken"]


RECORDS = {"Records": {"eventName": [{"prefix": "ObjectCreated"}], "s3": {"bucket": {"name": ["in"]}}}}
"""A notification of S3 is an array of one object (recorded from SNS: an element that matches is enough)."""


def record(event: str, bucket: str) -> dict[str, Any]:
    return {"eventName": event, "s3": {"bucket": {"name": bucket}}}


@pytest.mark.parametrize(
    ("wanted", "taken", "left"),
    [
        ({"order": {"total": [{"numeric": [">", 5]}]}}, {"order": {"total": 9}}, {"order": {"total": "9"}}),
        (RECORDS, {"Records": [record("ObjectCreated:Put", "in")]}, {"Records": [record("ObjectCreated:Put", "out")]}),
        ({"k": [None]}, {"k": None}, {"k": "null"}),
        ({"k": [True]}, {"k": True}, {"k": "true"}),
        ({"k": ["x"]}, {"k": ["y", "x"]}, "no json"),
        ({"k": [{"wildcard": "a*c"}]}, {"k": "abc"}, {"k": "abd"}),
    ],
)
def test_filters_by_body(lambdas: Lambdas, wanted: Any, taken: Any, left: Any) -> None:
    source = topic(lambdas)
    scope = {"FilterPolicyScope": "MessageBody", "FilterPolicy": json.dumps(wanted), "RawMessageDelivery": "true"}
    url, _ = subscribed(lambdas, source, **scope)
    for body in (left, taken):
        lambdas.sns.publish(TopicArn=source, Message=json.dumps(body))
    assert [json.loads(message["Body"]) for message in lambdas.received(url)] == [taken]
