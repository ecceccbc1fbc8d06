"""``allows``: what the policies of the lab's things mean, asked by the rules of a task.

``{topic: menu, to: kitchen}``: the queue or the function lets this topic in, and no other; ``not: true``: it does not.
``{role: dispatch, may: [invoke price, send dock], only: true}``: the role (or that of a function or a machine) has
these rights, by its own policies or attached ones; ``only``: and no other; ``not: true``: it has none of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from labcli.aws.resources.grants import Grant, grant_of
from labcli.aws.yours import doors, rights
from labcli.aws.yours.base import Fact, Resolve, Seen, Want, judged, value_of
from labcli.aws.yours.words import FIFO
from labcli.context import Aws
from labcli.lab.model import ResourceSpec
from labcli.lab.refs import NoSuchValue
from labcli.rules import access


def allows(
    aws: Aws,
    rule: Mapping[str, Any],
    resolve: Resolve,
    declared: Mapping[str, ResourceSpec],
    name_of: Callable[[str], str] | None = None,
) -> list[Fact]:
    """The rows about one rule. ``name_of`` says the AWS name of a thing that is gone; by itself, that in the lab."""
    world = rights.World(aws, resolve, declared)
    wants = _of_topic(world, rule, name_of) if "topic" in rule else _of_role(world, rule)
    return [judged(each, {}) for each in wants]


def _of_topic(world: rights.World, rule: Mapping[str, Any], name_of: Callable[[str], str] | None) -> list[Want]:
    topic, to = str(rule["topic"]), str(rule["to"])
    verb = "invoke" if world.declared[to].kind == "function" else "send to"

    def at() -> doors.Door:
        return doors.door(world.aws, world.resolve, world.declared, to)

    def arn(door: doors.Door) -> str:
        try:
            return value_of(world.resolve, topic, "arn")
        except NoSuchValue:  # its right may outlive it
            parts = door.arn.split(":")
            fifo = FIFO if world.declared[topic].props.fifo else ""
            name = name_of(topic) if name_of else f"{topic}{fifo}"
            return ":".join([parts[0], parts[1], "sns", parts[3], parts[4], name])

    def comes_in(_: Any) -> Seen:
        door = at()
        held = door.lets_in(value_of(world.resolve, topic, "arn"))
        seen = "allowed" if held else "refused"
        return Seen(held, seen, "" if held else doors.why_not(door, topic, value_of(world.resolve, topic, "arn")))

    def alone(_: Any) -> Seen:
        door, own = at(), value_of(world.resolve, topic, "arn")
        if not door.lets_in(own):
            raise NoSuchValue("the first row says it")
        others = doors.others_let_in(door, own, world.aws)
        return Seen(not others, "others, too" if others else "no other", others)

    def stays_out(_: Any) -> Seen:
        try:
            door = at()
        except NoSuchValue:  # what is not there lets nobody in
            return Seen(True, "refused")
        own = arn(door)
        held = door.lets_in(own)
        return Seen(not held, "allowed" if held else "refused", _still_in(door, topic, own, verb) if held else "")

    if rule.get("not"):
        return [Want(f"{topic} may not {verb} {to}", "refused", stays_out)]
    return [Want(f"{topic} may {verb} {to}", "allowed", comes_in), Want("and no other topic may", "no other", alone)]


def _still_in(door: doors.Door, topic: str, arn: str, verb: str) -> str:
    request = door.request(arn)
    found = [each for each in door.statements if each.get("Effect") == "Allow" and access.speaks_of(each, request)]
    sid = str(found[0].get("Sid") or "") if found else ""
    return f"`{topic}` may still {verb} `{door.name}`" + (f" (statement `{sid}`)." if sid else ".")


def _of_role(world: rights.World, rule: Mapping[str, Any]) -> list[Want]:
    named = str(rule["role"])
    spec = world.declared[named]
    role = named if spec.kind == "role" else str(spec.raw.get("role") or f"{named}.role")
    may = tuple(grant for text in rule.get("may") or [] if (grant := grant_of(str(text))) is not None)
    owner = world.declared.get(role)
    service = owner.props.service if owner is not None and owner.kind == "role" else ""

    def name() -> str:
        return value_of(world.resolve, role, "name")

    if rule.get("not"):
        return [_lacks(world, named, name, each) for each in may]
    return rights.rows(world, may, named, name, service, bool(rule.get("only")))


def _lacks(world: rights.World, who: str, role: Callable[[], str], grant: Grant) -> Want:
    def judge(_: Any) -> Seen:
        held = rights.rights_of(world.aws, role())
        may = held.may(grant, world.arn(grant))
        names = [each.name for each in held.policies if rights.Rights(held.role, (each,)).may(grant, world.arn(grant))]
        by = f" (policy `{names[0]}`)" if names else ""
        return Seen(not may, "allowed" if may else "not allowed", f"`{who}` may still {grant.said}{by}.")

    return Want(f"{who} may not {grant.said}", "not allowed", judge)
