"""The services that labcli knows, by boto3's names: one file a service, one line here."""

from __future__ import annotations

from collections.abc import Mapping

from labcli.aws.services.service import Service
from labcli.byword import ByWord

SERVICES: Mapping[str, Service] = ByWord(
    __name__,
    {
        "sqs": ("sqs", "SERVICE"),
        "sns": ("sns", "SERVICE"),
        "lambda": ("functions", "SERVICE"),
        "stepfunctions": ("states", "SERVICE"),
        "logs": ("logs", "SERVICE"),
        "iam": ("iam", "SERVICE"),
        "resourcegroupstaggingapi": ("tagging", "SERVICE"),
        "sts": ("sts", "SERVICE"),
        "cloudwatch": ("cloudwatch", "SERVICE"),
        "cognito-identity": ("cognito_identity", "SERVICE"),
        "ecr": ("ecr", "SERVICE"),
        "secretsmanager": ("secretsmanager", "SERVICE"),
    },
    as_is=True,
)


def service_of(name: str) -> Service:
    """What is known of a service; of one that no file is about, its name."""
    return SERVICES[name] if name in SERVICES else Service(name)
