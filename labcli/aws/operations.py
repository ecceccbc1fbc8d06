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
}

OBJECTS: dict[str, dict[str, str]] = {
    "sqs": {"*": "QueueUrl", "create_queue": "QueueName", "get_queue_url": "QueueName"}
}
"""The parameter that names what an operation acts on; ``*`` is the service's usual one."""

IAM_ACTIONS: dict[str, dict[str, str]] = {
    # Service Authorization Reference, "Actions defined by Amazon SQS": a batch needs the action of the single call.
    "sqs": {
        "send_message_batch": "sqs:SendMessage",
        "delete_message_batch": "sqs:DeleteMessage",
        "change_message_visibility_batch": "sqs:ChangeMessageVisibility",
    },
}

ANY_RESOURCE = frozenset({"sqs:ListQueues", "sts:GetCallerIdentity", "iam:ListAccountAliases"})
"""Actions that AWS allows on ``*`` only."""

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


REVIEWED = frozenset({"cloudwatch", "iam", "lambda", "logs", "sns", "sqs", "stepfunctions", "sts"})
"""Services whose ``get_``, ``list_`` and ``describe_`` operations were looked at: only those may be checks."""


def object_of(service: str, operation: str) -> str:
    """The parameter that names what the operation acts on, empty when unknown."""
    table = OBJECTS.get(service, {})
    return table.get(operation, table.get("*", ""))
