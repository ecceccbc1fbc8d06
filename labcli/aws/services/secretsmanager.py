"""AWS Secrets Manager: a read of it hands out a secret. Facts: its API Reference, GetSecretValue."""

from __future__ import annotations

from labcli.aws.services.service import Service

SERVICE = Service(
    name="secretsmanager",
    called="Secrets Manager",
    actions="secretsmanager",
    no_reads=frozenset({"get_secret_value"}),
)
