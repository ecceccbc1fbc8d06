"""State machines: what makes, changes, shows and tags them (API reference, the actions of these names)."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from labcli.local.refused import Refused
from labcli.local.stepfunctions import roles
from labcli.local.stepfunctions.model import Activity, Execution, Machine
from labcli.local.stepfunctions.references import references
from labcli.local.stepfunctions.refusals import Call, Data, check_arn, check_name, check_size, invalid, page
from labcli.local.stepfunctions.registry import Registry
from labcli.local.stepfunctions.versions import publish, resolve, split
from labcli.rules.asl.diagnose import diagnose_text
from labcli.rules.asl.diagnostic import refusal, refused
from labcli.rules.asl.quotas import DEFINITION

MOST_TAGS = 50
LEVELS = ("ALL", "ERROR", "FATAL", "OFF")
_DEFAULTS: dict[str, Any] = {
    "loggingConfiguration": {"level": "OFF", "includeExecutionData": False},
    "tracingConfiguration": {"enabled": False},
    "encryptionConfiguration": {"type": "AWS_OWNED_KEY"},
}


@dataclass
class Machines:
    """The actions on machines. ``halt`` stops an execution of one that is deleted."""

    registry: Registry
    halt: Callable[[Execution], None]

    @property
    def table(self) -> dict[str, Callable[[Call], Any]]:
        """Which action is done by what."""
        return {
            "CreateStateMachine": self.create,
            "UpdateStateMachine": self.update,
            "DescribeStateMachine": self.describe,
            "DeleteStateMachine": self.delete,
            "ListStateMachines": self.list,
            "ValidateStateMachineDefinition": self.validate,
            "TagResource": self.tag,
            "UntagResource": self.untag,
            "ListTagsForResource": self.tags,
        }

    def find(self, arn: str) -> Machine:
        """The machine of this ARN; StateMachineDoesNotExist (R) when there is none."""
        check_arn(arn, "stateMachine")
        with self.registry.lock:
            if (found := self.registry.machines.get(arn)) is None:
                raise Refused("StateMachineDoesNotExist", f"State Machine Does Not Exist: '{arn}'")
            return found

    def create(self, call: Call) -> Any:
        """Made twice with the same definition and settings, it is the same machine; with others it is an error."""
        name, definition, role = check_name(call.need("name")), call.need("definition"), call.need("roleArn")
        kind, arn = _kind(call.data), call.arn("stateMachine", name)
        if call.data.get("versionDescription") and not call.data.get("publish"):
            raise Refused("ValidationException", "Version description can only be set when publish is true")
        tags = _tags(call.data.get("tags"))
        self._check_definition(definition, kind)
        roles.check(call, role, arn)
        now, settings = self.registry.clock(), _settings(call.data)
        with self.registry.lock:
            if (old := self.registry.machines.get(arn)) is not None:
                if (old.definition, old.kind, old.settings) != (definition, kind, settings):
                    raise Refused("StateMachineAlreadyExists", f"State Machine Already Exists: '{arn}'")
                made = old
            else:
                self.registry.drop_executions(arn)  # of an earlier machine of this name
                made = Machine(arn, name, role, definition, kind, now, now, "", tags, settings)
                self.registry.machines[arn] = made
            return {"stateMachineArn": arn, "creationDate": made.created, **self._published(call, made)}

    def _published(self, call: Call, machine: Machine) -> dict[str, str]:
        """The version that a call asks for, with itself."""
        if not call.data.get("publish"):
            return {}
        version = publish(machine, call.data.get("versionDescription"), self.registry.clock())
        return {"stateMachineVersionArn": version.arn}

    def update(self, call: Call) -> Any:
        """Executions under way keep the definition they started with."""
        machine = self.find(call.need("stateMachineArn"))
        given = {name: call.data[name] for name in ("definition", "roleArn", *_DEFAULTS) if name in call.data}
        if not given and not call.data.get("publish"):
            text = "Either the definition, the role ARN, the LoggingConfiguration, or the TracingConfiguration must "
            raise Refused("MissingRequiredParameter", f"{text}be specified")
        if call.data.get("versionDescription") and not call.data.get("publish"):
            raise Refused("ValidationException", "Version description can only be set when publish is true")
        if "definition" in given:
            self._check_definition(call.need("definition"), machine.kind)
        if "roleArn" in given:
            roles.check(call, call.need("roleArn"), machine.arn)
        changed = {name: value for name, value in _settings(given).items() if name in given}
        with self.registry.lock:
            before = (machine.definition, machine.role, machine.settings)
            machine.definition = given.pop("definition", machine.definition)
            machine.role = given.pop("roleArn", machine.role)
            machine.settings = {**machine.settings, **changed}
            machine.updated = self.registry.clock()
            if (machine.definition, machine.role, machine.settings) != before:
                machine.revision = str(uuid4())
            answer = {"updateDate": machine.updated, **self._published(call, machine)}
        return {**answer, "revisionId": machine.revision} if machine.revision else answer

    def describe(self, call: Call) -> Any:
        """All of a machine but its tags, or of one of its versions."""
        target = resolve(arn := call.need("stateMachineArn"), self.find)
        machine, version = target.machine, target.version
        answer = {
            "stateMachineArn": machine.arn if version is None else arn,
            "name": machine.name,
            "status": machine.status,
            "definition": machine.definition if version is None else version.definition,
            "roleArn": machine.role if version is None else version.role,
            "type": machine.kind,
            "creationDate": machine.created if version is None else version.created,
            **(machine.settings if version is None else version.settings),
        }
        if version is not None and version.description is not None:
            answer["description"] = version.description
        if found := references(json.loads(answer["definition"])):
            answer["variableReferences"] = found
        revision = machine.revision if version is None else version.revision
        return {**answer, "revisionId": revision} if revision else answer

    def delete(self, call: Call) -> Any:
        """Its executions under way are stopped. One that is not there is deleted as well, as on AWS."""
        arn = check_arn(call.need("stateMachineArn"), "stateMachine")
        if split(arn)[1]:
            text = "Deleting a state machine needs the ARN of the state machine, without a version or an alias."
            raise Refused("ValidationException", text)
        with self.registry.lock:
            if (machine := self.registry.machines.get(arn)) is not None:
                machine.status = "DELETING"
        for execution in self.registry.of_machine(arn):
            self.halt(execution)
        with self.registry.lock:
            self.registry.machines.pop(arn, None)
        return {}

    def list(self, call: Call) -> Any:
        """The machines of the caller's account and region, by name."""
        with self.registry.lock:
            ours = [m for m in self.registry.machines.values() if m.arn == call.arn("stateMachine", m.name)]
        part_of = page(call, ours, lambda machine: [machine.name])
        shown = [
            {"stateMachineArn": m.arn, "name": m.name, "type": m.kind, "creationDate": m.created} for m in part_of.items
        ]
        return {"stateMachines": shown, **({"nextToken": part_of.token} if part_of.token else {})}

    def validate(self, call: Call) -> Any:
        """What CreateStateMachine would say about a definition."""
        found, most = diagnostics(call.need("definition"), _kind(call.data)), call.data.get("maxResults") or 100
        return {"result": "FAIL" if found else "OK", "diagnostics": found[:most], "truncated": len(found) > most}

    def _check_definition(self, definition: str, kind: str) -> None:
        if len(definition) > DEFINITION:
            rule = f"Member must have length less than or equal to {DEFINITION}"
            raise invalid(definition[:20] + "...", "definition", rule)
        if said := refusal(diagnose_text(definition, kind)):
            raise Refused("InvalidDefinition", said)

    # -- tags ----------------------------------------------------------------------------------------------------

    def _tagged(self, call: Call) -> Machine | Activity:
        arn = check_arn(call.need("resourceArn"), "stateMachine", "activity")
        with self.registry.lock:
            found = self.registry.machines.get(arn) or self.registry.activities.get(arn)
        if found is None:
            raise Refused("ResourceNotFound", f"Resource not found: '{arn}'")
        return found

    def tag(self, call: Call) -> Any:
        """Add tags, or change their values."""
        owner = self._tagged(call)
        with self.registry.lock:
            tags = owner.tags | _tags(call.data.get("tags"))
            if len(tags) > MOST_TAGS:
                raise Refused("TooManyTags", f"Too many tags: '{owner.arn}'")
            owner.tags = tags
        return {}

    def untag(self, call: Call) -> Any:
        """Take tags away; one that is not there is no error."""
        owner, gone = self._tagged(call), set(call.data.get("tagKeys") or ())
        with self.registry.lock:
            owner.tags = {key: value for key, value in owner.tags.items() if key not in gone}
        return {}

    def tags(self, call: Call) -> Any:
        """Those it has."""
        return {"tags": [{"key": key, "value": value} for key, value in self._tagged(call).tags.items()]}


