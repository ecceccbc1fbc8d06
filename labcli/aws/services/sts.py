"""AWS Security Token Service. Facts: its API Reference and the Service Authorization Reference."""

from __future__ import annotations

from labcli.aws.services.service import Service

SERVICE = Service(
    name="sts",
    called="STS",
    actions="sts",
    reviewed=True,
    no_reads=frozenset({"get_federation_token", "get_session_token"}),
    any_resource=frozenset({"sts:GetCallerIdentity"}),
)
