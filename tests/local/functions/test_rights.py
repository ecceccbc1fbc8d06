"""What a function may do: what its execution role may, with no configuration; and who may invoke it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from labcli.local.life import Endpoint
from tests.local.conftest import client, until
from tests.local.functions.calls import LOGS, NUMBER, Lambdas, allowing, zipped
from tests.local.sqs.calls import refused


@pytest.fixture(scope="module")
def lambdas(endpoint: Endpoint) -> Iterator[Lambdas]:
    made = Lambdas(endpoint)
    yield made
    made.close()


SENDS = """
import boto3
def handler(event, context):
    boto3.client("sqs").send_message(QueueUrl=event, MessageBody="from a function")
    return boto3.client("sts").get_caller_identity()["Arn"]
"""


def test_boto3_needs_no_configuration_and_has_the_roles_rights_only(lambdas: Lambdas) -> None:
    url, arn = lambdas.queue()
    role = lambdas.role()
    name = lambdas.function(SENDS, Role=role, Timeout=20)
    answer = lambdas.invoke(name, url)
    session = f"arn:aws:sts::{lambdas.endpoint.account}:assumed-role/{role.rpartition('/')[2]}/{name}"
    assert answer.error == "ClientError"
    text = f"An error occurred (AccessDenied) when calling the SendMessage operation: User: {session} is not authorized"
    text += f" to perform: sqs:sendmessage on resource: {arn} because no identity-based policy allows the"
    assert answer.value["errorMessage"] == f"{text} sqs:sendmessage action"
    lambdas.allow(role, "sqs:SendMessage", *LOGS)
    assert lambdas.invoke(name, url).value == session
    assert [message["Body"] for message in lambdas.received(url)] == ["from a function"]


def test_its_environment_is_aws_s_and_its_own(lambdas: Lambdas) -> None:
    code = "import os\ndef handler(event, context): return {**os.environ, 'arn': context.invoked_function_arn}\n"
    name = lambdas.function(code, Environment={"Variables": {"LOG_LEVEL": "debug", "STAGE": "lab"}}, MemorySize=256)
    seen = lambdas.invoke(name).value
    expected = {
        "AWS_ENDPOINT_URL": lambdas.endpoint.url,
        "AWS_EXECUTION_ENV": "AWS_Lambda_python3.12",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256",
        "AWS_LAMBDA_FUNCTION_NAME": name,
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{name}",
        "AWS_REGION": lambdas.endpoint.region,
        "LOG_LEVEL": "debug",
        "STAGE": "lab",
        "TZ": ":UTC",
        "_HANDLER": "f.handler",
        "arn": lambdas.arn(name),
    }
    assert {key: seen.get(key) for key in expected} == expected
    assert [
        key for key in seen if key.startswith(("MINISTACK", "LABCLI", "_LABCLI_S")) and key != "_LABCLI_SANDBOX"
    ] == []
    for key in ("AUTH", "BIND_HOST", "STATE_DIR", "S3_DATA_DIR", "DOCKER_HOST", "_LABCLI"):
        assert key not in seen
    streams = lambdas.logs.describe_log_streams(logGroupName=f"/aws/lambda/{name}")["logStreams"]
    assert [stream["logStreamName"] for stream in streams] == [seen["AWS_LAMBDA_LOG_STREAM_NAME"]]


def test_a_role_without_the_right_has_no_log(lambdas: Lambdas) -> None:
    role = lambdas.role("sqs:SendMessage")
    name = lambdas.function("def handler(event, context): print('heard')\n", Role=role)
    assert "heard" in lambdas.invoke(name).log
    groups = {"logGroupNamePrefix": f"/aws/lambda/{name}"}
    assert lambdas.logs.describe_log_groups(**groups)["logGroups"] == []
    lambdas.allow(role, "logs:CreateLogStream", "logs:PutLogEvents")
    lambdas.invoke(name)
    assert lambdas.logs.describe_log_groups(**groups)["logGroups"] == []
    lambdas.logs.create_log_group(logGroupName=f"/aws/lambda/{name}")
    lambdas.invoke(name)
    assert "heard" in lambdas.printed(name)


def test_the_log_outlives_the_function_and_can_be_searched_and_deleted(lambdas: Lambdas) -> None:
    name = lambdas.function(
        "def handler(event, context):\n    print('RECEIVED order-1')\n    print('received order 2')\n"
    )
    lambdas.invoke(name)
    lambdas.api.delete_function(FunctionName=name)
    group = f"/aws/lambda/{name}"

    def found(pattern: str) -> list[str]:
        events = lambdas.logs.filter_log_events(logGroupName=group, filterPattern=pattern)["events"]
        return [event["message"] for event in events]

    assert found("RECEIVED") == ["RECEIVED order-1"]
    assert found('"order-1"') == ["RECEIVED order-1"]
    assert found('"order 2"') == ["received order 2"]
    assert found('"received order" -"order-1"') == ["received order 2"]
    assert found("?RECEIVED ?received") == ["RECEIVED order-1", "received order 2"]
    assert found('"order 3"') == []
    lambdas.logs.delete_log_group(logGroupName=group)
    assert lambdas.printed(name) == []


def test_log_groups_have_tags(lambdas: Lambdas) -> None:
    name = f"/aws/lambda/t{next(NUMBER)}"
    lambdas.logs.create_log_group(logGroupName=name, tags={"labcli:run": "r1"})
    arn = f"arn:aws:logs:{lambdas.endpoint.region}:{lambdas.endpoint.account}:log-group:{name}"
    assert lambdas.logs.list_tags_for_resource(resourceArn=arn)["tags"] == {"labcli:run": "r1"}
    lambdas.logs.tag_resource(resourceArn=arn, tags={"labcli:lab": "mon"})
    assert lambdas.logs.list_tags_for_resource(resourceArn=arn)["tags"] == {"labcli:run": "r1", "labcli:lab": "mon"}
    lambdas.logs.untag_resource(resourceArn=arn, tagKeys=["labcli:run"])
    assert lambdas.logs.list_tags_for_resource(resourceArn=arn)["tags"] == {"labcli:lab": "mon"}


CALLS = """
import boto3, json
def handler(event, context):
    return json.loads(boto3.client("lambda").invoke(FunctionName=event)["Payload"].read())
