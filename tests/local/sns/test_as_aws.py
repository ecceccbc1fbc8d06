"""Topics, subscriptions and messages: what AWS recorded, and what its users report word for word."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from labcli.local.life import Endpoint
from tests.local.functions.calls import NUMBER, Lambdas
from tests.local.sns.test_delivery import subscribed, topic
from tests.local.sqs.calls import refused

BAD = "InvalidParameter"


@pytest.fixture(scope="module")
def lambdas(endpoint: Endpoint) -> Iterator[Lambdas]:
    made = Lambdas(endpoint)
    yield made
    made.close()


@pytest.mark.parametrize("fifo", [{}, {"FifoTopic": "true"}])
def test_a_new_topic_has_awss_policy_and_delivery_policy(lambdas: Lambdas, fifo: dict[str, str]) -> None:
    arn = topic(lambdas, **fifo)
    account = arn.split(":")[4]
    found = lambdas.sns.get_topic_attributes(TopicArn=arn)["Attributes"]
    actions = ["GetTopicAttributes", "SetTopicAttributes", "AddPermission", "RemovePermission", "DeleteTopic"]
    actions += ["Subscribe", "ListSubscriptionsByTopic", "Publish"]
    statement = {
        "Sid": "__default_statement_ID",
        "Effect": "Allow",
        "Principal": {"AWS": "*"},
        "Action": [f"SNS:{each}" for each in actions],
        "Resource": arn,
        "Condition": {"StringEquals": {"AWS:SourceOwner": account}},
    }
    policy = {"Version": "2008-10-17", "Id": "__default_policy_ID", "Statement": [statement]}
    assert json.loads(found["Policy"]) == policy
    retry = {"minDelayTarget": 20, "maxDelayTarget": 20, "numRetries": 3, "numMaxDelayRetries": 0}
    retry |= {"numNoDelayRetries": 0, "numMinDelayRetries": 0, "backoffFunction": "linear"}
    http = {"defaultHealthyRetryPolicy": retry, "disableSubscriptionOverrides": False}
    http |= {"defaultRequestPolicy": {"headerContentType": "text/plain; charset=UTF-8"}}
    assert json.loads(found["EffectiveDeliveryPolicy"]) == {"http": http}


def test_a_policy_that_is_given_is_kept(lambdas: Lambdas) -> None:
    policy = {"Statement": {"Effect": "Allow", "Principal": "*", "Action": "SNS:Publish"}}
    arn = topic(lambdas, Policy=json.dumps(policy))
    assert json.loads(lambdas.sns.get_topic_attributes(TopicArn=arn)["Attributes"]["Policy"]) == policy


def test_a_policy_that_is_none_is_refused(lambdas: Lambdas) -> None:
    arn, other = topic(lambdas), {"Statement": {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage"}}
    for policy, text in (
        ("not json", "Policy Error: null"),
        ("{}", "Policy Error: null"),
        (json.dumps(other), "Policy statement action out of service scope!"),
    ):
        given = {"TopicArn": arn, "AttributeName": "Policy", "AttributeValue": policy}
        found = refused(lambda given=given: lambdas.sns.set_topic_attributes(**given))  # type: ignore[misc]
        assert found == (BAD, f"Invalid parameter: {text}")
        found = refused(lambda policy=policy: topic(lambdas, Policy=policy))  # type: ignore[misc]
        assert found == (BAD, f"Invalid parameter: Attributes Reason: {text}")


def test_an_arn_of_another_region_is_refused(lambdas: Lambdas) -> None:
    sns, arn = lambdas.sns, topic(lambdas)
    there = arn.replace(arn.split(":")[3], "eu-north-1")
    expected = (BAD, "Invalid parameter: TopicArn")
    assert refused(lambda: sns.publish(TopicArn=there, Message="x")) == expected
    assert (
        refused(lambda: sns.publish_batch(TopicArn=there, PublishBatchRequestEntries=[{"Id": "a", "Message": "x"}]))
        == expected
    )
    assert refused(lambda: sns.get_topic_attributes(TopicArn=there)) == expected
    assert refused(lambda: sns.delete_topic(TopicArn=there)) == expected
    given = {"Protocol": "sqs", "Endpoint": "arn:aws:sqs:eu-north-1:000000000000:q"}
    assert refused(lambda: sns.subscribe(TopicArn=there, **given)) == expected
    assert refused(lambda: sns.list_subscriptions_by_topic(TopicArn=there)) == expected


def test_an_empty_subject_is_refused_and_none_is_fine(lambdas: Lambdas) -> None:
    arn = topic(lambdas)
    lambdas.sns.publish(TopicArn=arn, Message="x")
    expected = (BAD, "Invalid parameter: Subject")
    assert refused(lambda: lambdas.sns.publish(TopicArn=arn, Message="x", Subject="")) == expected
    entries = [{"Id": "a", "Message": "x", "Subject": ""}]
    assert refused(lambda: lambdas.sns.publish_batch(TopicArn=arn, PublishBatchRequestEntries=entries)) == expected


def test_a_subscriptions_redrive_policy_has_a_target_and_nothing_else(lambdas: Lambdas) -> None:
    arn = topic(lambdas)
    _, dead = lambdas.queue()
    _, subscription = subscribed(lambdas, arn)
    policy = json.dumps({"deadLetterTargetArn": dead, "maxReceiveCount": 5})
    text = "RedrivePolicy: invalid JSON. Attribute maxReceiveCount is unknown."
    given = {"SubscriptionArn": subscription, "AttributeName": "RedrivePolicy", "AttributeValue": policy}
    found = refused(lambda: lambdas.sns.set_subscription_attributes(**given))
    assert found == (BAD, f"Invalid parameter: {text}")
    found = refused(lambda: subscribed(lambdas, arn, RedrivePolicy=policy))
    assert found == (BAD, f"Invalid parameter: Attributes Reason: {text}")
    good = json.dumps({"deadLetterTargetArn": dead})
    lambdas.sns.set_subscription_attributes(**{**given, "AttributeValue": good})


ATTRIBUTES = [
    (".a", "String", "v", "Invalid message attribute name starting with character '.' was found."),
    ("a.", "String", "v", "Invalid message attribute name ending with character '.' was found."),
    ("a..b", "String", "v", "Message attribute name can not have successive '.' character."),
    ("a!b", "String", "v", "Invalid non-alphanumeric character '#x21' was found in the message attribute name. Can "
     "only include alphanumeric characters, hyphens, underscores, or dots."),
    ("x" * 256, "String", "v", "Length of message attribute name must be less than 256 bytes."),
    ("a", "Stringy", "v", "The message attribute 'a' has an invalid message attribute type, the set of supported type "
     "prefixes is Binary, Number, and String."),
    ("a", "Binary", "v", "The message attribute 'a' with type 'Binary' must use field 'Binary'."),
    ("a", "String", "", "The message attribute 'a' must contain non-empty message attribute value for message "
     "attribute type 'String'."),
]  # fmt: skip


@pytest.mark.parametrize(("name", "kind", "value", "text"), ATTRIBUTES, ids=[each[0][:5] for each in ATTRIBUTES])
def test_message_attributes_that_cannot_be(lambdas: Lambdas, name: str, kind: str, value: str, text: str) -> None:
    arn, attributes = topic(lambdas), {name: {"DataType": kind, "StringValue": value}}
    found = refused(lambda: lambdas.sns.publish(TopicArn=arn, Message="x", MessageAttributes=attributes))
    assert found == ("ParameterValueInvalid", text)


@pytest.mark.parametrize("scope", ["Topic", "MessageGroup"])
@pytest.mark.parametrize("by_content", [True, False])
@pytest.mark.parametrize("batch", [True, False])
def test_the_scope_of_deduplication(lambdas: Lambdas, scope: str, by_content: bool, batch: bool) -> None:
    given = {"FifoTopic": "true", "FifoThroughputScope": scope, "ContentBasedDeduplication": str(by_content).lower()}
    arn = topic(lambdas, **given)
    url, _ = subscribed(lambdas, arn, fifo=True, RawMessageDelivery="true")
    lambdas.sqs.set_queue_attributes(QueueUrl=url, Attributes={"DeduplicationScope": "messageGroup"})

    def publish(group: str) -> str:
        message: dict[str, Any] = {"Message": "same", "MessageGroupId": group}
        message |= {} if by_content else {"MessageDeduplicationId": "d"}
        if not batch:
            return str(lambdas.sns.publish(TopicArn=arn, **message)["MessageId"])
        answer = lambdas.sns.publish_batch(TopicArn=arn, PublishBatchRequestEntries=[{"Id": "a", **message}])
        return str(answer["Successful"][0]["MessageId"])

    first, second, again = publish("a"), publish("b"), publish("a")
    assert (first == second, first == again) == (scope == "Topic", True)
    found = lambdas.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, AttributeNames=["All"])["Messages"]
    groups = [each["Attributes"]["MessageGroupId"] for each in found]
    assert groups == (["a"] if scope == "Topic" else ["a", "b"])
    if not by_content:
        assert {each["Attributes"]["MessageDeduplicationId"] for each in found} == {"d"}


def test_there_are_two_scopes(lambdas: Lambdas) -> None:
    given = {"FifoTopic": "true", "FifoThroughputScope": "Galaxy"}
    code, text = refused(lambda: lambdas.sns.create_topic(Name=f"t{next(NUMBER)}.fifo", Attributes=given))
    assert (code, "FifoThroughputScope" in text) == (BAD, True)
