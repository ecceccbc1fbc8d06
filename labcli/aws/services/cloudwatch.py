"""Amazon CloudWatch: a lab may read its metrics. Facts: the Service Authorization Reference."""

from __future__ import annotations

from labcli.aws.services.service import Service

SERVICE = Service(
    name="cloudwatch",
    called="CloudWatch",
    actions="cloudwatch",
    reviewed=True,
)
