"""The kind ``role``: an IAM role with one inline policy, which a lab declares, or a function or a machine brings along.

Facts of AWS: the IAM API Reference, CreateRole, PutRolePolicy and DeleteRole (botocore 1.43). A role is global, does
not go while it holds a policy, its own or an attached one (DeleteConflict), and other services need seconds until they
know a new one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from labcli.aws.resources.base import PLANNED_TAGS, PREFIX, Fill, Found, Place, PlainKind, Row, Sheet
from labcli.aws.resources.calls import carries, or_none, or_there, pages, sweep_of, swept
from labcli.aws.resources.grants import Grant, check_may, policy, read_may, statements
from labcli.aws.services.functions import SERVICE as LAMBDA
from labcli.aws.services.service import Service
from labcli.aws.services.states import SERVICE as STATES
from labcli.context import Aws
from labcli.errors import AwsError
from labcli.lab.model import Call, Effect, Planned, ResourceSpec, Times
from labcli.lab.reader import Findings, Reader
from labcli.rules import roles

GONE = frozenset({"NoSuchEntity", "NoSuchEntityException"})
_THERE = frozenset({"EntityAlreadyExists", "EntityAlreadyExistsException"})
POLICY = "labcli"
"""The name of the inline policy that ``may`` becomes."""
LONGEST_OWNER = roles.LONGEST_NAME - len("labcli-") - 16 - 1 - 8 - 1 - len("-role")
"""Letters of a name whose role's name still has at most the 64 of IAM, whatever the lab's id is."""
LONGEST = LONGEST_OWNER + len("-role")
"""Letters of a role's own name in the lab."""
SERVICES: Mapping[str, Service] = {"lambda": LAMBDA, "states": STATES}
"""What may assume a role, by the word of a lab."""


@dataclass(frozen=True)
class RoleProps:
    """A role: the service that assumes it, and what it may do."""

    service: str
    may: tuple[Grant, ...] = ()
    logs_of: str = ""
    """The function into whose log group it may write."""


