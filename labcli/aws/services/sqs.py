"""Amazon SQS. Facts: its API Reference, the Service Authorization Reference, and its price page.

A batch needs the action of the single call. A FIFO request, the dearer one, counts for all.
"""

from __future__ import annotations

from labcli.aws.services.service import Service
from labcli.lab.model import Effect

SERVICE = Service(
    name="sqs",
    called="SQS",
    actions="sqs",
    reviewed=True,
    effects={
        "send_message": Effect.DATA,
        "send_message_batch": Effect.DATA,
        "receive_message": Effect.DATA,
        "delete_message": Effect.DATA,
        "delete_message_batch": Effect.DATA,
        "change_message_visibility": Effect.DATA,
        "change_message_visibility_batch": Effect.DATA,
        "purge_queue": Effect.DATA,
        "start_message_move_task": Effect.DATA,
        "cancel_message_move_task": Effect.DATA,
        "set_queue_attributes": Effect.CHANGE,
        "tag_queue": Effect.CHANGE,
        "untag_queue": Effect.CHANGE,
        "add_permission": Effect.CHANGE,
        "remove_permission": Effect.CHANGE,
        "create_queue": Effect.CREATE,
        "delete_queue": Effect.DELETE,
    },
    repeatable=frozenset({"receive_message"}),
    sends=frozenset({"send_message", "send_message_batch"}),
    objects={
        "*": "QueueUrl",
        "create_queue": "QueueName",
        "get_queue_url": "QueueName",
        "start_message_move_task": "SourceArn",
        "list_message_move_tasks": "SourceArn",
        "cancel_message_move_task": "TaskHandle",
    },
    by_a_value=frozenset({"TaskHandle"}),
    iam_actions={
        "send_message_batch": "sqs:SendMessage",
        "delete_message_batch": "sqs:DeleteMessage",
        "change_message_visibility_batch": "sqs:ChangeMessageVisibility",
    },
    implied={
        "sqs:CreateQueue": ("sqs:TagQueue",),
        # SQS Developer Guide, "Configuring queue permissions for dead-letter queue redrive"
        "sqs:StartMessageMoveTask": (
            "sqs:DeleteMessage",
            "sqs:GetQueueAttributes",
            "sqs:ReceiveMessage",
            "sqs:SendMessage",
        ),
    },
    any_resource=frozenset({"sqs:ListQueues"}),
    arns=("arn:{partition}:sqs:{region}:{account}:labcli-*",),
    price=0.50,
)
