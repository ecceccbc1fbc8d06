"""Rights and filters of the AWS-like mode hold some seconds after they were written; till then what was before them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from labcli.local import life
from tests.local.conftest import client, until
from tests.local.sqs.calls import arn, queue, receive

TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}],
}


def policy(queue_arn: str, topic: str) -> str:
    allowed = {"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage"}
    allowed |= {"Resource": queue_arn, "Condition": {"ArnEquals": {"aws:SourceArn": topic}}}
    return json.dumps({"Version": "2012-10-17", "Statement": [allowed]})


def arrives(sqs: Any, sns: Any, topic: str, url: str, body: str = "news") -> bool:
    """Whether a message that is published now is delivered."""
    sns.publish(TopicArn=topic, Message=body)
    found = receive(sqs, url, WaitTimeSeconds=1, VisibilityTimeout=0, MaxNumberOfMessages=10)
    if found:
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "0"})
    return any(message["Body"] == body for message in found)


def test_a_queue_s_policy_lets_nobody_in_at_once(sqs: Any, sns: Any) -> None:
    url, topic = queue(sqs), sns.create_topic(Name="late")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn(sqs, url), Attributes={"RawMessageDelivery": "true"})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy(arn(sqs, url), topic)})
    sns.publish(TopicArn=topic, Message="too early")
    assert receive(sqs, url, WaitTimeSeconds=1) == []
    until(lambda: arrives(sqs, sns, topic, url), "the policy holds")


def test_a_filter_does_not_hold_at_once(sqs: Any, sns: Any) -> None:
    url, topic = queue(sqs), sns.create_topic(Name="filtered")["TopicArn"]
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy(arn(sqs, url), topic)})
    made = sns.subscribe(
        TopicArn=topic, Protocol="sqs", Endpoint=arn(sqs, url), Attributes={"RawMessageDelivery": "true"},
        ReturnSubscriptionArn=True,
    )["SubscriptionArn"]  # fmt: skip
    until(lambda: arrives(sqs, sns, topic, url), "the policy holds")
    sns.set_subscription_attributes(
        SubscriptionArn=made, AttributeName="FilterPolicy", AttributeValue='{"kind": ["order"]}'
    )
    seen = sns.get_subscription_attributes(SubscriptionArn=made)["Attributes"]
    assert json.loads(seen["FilterPolicy"]) == {"kind": ["order"]}, "it is written, and does not hold yet"
    assert arrives(sqs, sns, topic, url, "unfiltered still")
    until(lambda: not arrives(sqs, sns, topic, url, f"filtered {next(NUMBERS)}"), "the filter holds")


NUMBERS = iter(range(10_000))


def test_a_role_s_right_is_late_when_it_comes_and_when_it_goes(endpoint: life.Endpoint, iam: Any, sqs: Any) -> None:
    role = iam.create_role(RoleName="late", AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
    sts = client(endpoint, "sts")
    given = sts.assume_role(RoleArn=role, RoleSessionName="them")["Credentials"]
    sts.close()
    names = {"aws_access_key_id": "AccessKeyId", "aws_secret_access_key": "SecretAccessKey"}
    names |= {"aws_session_token": "SessionToken"}
    theirs = client(endpoint, **{name: given[key] for name, key in names.items()})
    url = queue(sqs)

    def may() -> bool:
        try:
            theirs.send_message(QueueUrl=url, MessageBody="x")
        except ClientError as error:
            assert error.response["Error"]["Code"] in ("AccessDenied", "AccessDeniedException")
            return False
        return True

    allowed = {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": arn(sqs, url)}
    document = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
    iam.put_role_policy(RoleName="late", PolicyName="p", PolicyDocument=document)
    assert not may()
    until(may, "the right holds")
    iam.delete_role_policy(RoleName="late", PolicyName="p")
    assert may()
    until(lambda: not may(), "it is taken away")
    theirs.close()


@pytest.mark.parametrize("service", ["lambda", "states"])
def test_a_new_role_is_not_assumed_at_once(endpoint: life.Endpoint, iam: Any, service: str) -> None:
    trust = {**TRUST, "Statement": [{**TRUST["Statement"][0], "Principal": {"Service": f"{service}.amazonaws.com"}}]}  # type: ignore[dict-item]
    made = iam.create_role(RoleName=f"new-{service}", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    theirs = client(endpoint, "lambda" if service == "lambda" else "stepfunctions")
    definition = '{"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}'

    def takes() -> bool:
        try:
            if service == "lambda":
                theirs.create_function(
                    FunctionName="late", Role=made, Runtime="python3.12", Handler="f.handler", Code={"ZipFile": ZIP}
                )
            else:
                theirs.create_state_machine(name="late", definition=definition, roleArn=made)
        except ClientError as error:
            assert "ssume" in error.response["Error"]["Message"]
            return False
        return True

    assert not takes()
    until(takes, "the role is known")
    theirs.close()


def _zip() -> bytes:
    import io
    import zipfile

    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("f.py", "def handler(event, context): pass")
    return made.getvalue()


ZIP = _zip()
