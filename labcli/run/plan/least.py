"""The IAM policy that calls need which somebody made by hand: each action on what it was used on, and on nothing else.

Of the calls those count that went well, or that a right was missing for. Accounts and regions are ``*``: what was tried
on the local AWS is to be allowed on another.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from labcli.aws.client import DENIED
from labcli.aws.loader import partition_of
from labcli.aws.services import service_of
from labcli.aws.services.service import Service
from labcli.aws.trail import TrailCall
from labcli.lab.aws import Catalog
from labcli.run.plan.policy import one_or_many, passed_to

_OURS = "labcli-*"
"""What the names of labcli's own end with, in the ARNs of the services: here stands what was used."""
_ROLES = ("Role", "roleArn")


def least_policy(calls: Iterable[TrailCall], catalog: Catalog) -> dict[str, Any]:
    """The policy. Without a statement when no call needs a right."""
    needed: dict[str, set[str]] = {}
    passed: dict[str, set[str]] = {}
    for call in calls:
        if not (call.ok or call.error in DENIED):
            continue
        known = catalog.operation(call.service, call.operation)
        if known is None:
            continue
        action, service = known.iam_action, service_of(call.service)
        for each, arns in _rights(call, action, service):
            needed.setdefault(each, set()).update(arns)
        if action in service.passes:
            for to in passed_to({action}):
                passed.setdefault(to, set()).update(_roles(call))
    statements = [_statement(actions, arns) for arns, actions in _by_arns(needed).items()]
    for to, arns in sorted(passed.items()):
        condition = {"StringEquals": {"iam:PassedToService": to}}
        statements.append({**_statement(["iam:PassRole"], tuple(sorted(arns))), "Condition": condition})
    return {"Version": "2012-10-17", "Statement": statements}


def _rights(call: TrailCall, action: str, service: Service) -> Iterable[tuple[str, set[str]]]:
    """The actions of a call, each with what it is limited to."""
    used = _arns(call, action, service)
    yield action, used
    tags = any(name.lower() == "tags" and value for name, value in call.params.items())
    for more in service.implied.get(action, ()):
        if "Tag" in more.partition(":")[2]:  # who gives no tags needs no right to tag
            if tags:
                yield more, used
        elif more.endswith(":SendMessage"):  # a redrive sends to where it is told to, or to where each came from
            to = call.params.get("DestinationArn")
            yield more, {_anywhere(to)} if isinstance(to, str) else {_of_service(call, service, "*")}
        else:
            yield more, used


def _arns(call: TrailCall, action: str, service: Service) -> set[str]:
    if action in service.any_resource or not service.arns:
        return {"*"}
    used = call.resource
    if not used:
        return {"*"}
    if used.startswith("arn:"):
        return {_anywhere(used)}
    return {_of_service(call, service, used.rpartition("/")[2] if "://" in used else used)}


def _of_service(call: TrailCall, service: Service, name: str) -> str:
    """The ARN of a thing by its name: what the service's first one begins with, and the name."""
    start = service.arns[0].partition(_OURS)[0]
    if "/" in name:  # a log group's name is a path, and the services' ARN has a part of it
        start = start.removesuffix("/aws/lambda/")
    ends = "*" if service.name == "logs" else ""
    if service.name == "lambda" and call.params.get("UUID") == name:
        start = service.arns[1].removesuffix("*")
    return start.format(partition=partition_of(call.region)[0], region="*", account="*") + name + ends


def _anywhere(arn: str) -> str:
    """The same thing in any account and region."""
    parts = arn.split(":", 5)
    if len(parts) < 6:
        return "*"
    return ":".join([*parts[:3], "*" if parts[3] else "", "*", parts[5]])


def _roles(call: TrailCall) -> set[str]:
    return {_anywhere(arn) for name in _ROLES if isinstance(arn := call.params.get(name), str)}


def _by_arns(needed: Mapping[str, set[str]]) -> dict[tuple[str, ...], list[str]]:
    """Actions on the same things in one statement, of one service."""
    found: dict[tuple[str, ...], list[str]] = {}
    for action in sorted(needed):
        arns = ("*",) if "*" in needed[action] else tuple(sorted(needed[action]))
        found.setdefault(arns, []).append(action)
    return found


def _statement(actions: list[str], arns: tuple[str, ...]) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": actions, "Resource": one_or_many(arns)}


def calls_without_rights(calls: Iterable[TrailCall], catalog: Catalog) -> int:
    """How many calls no model knows, so that nobody can say which right they need."""
    return sum(catalog.operation(call.service, call.operation) is None for call in calls)
