"""Amazon SNS. Facts: its API Reference, the Service Authorization Reference, and its price page.

A FIFO request, the dearer one, counts for all.
"""

from __future__ import annotations

from labcli.aws.services.service import Service
from labcli.lab.model import Effect

SERVICE = Service(
    name="sns",
    called="SNS",
    actions="sns",
    principal="sns.amazonaws.com",
    reviewed=True,
    effects={
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
    sends=frozenset({"publish", "publish_batch"}),
    objects={
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
    iam_actions={"publish_batch": "sns:Publish"},
    implied={"sns:CreateTopic": ("sns:TagResource",)},
    any_resource=frozenset(
        {
            "sns:GetSubscriptionAttributes",
            "sns:ListSubscriptions",
            "sns:ListTopics",
            "sns:SetSubscriptionAttributes",
            "sns:Unsubscribe",
        }
    ),
    arns=("arn:{partition}:sns:{region}:{account}:labcli-*",),
    price=0.50,
)
