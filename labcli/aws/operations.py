"""What AWS operations do, reviewed by hand: the one table that says what a lab's ``do`` may call.

An operation that is neither here nor plainly a read (``get_``, ``list_``, ``describe_``, ``head_``) has no known
effect, and labcli refuses it: it could create something that nobody would take away.
"""

from __future__ import annotations

from labcli.lab.model import Effect

READ_PREFIXES = ("get_", "list_", "describe_", "head_")

EFFECTS: dict[str, dict[str, Effect]] = {
    "sqs": {
        "send_message": Effect.DATA,
        "send_message_batch": Effect.DATA,
        "receive_message": Effect.DATA,
        "delete_message": Effect.DATA,
        "delete_message_batch": Effect.DATA,
        "change_message_visibility": Effect.DATA,
        "change_message_visibility_batch": Effect.DATA,
        "purge_queue": Effect.DATA,
        "set_queue_attributes": Effect.CHANGE,
        "tag_queue": Effect.CHANGE,
        "untag_queue": Effect.CHANGE,
        "add_permission": Effect.CHANGE,
        "remove_permission": Effect.CHANGE,
        "create_queue": Effect.CREATE,
        "delete_queue": Effect.DELETE,
    },
    "sns": {
        "publish": Effect.DATA,
        "publish_batch": Effect.DATA,
        "set_topic_attributes": Effect.CHANGE,
        "set_subscription_attributes": Effect.CHANGE,
        "add_permission": Effect.CHANGE,
        "remove_permission": Effect.CHANGE,
        "tag_resource": Effect.CHANGE,
        "untag_resource": Effect.CHANGE,
        "create_topic": Effect.CREATE,
        "subscribe": Effect.CREATE,
        "unsubscribe": Effect.DELETE,
        "delete_topic": Effect.DELETE,
    },
    "lambda": {
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
    "stepfunctions": {
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
    "logs": {
        "filter_log_events": Effect.READ,
        "put_retention_policy": Effect.CHANGE,
        "create_log_group": Effect.CREATE,
        "delete_log_group": Effect.DELETE,
    },
    "iam": {
        "put_role_policy": Effect.CHANGE,
        "delete_role_policy": Effect.CHANGE,
        "create_role": Effect.CREATE,
        "delete_role": Effect.DELETE,
    },
}

OBJECTS: dict[str, dict[str, str]] = {
    "sqs": {"*": "QueueUrl", "create_queue": "QueueName", "get_queue_url": "QueueName"},
    "sns": {
        "*": "TopicArn",
        "create_topic": "Name",
        "subscribe": "",
        "unsubscribe": "SubscriptionArn",
        "set_subscription_attributes": "SubscriptionArn",
        "get_subscription_attributes": "SubscriptionArn",
        "tag_resource": "ResourceArn",
        "untag_resource": "ResourceArn",
        "list_tags_for_resource": "ResourceArn",
    },
    "lambda": {
        "*": "FunctionName",
        "create_event_source_mapping": "",
        "update_event_source_mapping": "UUID",
        "delete_event_source_mapping": "UUID",
        "get_event_source_mapping": "UUID",
    },
    "stepfunctions": {
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
    "logs": {"*": "logGroupName"},
    "iam": {"*": "RoleName"},
}
"""The parameter that names what an operation acts on; ``*`` is the service's usual one. Of a create it names what is
made; where AWS gives that no name, it is empty, and no lab may try it."""

BY_A_VALUE = frozenset({"executionArn", "taskToken"})
"""Parameters that name what no lab declares: an execution, or the task that waits in one. A saved value names those."""

IAM_ACTIONS: dict[str, dict[str, str]] = {
    # Service Authorization Reference, "Actions defined by Amazon SQS": a batch needs the action of the single call.
    "sqs": {
        "send_message_batch": "sqs:SendMessage",
        "delete_message_batch": "sqs:DeleteMessage",
        "change_message_visibility_batch": "sqs:ChangeMessageVisibility",
    },
    "sns": {"publish_batch": "sns:Publish"},
    "lambda": {"invoke": "lambda:InvokeFunction"},
    "resourcegroupstaggingapi": {"get_resources": "tag:GetResources"},
}

ANY_RESOURCE = frozenset(
    {
        "iam:ListAccountAliases",
        "iam:ListRoles",
        "lambda:CreateEventSourceMapping",
        "lambda:GetEventSourceMapping",
        "lambda:ListEventSourceMappings",
        "lambda:ListFunctions",
        "logs:DescribeLogGroups",
        "sns:GetSubscriptionAttributes",
        "sns:ListSubscriptions",
        "sns:ListTopics",
        "sns:SetSubscriptionAttributes",
        "sns:Unsubscribe",
        "sqs:ListQueues",
        "states:ListStateMachines",
        "states:SendTaskFailure",
        "states:SendTaskHeartbeat",
        "states:SendTaskSuccess",
        "states:ValidateStateMachineDefinition",
        "sts:GetCallerIdentity",
        "tag:GetResources",
    }
)
"""Actions that AWS allows on ``*`` only; of a task's answer, whose token names no resource, sources differ."""

REPEATABLE = frozenset({"sqs.receive_message"})
"""Beside reads, the calls that ``within`` may repeat."""


NO_READS = frozenset(
    {
        "cognito-identity.get_id",
        "ecr.get_authorization_token",
        "secretsmanager.get_secret_value",
        "stepfunctions.get_activity_task",
        "sts.get_federation_token",
        "sts.get_session_token",
    }
)
"""Called like reads, and none: they hand out a secret, or take a task from whoever waits for it."""


def effect_of(service: str, operation: str) -> Effect | None:
    """What the operation does, None when nobody has reviewed it."""
    known = EFFECTS.get(service, {}).get(operation)
    if known is None and operation.startswith(READ_PREFIXES) and f"{service}.{operation}" not in NO_READS:
        return Effect.READ
    return known


REVIEWED = frozenset(
    {"cloudwatch", "iam", "lambda", "logs", "resourcegroupstaggingapi", "sns", "sqs", "stepfunctions", "sts"}
)
"""Services whose ``get_``, ``list_`` and ``describe_`` operations were looked at: only those may be checks."""


def object_of(service: str, operation: str) -> str:
    """The parameter that names what the operation acts on, empty when unknown."""
    table = OBJECTS.get(service, {})
    return table.get(operation, table.get("*", ""))
