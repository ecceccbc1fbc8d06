"""Versions of machines, and the aliases that lead to them (API reference, the actions of these names).

Texts are recorded from AWS.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from labcli.local.refused import Refused
from labcli.local.stepfunctions.model import Alias, Machine, Version
from labcli.local.stepfunctions.refusals import Call, check_arn, invalid, page
from labcli.local.stepfunctions.registry import Registry

_NAME = r"^(?=.*[a-zA-Z_\-\.])[a-zA-Z0-9_\-\.]+$"
_GONE = "Request references a resource that does not exist."
_TAKEN = (
    "Failed to create alias because an alias with the same name and a different routing configuration already exists."
)
Find = Callable[[str], Machine]
Routes = list[dict[str, Any]]


@dataclass(frozen=True)
class Target:
    """What an ARN of a machine leads to: the machine, and the version and the alias that it names."""

    machine: Machine
    version: Version | None = None
    alias: Alias | None = None


def resolve(arn: str, find: Find) -> Target:
    """What an ARN leads to; StateMachineDoesNotExist when it leads nowhere."""
    check_arn(arn, "stateMachine")
    plain, qualifier = split(arn)
    machine = find(plain)
    if not qualifier:
        return Target(machine)
    if (alias := machine.aliases.get(qualifier)) is not None:
        chance = random.uniform(0, 100)  # noqa: S311  traffic, no secret
        for route in alias.routes:
            chance -= route["weight"]
            if chance <= 0 or route is alias.routes[-1]:
                return Target(machine, _version(machine, route["stateMachineVersionArn"]), alias)
    if (version := _version(machine, arn)) is None:
        raise Refused("StateMachineDoesNotExist", f"State Machine Does Not Exist: '{arn}'")
    return Target(machine, version)


def split(arn: str) -> tuple[str, str]:
    """The machine's own ARN, and what qualifies it."""
    parts = arn.split(":")
    return ":".join(parts[:7]), ":".join(parts[7:])


def _version(machine: Machine, arn: str) -> Version | None:
    return next((version for version in machine.versions if version.arn == arn), None)


def publish(machine: Machine, description: str | None, now: float) -> Version:
    """The version of what the machine is now: a new one, or the last when it is still that."""
    last = machine.versions[-1] if machine.versions else None
    if last is not None and last.revision == machine.revision:
        return last
    machine.numbered += 1
    made = Version(
        arn=f"{machine.arn}:{machine.numbered}",
        created=now,
        description=description,
        revision=machine.revision,
        definition=machine.definition,
        role=machine.role,
        settings=machine.settings,
    )
    machine.versions.append(made)
    return made


