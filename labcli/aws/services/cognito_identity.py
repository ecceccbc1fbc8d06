"""Amazon Cognito: a read of it hands out an identity. Facts: its API Reference, GetId."""

from __future__ import annotations

from labcli.aws.services.service import Service

SERVICE = Service(
    name="cognito-identity",
    called="Cognito",
    actions="cognito-identity",
    no_reads=frozenset({"get_id"}),
)
