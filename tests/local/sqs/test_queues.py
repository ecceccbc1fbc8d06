"""SQS queues: what AWS refuses is refused, in AWS's words."""

from __future__ import annotations

import json
from typing import Any

import pytest

from labcli.local import life
from tests.local.door.wire import sign
from tests.local.sqs.calls import FIFO, arn, queue, receive, refused

NAME = "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length"


@pytest.mark.parametrize("name", ["a b", "a.b", "a" * 81, "ü", "a/b", "x.fifo", ""])
def test_a_bad_name_is_refused(sqs: Any, name: str) -> None:
    assert refused(lambda: sqs.create_queue(QueueName=name)) == ("InvalidParameterValue", NAME)


@pytest.mark.parametrize("name", ["a", "a" * 76 + ".fifo", ".fifo", "a b.fifo"])
def test_a_bad_name_of_a_fifo_queue_is_refused(sqs: Any, name: str) -> None:
    code, message = refused(lambda: sqs.create_queue(QueueName=name, Attributes=FIFO))
    assert code == "InvalidParameterValue" and "must end with .fifo suffix" in message


@pytest.mark.parametrize("name", ["a" * 80, "A-z_0", "0"])
def test_a_good_name_is_taken(sqs: Any, name: str) -> None:
    assert sqs.create_queue(QueueName=name)["QueueUrl"].endswith(f"/{name}")


@pytest.mark.parametrize("name", ["Visibility", "QueueArn", "CreatedTimestamp", "All", "", "visibilitytimeout"])
def test_an_unknown_attribute_is_refused_on_create_and_set(sqs: Any, name: str) -> None:
    expected = ("InvalidAttributeName", f"Unknown Attribute {name}.")
    assert refused(lambda: sqs.create_queue(QueueName="unknown", Attributes={name: "1"})) == expected
    url = queue(sqs)
    assert refused(lambda: sqs.set_queue_attributes(QueueUrl=url, Attributes={name: "1"})) == expected
    assert refused(lambda: sqs.get_queue_url(QueueName="unknown"))[0] == "AWS.SimpleQueueService.NonExistentQueue"


def test_unknown_attributes_cannot_be_asked_for(sqs: Any) -> None:
    url = queue(sqs)
    expected = ("InvalidAttributeName", "Unknown Attribute Nope.")
    assert refused(lambda: sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["Nope"])) == expected
    assert refused(lambda: sqs.receive_message(QueueUrl=url, AttributeNames=["Nope"])) == expected
    assert refused(lambda: sqs.receive_message(QueueUrl=url, MessageSystemAttributeNames=["Nope"])) == expected
    assert "Attributes" not in sqs.get_queue_attributes(QueueUrl=url)


RANGES = {
    "VisibilityTimeout": (0, 43200),
    "DelaySeconds": (0, 900),
    "MaximumMessageSize": (1024, 1048576),
    "MessageRetentionPeriod": (60, 1209600),
    "ReceiveMessageWaitTimeSeconds": (0, 20),
}


@pytest.mark.parametrize("name", RANGES)
def test_a_number_out_of_range_is_refused_and_its_limits_are_taken(sqs: Any, name: str) -> None:
    low, high = RANGES[name]
    url = queue(sqs)
    for value in (str(low - 1), str(high + 1), "x", "", "1.5", "9" * 30):
        expected = ("InvalidAttributeValue", f"Invalid value for the parameter {name}.")
        assert refused(lambda v=value: sqs.set_queue_attributes(QueueUrl=url, Attributes={name: v})) == expected
        assert refused(lambda v=value: sqs.create_queue(QueueName="range", Attributes={name: v})) == expected
    for value in (str(low), str(high)):
        sqs.set_queue_attributes(QueueUrl=url, Attributes={name: value})
        assert sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[name])["Attributes"] == {name: value}


def test_creating_again_needs_the_same_attributes(sqs: Any) -> None:
    url = queue(sqs, VisibilityTimeout="5")
    name = url.rpartition("/")[2]
    assert sqs.create_queue(QueueName=name)["QueueUrl"] == url
    assert sqs.create_queue(QueueName=name, Attributes={"VisibilityTimeout": "5"})["QueueUrl"] == url
    policy = {"RedrivePolicy": json.dumps({"deadLetterTargetArn": arn(sqs, queue(sqs)), "maxReceiveCount": 3})}
    for other in ({"VisibilityTimeout": "6"}, policy):
        code, message = refused(lambda o=other: sqs.create_queue(QueueName=name, Attributes=o))
        assert code == "QueueAlreadyExists" and message.endswith(f"attribute {next(iter(other))}")


