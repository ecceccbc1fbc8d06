"""The Resource Groups Tagging API. Facts: its API Reference and the Service Authorization Reference."""

from __future__ import annotations

from labcli.aws.services.service import Service

SERVICE = Service(
    name="resourcegroupstaggingapi",
    called="the tagging API",
    actions="tag",
    reviewed=True,
    any_resource=frozenset({"tag:GetResources"}),
)
