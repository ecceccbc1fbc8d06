"""Topics, subscriptions and messages: what AWS refuses, in its words (recorded where the scenarios are)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from labcli.local.life import Endpoint
from tests.local.functions.calls import NUMBER, Lambdas
from tests.local.sqs.calls import refused

BAD = "InvalidParameter"


@pytest.fixture(scope="module")
def lambdas(endpoint: Endpoint) -> Iterator[Lambdas]:
    made = Lambdas(endpoint)
    yield made
    made.close()


def topic(lambdas: Lambdas, fifo: bool = False, **attributes: str) -> str:
    name = f"t{next(NUMBER)}" + (".fifo" if fifo else "")
    given = {**attributes, **({"FifoTopic": "true"} if fifo else {})}
    return str(lambdas.sns.create_topic(Name=name, Attributes=given)["TopicArn"])


def test_names_and_twins(lambdas: Lambdas) -> None:
    sns = lambdas.sns
    assert refused(lambda: sns.create_topic(Name="a b")) == (BAD, "Invalid parameter: Topic Name")
    assert refused(lambda: sns.create_topic(Name="a.fifo")) == (BAD, "Invalid parameter: Topic Name")
    for name in ("a", ".fifo", "a.b.fifo", "x" * 252 + ".fifo"):
        said = refused(lambda name=name: sns.create_topic(Name=name, Attributes={"FifoTopic": "true"}))  # type: ignore[misc]
        assert said == (BAD, "Invalid parameter: Topic Name")
    arn = sns.create_topic(Name="twin", Attributes={"DisplayName": "a"}, Tags=[{"Key": "k", "Value": "v"}])["TopicArn"]
    assert sns.create_topic(Name="twin")["TopicArn"] == arn
    different = "Invalid parameter: Attributes Reason: Topic already exists with different attributes"
    assert refused(lambda: sns.create_topic(Name="twin", Attributes={"DisplayName": "b"})) == (BAD, different)
    tags = [{"Key": "k", "Value": "w"}]
    different = "Invalid parameter: Tags Reason: Topic already exists with different tags"
    assert refused(lambda: sns.create_topic(Name="twin", Tags=tags)) == (BAD, different)


def test_tags(lambdas: Lambdas) -> None:
    arn = lambdas.sns.create_topic(Name=f"t{next(NUMBER)}", Tags=[{"Key": "labcli:run", "Value": "r<1>"}])["TopicArn"]
    lambdas.sns.tag_resource(ResourceArn=arn, Tags=[{"Key": "a", "Value": "b"}])
    lambdas.sns.untag_resource(ResourceArn=arn, TagKeys=["a"])
    assert lambdas.sns.list_tags_for_resource(ResourceArn=arn)["Tags"] == [{"Key": "labcli:run", "Value": "r<1>"}]


def test_a_topic_has_fifty_tags_and_each_key_once(lambdas: Lambdas) -> None:
    """SNS Developer Guide, "Tagging"; the sentences are reported."""
    sns, arn = lambdas.sns, topic(lambdas)
    many = [{"Key": f"k{number}", "Value": "v"} for number in range(51)]
    quota = ("TagLimitExceeded", "Could not complete request: tag quota of per resource exceeded")
    assert refused(lambda: sns.tag_resource(ResourceArn=arn, Tags=many)) == quota
    sns.tag_resource(ResourceArn=arn, Tags=many[:50])
    sns.tag_resource(ResourceArn=arn, Tags=many[:1])
    assert refused(lambda: sns.tag_resource(ResourceArn=arn, Tags=many[50:])) == quota
    twice = [{"Key": "k", "Value": "v"}, {"Key": "k", "Value": "w"}]
    duplicated = (BAD, "Invalid parameter: Duplicated keys are not allowed.")
    assert refused(lambda: sns.tag_resource(ResourceArn=arn, Tags=twice)) == duplicated
    assert refused(lambda: sns.create_topic(Name="twice", Tags=twice)) == duplicated


def test_deleting_a_topic_deletes_its_subscriptions_and_twice_is_fine(lambdas: Lambdas) -> None:
    arn = topic(lambdas)
    _, queue = lambdas.queue()
    subscription = lambdas.sns.subscribe(TopicArn=arn, Protocol="sqs", Endpoint=queue)["SubscriptionArn"]
    for _ in range(2):
        lambdas.sns.delete_topic(TopicArn=arn)
    found = refused(lambda: lambdas.sns.get_subscription_attributes(SubscriptionArn=subscription))
    assert found == ("NotFound", "Subscription does not exist")
    assert refused(lambda: lambdas.sns.get_topic_attributes(TopicArn=arn)) == ("NotFound", "Topic does not exist")
    lambdas.sns.unsubscribe(SubscriptionArn=subscription)
    assert subscription not in [s["SubscriptionArn"] for s in lambdas.sns.list_subscriptions()["Subscriptions"]]


@pytest.mark.parametrize(
    ("given", "code", "text"),
    [
        ({"Message": ""}, BAD, "Invalid parameter: Empty message"),
        ({"Message": "x" * 262_145}, BAD, "Invalid parameter: Message too long"),
        ({"Message": "x", "Subject": "y" * 101}, BAD, "Invalid parameter: Subject"),
        ({"Message": "x", "Subject": "two\nlines"}, BAD, "Invalid parameter: Subject"),
        (
            {"Message": "x", "MessageStructure": "json"},
            BAD,
            "Invalid parameter: Message Structure - JSON message body failed to parse",
        ),
        (
            {"Message": '{"sqs": "x"}', "MessageStructure": "json"},
            BAD,
            "Invalid parameter: Message Structure - No default entry in JSON message body",
        ),
        (
            {"Message": "x", "MessageDeduplicationId": "d"},
            BAD,
            "Invalid parameter: MessageDeduplicationId Reason: The request includes MessageDeduplicationId parameter",
        ),
        (
            {"Message": "x", "MessageAttributes": {"a": {"DataType": "Colour", "StringValue": "red"}}},
            "ParameterValueInvalid",
            "The message attribute 'a' has an invalid message attribute type, the set of supported type prefixes",
        ),
        (
            {"Message": "x", "MessageAttributes": {"a": {"DataType": "String", "StringValue": ""}}},
            "ParameterValueInvalid",
            "The message attribute 'a' must contain non-empty message attribute value for message attribute type",
        ),
        (
            {"Message": "x", "MessageAttributes": {"a": {"DataType": "Number", "StringValue": "ten"}}},
            "ParameterValueInvalid",
            "Could not cast message attribute 'a' value to number.",
        ),
    ],
)
def test_messages_that_cannot_be(lambdas: Lambdas, given: dict[str, Any], code: str, text: str) -> None:
    arn = topic(lambdas)
    found = refused(lambda: lambdas.sns.publish(TopicArn=arn, **given))
    assert found[0] == code
    assert found[1].startswith(text)


def test_batches_that_cannot_be(lambdas: Lambdas) -> None:
    arn = topic(lambdas)

    def send(*entries: tuple[str, str]) -> tuple[str, str]:
        given = [{"Id": id_, "Message": text} for id_, text in entries]
        return refused(lambda: lambdas.sns.publish_batch(TopicArn=arn, PublishBatchRequestEntries=given))

    assert send(*((str(n), "x") for n in range(11)))[0] == "TooManyEntriesInBatchRequest"
    assert send(("a", "x"), ("a", "y"))[0] == "BatchEntryIdsNotDistinct"
    assert send(("a b", "x"))[0] == "InvalidBatchEntryId"
    assert send(("a", "x" * 200_000), ("b", "y" * 200_000))[0] == "BatchRequestTooLong"
    assert send(("a", ""))[0] == BAD
    assert send()[0] == "EmptyBatchRequest"


def test_what_a_fifo_topic_asks_for(lambdas: Lambdas) -> None:
    arn = topic(lambdas, fifo=True)
    group = refused(lambda: lambdas.sns.publish(TopicArn=arn, Message="x"))
    assert group == (BAD, "Invalid parameter: The MessageGroupId parameter is required for FIFO topics")
    text = "Invalid parameter: The topic should either have ContentBasedDeduplication enabled or "
    found = refused(lambda: lambdas.sns.publish(TopicArn=arn, Message="x", MessageGroupId="g"))
    assert found == (BAD, f"{text}MessageDeduplicationId provided explicitly")


@pytest.mark.parametrize(
    ("protocol", "address", "text"),
    [
        ("pigeon", "loft", "Invalid parameter: Amazon SNS does not support this protocol string: pigeon"),
        ("sqs", "http://127.0.0.1/1/q", "Invalid parameter: SQS endpoint ARN"),
        ("lambda", "f", "Invalid parameter: Lambda endpoint ARN"),
        ("email", "nobody", "Invalid parameter: Email address"),
        ("https", "http://example.com", "Invalid parameter: Endpoint must match the specified protocol"),
        (
            "sqs",
            "arn:aws:sqs:eu-central-2:123456789012:q.fifo",
            "Invalid parameter: Invalid parameter: Endpoint Reason: FIFO SQS Queues can not be subscribed to standard",
        ),
    ],
)
def test_endpoints_that_cannot_be(lambdas: Lambdas, protocol: str, address: str, text: str) -> None:
    arn = topic(lambdas)
    code, said = refused(lambda: lambdas.sns.subscribe(TopicArn=arn, Protocol=protocol, Endpoint=address))
    assert (code, said.startswith(text)) == (BAD, True)


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("FilterPolicy", "{", "FilterPolicy: failed to parse JSON."),
        ("FilterPolicy", '{"kind":"order"}', 'FilterPolicy: "kind" must be an object or an array'),
        ("FilterPolicy", '{"kind":[]}', "FilterPolicy: Empty arrays are not allowed"),
        ("FilterPolicy", '{"kind":[["order"]]}', "FilterPolicy: Match value must be String, number, true, false, or"),
        ("FilterPolicy", '{"kind":[{"like":"x"}]}', "FilterPolicy: Unrecognized match type like"),
        ("FilterPolicy", '{"k":[{"numeric":[">",3,"<",1]}]}', "FilterPolicy: Bottom must be less than top"),
        ("FilterPolicy", '{"k":[{"numeric":["<",1,">",3]}]}', "FilterPolicy: Too many elements in numeric expression"),
        (
            "FilterPolicy",
            '{"k":[{"exists":"yes"}]}',
            "FilterPolicy: exists match pattern must be either true or false.",
        ),
        ("FilterPolicy", '{"a":{"b":["c"]}}', "FilterPolicy: Filter policy scope MessageAttributes does not support"),
        (
            "FilterPolicy",
            json.dumps({str(n): ["x"] for n in range(6)}),
            "FilterPolicy: Filter policy can not have more",
        ),
        ("FilterPolicyScope", "Everything", "FilterPolicyScope: Invalid value [Everything]. Please use either"),
        ("RawMessageDelivery", "yes", "RawMessageDelivery: Invalid value [yes]. Must be true or false."),
        ("RedrivePolicy", "{", "RedrivePolicy: failed to parse JSON."),
        ("RedrivePolicy", '{"deadLetterTargetArn":"q"}', "RedrivePolicy: deadLetterTargetArn is an invalid arn"),
    ],
)
def test_attributes_that_cannot_be(lambdas: Lambdas, name: str, value: str, text: str) -> None:
    arn, (_, queue) = topic(lambdas), lambdas.queue()
    given = {"TopicArn": arn, "Protocol": "sqs", "Endpoint": queue}
    code, said = refused(lambda: lambdas.sns.subscribe(**given, Attributes={name: value}))
    assert (code, said.startswith(f"Invalid parameter: Attributes Reason: {text}")) == (BAD, True), said
    subscription = lambdas.sns.subscribe(**given)["SubscriptionArn"]
    change = {"SubscriptionArn": subscription, "AttributeName": name, "AttributeValue": value}
    code, said = refused(lambda: lambdas.sns.set_subscription_attributes(**change))
    assert (code, said.startswith(f"Invalid parameter: {text}")) == (BAD, True), said


def test_who_must_confirm_is_pending(lambdas: Lambdas) -> None:
    arn = topic(lambdas)
    given = {"TopicArn": arn, "Protocol": "email", "Endpoint": "nobody@example.com"}
    assert lambdas.sns.subscribe(**given)["SubscriptionArn"] == "pending confirmation"
    subscription = lambdas.sns.subscribe(**given, ReturnSubscriptionArn=True)["SubscriptionArn"]
    attributes = lambdas.sns.get_subscription_attributes(SubscriptionArn=subscription)["Attributes"]
    assert attributes["PendingConfirmation"] == "true"
    (listed,) = lambdas.sns.list_subscriptions_by_topic(TopicArn=arn)["Subscriptions"]
    assert listed["SubscriptionArn"] == "PendingConfirmation"
    counts = lambdas.sns.get_topic_attributes(TopicArn=arn)["Attributes"]
    assert (counts["SubscriptionsPending"], counts["SubscriptionsConfirmed"]) == ("1", "0")


def test_subscribing_twice(lambdas: Lambdas) -> None:
    arn, (_, queue) = topic(lambdas), lambdas.queue()
    given = {"TopicArn": arn, "Protocol": "sqs", "Endpoint": queue}
    first = lambdas.sns.subscribe(**given, Attributes={"RawMessageDelivery": "true"})["SubscriptionArn"]
    assert lambdas.sns.subscribe(**given)["SubscriptionArn"] == first
    text = "Invalid parameter: Attributes Reason: Subscription already exists with different attributes"
    found = refused(lambda: lambdas.sns.subscribe(**given, Attributes={"RawMessageDelivery": "false"}))
    assert found == (BAD, text)
