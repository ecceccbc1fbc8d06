"""What a role may do, by its own policies and those that are attached to it, and what to say of it.

Only the role's policies count: what a queue's own policy lets in is no right of the role. ``rules/access`` judges.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from labcli.aws.resources.base import PREFIX
from labcli.aws.resources.calls import pages
from labcli.aws.resources.grants import LOGS, WORDS, Grant
from labcli.aws.resources.role import GONE, POLICY
from labcli.aws.yours.base import Live, Resolve, Seen, Want, value_of
from labcli.aws.yours.doors import door, real_action, wrong_resource
from labcli.aws.yours.words import last_of
from labcli.context import Aws
from labcli.errors import AwsError
from labcli.lab.model import ResourceSpec
from labcli.lab.refs import NoSuchValue
from labcli.rules import access, roles

_MARKER = ("Marker", "Marker")
_KINDS = {"lambda": "function", "sqs": "queue", "sns": "topic", "states": "machine", "logs": "log group"}


class Policy(NamedTuple):
    """One policy of a role."""

    name: str
    statements: list[access.Statement]


class Rights(NamedTuple):
    """A role and all of its policies."""

    role: str
    """Its AWS name."""
    policies: tuple[Policy, ...]

    @property
    def statements(self) -> list[access.Statement]:
        """Those of all policies."""
        return [each for policy in self.policies for each in policy.statements]

    def may(self, grant: Grant, arn: str) -> bool:
        """Whether it has a right."""
        return all(access.allows(self.statements, each) for each in requests(grant, arn))


class World(NamedTuple):
    """Where rights are looked at: the way to AWS, and the lab's things."""

    aws: Aws
    resolve: Resolve
    declared: Mapping[str, ResourceSpec]

    def arn(self, grant: Grant) -> str:
        """The ARN that a grant is about. NoSuchValue."""
        return value_of(self.resolve, grant.to, WORDS[grant.word].attribute)

    def called(self, arn: str) -> str:
        """What the lab calls the thing with this ARN; a stranger is called as AWS calls it."""
        for name in self.declared:
            try:
                if self.resolve(name).get("arn") == arn:
                    return name
            except NoSuchValue:
                continue
        return last_of(arn)


def requests(grant: Grant, arn: str) -> Iterator[access.Request]:
    """What somebody asks who uses a grant."""
    for action in WORDS[grant.word].actions:
        whole = arn if grant.word != "log" or action == LOGS[0] else f"{arn}:log-stream:any"
        yield access.Request(action, whole)


def rights_of(aws: Aws, role: str) -> Rights:
    """The role's own policies, then the attached ones. NoSuchValue: there is no such role. AwsError."""
    name = {"RoleName": role}
    try:
        own = [each for page in pages(aws, "iam", "list_role_policies", name, _MARKER) for each in page["PolicyNames"]]
    except AwsError as error:
        if error.names & GONE:
            raise NoSuchValue(f"there is no role `{role}`") from error
        raise
    found = []
    for each in own:
        held = aws.call("iam", "get_role_policy", {**name, "PolicyName": each})
        found.append(Policy(each, access.statements(held["PolicyDocument"])))
    for page in pages(aws, "iam", "list_attached_role_policies", name, _MARKER):
        found += [_attached(aws, each) for each in page["AttachedPolicies"]]
    return Rights(role, tuple(found))


def _attached(aws: Aws, policy: Mapping[str, Any]) -> Policy:
    arn = {"PolicyArn": policy["PolicyArn"]}
    version = aws.call("iam", "get_policy", arn)["Policy"]["DefaultVersionId"]
    held = aws.call("iam", "get_policy_version", {**arn, "VersionId": version})["PolicyVersion"]
    return Policy(str(policy["PolicyName"]), access.statements(held["Document"]))


