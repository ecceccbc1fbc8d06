"""A run knows a copy of what it has deleted, and takes nothing else for one."""

from __future__ import annotations

from typing import Any

from labcli.lab.model import Call
from labcli.steps.copies import Copies

JOBS = "https://sqs/jobs"


def received(copies: Copies, handle: str, message: str = "m1", url: str = JOBS) -> None:
    answer = {"Messages": [{"MessageId": message, "ReceiptHandle": handle}]}
    copies.learn(Call("sqs", "receive_message", {"QueueUrl": url}), answer)


def deleted(copies: Copies, handle: str, url: str = JOBS) -> None:
    copies.learn(Call("sqs", "delete_message", {"QueueUrl": url, "ReceiptHandle": handle}), {})


def test_what_was_deleted_with_its_newest_handle_is_known_in_its_queue_only() -> None:
    copies = Copies()
    received(copies, "h1")
    assert not copies.known(JOBS, "m1")
    deleted(copies, "h1")
    assert copies.known(JOBS, "m1")
    assert not copies.known("https://sqs/other", "m1")
    assert not copies.known(JOBS, "m2")


def test_a_handle_that_a_later_receive_has_superseded_deletes_nothing() -> None:
    copies = Copies()
    received(copies, "h1")
    received(copies, "h2")
    deleted(copies, "h1")
    assert not copies.known(JOBS, "m1"), "somebody else works on it, and may do so again"
    deleted(copies, "h2")
    assert copies.known(JOBS, "m1")


def test_of_a_batch_only_what_succeeded_is_deleted() -> None:
    copies = Copies()
    received(copies, "h1", "m1")
    received(copies, "h2", "m2")
    entries: list[Any] = [{"Id": "a", "ReceiptHandle": "h1"}, {"Id": "b", "ReceiptHandle": "h2"}]
    call = Call("sqs", "delete_message_batch", {"QueueUrl": JOBS, "Entries": entries})
    copies.learn(call, {"Successful": [{"Id": "b"}], "Failed": [{"Id": "a"}]})
    assert (copies.known(JOBS, "m1"), copies.known(JOBS, "m2")) == (False, True)


def test_other_calls_and_unknown_handles_teach_nothing() -> None:
    copies = Copies()
    copies.learn(Call("sns", "publish", {"TopicArn": "x"}), {"MessageId": "m1"})
    deleted(copies, "invented")
    assert copies.deleted == set()
