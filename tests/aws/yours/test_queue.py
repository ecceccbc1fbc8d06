"""A queue made by hand: what is right, what is nearly right, and what is said of it."""

from __future__ import annotations

import json

import pytest

from tests.aws.yours.conftest import Learner

INBOX = "inbox: {queue: standard, visibility: 20}"


def test_a_right_queue_holds_and_nothing_more_is_read(learner: Learner) -> None:
    learner.declare(INBOX).queue("inbox", VisibilityTimeout="20")
    assert learner.rows("inbox") == [
        ("inbox is a Standard queue", True), ("a received message stays hidden for 20 s", True),
    ]  # fmt: skip
    assert learner.reads == ["get_queue_url", "get_queue_attributes"]
    found = learner.find("inbox")
    assert found is not None
    assert found["arn"] == learner.arn("sqs", "inbox")
    assert found["url"].endswith("/inbox")


def test_nothing_is_there_and_what_hangs_on_it_is_not_looked_at(learner: Learner) -> None:
    learner.declare(INBOX)
    first, rest = learner.facts("inbox")
    assert (first.held, first.said) == (False, "There is no queue named `inbox` yet.")
    assert (rest.held, rest.wanted, rest.said) == (None, "20 s", "")
    assert learner.find("inbox") is None


@pytest.mark.parametrize(
    ("made", "said"),
    [
        ("Inbox", "There is a queue `Inbox`; names are case-sensitive, and `inbox` is wanted."),
        ("inbx", "There is a queue `inbx`; `inbox` is wanted."),
        ("in_box", "There is a queue `in_box`; `inbox` is wanted."),
        ("mail-inbox-prod", "There is no queue named `inbox` yet."),
        ("labcli-mon-abcdefgh-inbx", "There is no queue named `inbox` yet."),
    ],
)
def test_another_name(learner: Learner, made: str, said: str) -> None:
    learner.declare(INBOX).queue(made)
    assert learner.said("inbox") == [said]


def test_the_other_sort(learner: Learner) -> None:
    learner.declare(f"{INBOX}\ncashier: {{queue: fifo}}")
    learner.queue("inbox.fifo", FifoQueue="true")
    learner.queue("cashier")
    assert learner.said("inbox") == ["`inbox.fifo` is a FIFO queue; a Standard one named `inbox` is wanted."]
    assert learner.said("cashier") == ["`cashier` is a Standard queue; a FIFO queue `cashier.fifo` is wanted."]


def test_another_kind_of_that_name(learner: Learner) -> None:
    learner.declare(INBOX).topic("inbox")
    assert learner.said("inbox") == ["There is a topic named `inbox`; a queue is wanted."]


def test_a_topic_of_the_lab_with_a_name_that_is_near_is_no_near_miss(learner: Learner) -> None:
    learner.declare("aside: {queue: standard}\ninside: {queue: standard}").queue("inside")
    assert learner.said("aside") == ["There is no queue named `aside` yet."]


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        ("30", "`inbox` is there; a received message stays hidden for 30 s, wanted 20 s."),
        ("20000", "`inbox` is there; a received message stays hidden for 20000 s (5 h 33 min), wanted 20 s."),
    ],
)
def test_another_value(learner: Learner, seconds: str, said: str) -> None:
    learner.declare(INBOX).queue("inbox", VisibilityTimeout=seconds)
    assert learner.said("inbox") == [said]


def test_the_right_number_at_the_wrong_attribute(learner: Learner) -> None:
    learner.declare(INBOX).queue("inbox", DelaySeconds="20")
    said = "DelaySeconds is 20 s: that hides a message before the first receive, not after a receive."
    assert learner.said("inbox") == [said]


def test_what_aws_fills_is_not_looked_at_unless_it_is_declared(learner: Learner) -> None:
    learner.declare("inbox: {queue: standard}").queue("inbox", VisibilityTimeout="7", DelaySeconds="9")
    assert learner.rows("inbox") == [("inbox is a Standard queue", True)]