def why_not(world: World, rights: Rights, grant: Grant, who: str) -> str:
    """Why a role lacks a right: what its policies say, and what is wanted. ``who`` is its name in the lab."""
    arn = world.arn(grant)
    lacking = next(each for each in requests(grant, arn) if not access.allows(rights.statements, each))
    if access.decide(rights.statements, lacking) is access.Verdict.DENY:
        return f"A Deny in a policy of `{who}` forbids it to {grant.said}."
    if gone := _taken_away(world, rights, grant, who):
        return gone
    near = _near_statement(world, rights, grant, lacking)
    if near:
        return near
    if elsewhere := _elsewhere(world, rights, grant, who, arn):
        return elsewhere
    if not rights.policies:
        return f"`{who}` may do nothing: it has no policy."
    names = ", ".join(f"`{each.name}`" for each in rights.policies)
    return f"`{who}` may not {_of(grant)}: no policy of it says so (it has {names})."


def _of(grant: Grant) -> str:
    return f"{WORDS[grant.word].said} `{grant.to}`"


def _taken_away(world: World, rights: Rights, grant: Grant, who: str) -> str:
    """What to say of a right that labcli gave, and that is not there any more."""
    spec = world.declared.get(f"{who}.role") or world.declared.get(who)
    if spec is None or not rights.role.startswith(PREFIX) or grant not in getattr(spec.props, "may", ()):
        return ""
    if any(each.name == POLICY for each in rights.policies):
        return f"`{who}` may not {_of(grant)} any more: the policy `{POLICY}` was replaced."
    left = ", ".join(f"`{each.name}`" for each in rights.policies)
    also = f"; what is left is {left}." if left else "."
    return f"`{who}` may not {_of(grant)} any more: labcli's policy is gone{also}"


def _near_statement(world: World, rights: Rights, grant: Grant, lacking: access.Request) -> str:
    """What a policy says that has the action or the resource, but not both."""
    kind = WORDS[grant.word].kind
    for policy in rights.policies:
        for one in policy.statements:
            if one.get("Effect") != "Allow":
                continue
            if access.of_action(one, lacking.action):
                if not access.of_resource(one, lacking.resource):
                    resource = str((access.several(one.get("Resource")) or [""])[0])
                    return _other_thing(policy.name, grant, kind, resource)
                return f"The policy `{policy.name}` has a condition that does not hold."
            for action in map(str, access.several(one.get("Action"))):
                if real_action(action) == lacking.action:
                    return f"`{action}` is the call; the right is {lacking.action}."
    about = [
        (policy.name, str((access.several(one.get("Action")) or ["nothing"])[0]))
        for policy in rights.policies
        for one in policy.statements
        if one.get("Effect") == "Allow" and access.of_resource(one, lacking.resource) and one.get("Resource") != "*"
    ]
    if about:
        return f"The policy `{about[0][0]}` allows {about[0][1]} on `{grant.to}`; wanted is {lacking.action}."
    return ""


def _other_thing(policy: str, grant: Grant, kind: str, resource: str) -> str:
    if resource.startswith("arn:") and last_of(resource) != grant.to:
        return f"It may {WORDS[grant.word].said} `{last_of(resource)}`; wanted is `{grant.to}`."
    return wrong_resource(f"The policy `{policy}`", kind, grant.to, resource)


def _elsewhere(world: World, rights: Rights, grant: Grant, who: str, arn: str) -> str:
    """Another role that has the right, or a queue that lets the role in by itself."""
    for name, spec in world.declared.items():
        if spec.kind != "role" or name in (who, f"{who}.role"):
            continue
        try:
            other = rights_of(world.aws, value_of(world.resolve, name, "name"))
        except (NoSuchValue, AwsError):
            continue
        if other.role != rights.role and other.may(grant, arn) and grant not in spec.props.may:
            whose = f"of `{spec.of}`" if spec.of else f"`{name}`"
            return f"The role {whose} has that right; wanted is it on the role `{rights.role}`."
    if WORDS[grant.word].kind != "queue":
        return ""
    at = door(world.aws, world.resolve, world.declared, grant.to)
    account = arn.split(":")[4]
    principal = f"arn:aws:iam::{account}:role/{rights.role}"
    if all(access.allows(at.statements, each._replace(principal=principal)) for each in requests(grant, arn)):
        return f"The queue `{grant.to}` itself lets the role in; wanted is a right of the role."
    return ""


