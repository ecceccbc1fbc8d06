"""Roles of IAM: their names, who may assume them, and what AWS answers where one cannot be taken or passed on.

Facts: IAM User Guide, "AWS JSON policy elements: Principal" and "Grant a user permissions to pass a role"; IAM quotas.
Texts marked R are recorded from AWS.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from labcli.rules import access

LAMBDA, STATES = "lambda.amazonaws.com", "states.amazonaws.com"
"""The services that assume roles here, as a trust policy names them."""
LONGEST_NAME = 64
ARN = r"arn:(aws[a-zA-Z-]*)?:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+"
"""AWS's pattern for the ARN of a role."""
ASSUME = "sts:AssumeRole"
NOT_ASSUMED: Mapping[str, str] = {  # R
    LAMBDA: "The role defined for the function cannot be assumed by Lambda.",
    STATES: "Neither the global service principal states.amazonaws.com, nor the regional one is authorized "
    "to assume the provided role.",
}
"""What each service says of a role that it may not assume."""
OTHER_ACCOUNT = "Cross-account pass role is not allowed."


def trust(service: str) -> dict[str, Any]:
    """The trust policy that lets one service assume a role."""
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": ASSUME}
    return {"Version": "2012-10-17", "Statement": [statement]}


def is_arn(value: str) -> bool:
    """Whether it can be the ARN of a role."""
    return re.fullmatch(ARN, value, re.ASCII) is not None


def trusts(document: Any, service: str, region: str = "", holds: Callable[[Any], bool] = lambda _: True) -> bool:
    """Whether a trust policy, data or JSON text, lets the service assume the role; a deny beats an allow.

    The service may be named with its region (``states.eu-west-1.amazonaws.com``). ``holds`` decides about conditions.
    """
    effects = {
        statement.get("Effect")
        for statement in access.statements(document)
        if _names(statement, service, region) and holds(statement.get("Condition") or {})
    }
    return "Allow" in effects and "Deny" not in effects


def not_passed(who: str, role: str, denied: bool) -> str:
    """AWS's sentence to a caller who may not pass a role on. ``denied``: a policy says so."""
    why = "because no identity-based policy allows the iam:PassRole action"
    if denied:
        why = "with an explicit deny in an identity-based policy"
    return f"User: {who} is not authorized to perform: iam:PassRole on resource: {role} {why}"


def _names(statement: access.Statement, service: str, region: str) -> bool:
    """Whether a statement is about the service assuming the role."""
    known = {service} | ({service.replace(".", f".{region}.", 1)} if region else set())
    return access.of_action(statement, ASSUME) and any(access.of_principal(statement, each) for each in known)
