"""The kind ``mapping``: an event source mapping, Lambda's own poller between a queue and a function.

Facts of AWS: the Lambda API Reference, CreateEventSourceMapping and DeleteEventSourceMapping (botocore 1.43). It has
no name, only an id that AWS gives; it is tagged; it stays, and polls, when its function is deleted.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from labcli.aws.resources.base import PLANNED_TAGS, PREFIX, Fill, Found, Joining, Place, Row, Sheet
from labcli.aws.resources.calls import carries, or_none, pages, sweep_of, swept
from labcli.aws.resources.grants import Grant, policy, statements
from labcli.aws.resources.role import put_policy
from labcli.context import Aws
from labcli.errors import AwsError
from labcli.lab.model import Call, Effect, Planned, ResourceSpec, Times
from labcli.lab.reader import Findings, Reader
from labcli.rules import functions, sqs
from labcli.rules.near import nearest

GONE = frozenset({"ResourceNotFoundException"})
_THERE = frozenset({"ResourceConflictException"})


class MappingProps(NamedTuple):
    """A mapping as a lab declares it: from a queue to a function."""

    queue: str
    to: str
    batch: int = 10
    partial: bool = False
    """The function reports which messages of a batch failed; only those come back."""
    at_most: int | None = None
    """Batches that are worked on at once."""
    permit: bool = True
    role: str = ""
    """The role of the lab that the function works with: known when all resources of the lab are."""

    def feeds(self, function: str) -> bool:
        """Whether the function's role is to let it take from the queue."""
        return self.permit and self.to == function


