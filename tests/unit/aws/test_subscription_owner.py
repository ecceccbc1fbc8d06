"""Whose a subscription is, and whether it is there: it has no name and no tags of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from labcli.aws.resources.base import ORPHAN, Place
from labcli.aws.resources.handle import Handle
from labcli.aws.resources.subscription import Subscription
from labcli.errors import AwsError
from tests.unit.aws.sns_calls import ARN, GONE, Sns, refused

PLACE = Place("123456789012", "eu-west-1")
NAME = "labcli-t-abcdefgh-news/labcli-t-abcdefgh-audit"
OWN = f"{ARN}:5f1c0000-0000-0000-0000-000000000000"


JOINS = {"Attributes": {"TopicArn": ARN, "Endpoint": "arn:aws:sqs:eu-west-1:123456789012:labcli-t-abcdefgh-audit"}}


def handle(aws: Sns, name: str = NAME, **recorded: str) -> Handle:
    return Handle.of(aws, Subscription(), name, PLACE, recorded)


def test_its_tags_are_those_of_its_topic() -> None:
    aws = Sns(
        get_subscription_attributes=JOINS,
        get_topic_attributes={"Attributes": {}},
        list_tags_for_resource={"Tags": [{"Key": "labcli:run", "Value": "r"}]},
    )
    assert handle(aws, arn=OWN).tags() == {"labcli:run": "r"}
    assert aws.calls[-1] == ("list_tags_for_resource", {"ResourceArn": ARN})


def test_it_is_gone_when_it_says_so_and_not_because_its_topic_is_gone() -> None:
    assert handle(Sns(get_subscription_attributes=GONE), arn=OWN).tags() is None
    orphan = Sns(get_subscription_attributes=JOINS, get_topic_attributes=GONE)
    ours = {"labcli:lab": "t", "labcli:run": "abcdefgh", "labcli:owner": ORPHAN}
    assert handle(orphan, arn=OWN).tags() == ours, "the run is in the name of its topic"
    assert handle(Sns(list_subscriptions_by_topic=GONE)).tags() is None


def test_one_that_was_recorded_and_joins_others_is_not_believed() -> None:
    for other in ({"TopicArn": f"{ARN}s"}, {"Endpoint": "arn:aws:sqs:eu-west-1:123456789012:their-audit"}):
        joins = {"Attributes": {**JOINS["Attributes"], **other}}
        aws = Sns(get_subscription_attributes=joins, list_subscriptions_by_topic={"Subscriptions": []})
        assert handle(aws, arn=OWN).read() is None
        handle(aws, arn=OWN).delete()
        assert "unsubscribe" not in [operation for operation, _ in aws.calls]


def test_no_answer_is_no_proof() -> None:
    aws = Sns(get_subscription_attributes=refused("get_subscription_attributes", "AuthorizationError"))
    with pytest.raises(AwsError):
        handle(aws, arn=OWN).tags()


def test_one_whose_arn_nobody_wrote_down_is_found_by_its_endpoint() -> None:
    other = {"SubscriptionArn": f"{ARN}:1", "Endpoint": "arn:aws:sqs:eu-west-1:123456789012:labcli-t-abcdefgh-audit2"}
    mine = {"SubscriptionArn": OWN, "Endpoint": "arn:aws:sqs:eu-west-1:123456789012:labcli-t-abcdefgh-audit"}
    gone = {**mine, "SubscriptionArn": "Deleted"}

    def page(params: Mapping[str, Any]) -> dict[str, Any]:
        return (
            {"Subscriptions": [mine]} if "NextToken" in params else {"Subscriptions": [other, gone], "NextToken": "n"}
        )

    aws = Sns(list_subscriptions_by_topic=page)
    found = handle(aws).read()
    assert found is not None
    assert found.known["arn"] == OWN
    aws.answers["unsubscribe"] = {}
    handle(aws).delete()
    assert aws.calls[-1] == ("unsubscribe", {"SubscriptionArn": OWN})


def test_deleting_one_that_is_gone_is_no_error() -> None:
    handle(Sns(get_subscription_attributes=JOINS, unsubscribe=GONE), arn=OWN).delete()
    handle(Sns(list_subscriptions_by_topic=GONE)).delete()


def test_a_sweep_takes_subscriptions_of_our_topics() -> None:
    endpoint = "arn:aws:lambda:eu-west-1:123456789012:function:labcli-t-abcdefgh-notify"
    found = [
        {"SubscriptionArn": OWN, "TopicArn": ARN, "Endpoint": endpoint},
        {"SubscriptionArn": "PendingConfirmation", "TopicArn": ARN, "Endpoint": "a@example.org"},
        {"SubscriptionArn": "arn:aws:sns:r:1:x:1", "TopicArn": "arn:aws:sns:r:1:x", "Endpoint": endpoint},
    ]
    aws = Sns(
        list_subscriptions={"Subscriptions": found},
        get_subscription_attributes={"Attributes": {"TopicArn": ARN, "Endpoint": endpoint}},
        get_topic_attributes={"Attributes": {}},
        list_tags_for_resource={"Tags": []},
    )
    assert [each.name for each in Subscription().sweep(aws)] == ["labcli-t-abcdefgh-news/labcli-t-abcdefgh-notify"]


@pytest.mark.parametrize("name", ["labcli-t-abcdefgh-news", "/aws/lambda/labcli-x", ""])
def test_what_joins_nothing_is_not_asked_for(name: str) -> None:
    assert handle(Sns(), name).sheet() is None