def test_a_deleted_queues_name_is_taken_for_a_minute(sqs: Any) -> None:
    url = queue(sqs)
    sqs.delete_queue(QueueUrl=url)
    code, message = refused(lambda: sqs.create_queue(QueueName=url.rpartition("/")[2]))
    assert code == "AWS.SimpleQueueService.QueueDeletedRecently" and "60 seconds" in message


@pytest.mark.parametrize("fifo", [True, False])
def test_a_dead_letter_queue_is_of_the_same_type(sqs: Any, fifo: bool) -> None:
    same, other = queue(sqs, fifo=fifo), queue(sqs, fifo=not fifo)
    url = queue(sqs, fifo=fifo)

    def redrive(target: str, times: object = 3) -> dict[str, str]:
        return {"RedrivePolicy": json.dumps({"deadLetterTargetArn": target, "maxReceiveCount": times})}

    sqs.set_queue_attributes(QueueUrl=url, Attributes=redrive(arn(sqs, same)))
    assert sqs.list_dead_letter_source_queues(QueueUrl=same)["queueUrls"] == [url]
    for policy, why in (
        (redrive(arn(sqs, other)), "Dead-letter queue must be same type of queue as the source.."),
        (redrive(arn(sqs, same) + "x"), "Dead letter target does not exist."),
        (redrive(arn(sqs, same), 0), "Invalid value for maxReceiveCount: 0, valid values are from 1 to 1000 both"),
        (redrive(arn(sqs, same), 1001), "Invalid value for maxReceiveCount: 1001"),
        ({"RedrivePolicy": "x"}, "Redrive policy is not a valid JSON map."),
        ({"RedrivePolicy": "{}"}, "Redrive policy does not contain mandatory attribute: deadLetterTargetArn."),
    ):
        code, message = refused(lambda p=policy: sqs.set_queue_attributes(QueueUrl=url, Attributes=p))
        assert code == "InvalidParameterValue" and f"Reason: {why}" in message
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"RedrivePolicy": ""})
    assert sqs.list_dead_letter_source_queues(QueueUrl=same)["queueUrls"] == []


def test_purging_is_for_once_a_minute(sqs: Any) -> None:
    url = queue(sqs)
    sqs.send_message(QueueUrl=url, MessageBody="x")
    sqs.purge_queue(QueueUrl=url)
    assert receive(sqs, url) == []
    code, message = refused(lambda: sqs.purge_queue(QueueUrl=url))
    name = url.rpartition("/")[2]
    assert code == "AWS.SimpleQueueService.PurgeQueueInProgress"
    assert message == f"Only one PurgeQueue operation on {name} is allowed every 60 seconds."


def test_the_older_protocol_is_corrected_too(endpoint: life.Endpoint) -> None:
    """Form-encoded requests, as SDKs of before 2023 send them."""
    from urllib.parse import urlencode

    from tests.local.door.wire import Raw, send

    host = endpoint.url.removeprefix("http://")
    for fields, code in (
        ({"Action": "CreateQueue", "QueueName": "a b"}, "InvalidParameterValue"),
        ({"Action": "GetQueueUrl", "QueueName": "none"}, "AWS.SimpleQueueService.NonExistentQueue"),
    ):
        body = urlencode(fields | {"Version": "2012-11-05"}).encode()
        headers = (("Host", host), ("Content-Type", "application/x-www-form-urlencoded"))
        status, _, answer = send(endpoint, sign(Raw("POST", "/", headers, body), endpoint))
        assert status == 400 and f"<Code>{code}</Code>".encode() in answer


def test_what_is_no_policy_is_refused(sqs: Any) -> None:
    expected, url = ("InvalidAttributeValue", "Invalid value for the parameter Policy."), queue(sqs)
    statement = {"Effect": "Allow", "Principal": {"Service": "sns.aws.com"}, "Action": "sqs:SendMessage"}
    nobody = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    for policy in ("not json", "allow", "[]", '{"Version": "2012-10-17", "Statement": []}', nobody):
        assert refused(lambda policy=policy: queue(sqs, Policy=policy)) == expected  # type: ignore[misc]
        given = {"QueueUrl": url, "Attributes": {"Policy": policy}}
        assert refused(lambda given=given: sqs.set_queue_attributes(**given)) == expected  # type: ignore[misc]
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": ""})


