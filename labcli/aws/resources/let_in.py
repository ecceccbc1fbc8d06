"""The permission that SNS needs to deliver: a statement of a queue's policy, or of a function's.

Facts of AWS: SNS Developer Guide, "Fanout to Amazon SQS queues" and "Fanout to Lambda functions"; SQS and Lambda API
References, SetQueueAttributes and AddPermission (botocore 1.43). A topic has no role: what it may reach, they say.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from labcli.aws.resources.grants import policy
from labcli.aws.services.sns import SERVICE
from labcli.context import Aws
from labcli.errors import AwsError, LabcliError
from labcli.lab.model import Call, Effect, Planned

SNS = SERVICE.principal
_THERE = "ResourceConflictException"
_ALREADY = "already exists"
"""Of a statement, in AWS's words: "The statement id (x) provided already exists". Another conflict is a change that is
under way, and then nothing was written."""


def statement(sid: str, queue_arn: str, topic_arn: str) -> dict[str, Any]:
    """Let SNS send to this queue, on behalf of this topic only."""
    return {
        "Sid": sid, "Effect": "Allow", "Principal": {"Service": SNS}, "Action": "sqs:SendMessage",
        "Resource": queue_arn, "Condition": {"ArnEquals": {"aws:SourceArn": topic_arn}},
    }  # fmt: skip


def into_queue(aws: Aws, url: str, one: Mapping[str, Any]) -> None:
    """Add a statement to a queue's policy, in the place of one with the same Sid; all others stay. AwsError."""
    asked = {"QueueUrl": url, "AttributeNames": ["Policy"]}
    held = aws.call("sqs", "get_queue_attributes", asked).get("Attributes", {}).get("Policy")
    document = _document(held) if held else policy([])
    others = [each for each in _statements(document) if each.get("Sid") != one["Sid"]]
    changed = json.dumps({**document, "Statement": [*others, one]})
    aws.call("sqs", "set_queue_attributes", {"QueueUrl": url, "Attributes": {"Policy": changed}})


def _document(held: str) -> dict[str, Any]:
    try:
        found = json.loads(held)
    except ValueError:
        found = None
    if not isinstance(found, dict):  # never seen; writing over what nobody understands would be worse
        raise LabcliError("the queue's policy cannot be read, so nothing was added to it", f"It says: {held:.200}")
    return found


def _statements(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    held = document.get("Statement", [])
    return [held] if isinstance(held, dict) else list(held)


def into_function(aws: Aws, name: str, sid: str, topic_arn: str) -> None:
    """Let SNS invoke this function on behalf of this topic only; nothing happens when it may already. AwsError."""
    params = _invoke(name, sid, topic_arn)
    try:
        aws.call("lambda", "add_permission", params)
    except AwsError as error:
        if _THERE not in error.names or _ALREADY not in error.aws_message:
            raise


def _invoke(name: str, sid: str, topic_arn: str) -> dict[str, Any]:
    return {
        "FunctionName": name, "StatementId": sid, "Action": "lambda:InvokeFunction", "Principal": SNS,
        "SourceArn": topic_arn,
    }  # fmt: skip


def shape_of_queue(queue: str) -> list[Planned]:
    """Read the queue's policy, write it with one statement more."""
    url = f"${{{queue}.url}}"
    changed = {"QueueUrl": url, "Attributes": {"Policy": "${policy}"}}
    return [
        Planned(Call("sqs", "get_queue_attributes", {"QueueUrl": url, "AttributeNames": ["Policy"]})),
        Planned(Call("sqs", "set_queue_attributes", changed), effect=Effect.CHANGE),
    ]


def shape_of_function(function: str, sid: str, topic: str) -> list[Planned]:
    """Add a statement to the function's policy."""
    params = _invoke(f"${{{function}.name}}", sid, f"${{{topic}.arn}}")
    return [Planned(Call("lambda", "add_permission", params), effect=Effect.CHANGE)]
