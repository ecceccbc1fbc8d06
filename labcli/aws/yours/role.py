"""A role of the learner's.

Compared: that the declared service may assume it, and where the lab declares ``may``: each right, and that it has no
other one. Its own policies count and those that are attached to it; how many, and what they are called, does not. A
role for Lambda may write logs in any case.
"""

from __future__ import annotations

from typing import Any

from labcli.aws.resources.calls import or_none
from labcli.aws.resources.role import GONE
from labcli.aws.yours import rights
from labcli.aws.yours.base import Live, Look, Plain, Seen, Want
from labcli.aws.yours.doors import called, no_service
from labcli.aws.yours.near import said_of_names
from labcli.rules import access, roles


class Role(Plain):
    """The kind ``role``."""

    def title(self, look: Look) -> str:
        """``flow_role is a role``."""
        return f"{look.name} is a role"

    def live(self, look: Look) -> Live | None:
        """All that AWS says of it, but for its policies."""
        found = or_none(look.aws, "iam", "get_role", {"RoleName": look.name}, GONE)
        return None if found is None else dict(found["Role"])

    def attributes(self, look: Look, live: Live) -> dict[str, str]:
        """Its ARN as AWS says it: a role may stand in a path."""
        return {"name": look.name, "arn": str(live["Arn"])}

    def near(self, look: Look) -> str:
        """What has nearly that name."""
        return said_of_names(look)

    def wants(self, look: Look) -> list[Want]:
        """Who may assume it, and what it may do."""
        found = [_assumed(look)]
        if "may" in look.spec.raw:
            world, props = rights.World(look.aws, look.resolve, look.declared), look.spec.props
            found += rights.rows(world, props.may, look.spec.name, lambda: look.name, props.service)
        return found

    def still(self, look: Look, live: Live) -> str:
        """That it is there, and what keeps it."""
        held = [f"`{each.name}`" for each in rights.rights_of(look.aws, look.name).policies]
        return f"`{look.name}` is still there" + (f"; a policy has to go first: {', '.join(held)}." if held else ".")


def _assumed(look: Look) -> Want:
    service = look.spec.props.service

    def judge(live: Live) -> Seen:
        document = live.get("AssumeRolePolicyDocument")
        trusted = _trusted(document)
        if roles.trusts(document, service, look.place.region):
            return Seen(True, ", ".join(trusted))
        return Seen(False, ", ".join(trusted), _mistrust(look.name, document, service))

    return Want(f"{called(service)} may assume it", service, judge)


def _trusted(document: Any) -> list[str]:
    return [each for one in access.statements(document) for each in access.services(one)]


def _mistrust(role: str, document: Any, service: str) -> str:
    right, trusted = f"{called(service)} is {service}", _trusted(document)
    if any(each.get("Effect") == "Deny" for each in access.statements(document)):
        return f"A Deny in the trust policy of `{role}` keeps {called(service)} out."
    if trusted and no_service(trusted[0]):
        return f"`{trusted[0]}` is no service; {right}."
    if service in trusted:
        return f"The trust policy of `{role}` names {called(service)}, but not the action {roles.ASSUME}."
    if trusted:
        return f"The role trusts {trusted[0]}; {right}."
    return f"The role trusts no service; {right}."
