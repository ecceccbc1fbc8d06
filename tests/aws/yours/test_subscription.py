"""A subscription made by hand, and the policy that it needs."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.aws.yours.conftest import Learner, policy

LAB = "sales: {topic: standard}\nbooks: {queue: standard}\nto_books: {subscription: sales, to: books}"
PERMIT = LAB.replace("to: books}", "to: books, permit: true}")
SNS = {"Service": "sns.amazonaws.com"}


@pytest.fixture
def shop(learner: Learner) -> Learner:
    """A topic and a queue that are not joined yet."""
    learner.declare(LAB).topic("sales")
    learner.queue("books")
    return learner


def subscribe(learner: Learner, topic: str = "sales", to: str = "books", **attributes: str) -> None:
    made = {"TopicArn": learner.arn("sns", topic), "Protocol": "sqs", "Endpoint": learner.arn("sqs", to)}
    learner.do("sns.subscribe", **made, Attributes=attributes)


def test_a_right_one_is_found_by_topic_and_endpoint_and_nothing_more_is_looked_at(shop: Learner) -> None:
    subscribe(shop)
    assert shop.rows("to_books") == [("books is subscribed to sales", True)]
    found = shop.find("to_books")
    assert found is not None
    assert found["arn"].startswith(shop.arn("sns", "sales:"))


def test_without_its_topic_nobody_looks(learner: Learner) -> None:
    assert [each.held for each in learner.declare(PERMIT).facts("to_books")] == [None, None, None]


def test_nothing_is_subscribed(shop: Learner) -> None:
    assert shop.said("to_books") == ["`books` is not subscribed to `sales` yet."]
    url = shop.resolve("books")["url"]
    shop.policy_of(url, _allow(shop))
    said = "`books` lets the topic in, but the topic does not know `books`: it is not subscribed."
    assert shop.said("to_books") == [said]


def test_the_wrong_way_to_it(shop: Learner) -> None:
    shop.do("sns.subscribe", TopicArn=shop.arn("sns", "sales"), Protocol="email", Endpoint="a@example.org")
    waits = "A subscriber `email` is there and waits for confirmation: a queue's protocol is sqs, its endpoint the ARN."
    assert shop.said("to_books") == [waits]


def test_another_queue_and_one_that_is_not_there(shop: Learner) -> None:
    shop.queue("other")
    subscribe(shop, to="other")
    assert shop.said("to_books") == ["`other` is subscribed to `sales`; wanted is `books`."]


def test_a_queue_that_does_not_exist(shop: Learner) -> None:
    subscribe(shop, to="booksx")
    assert shop.said("to_books") == ["A queue `booksx` is subscribed, and it does not exist; wanted is `books`."]


def test_another_topic(shop: Learner) -> None:
    shop.topic("Sales")
    subscribe(shop, topic="Sales")
    assert shop.said("to_books") == ["`books` is subscribed, but to the topic `Sales`; wanted is `sales`."]


def test_declared_settings_are_compared(learner: Learner) -> None:
    learner.declare(LAB.replace("to: books}", "to: books, raw: true, filter: {tier: [gold]}, scope: body}")).topic(
        "sales"
    )
    learner.queue("books")
    subscribe(learner)
    assert learner.said("to_books") == [
        "The subscription wraps the message: RawMessageDelivery is false, wanted true.",
        "The subscription has no filter: every message is delivered.",
        "The filter looks at the attributes of a message; wanted is the body.",
    ]
    arn = learner.resolve("to_books")["arn"]
    for key, value in (
        ("RawMessageDelivery", "true"), ("FilterPolicy", '{"tier": ["Gold"]}'), ("FilterPolicyScope", "MessageBody"),
    ):  # fmt: skip
        learner.do("sns.set_subscription_attributes", SubscriptionArn=arn, AttributeName=key, AttributeValue=value)
    assert learner.said("to_books") == ['The filter is {"tier": ["Gold"]}, wanted {"tier": ["gold"]}.']
    learner.do(
        "sns.set_subscription_attributes", SubscriptionArn=arn, AttributeName="FilterPolicy",
        AttributeValue='{"tier":["gold"]}',
    )  # fmt: skip
    assert learner.right("to_books")


def _allow(learner: Learner, **elements: Any) -> dict[str, Any]:
    whole = {
        "Principal": SNS, "Action": "sqs:SendMessage", "Resource": learner.arn("sqs", "books"),
        "Condition": {"ArnEquals": {"aws:SourceArn": learner.arn("sns", "sales")}}, **elements,
    }  # fmt: skip
    return policy(**{key: value for key, value in whole.items() if value is not None})


RIGHT: list[dict[str, Any]] = [
    {}, {"Principal": "*"}, {"Principal": {"AWS": "*"}}, {"Action": "SQS:*"}, {"Resource": "*"},
    {"Condition": {"StringEquals": {"aws:SourceArn": "SALES"}}}, {"Condition": {"ArnLike": {"aws:SourceArn": "SALES"}}},
]  # fmt: skip
WRONG: list[tuple[dict[str, Any], str]] = [
    ({"Condition": None}, "Any topic may send to `books`, of any account: the policy has no aws:SourceArn."),
    ({"Principal": "*", "Condition": None}, "Everybody may send to `books`, not only SNS."),
    (
        {"Condition": {"ArnEquals": {"aws:SourceArn": "SALES".replace("SALES", "MENU")}}},
        "The policy of `books` lets `menu` in, not `sales`.",
    ),
    ({"Condition": {"ArnEquals": {"aws:SourceArn": ["SALES", "MENU"]}}}, "`menu` may send to `books`, too."),
    ({"Condition": {"ArnLike": {"aws:SourceArn": "SALES*"}}}, "The pattern `sales*` lets `sales_old` in, too."),
    (
        {"Condition": {"ArnEquals": {"aws:SourceArn": "SALES:a69516fa-1111"}}},
        "The policy names a subscription (…:sales:a69516fa…); wanted is its topic.",
    ),
    (
        {"Condition": {"StringEquals": {"aws:SourceAccount": "ACCOUNT"}}},
        "Every topic of this account may send to `books`: the policy has no aws:SourceArn.",
    ),
    (
        {"Principal": {"AWS": "arn:aws:iam::111122223333:root"}},
        "The policy of `books` lets the account 111122223333 in; SNS is the service sns.amazonaws.com.",
    ),
    ({"Principal": {"Service": "lambda.amazonaws.com"}}, "The policy of `books` lets Lambda in, not SNS."),
    (
        {"Action": "sqs:ReceiveMessage"},
        "The policy of `books` allows sqs:ReceiveMessage; sending to a queue is sqs:SendMessage.",
    ),
    ({"Action": "sqs:SendMessageBatch"}, "`sqs:SendMessageBatch` is no action; it is sqs:SendMessage."),
    (
        {"Resource": "https://x/1/books"},
        "The policy of `books` names the queue's URL as its Resource; wanted is its ARN.",
    ),
    ({"Resource": "arn:aws:sqs:eu-test-1:1:other"}, "The policy of `books` is about `other`; wanted is `books`."),
    ({"Effect": "Deny"}, "A Deny in the policy of `books` keeps `sales` out."),
]


def _filled(learner: Learner, data: dict[str, Any]) -> dict[str, Any]:
    text = json.dumps(data)
    for word in ("SALES", "MENU"):
        text = text.replace(word, learner.arn("sns", word.lower()))
    return dict(json.loads(text.replace("ACCOUNT", learner.place.account)))


def _set(learner: Learner, document: Any) -> None:
    """The policy as AWS would keep it: what the embedded AWS refuses is not set."""
    learner.policy_of(learner.resolve("books")["url"], document)


@pytest.mark.parametrize("elements", RIGHT)
def test_every_way_to_let_it_in_is_right(shop: Learner, elements: dict[str, Any]) -> None:
    shop.declare(PERMIT)
    subscribe(shop)
    _set(shop, _filled(shop, _allow(shop, **elements)))
    assert shop.right("to_books"), shop.said("to_books")


@pytest.mark.parametrize(("elements", "said"), WRONG)
def test_every_wrong_policy_has_its_sentence(shop: Learner, elements: dict[str, Any], said: str) -> None:
    shop.declare(PERMIT)
    subscribe(shop)
    shop.topic("menu")
    shop.topic("sales_old")
    _set(shop, _filled(shop, _allow(shop, **elements)))
    assert shop.said("to_books") == [said]


def test_no_policy_at_all(shop: Learner) -> None:
    shop.declare(PERMIT)
    subscribe(shop)
    assert shop.rows("to_books") == [
        ("books is subscribed to sales", True), ("sales may send to books", False), ("and no other topic may", None),
    ]  # fmt: skip
    assert shop.said("to_books") == ["`books` has no policy: SNS may not send to it."]


def test_what_is_left_of_it_when_an_end_is_gone(shop: Learner) -> None:
    subscribe(shop)
    assert shop.gone("to_books").said == "`books` is still subscribed to `sales`."
    shop.do("sqs.delete_queue", QueueUrl=shop.resolve("books")["url"])
    assert shop.gone("to_books").said == "A subscription of `sales` points to `books`, which is gone."
    shop.do("sns.delete_topic", TopicArn=shop.arn("sns", "sales"))
    assert shop.gone("to_books").held
