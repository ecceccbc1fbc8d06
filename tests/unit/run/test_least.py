"""The policy of a trail: each action on what it was used on."""

from __future__ import annotations

from typing import Any

import pytest

from labcli.aws.catalog import BotoCatalog
from labcli.aws.trail import TrailCall
from labcli.run.plan.least import calls_without_rights, least_policy

ANY_Q = "arn:aws:sqs:*:*:q"
HERE = "eu-central-2:123456789012"


def call(service: str, operation: str, status: int = 200, error: str = "", **params: Any) -> TrailCall:
    return TrailCall(
        1,
        0.0,
        "boto3",
        "arn:aws:iam::123456789012:root",
        "eu-central-2",
        service,
        operation,
        params,
        status,
        error,
        "",
        {},
    )


def rights(*calls: TrailCall) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for statement in least_policy(calls, BotoCatalog())["Statement"]:
        for action in statement["Action"]:
            about = statement.get("Condition", {}).get("StringEquals", {}).get("iam:PassedToService", "")
            found[f"{action} {about}".strip()] = statement["Resource"]
    return found


@pytest.mark.parametrize(
    ("made", "needs"),
    [
        (call("sqs", "send_message", QueueUrl="http://127.0.0.1:1/123/q"), {"sqs:SendMessage": "arn:aws:sqs:*:*:q"}),
        (call("sqs", "send_message_batch", QueueUrl="http://h/1/q"), {"sqs:SendMessage": "arn:aws:sqs:*:*:q"}),
        (call("sqs", "create_queue", QueueName="q"), {"sqs:CreateQueue": "arn:aws:sqs:*:*:q"}),
        (
            call("sqs", "create_queue", QueueName="q", tags={"a": "b"}),
            {"sqs:CreateQueue": "arn:aws:sqs:*:*:q", "sqs:TagQueue": "arn:aws:sqs:*:*:q"},
        ),
        (call("sqs", "list_queues"), {"sqs:ListQueues": "*"}),
        (call("sns", "publish", TopicArn=f"arn:aws:sns:{HERE}:t"), {"sns:Publish": "arn:aws:sns:*:*:t"}),
        (call("sns", "create_topic", Name="t"), {"sns:CreateTopic": "arn:aws:sns:*:*:t"}),
        (call("sns", "subscribe", TopicArn=f"arn:aws:sns:{HERE}:t"), {"sns:Subscribe": "arn:aws:sns:*:*:t"}),
        (call("lambda", "invoke", FunctionName="f"), {"lambda:InvokeFunction": "arn:aws:lambda:*:*:function:f"}),
        (
            call("lambda", "create_function", FunctionName="f", Role="arn:aws:iam::123456789012:role/r"),
            {
                "lambda:CreateFunction": "arn:aws:lambda:*:*:function:f",
                "iam:PassRole lambda.amazonaws.com": "arn:aws:iam::*:role/r",
            },
        ),
        (call("lambda", "delete_event_source_mapping", UUID="u"),
         {"lambda:DeleteEventSourceMapping": "arn:aws:lambda:*:*:event-source-mapping:u"}),
        (call("iam", "create_role", RoleName="r"), {"iam:CreateRole": "arn:aws:iam::*:role/r"}),
        (
            call("stepfunctions", "create_state_machine", name="m", roleArn="arn:aws:iam::123456789012:role/r"),
            {
                "states:CreateStateMachine": "arn:aws:states:*:*:stateMachine:m",
                "iam:PassRole states.amazonaws.com": "arn:aws:iam::*:role/r",
            },
        ),
        (
            call("stepfunctions", "describe_execution", executionArn=f"arn:aws:states:{HERE}:execution:m:e"),
            {"states:DescribeExecution": "arn:aws:states:*:*:execution:m:e"},
        ),
        (call("logs", "delete_log_group", logGroupName="/aws/lambda/f"),
         {"logs:DeleteLogGroup": "arn:aws:logs:*:*:log-group:/aws/lambda/f*"}),
        (call("sts", "get_caller_identity"), {"sts:GetCallerIdentity": "*"}),
        (call("sqs", "delete_queue", 400, "AWS.SimpleQueueService.NonExistentQueue", QueueUrl="http://h/1/q"), {}),
        (call("sqs", "delete_queue", 403, "AccessDenied", QueueUrl="u://h/q"), {"sqs:DeleteQueue": ANY_Q}),
        (call("nowhere", "act"), {}),
    ],
)  # fmt: skip
def test_a_call_needs_its_action_on_what_it_was_used_on(made: TrailCall, needs: dict[str, Any]) -> None:
    assert rights(made) == needs


def test_actions_on_the_same_things_are_one_statement() -> None:
    calls = [call("sqs", each, QueueUrl="http://h/1/q") for each in ("send_message", "receive_message", "send_message")]
    (statement,) = least_policy(calls, BotoCatalog())["Statement"]
    assert statement == {
        "Effect": "Allow", "Action": ["sqs:ReceiveMessage", "sqs:SendMessage"], "Resource": "arn:aws:sqs:*:*:q",
    }  # fmt: skip


def test_what_no_model_knows_is_counted() -> None:
    assert calls_without_rights([call("nowhere", "act"), call("sqs", "list_queues")], BotoCatalog()) == 1
