"""The kind ``machine``: a Step Functions state machine, with its role.

Facts of AWS: the Step Functions API Reference, CreateStateMachine and DeleteStateMachine (botocore 1.43). A deleted
machine is ``DELETING`` while an execution runs, so those are stopped first; Express machines list no executions.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from labcli.aws.resources.base import PLANNED_TAGS, PREFIX, Fill, Found, Place, PlainKind, Row, Settled, Sheet
from labcli.aws.resources.calls import or_none, pages, spec_refs, sweep_of, swept
from labcli.aws.resources.grants import Grant, check_may, check_role, read_may, read_role
from labcli.aws.resources.role import GONE as NO_ROLE
from labcli.aws.resources.role import LONGEST_OWNER, POLICY, Role, RoleProps, policy_of, without_role, write_policy
from labcli.aws.services.states import SERVICE
from labcli.context import Aws
from labcli.errors import AwsError
from labcli.lab.model import Call, Effect, Planned, ResourceSpec, Times
from labcli.lab.reader import Findings, Reader

GONE = frozenset({"StateMachineDoesNotExist"})
_OVER = frozenset({"ExecutionDoesNotExist"})
_EXPRESS = frozenset({"StateMachineTypeNotSupported"})


class MachineProps(NamedTuple):
    """A state machine as a lab declares it; references may stand in its definition."""

    name: str
    definition: Mapping[str, Any]
    type: str = "STANDARD"
    may: tuple[Grant, ...] = ()
    role: str = ""
    """The role of the lab that it works with; empty: one that it brings along."""


class Machine(PlainKind):
    """The kind ``machine``."""

    attributes: Mapping[str, str] = {"name": "name", "arn": "arn", "role.name": "name", "role.arn": "arn"}
    rank = 10
    arn_has = ":stateMachine:"
    gone = GONE | {"ResourceNotFound"}
    patience = 600.0
    updates = True
    puts_back = True

    def read(self, declaration: Reader) -> MachineProps:
        """Read ``{machine: {StartAt: …, States: {…}}, may: [invoke ProcessStep1], type: express}``."""
        definition = declaration.mapping("machine")
        if not definition and declaration.data.get("machine") in (None, {}):
            declaration.findings.add(declaration.at("machine"), "a machine is its definition: StartAt and States")
        express = declaration.choice("type", ("standard", "express"), "standard") == "express"
        kind = "EXPRESS" if express else "STANDARD"
        name, role = str(declaration.where[-1]), read_role(declaration)
        return MachineProps(name, definition, kind, read_may(declaration), role)

    def needs(self, props: MachineProps) -> tuple[tuple[str, str], ...]:
        """Its role, and what its definition names."""
        named = (("machine", each) for each in spec_refs(dict(props.definition)) if each != props.name)
        return (("role", props.role or f"{props.name}.role"), *named)

    def brings(self, spec: ResourceSpec, others: Mapping[str, ResourceSpec]) -> tuple[ResourceSpec, ...]:
        """Its role, unless it works with one of the lab."""
        if spec.props.role:
            return ()
        return (ResourceSpec(f"{spec.name}.role", "role", self._role(spec.props), spec.where, of=spec.name),)

    def attributes_of(self, spec: ResourceSpec) -> Mapping[str, str]:
        return without_role(self.attributes) if spec.props.role else self.attributes

    def _role_arn(self, spec: ResourceSpec) -> str:
        return f"${{{spec.props.role}.arn}}" if spec.props.role else f"${{{spec.name}.role.arn}}"

    def _role(self, props: MachineProps) -> RoleProps:
        return RoleProps(SERVICE.principal, props.may)

    def check(self, spec: ResourceSpec, others: Mapping[str, ResourceSpec], findings: Findings) -> None:
        """Its name fits, its definition is one of the States Language, what it may do exists."""
        from labcli.aws.integrations import sdk_operations
        from labcli.rules.asl.diagnose import diagnose
        from labcli.rules.asl.limits import beyond

        check_may(spec.props.may, others, spec.where, findings)
        check_role(spec.props.role, SERVICE.principal, others, spec.where, findings)
        if len(spec.name) > LONGEST_OWNER and spec.where[0] == "resources":
            said = f"a machine's name is at most {LONGEST_OWNER} letters: the name made of it for its role may have 64"
            findings.add(spec.where, said, key=True)
        if not spec.props.definition:
            return
        found = diagnose(spec.props.definition, spec.props.type, sdk_operations())
        for each in found or beyond(spec.props.definition):
            findings.add((*spec.where, "machine", *each.path), f"{each.message}{each.hint}")

    def _text(self, spec: ResourceSpec, fill: Fill) -> str:
        return json.dumps(fill(dict(spec.props.definition)), ensure_ascii=False)

    def shape(self, spec: ResourceSpec) -> list[Planned]:
        """Create it and read the tags back."""
        params = {
            "name": f"${{{spec.name}.name}}", "definition": self._text(spec, lambda value: value),
            "roleArn": self._role_arn(spec), "type": spec.props.type,
            "tags": [{"key": key, "value": value} for key, value in PLANNED_TAGS.items()],
        }  # fmt: skip
        until = Times(1, 60, "its role is known")
        return [
            Planned(Call("stepfunctions", "create_state_machine", params), until, Effect.CREATE),
            *self._read_back(spec, Times(1, 15)),
        ]

    def _read_back(self, spec: ResourceSpec, times: Times) -> list[Planned]:
        arn = f"${{{spec.name}.arn}}"
        return [
            Planned(Call("stepfunctions", "describe_state_machine", {"stateMachineArn": arn}), times),
            Planned(Call("stepfunctions", "list_tags_for_resource", {"resourceArn": arn}), times),
        ]

    def shape_of_delete(self, spec: ResourceSpec) -> list[Planned]:
        """Read its tags, stop what runs, delete it, and read until it is gone."""
        arn = {"stateMachineArn": f"${{{spec.name}.arn}}"}
        running = Call("stepfunctions", "list_executions", {**arn, "statusFilter": "RUNNING"})
        stop = Call("stepfunctions", "stop_execution", {"executionArn": "${execution}"})
        delete = Call("stepfunctions", "delete_state_machine", arn)
        return [
            *self._read_back(spec, Times(1, 240, "it is gone")),
            Planned(running, Times(1, 4)),
            Planned(stop, Times(0, 1000, "none runs"), Effect.DATA),
            Planned(delete, Times(1, 2), Effect.DELETE),
        ]

    def shape_of_update(self, spec: ResourceSpec, borrowed: bool) -> list[Planned]:
        """Read what is to be put back, if it is another day's; then its role's policy and its definition."""
        role = f"${{{spec.name}.role.name}}"
        arn = {"stateMachineArn": f"${{{spec.name}.arn}}"}
        definition = {**arn, "definition": self._text(spec, lambda value: value)}
        until = Times(1, 60)
        before = [
            Planned(Call("stepfunctions", "describe_state_machine", arn), Times(1, 2)),
            Planned(Call("iam", "get_role_policy", {"RoleName": role, "PolicyName": POLICY}), Times(1, 2)),
        ]
        return [
            *(before if borrowed else []),
            *([] if spec.props.role else [Role().shape_of_write(role, self._role(spec.props), until)]),
            Planned(Call("stepfunctions", "update_state_machine", definition), until, Effect.CHANGE),
        ]

    def shape_of_put_back(self, spec: ResourceSpec) -> list[Planned]:
        """Its definition, and the policy of its role or none: what was there, only the ledger knows."""
        policy = {"RoleName": f"${{{spec.name}.role.name}}", "PolicyName": POLICY}
        definition = {"stateMachineArn": f"${{{spec.name}.arn}}", "definition": "${definition}"}
        return [
            Planned(Call("stepfunctions", "update_state_machine", definition), Times(0, 1), Effect.CHANGE),
            Planned(
                Call("iam", "put_role_policy", {**policy, "PolicyDocument": "${policy}"}), Times(0, 1), Effect.CHANGE
            ),
            Planned(Call("iam", "delete_role_policy", policy), Times(0, 1), Effect.CHANGE),
        ]

    def create(self, aws: Aws, name: str, spec: ResourceSpec, tags: Mapping[str, str], fill: Fill) -> dict[str, str]:
        """Create it with its tags. AwsError when AWS refuses."""
        params = {
            "name": name, "definition": self._text(spec, fill), "roleArn": fill(self._role_arn(spec)),
            "type": spec.props.type,
        }  # fmt: skip
        aws.call("stepfunctions", "create_state_machine", self.tagged(params, tags))
        return {}

    def tagged(self, params: Mapping[str, Any], tags: Mapping[str, str]) -> dict[str, Any]:
        """CreateStateMachine takes a list of keys and values."""
        ours = [{"key": key, "value": value} for key, value in tags.items()]
        return {**params, "tags": [*(params.get("tags") or []), *ours]}

    def not_yet(self, error: AwsError) -> bool:
        """Step Functions does not know a new role at once. (A refusal may name the caller, an ``assumed-role``.)"""
        unknown_role = "AccessDeniedException" in error.names and "to assume" in error.aws_message
        return unknown_role or "ConflictException" in error.names

    def update(self, aws: Aws, known: Mapping[str, str], spec: ResourceSpec, fill: Fill, settled: Settled) -> None:
        """The policy of the role that it brought, and its definition."""
        if not spec.props.role:
            Role().write(aws, known["role.name"], self._role(spec.props), fill)
        params = {"stateMachineArn": known["arn"], "definition": self._text(spec, fill)}
        aws.call("stepfunctions", "update_state_machine", params)

    def before(self, aws: Aws, known: Mapping[str, str]) -> dict[str, str]:
        """Its definition and the policy of its role, as they are now."""
        found = aws.call("stepfunctions", "describe_state_machine", {"stateMachineArn": known["arn"]})
        return {"definition": json.dumps(_data(found["definition"])), "policy": policy_of(aws, known["role.name"])}

    def put_back(self, aws: Aws, known: Mapping[str, str], before: Mapping[str, str]) -> None:
        """Its definition and the policy of its role, as they were. A role that is gone has none to put back."""
        params = {"stateMachineArn": known["arn"], "definition": before["definition"]}
        aws.call("stepfunctions", "update_state_machine", params)
        try:
            write_policy(aws, known["role.name"], before.get("policy", ""))
        except AwsError as error:
            if not error.names & NO_ROLE:
                raise

    def predict(self, name: str, place: Place) -> dict[str, str]:
        """Its name and ARN, and those of its role."""
        role = f"{name}-role"
        return {
            "name": name, "arn": place.arn("states", f"stateMachine:{name}"), "role.name": role,
            "role.arn": place.arn("iam", f"role/{role}"),
        }  # fmt: skip

    def find(self, aws: Aws, known: Mapping[str, str]) -> dict[str, str] | None:
        """Its state, which is ``DELETING`` for a while: its name tells the rest."""
        found = self._described(aws, known)
        return None if found is None else {"state": str(found.get("status", ""))}

    def _described(self, aws: Aws, known: Mapping[str, str]) -> Any:
        return or_none(aws, "stepfunctions", "describe_state_machine", {"stateMachineArn": known["arn"]}, GONE)

    def tags(self, aws: Aws, known: Mapping[str, str]) -> dict[str, str]:
        found = aws.call("stepfunctions", "list_tags_for_resource", {"resourceArn": known["arn"]})
        return {each["key"]: each["value"] for each in found.get("tags", [])}

    def delete(self, aws: Aws, known: Mapping[str, str]) -> None:
        """Stop what runs, then delete it."""
        arn = {"stateMachineArn": known["arn"]}
        running = {**arn, "statusFilter": "RUNNING"}
        try:
            listed = pages(aws, "stepfunctions", "list_executions", running, ("nextToken", "nextToken"))
        except AwsError as error:
            if not error.names & (GONE | _EXPRESS):
                raise
            listed = []
        for page in listed:
            for each in page.get("executions", []):
                stop = {"executionArn": each["executionArn"], "cause": "its state machine is deleted"}
                or_none(aws, "stepfunctions", "stop_execution", stop, _OVER)
        or_none(aws, "stepfunctions", "delete_state_machine", arn, GONE | {"StateMachineDeleting"})

    def sweep(self, aws: Aws) -> list[Found]:
        """Every machine whose name starts with ours."""
        found: list[Found] = []
        for page in pages(aws, "stepfunctions", "list_state_machines", {}, ("nextToken", "nextToken")):
            for each in page.get("stateMachines", []):
                if (name := str(each["name"])).startswith(PREFIX):
                    found += swept(aws, "machine", self, {"name": name, "arn": str(each["stateMachineArn"])})
        return found

    def shape_of_sweep(self) -> list[Planned]:
        """The calls of a sweep."""
        itself = ("describe_state_machine", {"stateMachineArn": "${each.arn}"})
        tags = ("list_tags_for_resource", {"resourceArn": "${each}"})
        return sweep_of("stepfunctions", "list_state_machines", itself, tags)

    def row(self, spec: ResourceSpec) -> Row:
        """Its states, and what it may do."""
        states = spec.props.definition.get("States")
        count = len(states) if isinstance(states, Mapping) else 0
        said = [f"{count} state{'s' if count != 1 else ''}"]
        if spec.props.may:
            said.append(f"may {', '.join(map(str, spec.props.may))}")
        if spec.props.role:
            said.append(f"works with {spec.props.role}")
        return Row("machine" if spec.props.type == "STANDARD" else "Express machine", ", ".join(said))

    def sheet(self, aws: Aws, known: Mapping[str, str]) -> Sheet:
        """Its type, state and role, and its definition."""
        found = aws.call("stepfunctions", "describe_state_machine", {"stateMachineArn": known["arn"]})
        facts = [("name", known["name"]), ("arn", known["arn"])]
        facts += [(key, str(found.get(key, ""))) for key in ("type", "status", "roleArn", "creationDate")]
        definition = json.dumps(_data(found["definition"]), ensure_ascii=False)
        return Sheet(tuple(facts), definition=definition)

    def by_hand(self, name: str, place: Place) -> str:
        """The aws command that deletes it."""
        arn = place.arn("states", f"stateMachine:{name}")
        return f"aws stepfunctions delete-state-machine --state-machine-arn {arn} {place.options}"


def _data(definition: Any) -> Any:
    """A definition as data: the port gives JSON text as it came, or as data where it saw that it is JSON."""
    return json.loads(definition) if isinstance(definition, str) else definition
