"""AWS Identity and Access Management. Facts: its API Reference and the Service Authorization Reference."""

from __future__ import annotations

from labcli.aws.services.service import Service
from labcli.lab.model import Effect

SERVICE = Service(
    name="iam",
    called="IAM",
    actions="iam",
    reviewed=True,
    global_=True,
    effects={
        "put_role_policy": Effect.CHANGE,
        "delete_role_policy": Effect.CHANGE,
        "detach_role_policy": Effect.CHANGE,
        "create_role": Effect.CREATE,
        "delete_role": Effect.DELETE,
    },
    objects={"*": "RoleName"},
    implied={"iam:CreateRole": ("iam:TagRole",)},
    any_resource=frozenset({"iam:ListAccountAliases", "iam:ListRoles"}),
    arns=("arn:{partition}:iam::{account}:role/labcli-*",),
)