@dataclass
class Versions:
    """The actions on versions and aliases."""

    registry: Registry
    find: Find

    @property
    def table(self) -> dict[str, Callable[[Call], Any]]:
        """Which action is done by what."""
        return {
            "PublishStateMachineVersion": self.publish,
            "ListStateMachineVersions": self.list,
            "DeleteStateMachineVersion": self.delete,
            "CreateStateMachineAlias": self.create_alias,
            "UpdateStateMachineAlias": self.update_alias,
            "DescribeStateMachineAlias": self.describe_alias,
            "DeleteStateMachineAlias": self.delete_alias,
            "ListStateMachineAliases": self.list_aliases,
        }

    def _machine(self, call: Call, name: str = "stateMachineArn") -> Machine:
        return self.find(check_arn(call.need(name), "stateMachine"))

    def publish(self, call: Call) -> Any:
        """Make a version of what the machine is now."""
        machine = self._machine(call)
        wanted = call.data.get("revisionId")
        with self.registry.lock:
            if wanted and wanted != (machine.revision or "INITIAL"):
                text = f"Failed to publish the State Machine version for revision {wanted}. "
                raise Refused(
                    "ConflictException", f"{text}The current State Machine revision is {machine.revision or 'INITIAL'}."
                )
            version = publish(machine, call.data.get("description"), self.registry.clock())
        return {"creationDate": version.created, "stateMachineVersionArn": version.arn}

    def list(self, call: Call) -> Any:
        """The versions of a machine, the latest first."""
        machine = self._machine(call)
        part = page(call, machine.versions, lambda version: [-int(version.arn.rpartition(":")[2])])
        shown = [{"stateMachineVersionArn": each.arn, "creationDate": each.created} for each in part.items]
        return {"stateMachineVersions": shown, **({"nextToken": part.token} if part.token else {})}

    def delete(self, call: Call) -> Any:
        """One that is not there is deleted as well; one that an alias names stays."""
        arn = check_arn(call.need("stateMachineVersionArn"), "stateMachine")
        with self.registry.lock:
            if (machine := self.registry.machines.get(split(arn)[0])) is None:
                return {}
            named = [
                alias.name
                for alias in machine.aliases.values()
                if any(route["stateMachineVersionArn"] == arn for route in alias.routes)
            ]
            if named:
                text = "Version to be deleted must not be referenced by an alias. Current list of aliases referencing "
                raise Refused("ConflictException", f"{text}this version: [{', '.join(named)}]")
            machine.versions = [version for version in machine.versions if version.arn != arn]
        return {}

    # -- aliases ---------------------------------------------------------------------------------------------------

    def create_alias(self, call: Call) -> Any:
        """Made twice alike, it is the same alias."""
        name, description = call.need("name"), call.data.get("description")
        if len(name) > 80:
            raise invalid(name, "name", "Member must have length less than or equal to 80")
        if not re.search(_NAME, name):
            raise invalid(name, "name", f"Member must satisfy regular expression pattern: {_NAME}")
        machine, routes = self._routes(call.data.get("routingConfiguration") or [])
        now = self.registry.clock()
        with self.registry.lock:
            if (old := machine.aliases.get(name)) is not None:
                if (old.routes, old.description) != (routes, description):
                    raise Refused("ConflictException", _TAKEN)
                return {"stateMachineAliasArn": old.arn, "creationDate": old.created}
            made = Alias(f"{machine.arn}:{name}", name, description, routes, now, now)
            machine.aliases[name] = made
        return {"stateMachineAliasArn": made.arn, "creationDate": made.created}

    def _routes(self, routes: Routes) -> tuple[Machine, Routes]:
        if not 1 <= len(routes) <= 2:
            shown = ", ".join(
                f"RoutingConfigurationListItem(stateMachineVersionArn={route.get('stateMachineVersionArn')}, "
                f"weight={route.get('weight')})"
                for route in routes
            )
            rule = f"Member must have length {'less than or equal to 2' if routes else 'greater than or equal to 1'}"
            raise invalid(f"[{shown}]", "routingConfiguration", rule)
        for number, route in enumerate(routes, 1):
            weight = route.get("weight")
            if not isinstance(weight, int) or not 0 <= weight <= 100:
                rule = f"value {'less than or equal to 100' if weight and weight > 0 else 'greater than or equal to 0'}"
                raise invalid(str(weight), f"routingConfiguration.{number}.member.weight", f"Member must have {rule}")
        arns = [check_arn(str(route.get("stateMachineVersionArn")), "stateMachine") for route in routes]
        received = f"Received: [{', '.join(arns)}]"
        if len(set(arns)) < len(arns):
            text = "Routing configuration must contain distinct state machine version ARNs."
            raise Refused("ValidationException", f"{text} {received}")
        if not all(split(arn)[1].isdigit() for arn in arns):
            text = "Routing configuration must contain state machine version ARNs."
            raise Refused("ValidationException", f"{text} {received}")
        weights = [route["weight"] for route in routes]
        if sum(weights) != 100:
            text = f"Sum of routing configuration weights must equal 100. Received: [{', '.join(map(str, weights))}]"
            raise Refused("ValidationException", text)
        machine = self.registry.machines.get(split(arns[0])[0])
        if machine is None or any(_version(machine, arn) is None for arn in arns):
            raise Refused("ResourceNotFound", _GONE)
        return machine, [
            {"stateMachineVersionArn": arn, "weight": route["weight"]} for arn, route in zip(arns, routes, strict=True)
        ]

    def _alias(self, call: Call) -> Alias:
        arn = check_arn(call.need("stateMachineAliasArn"), "stateMachine")
        plain, name = split(arn)
        machine = self.registry.machines.get(plain)
        if machine is None or name not in machine.aliases:
            raise Refused("ResourceNotFound", _GONE)
        return machine.aliases[name]

    def update_alias(self, call: Call) -> Any:
        """Change what it says or where it leads."""
        alias, data = self._alias(call), call.data
        if "description" not in data and "routingConfiguration" not in data:
            text = "Either the description or the routing configuration must be specified"
            raise Refused("ValidationException", text)
        routes = self._routes(data["routingConfiguration"])[1] if "routingConfiguration" in data else alias.routes
        with self.registry.lock:
            alias.description = data.get("description", alias.description)
            alias.routes, alias.updated = routes, self.registry.clock()
        return {"updateDate": alias.updated}

    def describe_alias(self, call: Call) -> Any:
        """All of an alias."""
        alias = self._alias(call)
        shown = {
            "stateMachineAliasArn": alias.arn,
            "name": alias.name,
            "routingConfiguration": alias.routes,
            "creationDate": alias.created,
            "updateDate": alias.updated,
        }
        return shown if alias.description is None else {**shown, "description": alias.description}

    def delete_alias(self, call: Call) -> Any:
        """One that is not there is deleted as well."""
        plain, name = split(check_arn(call.need("stateMachineAliasArn"), "stateMachine"))
        with self.registry.lock:
            if (machine := self.registry.machines.get(plain)) is not None:
                machine.aliases.pop(name, None)
        return {}

    def list_aliases(self, call: Call) -> Any:
        """The aliases of a machine, or of one of its versions."""
        arn = check_arn(call.need("stateMachineArn"), "stateMachine")
        machine = self.find(split(arn)[0])
        ours = [
            alias
            for alias in machine.aliases.values()
            if not split(arn)[1] or any(route["stateMachineVersionArn"] == arn for route in alias.routes)
        ]
        part = page(call, ours, lambda alias: [alias.created, alias.name])
        shown = [{"stateMachineAliasArn": each.arn, "creationDate": each.created} for each in part.items]
        return {"stateMachineAliases": shown, **({"nextToken": part.token} if part.token else {})}
