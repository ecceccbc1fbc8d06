"""Amazon CloudWatch Logs. Facts: its API Reference and the Service Authorization Reference."""

from __future__ import annotations

from labcli.aws.services.service import Service
from labcli.lab.model import Effect

SERVICE = Service(
    name="logs",
    called="CloudWatch Logs",
    actions="logs",
    reviewed=True,
    effects={
        "filter_log_events": Effect.READ,
        "put_retention_policy": Effect.CHANGE,
        "create_log_group": Effect.CREATE,
        "delete_log_group": Effect.DELETE,
    },
    objects={"*": "logGroupName"},
    implied={"logs:CreateLogGroup": ("logs:TagResource",)},
    any_resource=frozenset({"logs:DescribeLogGroups"}),
    arns=(
        "arn:{partition}:logs:{region}:{account}:log-group:/aws/lambda/labcli-*",
        "arn:{partition}:logs:{region}:{account}:log-group:/aws/lambda/labcli-*:*",
    ),
)
