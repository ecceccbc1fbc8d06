"""A topic made by hand: what is right, what is nearly right, and what is said of it."""

from __future__ import annotations

import pytest

from tests.aws.yours.conftest import Learner

SALES = "sales: {topic: standard}"


def test_a_right_topic_holds_and_nothing_more_is_read(learner: Learner) -> None:
    arn = learner.declare(SALES).topic("sales")
    assert learner.rows("sales") == [("sales is a Standard topic", True)]
    assert learner.reads == ["get_topic_attributes"]
    assert learner.find("sales") == {"name": "sales", "arn": arn}


@pytest.mark.parametrize(
    ("made", "said"),
    [
        ("Sales", "There is a topic `Sales`; names are case-sensitive, and `sales` is wanted."),
        ("sale", "There is a topic `sale`; `sales` is wanted."),
        ("menu", "There is no topic named `sales` yet."),
    ],
)
def test_another_name(learner: Learner, made: str, said: str) -> None:
    learner.declare(SALES).topic(made)
    assert learner.said("sales") == [said]


def test_the_other_sort_and_the_other_kind(learner: Learner) -> None:
    learner.declare(f"{SALES}\npay: {{topic: fifo}}")
    learner.queue("sales")
    assert learner.said("sales") == ["There is a queue named `sales`; a topic is wanted."]
    learner.topic("sales.fifo", FifoTopic="true")
    learner.topic("pay")
    assert learner.said("sales") == ["`sales.fifo` is a FIFO topic; a Standard one named `sales` is wanted."]
    assert learner.said("pay") == ["`pay` is a Standard topic; a FIFO topic `pay.fifo` is wanted."]


def test_declared_attributes_are_compared(learner: Learner) -> None:
    learner.declare("pay: {topic: fifo, dedup: content, display_name: Pay}").topic("pay.fifo", FifoTopic="true")
    assert learner.said("pay") == [
        "`pay.fifo` is there; its ContentBasedDeduplication is false, wanted true.",
        "`pay.fifo` is there; its DisplayName is not set, wanted Pay.",
    ]
    learner.do(
        "sns.set_topic_attributes",
        TopicArn=learner.arn("sns", "pay.fifo"),
        AttributeName="DisplayName",
        AttributeValue="Pay",
    )
    assert [each.title for each in learner.facts("pay") if each.held] == [
        "pay.fifo is a FIFO topic",
        "its DisplayName is Pay",
    ]


def test_what_is_still_there_says_whether_anybody_hears_it(learner: Learner) -> None:
    arn = learner.declare(f"{SALES}\nbooks: {{queue: standard}}").topic("sales")
    assert learner.gone("sales").said == "`sales` is still there; nobody hears it any more."
    learner.queue("books")
    learner.do("sns.subscribe", TopicArn=arn, Protocol="sqs", Endpoint=learner.arn("sqs", "books"))
    assert learner.gone("sales").said == "`sales` is still there."
    learner.do("sns.delete_topic", TopicArn=arn)
    assert learner.gone("sales").held
