"""AWS Step Functions. Facts: its API Reference, the Service Authorization Reference, and its price page.

Of a task's answer, whose token names no resource, sources differ: its actions are taken for such as go on ``*`` only.
"""

from __future__ import annotations

from labcli.aws.services.functions import INVOCATION
from labcli.aws.services.service import Service
from labcli.lab.model import Effect
from labcli.rules import roles

TRANSITIONS = 50
"""State transitions that are reckoned for one execution; 1,000 of them cost 2.5 cents (Step Functions pricing)."""

CALLS = 10
"""Invocations that are reckoned for one execution."""

SERVICE = Service(
    name="stepfunctions",
    called="Step Functions",
    actions="states",
    principal=roles.STATES,
    reviewed=True,
    effects={
        "start_execution": Effect.DATA,
        "start_sync_execution": Effect.DATA,
        "stop_execution": Effect.DATA,
        "redrive_execution": Effect.DATA,
        "send_task_success": Effect.DATA,
        "send_task_failure": Effect.DATA,
        "send_task_heartbeat": Effect.DATA,
        "validate_state_machine_definition": Effect.READ,
        "update_state_machine": Effect.CHANGE,
        "create_state_machine": Effect.CREATE,
        "delete_state_machine": Effect.DELETE,
    },
    no_reads=frozenset({"get_activity_task"}),
    objects={
        "*": "stateMachineArn",
        "create_state_machine": "name",
        "stop_execution": "executionArn",
        "redrive_execution": "executionArn",
        "describe_execution": "executionArn",
        "get_execution_history": "executionArn",
        "send_task_success": "taskToken",
        "send_task_failure": "taskToken",
        "send_task_heartbeat": "taskToken",
    },
    by_a_value=frozenset({"executionArn", "taskToken"}),
    implied={"states:CreateStateMachine": ("states:TagResource",)},
    passes=frozenset({"states:CreateStateMachine"}),
    any_resource=frozenset(
        {
            "states:ListStateMachines",
            "states:SendTaskFailure",
            "states:SendTaskHeartbeat",
            "states:SendTaskSuccess",
            "states:ValidateStateMachineDefinition",
        }
    ),
    arns=(
        "arn:{partition}:states:{region}:{account}:stateMachine:labcli-*",
        "arn:{partition}:states:{region}:{account}:execution:labcli-*:*",
    ),
    sets_going={"executions": TRANSITIONS * 25.0 + CALLS * INVOCATION},
)