class Role(PlainKind):
    """The kind ``role``."""

    attributes: Mapping[str, str] = {"name": "name", "arn": "arn"}
    rank = 80
    arn_has = ":role/"
    gone = GONE

    def read(self, declaration: Reader) -> RoleProps:
        """Read ``{role: states, may: [invoke ProcessStep1, send orders]}``."""
        word = declaration.choice("role", SERVICES)
        if declaration.data.get("role") in (None, ""):
            said = f"a role says which service may assume it: {' or '.join(f'`{each}`' for each in SERVICES)}"
            declaration.findings.add(declaration.at("role"), said, key=True)
        return RoleProps(SERVICES[word].principal if word else "", read_may(declaration))

    def check(self, spec: ResourceSpec, others: Mapping[str, ResourceSpec], findings: Findings) -> None:
        """Its name fits, what it may do exists. Of one that came along, its owner is checked."""
        if spec.of:
            return
        check_may(spec.props.may, others, spec.where, findings)
        if len(spec.name) > LONGEST:
            said = f"a role's name is at most {LONGEST} letters: the name made of it may have {roles.LONGEST_NAME}"
            findings.add(spec.where, said, key=True)

    def aws_name(self, prefix: str, spec: ResourceSpec, others: Mapping[str, ResourceSpec]) -> str:
        """``labcli-wed-k3f9x2a7-ProcessStep1-role``, at most 64 characters."""
        return f"{prefix}-{spec.name.replace('.', '-')}"

    def key_of(self, name: str) -> str:
        """``ProcessStep1.role``; of one that a lab declared, its name."""
        key = super().key_of(name)
        return key.removesuffix("-role") + ".role" if key.endswith("-role") else key

    def trust(self, props: RoleProps) -> dict[str, Any]:
        """Who may assume it."""
        return roles.trust(props.service)

    def document(self, props: RoleProps, fill: Fill) -> dict[str, Any] | None:
        """The inline policy, None when the role may do nothing."""
        found = statements(props.may, fill)
        if props.logs_of:
            logs = fill(f"${{{props.logs_of}.log_group_arn}}")
            actions = ["logs:CreateLogStream", "logs:PutLogEvents"]
            found.append({"Effect": "Allow", "Action": actions, "Resource": f"{logs}:*"})
        return policy(found) if found else None

    def shape(self, spec: ResourceSpec) -> list[Planned]:
        """Create it, write its policy, read the tags back."""
        name = {"RoleName": f"${{{spec.name}.name}}"}
        tags = [{"Key": key, "Value": value} for key, value in PLANNED_TAGS.items()]
        trust = json.dumps(self.trust(spec.props))
        calls = [
            Planned(
                Call("iam", "create_role", {**name, "AssumeRolePolicyDocument": trust, "Tags": tags}),
                effect=Effect.CREATE,
            )
        ]
        document = self.document(spec.props, lambda value: value)
        if document:
            params = {**name, "PolicyName": POLICY, "PolicyDocument": json.dumps(document)}
            calls.append(Planned(Call("iam", "put_role_policy", params), effect=Effect.CHANGE))
        return [
            *calls, Planned(Call("iam", "get_role", name), Times(1, 15)), Planned(Call("iam", "list_role_tags", name))
        ]  # fmt: skip

    def shape_of_delete(self, spec: ResourceSpec) -> list[Planned]:
        """Read it and its tags, take its policies off, delete it, and read it until it is gone."""
        name = {"RoleName": f"${{{spec.name}.name}}"}
        until = Times(0, 8, "it has none")
        own = Call("iam", "delete_role_policy", {**name, "PolicyName": POLICY})
        attached = Call("iam", "detach_role_policy", {**name, "PolicyArn": "${policy}"})
        return [
            Planned(Call("iam", "get_role", name), Times(2, 60, "it is gone")),
            Planned(Call("iam", "list_role_tags", name), Times(1, 60)),
            Planned(Call("iam", "list_role_policies", name), Times(1, 2)),
            Planned(own, until, Effect.CHANGE),
            Planned(Call("iam", "list_attached_role_policies", name), Times(1, 2)),
            Planned(attached, until, Effect.CHANGE),
            Planned(Call("iam", "delete_role", name), Times(1, 2), Effect.DELETE),
        ]

    def create(self, aws: Aws, name: str, spec: ResourceSpec, tags: Mapping[str, str], fill: Fill) -> dict[str, str]:
        """Create it with its tags and its policy. AwsError when AWS refuses."""
        trust = json.dumps(self.trust(spec.props))
        params = self.tagged({"RoleName": name, "AssumeRolePolicyDocument": trust}, tags)
        or_there(aws, "iam", "create_role", params, _THERE, lambda: carries(self.tags(aws, {"name": name}), tags))
        if document := self.document(spec.props, fill):
            put_policy(aws, name, POLICY, document)
        return {}

    def not_yet(self, error: AwsError) -> bool:
        """IAM itself may not know a new role for a second, when its policy is written or its tags are read."""
        return bool(error.names & (GONE | _THERE))

    def shape_of_write(self, role: str, props: RoleProps, until: Times) -> Planned:
        """The call that makes the inline policy of the role with this name as ``props`` say it."""
        named = {"RoleName": role, "PolicyName": POLICY}
        if self.document(props, lambda value: value) is None:
            return Planned(Call("iam", "delete_role_policy", named), until, Effect.CHANGE)
        return Planned(Call("iam", "put_role_policy", {**named, "PolicyDocument": "${policy}"}), until, Effect.CHANGE)

    def write(self, aws: Aws, name: str, props: RoleProps, fill: Fill) -> None:
        """Make the inline policy of a role that is there as ``props`` say it."""
        document = self.document(props, fill)
        write_policy(aws, name, json.dumps(document) if document else "")

    def tagged(self, params: Mapping[str, Any], tags: Mapping[str, str]) -> dict[str, Any]:
        """CreateRole takes a list of keys and values."""
        ours = [{"Key": key, "Value": value} for key, value in tags.items()]
        return {**params, "Tags": [*(params.get("Tags") or []), *ours]}

    def predict(self, name: str, place: Place) -> dict[str, str]:
        """Its name and its ARN."""
        return {"name": name, "arn": place.arn("iam", f"role/{name}")}

    def find(self, aws: Aws, known: Mapping[str, str]) -> dict[str, str] | None:
        """Whether it is there: its name tells the rest."""
        return None if or_none(aws, "iam", "get_role", {"RoleName": known["name"]}, GONE) is None else {}

    def tags(self, aws: Aws, known: Mapping[str, str]) -> dict[str, str]:
        found = aws.call("iam", "list_role_tags", {"RoleName": known["name"]})
        return {each["Key"]: each["Value"] for each in found.get("Tags", [])}

    def delete(self, aws: Aws, known: Mapping[str, str]) -> None:
        """Take every policy off, its own and those that somebody attached, then delete the role. What was attached
        stays whoever's it was."""
        name = known["name"]
        listed = or_none(aws, "iam", "list_role_policies", {"RoleName": name}, GONE)
        if listed is None:
            return
        for each in listed.get("PolicyNames", []):
            or_none(aws, "iam", "delete_role_policy", {"RoleName": name, "PolicyName": each}, GONE)
        attached = or_none(aws, "iam", "list_attached_role_policies", {"RoleName": name}, GONE) or {}
        for each in attached.get("AttachedPolicies", []):
            or_none(aws, "iam", "detach_role_policy", {"RoleName": name, "PolicyArn": each["PolicyArn"]}, GONE)
        or_none(aws, "iam", "delete_role", {"RoleName": name}, GONE)

    def sweep(self, aws: Aws) -> list[Found]:
        """Every role whose name starts with ours."""
        found: list[Found] = []
        for page in pages(aws, "iam", "list_roles", {}, ("Marker", "Marker")):
            for each in page.get("Roles", []):
                if (name := str(each["RoleName"])).startswith(PREFIX):
                    found += swept(aws, "role", self, {"name": name})
        return found

    def shape_of_sweep(self) -> list[Planned]:
        """The calls of a sweep."""
        each = {"RoleName": "${each}"}
        return sweep_of("iam", "list_roles", ("get_role", each), ("list_role_tags", each))

    def row(self, spec: ResourceSpec) -> Row:
        """Whose it is, or who may assume it, and what it may do."""
        may = ", ".join(map(str, spec.props.may))
        if spec.of:
            return Row(f"role of {spec.of}", may or "nothing but its log")
        called = next((each.called for each in SERVICES.values() if each.principal == spec.props.service), "nobody")
        return Row(f"role for {called}", f"may {may}" if may else "may do nothing")

    def sheet(self, aws: Aws, known: Mapping[str, str]) -> Sheet:
        """Who may assume it, and its policies."""
        name = known["name"]
        role = aws.call("iam", "get_role", {"RoleName": name})["Role"]
        facts = [("name", name), ("arn", str(role["Arn"]))]
        facts.append(("trusts", json.dumps(role.get("AssumeRolePolicyDocument", {}))))
        for each in aws.call("iam", "list_role_policies", {"RoleName": name}).get("PolicyNames", []):
            held = aws.call("iam", "get_role_policy", {"RoleName": name, "PolicyName": each})
            facts.append((f"policy {each}", json.dumps(held["PolicyDocument"])))
        for each in aws.call("iam", "list_attached_role_policies", {"RoleName": name}).get("AttachedPolicies", []):
            facts.append((f"attached {each['PolicyName']}", str(each["PolicyArn"])))
        return Sheet(tuple(facts))

    def by_hand(self, name: str, place: Place) -> str:
        """The aws commands that delete it: a role goes when it has no policy, neither its own nor an attached one."""
        role = f"--role-name {name}" + (f" --endpoint-url {place.endpoint}" if place.endpoint else "")
        own = f"$(aws iam list-role-policies {role} --query PolicyNames --output text)"
        named = "'AttachedPolicies[].PolicyArn'"
        attached = f"$(aws iam list-attached-role-policies {role} --query {named} --output text)"
        off, apart = (
            f"aws iam delete-role-policy {role} --policy-name",
            f"aws iam detach-role-policy {role} --policy-arn",
        )
        return (
            f"for p in {own}; do {off} $p; done; for p in {attached}; do {apart} $p; done; aws iam delete-role {role}"
        )


def without_role(attributes: Mapping[str, str]) -> dict[str, str]:
    """The attributes of what works with a role of the lab: it brings none."""
    return {name: what for name, what in attributes.items() if not name.startswith("role.")}


def put_policy(aws: Aws, role: str, name: str, document: Mapping[str, Any]) -> None:
    """Write an inline policy of a role. AwsError when IAM refuses."""
    params = {"RoleName": role, "PolicyName": name, "PolicyDocument": json.dumps(document)}
    aws.call("iam", "put_role_policy", params)


def policy_of(aws: Aws, role: str) -> str:
    """The role's inline policy as JSON text, empty when it has none."""
    try:
        held = aws.call("iam", "get_role_policy", {"RoleName": role, "PolicyName": POLICY})
    except AwsError as error:
        if error.names & GONE:
            return ""
        raise
    return json.dumps(held["PolicyDocument"])


def write_policy(aws: Aws, role: str, text: str) -> None:
    """Make the role's inline policy what the JSON text says, or take it off where that is empty."""
    if text:
        put_policy(aws, role, POLICY, json.loads(text))
    else:
        or_none(aws, "iam", "delete_role_policy", {"RoleName": role, "PolicyName": POLICY}, GONE)
