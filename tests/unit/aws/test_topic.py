"""The kind ``topic``: what a lab may declare, what is asked of AWS, and what counts as gone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from labcli.aws.resources.base import Place
from labcli.aws.resources.handle import Handle
from labcli.aws.resources.topic import Topic
from labcli.errors import AwsError
from tests.unit.aws.sns_calls import ARN, GONE, NO_TAGS, Sns, refused
from tests.unit.aws.sns_calls import TOPIC as NAME
from tests.unit.conftest import Check, Mistakes

PLACE = Place("123456789012", "eu-west-1")
HEAD = """\
lab: t
title: T
resources:
  news: {topic: standard}
  prices: {topic: fifo}
  sums: {topic: fifo, dedup: content}
"""


def handle(aws: Sns, name: str = NAME) -> Handle:
    return Handle.of(aws, Topic(), name, PLACE)


@pytest.fixture
def topic(mistakes: Mistakes) -> Callable[[str], list[str]]:
    """The mistakes of one declaration, which stands on line 4."""
    head, steps = "lab: t\ntitle: T\nresources:\n  news: {", "}\nsteps:\n- create: [news]\n"
    return lambda text: mistakes(head + text + steps)


@pytest.mark.parametrize("text", ["topic: standard", "topic: fifo, dedup: id", "topic: standard, display_name: Shop"])
def test_a_topic_is_declared(topic: Mistakes, text: str) -> None:
    assert topic(text) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("topic: standrd", "4:17 `topic` is one of standard, fifo, not `standrd`; did you mean `standard`?"),
        ("topic: ''", "4:10 a topic is `standard` or `fifo`"),
        ("topic: standard, dedup: content", "4:27 `dedup` is for fifo topics only"),
        ("topic: fifo, dedup: body", "4:30 `dedup` is one of content, id, not `body`"),
        ("topic: standard, displayname: x", "4:27 unknown key `displayname` in a topic; did you mean `display_name`?"),
        (
            f"topic: standard, display_name: {'x' * 101}",
            "4:41 `display_name` is one line of at most 100 characters",
        ),
    ],
)
def test_a_mistake_in_a_topic_is_named(topic: Mistakes, text: str, said: str) -> None:
    assert topic(text) == [said]


@pytest.mark.parametrize(
    ("call", "said"),
    [
        ("do: sns.publish, with: {TopicArn: '${news.arn}', Message: x}", []),
        (
            "do: sns.publish, with: {TopicArn: '${news.arn}', Message: x, MessageDeduplicationId: a}",
            ["`news` is a Standard topic: it takes no `MessageDeduplicationId`"],
        ),
        ("do: sns.publish, with: {TopicArn: '${sums.arn}', Message: x, MessageGroupId: a}", []),
        (
            "do: sns.publish, with: {TopicArn: '${sums.arn}', Message: x}",
            ["`sums` is a FIFO topic: `MessageGroupId` is missing"],
        ),
        (
            "do: sns.publish_batch, with: {TopicArn: '${prices.arn}', "
            "PublishBatchRequestEntries: [{Id: a, Message: x, MessageGroupId: g}]}",
            ["`prices` does not deduplicate by content: `MessageDeduplicationId` is missing"],
        ),
        (
            "do: sns.subscribe, with: {TopicArn: '${news.arn}', Protocol: sqs}",
            ["sns.subscribe creates something: declare it under `resources`, and use `create`"],
        ),
    ],
)
def test_a_call_on_a_topic_is_held_against_its_kind(mistakes: Mistakes, call: str, said: list[str]) -> None:
    found = mistakes(f"{HEAD}steps:\n- create: [news, prices, sums]\n- {{{call}}}\n")
    assert [each.split(" ", 1)[1] for each in found] == said


def test_a_fifo_topic_has_the_ending_that_aws_wants(good: Check) -> None:
    lab = good(f"{HEAD}steps:\n- create: [news, prices]\n")
    names = [Topic().aws_name("labcli-t-abcdefgh", lab.resources[name], lab.resources) for name in ("news", "prices")]
    assert names == [NAME, "labcli-t-abcdefgh-prices.fifo"]
    assert Topic().key_of(names[1]) == "prices"


def test_it_is_created_with_its_tags_and_its_attributes(good: Check) -> None:
    aws = Sns(create_topic={"TopicArn": ARN})
    spec = good(f"{HEAD}steps:\n- create: [sums]\n").resources["sums"]
    assert Topic().create(aws, NAME, spec, {"labcli:run": "r"}, lambda value: value) == {}
    params = aws.calls[0][1]
    assert params["Attributes"] == {"FifoTopic": "true", "ContentBasedDeduplication": "true"}
    assert params["Tags"] == [{"Key": "labcli:run", "Value": "r"}]


# --- whether it is there


def test_its_tags_are_read() -> None:
    tags = {"Tags": [{"Key": "labcli:run", "Value": "r"}]}
    aws = Sns(get_topic_attributes={"Attributes": {}}, list_tags_for_resource=tags)
    assert handle(aws).tags() == {"labcli:run": "r"}
    assert aws.calls[-1] == ("list_tags_for_resource", {"ResourceArn": ARN})


def test_it_is_gone_when_a_read_of_the_topic_itself_says_so() -> None:
    aws = Sns(get_topic_attributes=GONE)
    assert handle(aws).tags() is None
    assert [operation for operation, _ in aws.calls] == ["get_topic_attributes"]


def test_one_that_goes_between_two_reads_is_gone() -> None:
    reads = iter([{"Attributes": {}}, GONE])
    aws = Sns(get_topic_attributes=lambda params: next(reads), list_tags_for_resource=NO_TAGS)
    assert handle(aws).tags() is None


def test_tags_that_are_not_found_of_a_topic_that_is_there_prove_nothing() -> None:
    aws = Sns(list_tags_for_resource=NO_TAGS, get_topic_attributes={"Attributes": {"Owner": "1"}})
    with pytest.raises(AwsError):
        handle(aws).tags()


def test_tags_that_may_not_be_read_prove_nothing() -> None:
    denied = refused("list_tags_for_resource", "AuthorizationError")
    aws = Sns(list_tags_for_resource=denied, get_topic_attributes={"Attributes": {}})
    with pytest.raises(AwsError):
        handle(aws).tags()
    assert len(aws.calls) == 2


def test_a_sweep_reads_every_page_and_takes_only_our_names() -> None:
    def page(params: Mapping[str, Any]) -> dict[str, Any]:
        if "NextToken" in params:
            return {"Topics": [{"TopicArn": ARN}]}
        return {"Topics": [{"TopicArn": "arn:aws:sns:eu-west-1:1:labclix"}, {"TopicArn": f"{ARN}2"}], "NextToken": "n"}

    tags = {"Tags": [{"Key": "k", "Value": "v"}]}
    aws = Sns(list_topics=page, get_topic_attributes={"Attributes": {}}, list_tags_for_resource=tags)
    assert [(each.kind, each.name, each.tags) for each in Topic().sweep(aws)] == [
        ("topic", f"{NAME}2", {"k": "v"}), ("topic", NAME, {"k": "v"}),
    ]  # fmt: skip


def test_a_sheet_lists_every_subscription() -> None:
    joined = [
        {"SubscriptionArn": f"{ARN}:1", "Protocol": "sqs", "Endpoint": "arn:aws:sqs:r:1:labcli-t-abcdefgh-audit"},
        {"SubscriptionArn": "PendingConfirmation", "Protocol": "email", "Endpoint": "a@example.org"},
    ]
    settings = {"RawMessageDelivery": "true", "FilterPolicy": '{"kind": ["order"]}'}
    aws = Sns(
        get_topic_attributes={"Attributes": {"TopicArn": ARN, "DisplayName": "Shop"}},
        list_subscriptions_by_topic={"Subscriptions": joined},
        get_subscription_attributes={"Attributes": settings},
        list_tags_for_resource={"Tags": []},
    )
    sheet = handle(aws).sheet()
    assert sheet is not None
    assert sheet.facts == (("name", NAME), ("arn", ARN), ("DisplayName", "Shop"))
    lines = ("sqs → audit · raw · kind: order", "email → a@example.org · PendingConfirmation")
    assert sheet.lines == (("subscriptions", lines),)


@pytest.mark.parametrize("name", ["/aws/lambda/labcli-x", "a/b", "", "a b"])
def test_what_cannot_be_a_topics_name_is_not_asked_for(name: str) -> None:
    assert handle(Sns(), name).sheet() is None


def test_the_command_that_deletes_it_by_hand() -> None:
    said = Topic().by_hand(NAME, PLACE)
    assert said == f"aws sns delete-topic --topic-arn {ARN} --region eu-west-1"