class EventSourceMapping(Joining):
    """The kind ``mapping``."""

    attributes: Mapping[str, str] = {"name": "name", "uuid": "name", "arn": "arn"}
    rank = 20
    gone = GONE
    patience = 300.0
    arn_has = ":event-source-mapping:"
    known_before = frozenset({"name"})
    permits = True

    def read(self, declaration: Reader) -> MappingProps:
        """Read ``{mapping: orders, to: ProcessStep1, batch: 5, partial: true}``."""
        return MappingProps(
            declaration.text("mapping", required=True),
            declaration.text("to", required=True),
            declaration.integer("batch", *functions.BATCH_AT_ONCE, 10) or 10,
            bool(declaration.flag("partial", False)),
            declaration.integer("at_most", *functions.MAPPED_CONCURRENCY),
            declaration.flag("permit", True) is not False,
        )

    def needs(self, props: MappingProps) -> tuple[tuple[str, str], ...]:
        """The queue and the function."""
        return (("mapping", props.queue), ("to", props.to))

    def brings(self, spec: ResourceSpec, others: Mapping[str, ResourceSpec]) -> tuple[ResourceSpec, ...]:
        """Itself, with the role of its function: only now that one is known."""
        to = others.get(spec.props.to)
        role = to.props.role if to is not None and to.kind == "function" else ""
        return (spec._replace(props=spec.props._replace(role=role)),)

    def check(self, spec: ResourceSpec, others: Mapping[str, ResourceSpec], findings: Findings) -> None:
        """Queue and function are of this lab, and the queue hides a message as long as the function may take."""
        props: MappingProps = spec.props
        for key, name, kind in (("mapping", props.queue, "queue"), ("to", props.to, "function")):
            other = others.get(name)
            if other is None or other.lab:
                findings.add((*spec.where, key), f"no resource `{name}` in this lab{nearest(name, others)}")
            elif other.kind != kind:
                findings.add((*spec.where, key), f"`{name}` is a {other.kind}, not a {kind}")
        role, right = others.get(props.role), Grant("consume", props.queue)
        if role is not None and role.kind == "role" and props.permit and right not in role.props.may:
            said = f"`{props.to}` works with `{role.name}`: say there `may: [{right}]`, or here `permit: false`"
            findings.add(spec.where, said, key=True)
        queue, function = others.get(props.queue), others.get(props.to)
        if queue and function and queue.kind == "queue" and function.kind == "function":
            hidden = int(queue.props.attributes.get("VisibilityTimeout", sqs.DEFAULT_VISIBILITY))
            for _ in functions.hidden_long_enough(hidden, function.props.timeout):
                said = f"AWS wants `{props.queue}` to hide a message at least as long as `{props.to}` may take"
                findings.add(spec.where, f"{said}: {hidden} s is less than {function.props.timeout} s", key=True)

    def aws_name(self, prefix: str, spec: ResourceSpec, others: Mapping[str, ResourceSpec]) -> str:
        """The queue's name and the function's."""
        fifo = ".fifo" if (queue := others.get(spec.props.queue)) and queue.props.fifo else ""
        return f"{prefix}-{spec.props.queue}{fifo}/{prefix}-{spec.props.to}"

    def any_of(self, kind: str) -> ResourceSpec:
        """Of a queue and a function called ``each`` as well."""
        return ResourceSpec("each", kind, MappingProps("each", "each"), ())

    def _params(self, spec: ResourceSpec, fill: Fill) -> dict[str, Any]:
        props: MappingProps = spec.props
        found: dict[str, Any] = {
            "EventSourceArn": fill(f"${{{props.queue}.arn}}"), "FunctionName": fill(f"${{{props.to}.name}}"),
            "BatchSize": props.batch,
        }  # fmt: skip
        if props.partial:
            found["FunctionResponseTypes"] = list(functions.RESPONSE_TYPES)
        if props.at_most is not None:
            found["ScalingConfig"] = {"MaximumConcurrency": props.at_most}
        return found

    def shape(self, spec: ResourceSpec) -> list[Planned]:
        """Create it, wait until it polls, read the tags back."""
        params = {**self._params(spec, lambda value: value), "Tags": PLANNED_TAGS}
        until = Times(1, 60, "the role's right is known")
        uuid = {"UUID": f"${{{spec.name}.uuid}}"}
        return [
            Planned(Call("lambda", "create_event_source_mapping", params), until, Effect.CREATE),
            Planned(Call("lambda", "get_event_source_mapping", uuid), Times(2, 121, "it is enabled")),
            Planned(Call("lambda", "list_tags", {"Resource": f"${{{spec.name}.arn}}"})),
        ]

    def shape_of_delete(self, spec: ResourceSpec) -> list[Planned]:
        """Find it, read its tags, delete it, and read until it is gone."""
        uuid = {"UUID": f"${{{spec.name}.uuid}}"}
        joined = {"EventSourceArn": f"${{{spec.props.queue}.arn}}", "FunctionName": f"${{{spec.props.to}.name}}"}
        return [
            Planned(Call("lambda", "list_event_source_mappings", joined), Times(0, 130)),
            Planned(Call("lambda", "get_event_source_mapping", uuid), Times(0, 130, "it is gone")),
            Planned(Call("lambda", "list_tags", {"Resource": f"${{{spec.name}.arn}}"}), Times(0, 130)),
            Planned(Call("lambda", "delete_event_source_mapping", uuid), Times(1, 2), Effect.DELETE),
        ]

    def shape_of_permit(self, spec: ResourceSpec) -> list[Planned]:
        """One more inline policy of the function's role."""
        params = {"RoleName": self._role_name(spec), "PolicyName": spec.name, "PolicyDocument": "${policy}"}
        return [Planned(Call("iam", "put_role_policy", params), effect=Effect.CHANGE)]

    def permit(self, aws: Aws, spec: ResourceSpec, fill: Fill) -> None:
        """Let the function's role take from the queue."""
        document = policy(statements((Grant("consume", spec.props.queue),), fill))
        put_policy(aws, fill(self._role_name(spec)), spec.name, document)

    def _role_name(self, spec: ResourceSpec) -> str:
        return f"${{{spec.props.role}.name}}" if spec.props.role else f"${{{spec.props.to}.role.name}}"

    def create(self, aws: Aws, name: str, spec: ResourceSpec, tags: Mapping[str, str], fill: Fill) -> dict[str, str]:
        """Create it with its tags. One that is there and carries them is the one: an answer was lost. AwsError."""
        params = self._params(spec, fill)
        try:
            return _known(aws.call("lambda", "create_event_source_mapping", self.tagged(params, tags)))
        except AwsError as error:
            if not error.names & _THERE:
                raise
            own = self._listed(aws, params["EventSourceArn"], params["FunctionName"])
            if own is None or not carries(self.tags(aws, _known(own)), tags):
                raise
            return _known(own)

    def tagged(self, params: Mapping[str, Any], tags: Mapping[str, str]) -> dict[str, Any]:
        """CreateEventSourceMapping takes a mapping."""
        return {**params, "Tags": {**(params.get("Tags") or {}), **tags}}

    def ready(self, aws: Aws, known: Mapping[str, str]) -> bool:
        found = or_none(aws, "lambda", "get_event_source_mapping", {"UUID": known["uuid"]}, GONE) or {}
        return found.get("State", "Creating") not in ("Creating", "Enabling")

    def not_yet(self, error: AwsError) -> bool:
        """Lambda does not know at once what a role may do, nor lists at once what it made."""
        no_right = "InvalidParameterValueException" in error.names and "does not have permissions" in error.aws_message
        return no_right or bool(error.names & _THERE)

    def predict(self, name: str, place: Place) -> dict[str, str]:
        """What it joins; its id is known when it is there."""
        queue, _, function = name.partition("/")
        return {"name": name, "queue": place.arn("sqs", queue), "function": function}

    def find(self, aws: Aws, known: Mapping[str, str]) -> dict[str, str] | None:
        """Its id, its ARN and its state. One of the same queue and function is the one; one that was recorded and joins
        others is not."""
        if "/" not in known["name"]:
            return None
        if "uuid" in known:
            found = or_none(aws, "lambda", "get_event_source_mapping", {"UUID": known["uuid"]}, GONE)
            if found is None:
                return None
            if found.get("EventSourceArn") == known["queue"] and _function(found) == known["function"]:
                return {**_known(found), "state": str(found.get("State", ""))}
        listed = self._listed(aws, known["queue"], known["function"])
        return None if listed is None else {**_known(listed), "state": str(listed.get("State", ""))}

    def _listed(self, aws: Aws, queue: str, function: str) -> Mapping[str, Any] | None:
        """The one between this queue and this function, as a list shows it; the function may be gone already."""
        for page in pages(
            aws, "lambda", "list_event_source_mappings", {"EventSourceArn": queue}, ("NextMarker", "Marker")
        ):
            for each in page.get("EventSourceMappings", []):
                if _function(each) == function:
                    return dict(each)
        return None

    def tags(self, aws: Aws, known: Mapping[str, str]) -> dict[str, str]:
        return dict(aws.call("lambda", "list_tags", {"Resource": known["arn"]}).get("Tags", {}))

    def delete(self, aws: Aws, known: Mapping[str, str]) -> None:
        """Delete it; AWS says ``Deleting`` for some seconds."""
        in_the_way = GONE | {"ResourceInUseException"}
        or_none(aws, "lambda", "delete_event_source_mapping", {"UUID": known["uuid"]}, in_the_way)

    def sweep(self, aws: Aws) -> list[Found]:
        """Every mapping to a function whose name starts with ours."""
        found: list[Found] = []
        for page in pages(aws, "lambda", "list_event_source_mappings", {}, ("NextMarker", "Marker")):
            for each in page.get("EventSourceMappings", []):
                function, queue = _function(each), str(each.get("EventSourceArn", ""))
                if function.startswith(PREFIX):
                    joined = {"queue": queue, "function": function, "name": f"{queue.rsplit(':', 1)[-1]}/{function}"}
                    found += swept(aws, "mapping", self, {**joined, **_known(each)})
        return found

    def shape_of_sweep(self) -> list[Planned]:
        """The calls of a sweep."""
        itself = ("get_event_source_mapping", {"UUID": "${each.uuid}"})
        return sweep_of("lambda", "list_event_source_mappings", itself, ("list_tags", {"Resource": "${each}"}))

    def row(self, spec: ResourceSpec) -> Row:
        """What it joins, and how."""
        props: MappingProps = spec.props
        said = [f"{props.queue} → {props.to}", f"{props.batch} at a time"]
        if props.partial:
            said.append("failed ones come back alone")
        return Row("mapping", ", ".join(said))

    def sheet(self, aws: Aws, known: Mapping[str, str]) -> Sheet:
        """What it joins, its state and its settings."""
        found = aws.call("lambda", "get_event_source_mapping", {"UUID": known["uuid"]})
        keys = ("UUID", "State", "EventSourceArn", "FunctionArn", "BatchSize", "LastModified", "FunctionResponseTypes")
        return Sheet((("name", known["name"]), *((key, str(found.get(key, ""))) for key in keys)))

    def by_hand(self, name: str, place: Place) -> str:
        """The aws commands that find and delete it."""
        queue, _, function = name.partition("/")
        found = f"aws lambda list-event-source-mappings --event-source-arn {place.arn('sqs', queue)}"
        query = f"--query \"EventSourceMappings[?ends_with(FunctionArn, ':{function}')].UUID\" --output text"
        return f"aws lambda delete-event-source-mapping {place.options} --uuid $({found} {query} {place.options})"


def _function(found: Mapping[str, Any]) -> str:
    """The name of the function that it feeds."""
    return str(found["FunctionArn"]).rsplit(":", 1)[-1]


def _known(found: Mapping[str, Any]) -> dict[str, str]:
    """Its id and its ARN, which is made like the function's."""
    uuid = str(found["UUID"])
    arn = (
        found.get("EventSourceMappingArn")
        or f"{str(found['FunctionArn']).split(':function:')[0]}:event-source-mapping:{uuid}"
    )
    return {"uuid": uuid, "arn": str(arn)}