@pytest.mark.parametrize("fifo", [False, True])
def test_a_redrive_allow_policy_says_whose_dead_letters_a_queue_takes(sqs: Any, fifo: bool) -> None:
    dead, source = queue(sqs, fifo), queue(sqs, fifo)
    policy = json.dumps({"deadLetterTargetArn": arn(sqs, dead), "maxReceiveCount": 1})

    def name_it(url: str) -> Any:
        return sqs.set_queue_attributes(QueueUrl=url, Attributes={"RedrivePolicy": policy})

    def allow(**said: Any) -> None:
        sqs.set_queue_attributes(QueueUrl=dead, Attributes={"RedriveAllowPolicy": json.dumps(said)})

    allow(redrivePermission="denyAll")
    code, text = refused(lambda: name_it(source))
    assert code == "InvalidParameterValue" and text.startswith(
        f"Value {policy} for parameter RedrivePolicy is invalid."
    )
    assert refused(lambda: queue(sqs, fifo, RedrivePolicy=policy))[0] == "InvalidParameterValue"
    allow(redrivePermission="byQueue", sourceQueueArns=[arn(sqs, source)])
    name_it(source)
    assert refused(lambda: name_it(queue(sqs, fifo)))[0] == "InvalidParameterValue"
    allow(redrivePermission="allowAll")
    name_it(queue(sqs, fifo))


def test_a_dead_letter_queue_is_of_this_account_and_region(sqs: Any) -> None:
    here = arn(sqs, queue(sqs))
    for other, reason in (
        (here.replace(here.split(":")[4], "999999999999"), "Dead letter target owner should be same as the source."),
        (here.replace(here.split(":")[3], "eu-north-1"), "Dead letter target does not exist."),
        ("dummy", "Invalid value for deadLetterTargetArn."),
    ):
        policy = json.dumps({"deadLetterTargetArn": other, "maxReceiveCount": 42})
        expected = f"Value {policy} for parameter RedrivePolicy is invalid. Reason: {reason}"
        assert refused(lambda policy=policy: queue(sqs, RedrivePolicy=policy)) == ("InvalidParameterValue", expected)  # type: ignore[misc]


def test_queues_are_listed_in_pages(sqs: Any) -> None:
    """API reference, ListQueues: 1 to 1,000 a page, and no token without MaxResults."""
    names = [f"paged-{number}" for number in range(5)]
    urls = [sqs.create_queue(QueueName=name)["QueueUrl"] for name in names]
    got, token = [], {}
    while token is not None:
        page = sqs.list_queues(QueueNamePrefix="paged-", MaxResults=2, **token)
        got.append(page["QueueUrls"])
        token = {"NextToken": page["NextToken"]} if "NextToken" in page else None  # type: ignore[assignment]
    assert got == [urls[:2], urls[2:4], urls[4:]]
    assert "NextToken" not in sqs.list_queues(QueueNamePrefix="paged-")
    for given in ({"MaxResults": 1001}, {"MaxResults": 0}, {"NextToken": "zzz"}, {"NextToken": "zzz", "MaxResults": 1}):
        code, said = refused(lambda given=given: sqs.list_queues(**given))  # type: ignore[misc]
        assert code == "InvalidParameterValue"
        assert said.startswith(f"Value {next(iter(given.values()))} for parameter {next(iter(given))} is invalid.")


def test_sources_of_a_dead_letter_queue_are_listed_in_pages(sqs: Any) -> None:
    target = queue(sqs)
    policy = json.dumps({"deadLetterTargetArn": arn(sqs, target), "maxReceiveCount": 3})
    sources = sorted(queue(sqs, RedrivePolicy=policy) for _ in range(3))
    first = sqs.list_dead_letter_source_queues(QueueUrl=target, MaxResults=2)
    rest = sqs.list_dead_letter_source_queues(QueueUrl=target, MaxResults=2, NextToken=first["NextToken"])
    assert [first["queueUrls"], rest["queueUrls"]] == [sources[:2], sources[2:]] and "NextToken" not in rest
    code, _ = refused(lambda: sqs.list_dead_letter_source_queues(QueueUrl=target, MaxResults=1, NextToken="zzz"))
    assert code == "InvalidParameterValue"


def test_a_permission_is_for_actions_that_others_may_have(sqs: Any) -> None:
    """Reported: there are no batches among them, and some are the owner's."""
    url = queue(sqs)
    unknown = "Please refer to the appropriate WSDL for a list of valid actions."
    owners = "Only the queue owner is allowed to invoke this action."
    for action, reason in (("Nonsense", unknown), ("SendMessageBatch", unknown), ("DeleteQueue", owners)):
        given = {"QueueUrl": url, "Label": "l", "AWSAccountIds": ["111122223333"], "Actions": ["SendMessage", action]}
        said = f"Value SQS:{action} for parameter ActionName is invalid. Reason: {reason}"
        assert refused(lambda given=given: sqs.add_permission(**given)) == ("InvalidParameterValue", said)  # type: ignore[misc]
    sqs.add_permission(QueueUrl=url, Label="l", AWSAccountIds=["111122223333"], Actions=["*"])
