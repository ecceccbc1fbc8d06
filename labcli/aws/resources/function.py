"""The kind ``function``: a Lambda function made of a Python file beside the lab, with its role and its log group.

Facts of AWS: the Lambda API Reference, CreateFunction, UpdateFunctionCode and DeleteFunction (botocore 1.43). A new
function is ``Pending`` for a while; its mapping and its log group stay when it is deleted.
"""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from labcli.aws.resources.base import PLANNED_TAGS, PREFIX, Fill, Found, Place, PlainKind, Row, Settled, Sheet
from labcli.aws.resources.calls import carries, or_none, or_there, pages, spec_refs, sweep_of, swept
from labcli.aws.resources.function_props import FunctionProps, read_function
from labcli.aws.resources.grants import Grant, check_may, check_role
from labcli.aws.resources.log_group import FOLDER, last_lines
from labcli.aws.resources.role import LONGEST_OWNER, Role, RoleProps, without_role
from labcli.aws.services.functions import SERVICE
from labcli.context import Aws
from labcli.errors import AwsError, LabcliError
from labcli.lab.code import BadCode
from labcli.lab.model import Call, Effect, Planned, ResourceSpec, Times
from labcli.lab.reader import Findings, Reader

GONE = frozenset({"ResourceNotFoundException"})
_THERE = frozenset({"ResourceConflictException"})
_NOT_YET = ("assumed by Lambda", "KMS key is invalid for CreateGrant")
"""What Lambda says of a role that it does not know yet; the second, where there are environment variables."""


