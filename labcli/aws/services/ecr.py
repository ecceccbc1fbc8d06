"""Amazon ECR: a read of it hands out a secret. Facts: its API Reference, GetAuthorizationToken."""

from __future__ import annotations

from labcli.aws.services.service import Service

SERVICE = Service(
    name="ecr",
    called="ECR",
    actions="ecr",
    no_reads=frozenset({"get_authorization_token"}),
)