def test_every_attribute_that_can_be_declared_has_a_row(learner: Learner) -> None:
    learner.declare(
        "q: {queue: fifo, delay: 1s, retention: 2d, receive_wait: 3s, max_size: 2048, dedup: content, sse: true}"
    )
    learner.queue("q.fifo", FifoQueue="true", SqsManagedSseEnabled="false")
    assert learner.said("q") == [
        "`q.fifo` is there; a message is hidden at first for 0 s, wanted 1 s.",
        "`q.fifo` is there; a message is kept for 345600 s (4 d), wanted 172800 s (2 d).",
        "`q.fifo` is there; a receive waits for a message for 0 s, wanted 3 s.",
        *[said for said in learner.said("q") if "MaximumMessageSize" in said],
        "`q.fifo` is there; its SqsManagedSseEnabled is false, wanted true.",
        "`q.fifo` is there; its ContentBasedDeduplication is false, wanted true.",
    ]
    assert len(learner.said("q")) == 6


SHOP = "aside: {queue: standard}\nshop: {queue: standard, dead_letter: {to: aside, after: 2}}"


def _redrive(arn: str, count: int = 2) -> str:
    return json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": count})


def test_a_dead_letter_queue(learner: Learner) -> None:
    learner.declare(SHOP).queue("aside")
    learner.queue("shop", RedrivePolicy=_redrive(learner.arn("sqs", "aside")))
    titles = ["shop is a Standard queue", "it gives a message up after 2 receives", "and puts it into aside"]
    assert learner.rows("shop") == [(title, True) for title in titles]


def test_a_dead_letter_queue_that_is_not_there_yet(learner: Learner) -> None:
    learner.declare(SHOP).queue("shop")
    assert [each.held for each in learner.facts("shop")] == [True, None, None]


def test_dead_letters_the_wrong_way(learner: Learner) -> None:
    learner.declare(SHOP)
    shop, aside = learner.queue("shop"), learner.queue("aside")
    assert learner.said("shop") == ["`shop` never gives a message up.", "`shop` puts nothing into `aside`."]
    learner.do(
        "sqs.set_queue_attributes", QueueUrl=aside, Attributes={"RedrivePolicy": _redrive(learner.arn("sqs", "shop"))}
    )
    turned = "The policy stands on `aside` and points to `shop`: it is the other way round."
    assert learner.said("shop") == [turned, turned]
    learner.queue("other")
    learner.do(
        "sqs.set_queue_attributes",
        QueueUrl=shop,
        Attributes={"RedrivePolicy": _redrive(learner.arn("sqs", "other"), 3)},
    )
    assert learner.said("shop") == [
        "`shop` gives up after 3 receives, wanted 2.", "`shop` puts a message into `other`, wanted is `aside`.",
    ]  # fmt: skip


def test_whose_dead_letters_it_takes(learner: Learner) -> None:
    learner.declare("shop: {queue: standard}\naside: {queue: standard, dead_letters_from: [shop]}")
    learner.queue("shop")
    url = learner.queue("aside")
    assert learner.said("aside") == ["`aside` takes as dead letters everybody's; wanted are those of shop only."]
    allow = {"redrivePermission": "byQueue", "sourceQueueArns": [learner.arn("sqs", "shop")]}
    learner.do("sqs.set_queue_attributes", QueueUrl=url, Attributes={"RedriveAllowPolicy": json.dumps(allow)})
    assert learner.right("aside")


def test_what_is_still_there_and_what_is_gone(learner: Learner) -> None:
    url = learner.declare(INBOX).queue("inbox")
    fact = learner.gone("inbox")
    assert (fact.title, fact.held, fact.said) == ("inbox is gone", False, "`inbox` is still there.")
    learner.do("sqs.delete_queue", QueueUrl=url)
    assert learner.gone("inbox").held


def test_deleted_while_it_is_looked_at_is_not_there(learner: Learner) -> None:
    url = learner.declare(INBOX).queue("inbox")
    learner.deletes["get_queue_attributes"] = lambda: learner.do("sqs.delete_queue", QueueUrl=url)
    assert [each.held for each in learner.facts("inbox")] == [False, None]


@pytest.mark.parametrize("read", ["get_queue_url", "get_queue_attributes"])
def test_a_policy_that_shuts_labcli_out_is_said_and_raises_nothing(learner: Learner, read: str) -> None:
    learner.declare(INBOX).queue("inbox")
    learner.denied.add(read)
    said = f"labcli may not look, so nobody knows: AWS denies it sqs.{read}. Does a policy say so?"
    assert learner.said("inbox") == [said]
    assert learner.gone("inbox").said == said
    learner.denied = {"list_queues"}
    learner.declare("other: {queue: standard}")
    assert learner.said("other") == [said.replace(read, "list_queues")]