def diagnostics(definition: str, kind: str) -> list[dict[str, str]]:
    """What AWS would say about a definition, in its form; labcli's own advice is not of it."""
    answer = []
    for found in refused(diagnose_text(definition, kind)):
        one = {"severity": "ERROR", "code": found.code, "message": found.message}
        answer.append({**one, "location": found.location} if found.location else one)
    return answer


def _kind(data: Data) -> str:
    kind = str(data.get("type") or "STANDARD")
    if kind not in ("STANDARD", "EXPRESS"):
        raise invalid(kind, "type", "Member must satisfy enum value set: [STANDARD, EXPRESS]")
    return kind


def _settings(data: Data) -> dict[str, Any]:
    """loggingConfiguration and the like, whole; InvalidLoggingConfiguration (R) without exactly one destination."""
    found = {name: {**default, **(data.get(name) or {})} for name, default in _DEFAULTS.items()}
    logging = found["loggingConfiguration"]
    if logging["level"] not in LEVELS:
        rule = f"Member must satisfy enum value set: [{', '.join(LEVELS)}]"
        raise invalid(str(logging["level"]), "loggingConfiguration.level", rule)
    destinations = logging.get("destinations") or []
    if len(destinations) > 1 or (logging["level"] != "OFF" and not destinations):
        text = "Invalid Logging Configuration: Must specify exactly one Log Destination."
        raise Refused("InvalidLoggingConfiguration", text)
    for each in destinations:
        group = (each.get("cloudWatchLogsLogGroup") or {}).get("logGroupArn")
        if not isinstance(group, str) or ":log-group:" not in group or not group.endswith(":*"):
            text = "Invalid Logging Configuration: The CloudWatch Logs Resource Arn must end with ':*'."
            raise Refused("InvalidLoggingConfiguration", text)
    return found


def _tags(given: Any) -> dict[str, str]:
    tags = {str(tag.get("key", "")): str(tag.get("value", "")) for tag in given or ()}
    for key, value in tags.items():
        if not 1 <= len(key) <= 128:
            raise invalid(key, "tags.member.key", "Member must have length less than or equal to 128")
        check_size(value, "tags.member.value")
    return tags
