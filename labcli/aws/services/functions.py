"""AWS Lambda. Facts: its API Reference, the Service Authorization Reference, and its price page.

What a mapping polls costs what SQS asks for a request.
"""

from __future__ import annotations

from labcli.aws.services.service import Service
from labcli.aws.services.sqs import SERVICE as SQS
from labcli.lab.model import Effect
from labcli.rules import roles

POLLS = 900
"""Receives that a mapping makes in an hour without being asked: five pollers, each waits 20 s (Lambda, SQS scaling)."""

INVOCATION = 0.20 + 0.25 * 16.67
"""A million invocations in US dollars: the request, and 256 MB for a second."""

SERVICE = Service(
    name="lambda",
    called="Lambda",
    actions="lambda",
    principal=roles.LAMBDA,
    reviewed=True,
    effects={
        "invoke": Effect.DATA,
        "add_permission": Effect.CHANGE,
        "remove_permission": Effect.CHANGE,
        "update_function_code": Effect.CHANGE,
        "update_function_configuration": Effect.CHANGE,
        "put_function_concurrency": Effect.CHANGE,
        "delete_function_concurrency": Effect.CHANGE,
        "put_function_event_invoke_config": Effect.CHANGE,
        "update_event_source_mapping": Effect.CHANGE,
        "create_function": Effect.CREATE,
        "create_event_source_mapping": Effect.CREATE,
        "delete_function": Effect.DELETE,
        "delete_event_source_mapping": Effect.DELETE,
    },
    objects={
        "*": "FunctionName",
        "create_event_source_mapping": "",
        "update_event_source_mapping": "UUID",
        "delete_event_source_mapping": "UUID",
        "get_event_source_mapping": "UUID",
    },
    iam_actions={"invoke": "lambda:InvokeFunction"},
    implied={
        "lambda:CreateFunction": ("lambda:TagResource",),
        "lambda:CreateEventSourceMapping": ("lambda:TagResource",),
    },
    passes=frozenset({"lambda:CreateFunction"}),
    any_resource=frozenset(
        {
            "lambda:CreateEventSourceMapping",
            "lambda:GetEventSourceMapping",
            "lambda:ListEventSourceMappings",
            "lambda:ListFunctions",
        }
    ),
    arns=(
        "arn:{partition}:lambda:{region}:{account}:function:labcli-*",
        "arn:{partition}:lambda:{region}:{account}:event-source-mapping:*",
    ),
    sets_going={"invocations": INVOCATION, "polls": SQS.price},
)