"""


def test_a_function_invokes_another_only_with_the_right(lambdas: Lambdas) -> None:
    callee = lambdas.function("def handler(event, context): return 'called'\n")
    role = lambdas.role()
    caller = lambdas.function(CALLS, Role=role, Timeout=20)
    answer = lambdas.invoke(caller, callee)
    assert "AccessDeniedException" in answer.value["errorMessage"]
    assert f"lambda:InvokeFunction on resource: {lambdas.arn(callee)}" in answer.value["errorMessage"]
    lambdas.allow(role, "lambda:InvokeFunction", *LOGS)
    assert lambdas.invoke(caller, callee).value == "called"


TOPIC_ALLOWS = {"StatementId": "s", "Action": "lambda:InvokeFunction", "Principal": "sns.amazonaws.com"}


def test_a_topic_invokes_a_function_only_with_its_permission(lambdas: Lambdas) -> None:
    name = lambdas.function("def handler(event, context): print(event['Records'][0]['Sns']['Message'])\n")
    topic = lambdas.sns.create_topic(Name=f"t{next(NUMBER)}")["TopicArn"]
    lambdas.sns.subscribe(TopicArn=topic, Protocol="lambda", Endpoint=lambdas.arn(name))

    def publish(text: str) -> None:
        lambdas.sns.publish(TopicArn=topic, Message=text)

    publish("without permission")
    for number, wrong in enumerate(
        (
            {"SourceArn": topic + "x"},
            {"SourceAccount": "111122223333"},
            {"Principal": "s3.amazonaws.com"},
            {"Action": "lambda:GetFunction"},
        )
    ):
        lambdas.api.add_permission(FunctionName=name, **{**TOPIC_ALLOWS, "StatementId": f"w{number}", **wrong})
    publish("with the wrong ones")
    right = {"SourceArn": topic, "SourceAccount": lambdas.endpoint.account}
    lambdas.api.add_permission(FunctionName=name, **TOPIC_ALLOWS, **right)
    publish("allowed")
    until(lambda: "allowed" in lambdas.printed(name), "the function to be invoked")
    lambdas.api.remove_permission(FunctionName=name, StatementId="s")
    publish("no longer")
    lambdas.api.add_permission(FunctionName=name, **TOPIC_ALLOWS)
    publish("again")
    until(lambda: "again" in lambdas.printed(name), "the function to be invoked")
    said = [line for line in lambdas.printed(name) if not line.startswith(("START", "END", "REPORT"))]
    assert said == ["allowed", "again"]


def test_a_role_that_lambda_may_not_assume(lambdas: Lambdas) -> None:
    statement = {"Effect": "Allow", "Principal": {"Service": "states.amazonaws.com"}, "Action": "sts:AssumeRole"}
    role = lambdas.role(trust={"Version": "2012-10-17", "Statement": [statement]})
    for given in (role, role + "x"):
        code, text = refused(lambda given=given: lambdas.function("", Role=given))  # type: ignore[misc]
        assert (code, text) == (
            "InvalidParameterValueException",
            "The role defined for the function cannot be assumed by Lambda.",
        )


def test_who_makes_a_function_must_be_allowed_to_pass_its_role(lambdas: Lambdas) -> None:
    user = f"u{next(NUMBER)}"
    arn = lambdas.iam.create_user(UserName=user)["User"]["Arn"]
    key = lambdas.iam.create_access_key(UserName=user)["AccessKey"]
    own = {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}
    api = client(lambdas.endpoint, "lambda", **own)
    role = lambdas.role()
    given = {"Runtime": "python3.12", "Handler": "f.handler", "Role": role, "Code": {"ZipFile": zipped("x = 1")}}

    def allowed(*actions: str) -> None:
        lambdas.iam.put_user_policy(UserName=user, PolicyName="p", PolicyDocument=allowing(*actions))

    allowed("lambda:*")
    text = f"User: {arn} is not authorized to perform: iam:PassRole on resource: {role} because no identity-based"
    found = refused(lambda: api.create_function(FunctionName=user, **given))
    assert found == ("AccessDeniedException", f"{text} policy allows the iam:PassRole action")
    allowed("lambda:*", "iam:PassRole")
    assert api.create_function(FunctionName=user, **given)["FunctionName"] == user
    api.close()
