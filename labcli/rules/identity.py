"""Policies of IAM: what a role or a user may do, and who may assume a role. What AWS refuses in them, in its words.

Facts: IAM User Guide, "IAM JSON policy elements reference". The sentences (MalformedPolicyDocument) are reported word
for word in public.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any

from labcli.rules.finding import Finding

_ARN = re.compile(r"(arn|\*|\$\{[^}]*\})[^:]*:.*", re.DOTALL)
_SERVICE = re.compile(r"[a-z0-9.-]+\.(amazonaws\.com(\.cn)?|aws\.internal)", re.ASCII)
_NO_SERVICES = frozenset({"stepfunctions", "step-functions", "stepfunction", "step-function", "sfn"})
"""What people take for the name of Step Functions, which is ``states``. Of others AWS alone knows which there are."""
_EFFECTS = ("Allow", "Deny")


class Code(StrEnum):
    """The rules of these policies."""

    SYNTAX = "syntax"
    PRINCIPAL = "principal"
    SERVICE = "service"
    ACTION = "action"
    RESOURCE = "resource"


def policy(document: Any) -> Iterator[Finding]:
    """What AWS refuses in a policy of a role, a user or a group, or in a managed one."""
    if not (statements := _statements(document)):
        yield Finding(Code.SYNTAX, "Syntax errors in policy.", (), document)
    for index, statement in enumerate(statements):
        path = ("Statement", index)
        if not statement.keys().isdisjoint({"Principal", "NotPrincipal"}):
            yield Finding(Code.PRINCIPAL, "Policy document should not specify a principal.", path)
        if not (actions := _either(statement, "Action")):
            yield Finding(Code.ACTION, "Policy statement must contain actions.", path)
        for action in actions:
            if action != "*" and ":" not in str(action):
                said = "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."
                yield Finding(Code.ACTION, said, path, action)
        if not (resources := _either(statement, "Resource")):
            yield Finding(Code.RESOURCE, "Policy statement must contain resources.", path)
        for resource in resources:
            if resource != "*" and not _ARN.fullmatch(str(resource)):
                yield Finding(Code.RESOURCE, f'Resource {resource} must be in ARN format or "*".', path, resource)


def trust(document: Any) -> Iterator[Finding]:
    """What AWS refuses in the policy that says who may assume a role."""
    if not (statements := _statements(document)):
        yield Finding(Code.SYNTAX, "This policy contains invalid Json", (), document)
    for index, statement in enumerate(statements):
        path = ("Statement", index)
        if not statement.keys().isdisjoint({"Resource", "NotResource"}):
            yield Finding(Code.RESOURCE, "Has prohibited field Resource", path)
        if not (actions := _either(statement, "Action")):
            yield Finding(Code.ACTION, "Missing required field Action", path)
        elif any(not str(each).lower().startswith("sts:") for each in actions):
            said = "AssumeRole policy may only specify STS AssumeRole actions."
            yield Finding(Code.ACTION, said, path, actions)
        if statement.keys().isdisjoint({"Principal", "NotPrincipal"}):
            yield Finding(Code.PRINCIPAL, "Missing required field Principal", path)
        elif "NotPrincipal" not in statement and not statement["Principal"]:
            yield Finding(Code.PRINCIPAL, "Missing required field Principal cannot be empty!", path)
        for service in unknown_services(statement.get("Principal")):
            yield Finding(Code.SERVICE, f'Invalid principal in policy: "SERVICE":"{service}"', path, service)


def unknown_services(principal: Any) -> list[str]:
    """Services that a Principal names and that there are not."""
    named = _several(principal.get("Service")) if isinstance(principal, Mapping) else []
    return [str(each) for each in named if not _is_service(str(each))]


def _is_service(name: str) -> bool:
    return _SERVICE.fullmatch(name) is not None and name.partition(".")[0] not in _NO_SERVICES


def _statements(document: Any) -> list[Mapping[str, Any]]:
    """The statements of a policy or of its text; none when it is no policy."""
    if isinstance(document, str):
        try:
            document = json.loads(document)
        except (ValueError, RecursionError):
            return []
    found = _several(document.get("Statement")) if isinstance(document, Mapping) else []
    right = all(isinstance(each, Mapping) and each.get("Effect") in _EFFECTS for each in found)
    return found if right else []


def _either(statement: Mapping[str, Any], name: str) -> list[Any]:
    return _several(statement.get(name)) or _several(statement.get(f"Not{name}"))


def _several(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]
