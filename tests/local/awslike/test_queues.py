"""Standard queues of the AWS-like mode: order, copies, samples and late counts; FIFO queues are exact."""

from __future__ import annotations

from collections import Counter
from typing import Any

from tests.local.conftest import until
from tests.local.sqs.calls import queue, receive

MANY = [str(number) for number in range(200)]
ALL = "ApproximateNumberOfMessages"


def send(sqs: Any, url: str, bodies: list[str], **more: str) -> None:
    for start in range(0, len(bodies), 10):
        entries = [{"Id": f"e{at}", "MessageBody": body, **more} for at, body in enumerate(bodies[start : start + 10])]
        assert not sqs.send_message_batch(QueueUrl=url, Entries=entries).get("Failed")


def drained(sqs: Any, url: str, delete: bool = True) -> list[Any]:
    """All that long polls give, until one gives nothing."""
    found: list[Any] = []
    while batch := receive(sqs, url, MaxNumberOfMessages=10, WaitTimeSeconds=2, AttributeNames=["All"]):
        found += batch
        for message in batch if delete else ():
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return found


def count(sqs: Any, url: str) -> int:
    found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[ALL])["Attributes"]
    return int(found[ALL])


def test_a_standard_queue_changes_the_order_and_loses_nothing(sqs: Any) -> None:
    url = queue(sqs)
    send(sqs, url, MANY)
    got = [message["Body"] for message in drained(sqs, url)]
    assert set(got) == set(MANY)
    assert got[:50] != MANY[:50]
    first = {body: got.index(body) for body in MANY}
    assert max(first[body] - int(body) for body in MANY[:100]) < 150, "best effort: about in the order of sending"


def test_some_messages_come_twice_and_most_come_once(sqs: Any) -> None:
    url = queue(sqs)
    send(sqs, url, MANY)
    times = Counter(message["MessageId"] for message in drained(sqs, url))
    assert set(times.values()) == {1, 2}
    assert 1 <= sum(each == 2 for each in times.values()) <= 50


def test_a_message_that_nobody_deletes_can_show_again_before_its_timeout_ends(sqs: Any) -> None:
    url = queue(sqs, VisibilityTimeout="300")
    send(sqs, url, MANY)
    times = Counter(message["MessageId"] for message in drained(sqs, url, delete=False))
    assert set(times.values()) == {1, 2}


def test_a_copy_that_nobody_receives_goes_by_itself(sqs: Any) -> None:
    url = queue(sqs, VisibilityTimeout="300")
    send(sqs, url, MANY[:100])
    deleted: set[str] = set()
    while len(deleted) < 100:
        for message in receive(sqs, url, MaxNumberOfMessages=10, WaitTimeSeconds=1):
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            deleted.add(message["MessageId"])
    until(lambda: count(sqs, url) == 0, "the counts see that all is gone")


def test_a_short_poll_can_miss_what_a_long_poll_finds(sqs: Any) -> None:
    url = queue(sqs)
    send(sqs, url, ["one"])
    short = [len(receive(sqs, url, VisibilityTimeout=0)) for _ in range(40)]
    assert set(short) == {0, 1}
    assert len(receive(sqs, url, WaitTimeSeconds=1, VisibilityTimeout=0)) == 1


def test_a_queue_that_waits_by_itself_polls_long(sqs: Any) -> None:
    url = queue(sqs, ReceiveMessageWaitTimeSeconds="1")
    send(sqs, url, ["one"])
    assert [len(receive(sqs, url, VisibilityTimeout=0)) for _ in range(20)] == [1] * 20


def test_counts_are_late_both_ways(sqs: Any) -> None:
    url = queue(sqs)
    send(sqs, url, MANY[:10])
    assert count(sqs, url) == 0
    until(lambda: count(sqs, url) == 10, "the counts see what was sent")
    assert len(drained(sqs, url)) >= 10
    until(lambda: count(sqs, url) == 0, "the counts see that all is gone")


def test_a_fifo_queue_is_exact(sqs: Any) -> None:
    url = queue(sqs, fifo=True, ContentBasedDeduplication="true")
    send(sqs, url, MANY, MessageGroupId="g")
    assert count(sqs, url) == 200
    got = [message["Body"] for message in drained(sqs, url)]
    assert got == MANY
    assert count(sqs, url) == 0
