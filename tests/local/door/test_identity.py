"""IAM is on: keys that the embedded AWS itself issued are let in, with their own secret and their own rights."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from labcli.aws.catalog import BotoCatalog
from labcli.aws.services import SERVICES
from labcli.local.life import Endpoint
from tests.local.conftest import client, until


def policy(*actions: str) -> str:
    return json.dumps(
        {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": [*actions], "Resource": "*"}]}
    )


def code(call: Any) -> str:
    try:
        call()
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return "served"


@pytest.fixture
def user(endpoint: Endpoint) -> Any:
    iam = client(endpoint, "iam")
    iam.create_user(UserName="u")
    key = iam.create_access_key(UserName="u")["AccessKey"]
    yield iam, key
    for found in iam.list_access_keys(UserName="u")["AccessKeyMetadata"]:
        iam.delete_access_key(UserName="u", AccessKeyId=found["AccessKeyId"])
    for name in iam.list_user_policies(UserName="u")["PolicyNames"]:
        iam.delete_user_policy(UserName="u", PolicyName=name)
    iam.delete_user(UserName="u")
    iam.close()


def test_a_user_may_what_its_policy_allows_and_nothing_else(endpoint: Endpoint, user: Any) -> None:
    iam, key = user
    given = {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}
    sqs = client(endpoint, **given)
    assert code(sqs.list_queues) == "AccessDenied"
    iam.put_user_policy(UserName="u", PolicyName="p", PolicyDocument=policy("sqs:ListQueues"))
    assert code(sqs.list_queues) == "served"
    assert code(lambda: sqs.create_queue(QueueName="q")) == "AccessDenied"
    sqs.close()


def test_a_users_key_is_worth_nothing_with_another_secret_or_when_it_is_inactive(endpoint: Endpoint, user: Any) -> None:
    iam, key = user
    iam.put_user_policy(UserName="u", PolicyName="p", PolicyDocument=policy("sqs:*"))
    for secret in ("wrong" * 8, "test", endpoint.secret_key):
        thief = client(endpoint, aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=secret)
        assert code(thief.list_queues) == "SignatureDoesNotMatch"
        thief.close()
    given = {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}
    sqs = client(endpoint, **given)
    iam.update_access_key(UserName="u", AccessKeyId=key["AccessKeyId"], Status="Inactive")
    assert code(sqs.list_queues) == "InvalidClientTokenId"
    sqs.close()


def test_an_assumed_role_needs_its_token(endpoint: Endpoint) -> None:
    iam, sts = client(endpoint, "iam"), client(endpoint, "sts")
    trust = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{endpoint.account}:root"},
        "Action": "sts:AssumeRole",
    }
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    role = iam.create_role(RoleName="r", AssumeRolePolicyDocument=document)["Role"]["Arn"]
    iam.put_role_policy(RoleName="r", PolicyName="p", PolicyDocument=policy("sqs:ListQueues"))
    issued = sts.assume_role(RoleArn=role, RoleSessionName="session")["Credentials"]
    given = {"aws_access_key_id": issued["AccessKeyId"], "aws_secret_access_key": issued["SecretAccessKey"]}
    for token, expected in (
        (issued["SessionToken"], "served"),
        ("x" * 40, "InvalidClientTokenId"),
        (None, "InvalidClientTokenId"),
    ):
        sqs = client(endpoint, **given, aws_session_token=token)
        assert code(sqs.list_queues) == expected
        sqs.close()
    caller = sts.get_caller_identity()
    assert (caller["Account"], caller["Arn"]) == (endpoint.account, f"arn:aws:iam::{endpoint.account}:root")
    iam.delete_role_policy(RoleName="r", PolicyName="p")
    iam.delete_role(RoleName="r")
    iam.close()
    sts.close()


def test_a_function_calls_back_with_its_roles_rights(endpoint: Endpoint) -> None:
    iam, functions, sqs = client(endpoint, "iam"), client(endpoint, "lambda"), client(endpoint)
    url = sqs.create_queue(QueueName="results")["QueueUrl"]
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    role = iam.create_role(RoleName="f", AssumeRolePolicyDocument=document)["Role"]["Arn"]
    zipped = io.BytesIO()
    with zipfile.ZipFile(zipped, "w") as archive:
        archive.writestr(
            "f.py",
            "import boto3\nfrom botocore.exceptions import ClientError\n"
            "def handler(event, context):\n"
            "    try: return boto3.client('sqs').send_message(QueueUrl=event, MessageBody='x')['MessageId']\n"
            "    except ClientError as error: return error.response['Error']['Code']\n",
        )
    given = {"Runtime": "python3.12", "Handler": "f.handler", "Role": role, "Code": {"ZipFile": zipped.getvalue()}}
    functions.create_function(FunctionName="f", Timeout=30, **given)
    functions.get_waiter("function_active_v2").wait(FunctionName="f", WaiterConfig={"Delay": 0.1})

    def invoke() -> str:
        return str(json.loads(functions.invoke(FunctionName="f", Payload=json.dumps(url))["Payload"].read()))

    assert invoke() == "AccessDenied"
    iam.put_role_policy(RoleName="f", PolicyName="p", PolicyDocument=policy("sqs:SendMessage"))
    sent = invoke()
    assert [m["MessageId"] for m in sqs.receive_message(QueueUrl=url)["Messages"]] == [sent]
    for made in (iam, functions, sqs):
        made.close()


def test_a_queue_policy_decides_about_a_topic(endpoint: Endpoint) -> None:
    sns, sqs = client(endpoint, "sns"), client(endpoint)
    topic = sns.create_topic(Name="t")["TopicArn"]
    url = sqs.create_queue(QueueName="subscribed")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    sns.publish(TopicArn=topic, Message="lost")
    allow = {"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage"}
    allow |= {"Resource": arn, "Condition": {"ArnEquals": {"aws:SourceArn": topic}}}
    document = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": document})
    sns.publish(TopicArn=topic, Message="delivered")
    found = until(lambda: sqs.receive_message(QueueUrl=url, WaitTimeSeconds=1).get("Messages"), "the message")
    assert [json.loads(message["Body"])["Message"] for message in found] == ["delivered"]
    sns.close()
    sqs.close()


def test_each_reviewed_call_needs_the_action_that_a_plans_policy_names(endpoint: Endpoint, user: Any) -> None:
    """A user without a right calls each operation of the table: the refusal names the action that would allow it."""
    key = user[1]
    given = {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}
    checks = Config(parameter_validation=False, retries={"max_attempts": 0}, inject_host_prefix=False, proxies={})
    known, other = BotoCatalog(), {}
    for service in [each.name for each in SERVICES.values() if each.effects]:
        api = client(endpoint, service, **given, config=checks)
        for name in SERVICES[service].effects:
            operation = known.operation(service, name)
            assert operation is not None, name
            raw = api.meta.service_model.operation_model(api.meta.method_to_api_mapping[name]).input_shape
            params = {each: some(raw.members[each]) for each in raw.required_members}
            with pytest.raises(ClientError) as refused:
                getattr(api, name)(**params)
            said = refused.value.response["Error"]["Message"]
            if f" {operation.iam_action.lower()} " not in f"{said.lower()} ":
                other[f"{service}.{name}"] = (operation.iam_action, said)
        api.close()
    assert other == {}


def some(shape: Any) -> Any:
    """A value that can be sent in the shape's place."""
    if shape.type_name == "structure":
        return {each: some(shape.members[each]) for each in shape.required_members}
    return {"list": [], "map": {}, "integer": 1, "long": 1, "boolean": True, "blob": b"x"}.get(shape.type_name, "x")
