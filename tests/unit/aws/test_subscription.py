"""The kind ``subscription``: what a lab may declare, the permission it writes, whose it is, what counts as gone."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from labcli.aws.resources import let_in
from labcli.aws.resources.base import Place
from labcli.aws.resources.subscription import Subscription
from labcli.errors import AwsError, LabcliError
from labcli.lab import refs
from labcli.lab.model import Lab, ResourceSpec
from tests.unit.aws.sns_calls import ARN, Sns, refused
from tests.unit.conftest import Check, Mistakes

PLACE = Place("123456789012", "eu-west-1")
NAME = "labcli-t-abcdefgh-news/labcli-t-abcdefgh-audit"
OWN = f"{ARN}:5f1c0000-0000-0000-0000-000000000000"
HEAD = """\
lab: t
title: T
resources:
  news: {topic: standard}
  prices: {topic: fifo, dedup: content}
  audit: {queue: standard}
  ticker: {queue: fifo, dedup: content}
  dead: {queue: standard}
  notify: {function: notify.py}
"""
"""Nine lines: a subscription that a test adds stands on line 10."""


@pytest.fixture(autouse=True)
def _source(tmp_path: Any) -> None:
    (tmp_path / "notify.py").write_text("def handler(event, context):\n    return None\n", encoding="utf-8")


@pytest.fixture
def sub(mistakes: Mistakes) -> Mistakes:
    """The mistakes of the subscription ``s``, said as ``column message``."""

    def find(text: str) -> list[str]:
        found = mistakes(f"{HEAD}  s: {{{text}}}\nsteps:\n- create: [s]\n")
        return [each.split(":", 1)[1] for each in found]

    return find


@pytest.fixture
def made(good: Check) -> Callable[[str], tuple[Lab, ResourceSpec]]:
    """The lab, and the subscription ``s`` as the lab declares it."""

    def read(text: str) -> tuple[Lab, ResourceSpec]:
        lab = good(f"{HEAD}  s: {{{text}}}\nsteps:\n- create: [s]\n")
        return lab, lab.resources["s"]

    return read


def fill(data: Any) -> Any:
    """What a run knows: an ARN or URL of each name."""

    def value(ref: refs.Ref) -> str:
        service = "lambda" if ref.root == "notify" else "sns" if ref.root in ("news", "prices") else "sqs"
        return {"arn": f"arn:aws:{service}:r:1:{ref.root}", "url": f"http://q/{ref.root}"}.get(ref.path[0], ref.root)

    return refs.fill(data, value)


# --- what a lab may declare


@pytest.mark.parametrize(
    "text",
    [
        "subscription: news, to: audit",
        "subscription: news, to: notify, filter: {kind: [order]}, permit: false",
        "subscription: news, to: audit, raw: true, dead_letter: dead",
        "subscription: prices, to: ticker",
        "subscription: prices, to: audit",
    ],
)
def test_a_subscription_is_declared(sub: Mistakes, text: str) -> None:
    assert sub(text) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("subscription: new, to: audit", ["21 no resource `new` in this lab; did you mean `news`?"]),
        ("subscription: audit, to: news", [
            "21 `audit` is a queue, not a topic", "32 `news` is a topic, not a queue or a function",
        ]),
        ("subscription: news", ["6 a subscription has no `to`"]),
        ("subscription: news, to: ticker", [
            "31 `ticker` is a FIFO queue: it subscribes to FIFO topics only, and `news` is Standard",
        ]),
        ("subscription: prices, to: notify", [
            "33 `prices` is a FIFO topic: only queues subscribe to it, and a queue can feed the function",
        ]),
        ("subscription: news, to: notify, raw: true", [
            "39 `raw` is for queues: SNS always puts an envelope around what a function gets",
        ]),
        ("subscription: news, to: audit, dead_letter: ticker", [
            "51 `ticker` is a FIFO queue, and `news` is a Standard topic",
        ]),
        ("subscription: news, to: audit, scope: body", ["38 `scope` is for a `filter`, and there is none"]),
        ("subscription: news, to: audit, filter: {}", [
            "46 `filter` is empty: leave it out, and everything is delivered",
        ]),
        ("subscription: news, to: audit, filters: {a: [b]}", [
            "38 unknown key `filters` in a subscription; did you mean `filter`?",
        ]),
    ],
)  # fmt: skip
def test_a_mistake_in_a_subscription_is_named(sub: Mistakes, text: str, said: list[str]) -> None:
    assert sub(text) == said


def test_a_pair_is_subscribed_once(mistakes: Mistakes) -> None:
    two = "  s: {subscription: news, to: audit}\n  again: {subscription: news, to: audit, raw: true}\n"
    assert mistakes(f"{HEAD}{two}steps:\n- create: [s, again]\n") == [
        "11:3 `audit` is subscribed to `news` by `s` already: AWS keeps one of them"
    ]


def test_what_is_special_about_it_is_told(made: Callable[[str], tuple[Lab, ResourceSpec]]) -> None:
    text = "to: audit, raw: true, scope: body, filter: {a: {b: [c]}}, dead_letter: dead, permit: false"
    said = Subscription().row(made(f"subscription: news, {text}")[1])
    assert said.special == "news → audit, raw, a.b: c (in the body), undelivered → dead, nothing is permitted"


# --- what it asks of AWS


class Aws(Sns):
    """An AWS that subscribes, and keeps the policy of one queue."""

    def __init__(self, policy: str = "", **answers: Any) -> None:
        held = {"Attributes": {"Policy": policy}} if policy else {}
        super().__init__(
            get_queue_attributes=held, set_queue_attributes={}, add_permission={},
            subscribe={"SubscriptionArn": OWN}, **answers,
        )  # fmt: skip

    def written(self) -> list[dict[str, Any]]:
        """The policies that were written, statement by statement."""
        set_ = [params for operation, params in self.calls if operation == "set_queue_attributes"]
        return [each for params in set_ for each in json.loads(params["Attributes"]["Policy"])["Statement"]]


def test_a_queue_is_let_in_then_subscribed(made: Callable[[str], tuple[Lab, ResourceSpec]]) -> None:
    aws = Aws()
    spec = made("subscription: news, to: audit, raw: true, filter: {kind: [order]}")[1]
    assert Subscription().create(aws, NAME, spec, {}, fill) == {"arn": OWN}
    assert aws.written() == [{
        "Sid": "s", "Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage",
        "Resource": "arn:aws:sqs:r:1:audit", "Condition": {"ArnEquals": {"aws:SourceArn": "arn:aws:sns:r:1:news"}},
    }]  # fmt: skip
    assert aws.calls[-1] == ("subscribe", {
        "TopicArn": "arn:aws:sns:r:1:news", "Protocol": "sqs", "Endpoint": "arn:aws:sqs:r:1:audit",
        "ReturnSubscriptionArn": True,
        "Attributes": {
            "RawMessageDelivery": "true", "FilterPolicy": '{"kind": ["order"]}',
            "FilterPolicyScope": "MessageAttributes",
        },
    })  # fmt: skip


def test_other_statements_of_the_queues_policy_stay_and_its_own_is_replaced() -> None:
    other, old = {"Sid": "mine", "Effect": "Deny"}, {"Sid": "s", "Effect": "Allow"}
    aws = Aws(policy=json.dumps({"Version": "2008-10-17", "Id": "x", "Statement": [old, other]}))
    one = let_in.statement("s", "q", "t")
    let_in.into_queue(aws, "url", one)
    assert aws.written() == [other, one]
    written = json.loads(aws.calls[-1][1]["Attributes"]["Policy"])
    assert (written["Version"], written["Id"]) == ("2008-10-17", "x")


def test_a_policy_of_one_statement_and_one_that_nobody_understands() -> None:
    aws = Aws(policy=json.dumps({"Statement": {"Sid": "mine"}}))
    let_in.into_queue(aws, "url", let_in.statement("s", "q", "t"))
    assert [each["Sid"] for each in aws.written()] == ["mine", "s"]

    broken = Aws(policy="{")
    with pytest.raises(LabcliError):
        let_in.into_queue(broken, "url", let_in.statement("s", "q", "t"))
    assert broken.written() == []


def test_a_function_lets_the_topic_invoke_it(made: Callable[[str], tuple[Lab, ResourceSpec]]) -> None:
    aws = Aws()
    Subscription().create(aws, NAME, made("subscription: news, to: notify")[1], {}, fill)
    assert aws.calls[0] == ("add_permission", {
        "FunctionName": "notify", "StatementId": "s", "Action": "lambda:InvokeFunction",
        "Principal": "sns.amazonaws.com", "SourceArn": "arn:aws:sns:r:1:news",
    })  # fmt: skip
    assert aws.calls[1][1]["Protocol"] == "lambda"


def test_a_function_that_lets_it_in_already_is_fine_and_other_errors_are_not() -> None:
    there = Aws()
    said = "The statement id (s) provided already exists. Please provide a new statement id."
    there.answers["add_permission"] = refused("add_permission", "ResourceConflictException", said=said)
    let_in.into_function(there, "f", "s", "t")

    busy = "The operation cannot be performed at this time. An update is in progress for resource: f"
    for name, said in (("AccessDeniedException", "no"), ("ResourceConflictException", busy)):
        denied = Aws()
        denied.answers["add_permission"] = refused("add_permission", name, said=said)
        with pytest.raises(AwsError):
            let_in.into_function(denied, "f", "s", "t")


def test_without_permit_nothing_is_written_until_it_is_asked_for(
    made: Callable[[str], tuple[Lab, ResourceSpec]],
) -> None:
    aws, spec = Aws(), made("subscription: news, to: audit, permit: false")[1]
    Subscription().create(aws, NAME, spec, {}, fill)
    assert [operation for operation, _ in aws.calls] == ["subscribe"]
    Subscription().permit(aws, spec, fill)
    assert [each["Sid"] for each in aws.written()] == ["s"]


def test_a_dead_letter_queue_is_named_and_let_in_too(made: Callable[[str], tuple[Lab, ResourceSpec]]) -> None:
    aws = Aws()
    Subscription().create(aws, NAME, made("subscription: news, to: notify, dead_letter: dead")[1], {}, fill)
    assert [(each["Sid"], each["Resource"]) for each in aws.written()] == [("s-dead-letter", "arn:aws:sqs:r:1:dead")]
    redrive = json.loads(aws.calls[-1][1]["Attributes"]["RedrivePolicy"])
    assert redrive == {"deadLetterTargetArn": "arn:aws:sqs:r:1:dead"}


@pytest.mark.parametrize(
    "text",
    ["to: audit", "to: audit, permit: false", "to: notify", "to: notify, dead_letter: dead", "to: audit, raw: true"],
)
def test_every_call_of_a_create_is_in_its_shape(made: Callable[[str], tuple[Lab, ResourceSpec]], text: str) -> None:
    aws, (_, spec) = Aws(), made(f"subscription: news, {text}")
    Subscription().create(aws, NAME, spec, {}, fill)
    planned = [each.call.operation for each in Subscription().shape(spec)]
    assert planned == [*(operation for operation, _ in aws.calls), *planned[-3:]]
    assert planned[-3:] == ["get_subscription_attributes", "get_topic_attributes", "list_tags_for_resource"]


def test_it_is_known_by_what_it_joins(made: Callable[[str], tuple[Lab, ResourceSpec]]) -> None:
    lab, spec = made("subscription: prices, to: ticker")
    name = Subscription().aws_name("labcli-t-abcdefgh", spec, lab.resources)
    assert name == "labcli-t-abcdefgh-prices.fifo/labcli-t-abcdefgh-ticker.fifo"
    assert Subscription().key_of(name) == "prices → ticker"
    assert Subscription().predict(NAME, PLACE) == {"name": NAME, "topic": ARN, "endpoint": "labcli-t-abcdefgh-audit"}
