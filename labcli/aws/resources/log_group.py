"""The kind ``log_group``: the CloudWatch log group that a function brings along.

Lambda makes one by itself when a role lets it; ours is made before the function, so that it is tagged and known, and
the role may only write into it. It stays when its function is deleted: nothing but DeleteLogGroup takes it away
(CloudWatch Logs API Reference; botocore 1.43).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labcli.aws.resources.base import PLANNED_TAGS, PREFIX, Fill, Found, Place, PlainKind, Row, Sheet
from labcli.aws.resources.calls import carries, or_none, or_there, pages, sweep_of, swept
from labcli.context import Aws
from labcli.errors import AwsError
from labcli.lab.model import Call, Effect, Planned, ResourceSpec, Times
from labcli.lab.reader import Reader

GONE = frozenset({"ResourceNotFoundException"})
_THERE = frozenset({"ResourceAlreadyExistsException"})
FOLDER = "/aws/lambda/"
"""Where Lambda writes the logs of a function: a log group of the function's name in here."""


class LogGroup(PlainKind):
    """The kind ``log_group``."""

    attributes: Mapping[str, str] = {"name": "name", "arn": "arn"}
    rank = 70
    arn_has = ":log-group:"
    gone = GONE
    brought = True

    def read(self, declaration: Reader) -> None:
        """No lab declares one: it comes with its function."""
        declaration.raw("log_group")
        declaration.findings.add(declaration.where, "a log group comes along with its function", key=True)

    def aws_name(self, prefix: str, spec: ResourceSpec, others: Mapping[str, ResourceSpec]) -> str:
        """``/aws/lambda/`` and the function's name."""
        return f"{FOLDER}{prefix}-{spec.of}"

    def key_of(self, name: str) -> str:
        """``notify.log_group``."""
        return super().key_of(name.removeprefix(FOLDER)) + ".log_group"

    def shape(self, spec: ResourceSpec) -> list[Planned]:
        """Create it and read the tags back."""
        params = {"logGroupName": f"${{{spec.of}.log_group}}", "tags": PLANNED_TAGS}
        return [
            Planned(Call("logs", "create_log_group", params), effect=Effect.CREATE),
            Planned(Call("logs", "describe_log_groups", _asked(f"${{{spec.of}.log_group}}")), Times(1, 15)),
            Planned(Call("logs", "list_tags_for_resource", {"resourceArn": f"${{{spec.of}.log_group_arn}}"})),
        ]

    def shape_of_delete(self, spec: ResourceSpec) -> list[Planned]:
        """Read it and its tags, delete it, and read it until it is gone."""
        name = f"${{{spec.of}.log_group}}"
        tags = Call("logs", "list_tags_for_resource", {"resourceArn": f"${{{spec.of}.log_group_arn}}"})
        return [
            Planned(Call("logs", "describe_log_groups", _asked(name)), Times(2, 60, "it is gone")),
            Planned(tags, Times(1, 60)),
            Planned(Call("logs", "delete_log_group", {"logGroupName": name}), Times(1, 2), Effect.DELETE),
        ]

    def create(self, aws: Aws, name: str, spec: ResourceSpec, tags: Mapping[str, str], fill: Fill) -> dict[str, str]:
        """Create it with its tags. AwsError when AWS refuses."""
        known = {"arn": str(fill(f"${{{spec.of}.log_group_arn}}"))}
        params = self.tagged({"logGroupName": name}, tags)
        or_there(aws, "logs", "create_log_group", params, _THERE, lambda: carries(self.tags(aws, known), tags))
        return {}

    def not_yet(self, error: AwsError) -> bool:
        """Two requests about one group stand in each other's way."""
        return "OperationAbortedException" in error.names

    def tagged(self, params: Mapping[str, Any], tags: Mapping[str, str]) -> dict[str, Any]:
        """CreateLogGroup takes a mapping."""
        return {**params, "tags": {**(params.get("tags") or {}), **tags}}

    def predict(self, name: str, place: Place) -> dict[str, str]:
        """Its name and its ARN."""
        return {"name": name, "arn": place.arn("logs", f"log-group:{name}")}

    def find(self, aws: Aws, known: Mapping[str, str]) -> dict[str, str] | None:
        """Whether it is there: its name tells the rest."""
        return None if self._described(aws, known["name"]) is None else {}

    def _described(self, aws: Aws, name: str) -> Mapping[str, Any] | None:
        """What the list shows of it; a group has no read of its own."""
        for page in pages(aws, "logs", "describe_log_groups", _asked(name), ("nextToken", "nextToken")):
            for each in page.get("logGroups", []):
                if each["logGroupName"] == name:
                    return dict(each)
        return None

    def tags(self, aws: Aws, known: Mapping[str, str]) -> dict[str, str]:
        return dict(aws.call("logs", "list_tags_for_resource", {"resourceArn": known["arn"]}).get("tags", {}))

    def delete(self, aws: Aws, known: Mapping[str, str]) -> None:
        """Delete the group and every event in it."""
        or_none(aws, "logs", "delete_log_group", {"logGroupName": known["name"]}, GONE)

    def sweep(self, aws: Aws) -> list[Found]:
        """Every log group of a function whose name starts with ours."""
        found: list[Found] = []
        asked = _asked(f"{FOLDER}{PREFIX}")
        for page in pages(aws, "logs", "describe_log_groups", asked, ("nextToken", "nextToken")):
            for each in page.get("logGroups", []):
                known = {"name": str(each["logGroupName"]), "arn": str(each["arn"]).removesuffix(":*")}
                created = float(each["creationTime"]) / 1000 if "creationTime" in each else None
                found += swept(aws, "log_group", self, known, created)
        return found

    def shape_of_sweep(self) -> list[Planned]:
        """The calls of a sweep."""
        itself = ("describe_log_groups", _asked("${each.name}"))
        tags = ("list_tags_for_resource", {"resourceArn": "${each}"})
        return sweep_of("logs", "describe_log_groups", itself, tags, **_asked(f"{FOLDER}{PREFIX}"))

    def row(self, spec: ResourceSpec) -> Row:
        return Row(f"log group of {spec.of}", "")

    def sheet(self, aws: Aws, known: Mapping[str, str]) -> Sheet:
        """Its size, how long it keeps events, and the last of them."""
        name = known["name"]
        group = self._described(aws, name) or {}
        kept = f"{group['retentionInDays']} days" if "retentionInDays" in group else "until it is deleted"
        facts = (("name", name), ("arn", known["arn"]), ("kept", kept), ("bytes", str(group.get("storedBytes", 0))))
        return Sheet(facts, lines=(("last lines", last_lines(aws, name)),))

    def by_hand(self, name: str, place: Place) -> str:
        """The aws command that deletes it."""
        return f"aws logs delete-log-group --log-group-name {name} {place.options}"


def _asked(name: str) -> dict[str, str]:
    return {"logGroupNamePrefix": name}


def last_lines(aws: Aws, name: str, count: int = 10) -> tuple[str, ...]:
    """The last lines of a log group, oldest first; none when there is no such group."""
    asked = {"logGroupName": name, "limit": 10000}
    found = or_none(aws, "logs", "filter_log_events", asked, GONE) or {}
    events = sorted(found.get("events", []), key=lambda each: each.get("timestamp", 0))
    return tuple(str(each.get("message", "")).rstrip() for each in events[-count:])