def too_much(world: World, rights: Rights, may: tuple[Grant, ...], who: str, logs: bool) -> str:
    """What to say of the first right that is not wanted, empty when there is none. ``logs``: it may write logs."""
    wanted: dict[str, set[str]] = {}
    for grant in may:
        arn = world.arn(grant)
        for action in WORDS[grant.word].actions:
            wanted.setdefault(action.lower(), set()).update({arn, f"{arn}:*"} if WORDS[grant.word].inside else {arn})
    if logs:
        wanted.update({action.lower(): _Everything() for action in LOGS})
    for policy in rights.policies:
        for one in policy.statements:
            if one.get("Effect") == "Allow" and (said := _beyond(world, policy, one, wanted, may, who)):
                return said
    return ""


class _Everything(set[str]):
    """All ARNs."""

    def __contains__(self, arn: object) -> bool:
        return True


def _beyond(
    world: World,
    policy: Policy,
    one: access.Statement,
    wanted: Mapping[str, set[str]],
    may: tuple[Grant, ...],
    who: str,
) -> str:
    if "NotAction" in one or "NotResource" in one:
        return f"The policy `{policy.name}` allows all but what it names; wanted is only what it needs."
    for action in map(str, access.several(one.get("Action"))):
        if right := real_action(action):
            return f"`{action}` in the policy `{policy.name}` is no right; the right is {right}."
        for resource in map(str, access.several(one.get("Resource"))):
            if resource not in wanted.get(action.lower(), set()):
                return _excess(world, policy.name, action, resource, may, who)
    return ""


def _excess(world: World, policy: str, action: str, resource: str, may: tuple[Grant, ...], who: str) -> str:
    front = action.partition(":")[0].lower()
    kind = _KINDS.get(front, "thing")
    verb = _verb(action)
    gone = _gone(world, resource)
    if gone:
        return f"`{who}` may still {verb} `{gone}`, which is gone."
    everything = "*" in resource and not any(world.arn(each) == resource.removesuffix(":*") for each in may)
    what = f"every {kind}" if everything else f"`{world.called(resource.removesuffix(':*'))}`"
    if action == "*":
        return f"The policy `{policy}` lets `{who}` do everything with everything."
    if verb == "do everything with" and not everything:
        return f"The policy `{policy}` allows {action} on {what}: that is more than it needs."
    return f"The policy `{policy}` lets `{who}` {verb} {what}; wanted is only what it needs."


def _verb(action: str) -> str:
    if action.endswith(":*"):
        return "do everything with"
    for word in WORDS.values():
        if any(access.action_like(each, action) for each in word.actions) and len(word.actions) == 1:
            return word.said
    return f"use {action} on"


def _gone(world: World, resource: str) -> str:
    """The lab's thing of this ARN that is not there any more; empty where it is, and of what the lab does not know."""
    for name, spec in world.declared.items():
        if spec.kind in _KINDS.values() and last_of(resource).split("-")[-1].removesuffix(".fifo") == name:
            try:
                world.resolve(name)
            except NoSuchValue:
                return name
    return ""


def rows(
    world: World, may: tuple[Grant, ...], who: str, role: Callable[[], str], service: str, only: bool = True
) -> list[Want]:
    """A row for each right that is wanted, and one that says that there is no other."""

    def has(grant: Grant) -> Callable[[Live], Seen]:
        def judge(_: Live) -> Seen:
            arn, held = world.arn(grant), rights_of(world.aws, role())
            if held.may(grant, arn):
                return Seen(True, "allowed")
            return Seen(False, "not allowed", why_not(world, held, grant, who))

        return judge

    def nothing_else(_: Live) -> Seen:
        more = too_much(world, rights_of(world.aws, role()), may, who, service == roles.LAMBDA)
        return Seen(not more, "more" if more else "nothing else", more)

    found = [Want(f"{who} may {each.said}", "allowed", has(each)) for each in may]
    title = "and nothing else" if may else f"{who} may do nothing"
    return found + ([Want(title, "nothing else", nothing_else)] if only else [])