class Function(PlainKind):
    """The kind ``function``."""

    attributes: Mapping[str, str] = {
        "name": "name", "arn": "arn", "log_group": "name", "log_group_arn": "arn", "role.name": "name",
        "role.arn": "arn",
    }  # fmt: skip
    rank = 40
    arn_has = ":function:"
    gone = GONE
    updates = True

    def read(self, declaration: Reader) -> FunctionProps:
        """Read ``{function: functions/notify.py, env: {…}, may: [send receipts], timeout: 10s, …}``."""
        return read_function(declaration)

    def texts(self, spec: ResourceSpec) -> list[str]:
        try:
            return [data.decode(errors="replace") for _, data in spec.props.code.files]
        except BadCode:  # said where it is checked
            return []

    def needs(self, props: FunctionProps) -> tuple[tuple[str, str], ...]:
        """Its role, its log group, and what its environment names."""
        own = (("role", props.role or f"{props.name}.role"), ("log_group", f"{props.name}.log_group"))
        return (*own, *(("env", each) for each in spec_refs(dict(props.env)) if each != props.name))

    def brings(self, spec: ResourceSpec, others: Mapping[str, ResourceSpec]) -> tuple[ResourceSpec, ...]:
        """Its role, which may do what the function may, and take from the queues mapped to it; its log group. With a
        role of the lab, only the log group."""
        logs = ResourceSpec(f"{spec.name}.log_group", "log_group", None, spec.where, of=spec.name)
        if spec.props.role:
            return (logs,)
        role = self._role(self.whole(spec, others))
        return (ResourceSpec(f"{spec.name}.role", "role", role, spec.where, of=spec.name), logs)

    def whole(self, spec: ResourceSpec, others: Mapping[str, ResourceSpec]) -> ResourceSpec:
        """It may also take from the queues that are mapped to it."""
        fed = [each.props.queue for each in others.values() if each.kind == "mapping" and each.props.feeds(spec.name)]
        may = (*spec.props.may, *(Grant("consume", queue) for queue in fed))
        return spec._replace(props=replace(spec.props, may=tuple(dict.fromkeys(may))))

    def _role(self, spec: ResourceSpec) -> RoleProps:
        return RoleProps(SERVICE.principal, spec.props.may, logs_of=spec.name)

    def check(self, spec: ResourceSpec, others: Mapping[str, ResourceSpec], findings: Findings) -> None:
        """Its name fits, its source compiles and has the handler, what it may do exists."""
        check_may(spec.props.may, others, spec.where, findings)
        check_role(spec.props.role, SERVICE.principal, others, spec.where, findings)
        if len(spec.name) > LONGEST_OWNER:
            said = f"a function's name is at most {LONGEST_OWNER} letters: the name made of it for its role may have 64"
            findings.add(spec.where, said, key=True)
        if spec.props.source is not None:
            try:
                spec.props.code  # noqa: B018 - reading it is the check
            except BadCode as error:
                own = f"--with {spec.name}: " if spec.name in findings.sources else ""
                findings.add((*spec.where, "function"), f"{own}{error}")

    def aws_name(self, prefix: str, spec: ResourceSpec, others: Mapping[str, ResourceSpec]) -> str:
        """At most 64 letters, digits, - and _."""
        return f"{prefix}-{spec.name}"

    def _config(self, spec: ResourceSpec, fill: Fill) -> dict[str, Any]:
        props: FunctionProps = spec.props
        found: dict[str, Any] = {"Handler": props.code.handler, "Timeout": props.timeout, "MemorySize": props.memory}
        if props.env:
            found["Environment"] = {"Variables": {key: fill(value) for key, value in props.env.items()}}
        return found

    def _settings(self, spec: ResourceSpec, fill: Fill) -> dict[str, Any]:
        """All that an update sets: what is left out would stay as it was."""
        return {"Runtime": spec.props.runtime, "Environment": {"Variables": {}}, **self._config(spec, fill)}

    def _set_places(self, aws: Aws, name: str, spec: ResourceSpec) -> None:
        call = self._reserve(name, spec)
        aws.call(call.service, call.operation, call.params)

    def _reserve(self, name: str, spec: ResourceSpec) -> Call:
        """The call that gives the function its places, or takes them back."""
        if spec.props.concurrency is None:
            return Call("lambda", "delete_function_concurrency", {"FunctionName": name})
        reserved = {"FunctionName": name, "ReservedConcurrentExecutions": spec.props.concurrency}
        return Call("lambda", "put_function_concurrency", reserved)

    def shape(self, spec: ResourceSpec) -> list[Planned]:
        """Create it, wait until it is active, read the tags back."""
        name = {"FunctionName": f"${{{spec.name}.name}}"}
        params = {
            **name, "Runtime": spec.props.runtime, "Role": self._role_arn(spec),
            "Code": {"ZipFile": "${zip}"}, "Tags": PLANNED_TAGS, **self._config(spec, lambda value: value),
        }  # fmt: skip
        calls = [Planned(Call("lambda", "create_function", params), Times(1, 60, "its role is known"), Effect.CREATE)]
        if spec.props.concurrency is not None:
            until = Times(1, 60, "the function is active")
            calls.append(Planned(self._reserve(f"${{{spec.name}.name}}", spec), until, Effect.CHANGE))
        return [
            *calls,
            Planned(Call("lambda", "get_function_configuration", name), Times(2, 135, "it is active")),
            Planned(Call("lambda", "list_tags", {"Resource": f"${{{spec.name}.arn}}"})),
        ]

    def shape_of_delete(self, spec: ResourceSpec) -> list[Planned]:
        """Read it and its tags, delete it, and read it until it is gone."""
        name = {"FunctionName": f"${{{spec.name}.name}}"}
        return [
            Planned(Call("lambda", "get_function_configuration", name), Times(2, 60, "it is gone")),
            Planned(Call("lambda", "list_tags", {"Resource": f"${{{spec.name}.arn}}"}), Times(1, 60)),
            Planned(Call("lambda", "delete_function", name), Times(1, 2), Effect.DELETE),
        ]

    def shape_of_update(self, spec: ResourceSpec, borrowed: bool) -> list[Planned]:
        """New code, new settings, a new policy of its role, and wait until they hold."""
        name = {"FunctionName": f"${{{spec.name}.name}}"}
        config = {**name, **self._settings(spec, lambda value: value)}
        code = {**name, "ZipFile": "${zip}"}
        until = Times(1, 60, "the last change is done")
        role = Role().shape_of_write(f"${{{spec.name}.role.name}}", self._role(spec), until)
        return [
            *([] if spec.props.role else [role]),
            Planned(Call("lambda", "update_function_code", code), Times(0, 60), Effect.CHANGE),
            Planned(Call("lambda", "update_function_configuration", config), until, Effect.CHANGE),
            Planned(self._reserve(f"${{{spec.name}.name}}", spec), until, Effect.CHANGE),
            Planned(Call("lambda", "get_function_configuration", name), Times(4, 480, "each change is done")),
        ]

    def create(self, aws: Aws, name: str, spec: ResourceSpec, tags: Mapping[str, str], fill: Fill) -> dict[str, str]:
        """Create it with its tags. AwsError when AWS refuses, LabcliError when its source is not usable any more."""
        params = {
            "FunctionName": name, "Runtime": spec.props.runtime, "Role": fill(self._role_arn(spec)),
            "Code": {"ZipFile": self._zipped(spec)}, **self._config(spec, fill),
        }  # fmt: skip
        known = {"arn": str(fill(f"${{{spec.name}.arn}}"))}
        params = self.tagged(params, tags)
        or_there(aws, "lambda", "create_function", params, _THERE, lambda: carries(self.tags(aws, known), tags))
        if spec.props.concurrency is not None:
            self._set_places(aws, name, spec)
        return {}

    def _role_arn(self, spec: ResourceSpec) -> str:
        return f"${{{spec.props.role}.arn}}" if spec.props.role else f"${{{spec.name}.role.arn}}"

    def attributes_of(self, spec: ResourceSpec) -> Mapping[str, str]:
        return without_role(self.attributes) if spec.props.role else self.attributes

    def _zipped(self, spec: ResourceSpec) -> bytes:
        try:
            return bytes(spec.props.code.zipped)
        except BadCode as error:  # the file was changed since the check
            raise LabcliError(f"the source of `{spec.name}`: {error}") from error

    def ready(self, aws: Aws, known: Mapping[str, str]) -> bool:
        """Whether it is active and its last change is done."""
        found = self._settings_of(aws, known) or {}
        for status, reason in (("State", "StateReason"), ("LastUpdateStatus", "LastUpdateStatusReason")):
            if found.get(status) == "Failed":
                raise LabcliError(
                    f"{known['name']}: its {status} is Failed: {found.get(reason) or 'AWS does not say why'}"
                )
        return found.get("State", "Pending") != "Pending" and found.get("LastUpdateStatus") == "Successful"

    def not_yet(self, error: AwsError) -> bool:
        """Lambda does not know a new role at once, and does one change after the other."""
        unknown_role = any(each in error.aws_message for each in _NOT_YET)
        return (unknown_role and "InvalidParameterValueException" in error.names) or bool(error.names & _THERE)

    def tagged(self, params: Mapping[str, Any], tags: Mapping[str, str]) -> dict[str, Any]:
        """CreateFunction takes a mapping."""
        return {**params, "Tags": {**(params.get("Tags") or {}), **tags}}

    def update(self, aws: Aws, known: Mapping[str, str], spec: ResourceSpec, fill: Fill, settled: Settled) -> None:
        """Its code, unless it is there, then its settings, then its places: Lambda does one change after the other."""
        name, zipped = {"FunctionName": known["name"]}, self._zipped(spec)
        if not spec.props.role:
            Role().write(aws, known["role.name"], self._role(spec), fill)
        held = aws.call("lambda", "get_function_configuration", name).get("CodeSha256")
        if held != b64encode(hashlib.sha256(zipped).digest()).decode():
            settled()
            aws.call("lambda", "update_function_code", {**name, "ZipFile": zipped})
        settled()
        aws.call("lambda", "update_function_configuration", {**name, **self._settings(spec, fill)})
        settled()
        self._set_places(aws, known["name"], spec)

    def predict(self, name: str, place: Place) -> dict[str, str]:
        """Its name and ARN, and those of what it brings along."""
        role, logs = f"{name}-role", f"{FOLDER}{name}"
        return {
            "name": name, "arn": place.arn("lambda", f"function:{name}"), "log_group": logs,
            "log_group_arn": place.arn("logs", f"log-group:{logs}"), "role.name": role,
            "role.arn": place.arn("iam", f"role/{role}"),
        }  # fmt: skip

    def _settings_of(self, aws: Aws, known: Mapping[str, str]) -> Any:
        return or_none(aws, "lambda", "get_function_configuration", {"FunctionName": known["name"]}, GONE)

    def find(self, aws: Aws, known: Mapping[str, str]) -> dict[str, str] | None:
        """Its state: its name tells the rest."""
        found = self._settings_of(aws, known)
        return None if found is None else {"state": str(found.get("State", ""))}

    def tags(self, aws: Aws, known: Mapping[str, str]) -> dict[str, str]:
        return dict(aws.call("lambda", "list_tags", {"Resource": known["arn"]}).get("Tags", {}))

    def delete(self, aws: Aws, known: Mapping[str, str]) -> None:
        """Delete the function, and nothing that belongs to it."""
        or_none(aws, "lambda", "delete_function", {"FunctionName": known["name"]}, GONE)

    def sweep(self, aws: Aws) -> list[Found]:
        """Every function whose name starts with ours."""
        found: list[Found] = []
        for page in pages(aws, "lambda", "list_functions", {}, ("NextMarker", "Marker")):
            for each in page.get("Functions", []):
                if (name := str(each["FunctionName"])).startswith(PREFIX):
                    found += swept(aws, "function", self, {"name": name, "arn": str(each["FunctionArn"])})
        return found

    def shape_of_sweep(self) -> list[Planned]:
        """The calls of a sweep."""
        itself = ("get_function_configuration", {"FunctionName": "${each.name}"})
        return sweep_of("lambda", "list_functions", itself, ("list_tags", {"Resource": "${each}"}))

    def row(self, spec: ResourceSpec) -> Row:
        """Its source, and what it may do."""
        props: FunctionProps = spec.props
        said = [props.source.name if props.source is not None else ""]
        if props.concurrency is not None:
            said.append(f"{props.concurrency} at a time")
        if props.may:
            said.append(f"may {', '.join(map(str, props.may))}")
        if props.role:
            said.append(f"works with {props.role}")
        return Row("function", ", ".join(said))

    def sheet(self, aws: Aws, known: Mapping[str, str]) -> Sheet:
        """Its settings and its last log lines."""
        found = aws.call("lambda", "get_function_configuration", {"FunctionName": known["name"]})
        facts = [("name", known["name"]), ("arn", str(found["FunctionArn"]))]
        for key in ("State", "Runtime", "Handler", "Role", "Timeout", "MemorySize", "CodeSize", "LastModified"):
            facts.append((key, str(found.get(key, ""))))
        variables = found.get("Environment", {}).get("Variables", {})
        facts += [(f"env {key}", str(value)) for key, value in variables.items()]
        lines = last_lines(aws, known["log_group"])
        return Sheet(tuple(facts), lines=(("last log lines", lines),))

    def by_hand(self, name: str, place: Place) -> str:
        """The aws command that deletes it."""
        return f"aws lambda delete-function --function-name {name} {place.options}"
