"""The verb ``inventory``: what is there of some labs, asked in three ways: ledgers, lists, tags.

The tag search is the Resource Groups Tagging API's GetResources. It knows no IAM role, no subscription, nothing without
tags, and may name what was deleted a while ago (its API Reference); so it proves nothing, and is a column of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from labcli.aws.resources import KINDS
from labcli.aws.resources.base import TAG_LAB, TAG_OWNER
from labcli.aws.resources.calls import pages
from labcli.errors import LabcliError
from labcli.lab.given import list_of, structure
from labcli.lab.model import Call, Planned, Step, Times
from labcli.lab.reader import Reader
from labcli.lab.scope import Scope
from labcli.rules.near import nearest
from labcli.steps.evidence.evidence import Plot, Table
from labcli.steps.verb import Plain, Result
from labcli.steps.world import World


class Item(NamedTuple):
    """Something that is there: of which lab, its kind and its AWS name."""

    lab: str
    kind: str
    name: str


class Inventory(Plain):
    """Count what is there of the named labs."""

    reads = True

    gives = structure({
        "ledger": list_of("string"), "lists": list_of("string"),
        "counts": structure({"ledger": "integer", "lists": "integer", "tags": "integer"}),
        "rows": structure({kind: list_of("integer") for kind in KINDS}),
    })  # fmt: skip

    def read(self, step: Reader) -> tuple[str, ...]:
        return step.texts("inventory")

    def title(self, args: tuple[str, ...]) -> str:
        """``What is there of mon, tue``."""
        return f"What is there of {', '.join(args)}"

    def check(self, step: Step, scope: Scope) -> None:
        """A lab's id that is nearly that of a lab beside this one is a slip: it would always count nothing."""
        beside = {scope.lab.id, *(each.stem for each in scope.findings.folder.glob("*.yaml"))}
        for index, lab in enumerate(step.args):
            near = nearest(lab, beside) if lab not in beside else ""
            if near or "${" in lab:
                scope.findings.add((*step.where, "inventory", index), f"no lab `{lab}` beside this file{near}")

    def shape(self, step: Step, scope: Scope) -> list[Planned]:
        """The sweep of every kind, and the tag search."""
        found = [each for kind in KINDS.values() for each in kind.shape_of_sweep()]
        tags = [{"Key": TAG_LAB, "Values": list(step.args)}, {"Key": TAG_OWNER, "Values": ["${run.owner}"]}]
        search = Call("resourcegroupstaggingapi", "get_resources", {"TagFilters": tags})
        return [*found, Planned(search, Times(1, 100))]

    def run(self, step: Step, world: World) -> Result:
        """Ask in three ways."""
        ledger = [Item(*each) for each in world.port.live(step.args)]
        lists = [each for kind in KINDS for each in self._listed(kind, step.args, world)]
        tags = self._tagged(step.args, world)
        rows = {kind: [_count(ledger, kind), _count(lists, kind), tags.count(kind)] for kind in KINDS}
        names = {"ledger": sorted(each.name for each in ledger), "lists": sorted(each.name for each in lists)}
        counts = {"ledger": len(ledger), "lists": len(lists), "tags": len(tags)}
        return Result({**names, "counts": counts, "rows": rows})

    def _listed(self, kind: str, labs: tuple[str, ...], world: World) -> list[Item]:
        """What a list of AWS's shows of a kind, its tags read."""
        owner = world.target.owner
        found = KINDS[kind].sweep(world.aws)
        if unread := next((each for each in found if each.unread), None):
            raise LabcliError(f"whose {unread.name} is cannot be read: {unread.unread}")
        ours = [each for each in found if each.tags.get(TAG_OWNER) == owner and each.tags.get(TAG_LAB) in labs]
        return [Item(each.tags[TAG_LAB], kind, each.name) for each in ours]

    def _tagged(self, labs: tuple[str, ...], world: World) -> list[str]:
        """The kinds of what the tag search finds."""
        filters = [{"Key": TAG_LAB, "Values": list(labs)}, {"Key": TAG_OWNER, "Values": [world.target.owner]}]
        asked = {"TagFilters": filters}
        token = ("PaginationToken", "PaginationToken")
        found = pages(world.aws, "resourcegroupstaggingapi", "get_resources", asked, token)
        arns = [str(each["ResourceARN"]) for page in found for each in page.get("ResourceTagMappingList", [])]
        return [kind for arn in arns if (kind := _kind_of(arn))]

    def evidence(self, step: Step, document: Mapping[str, Any]) -> Table | Plot | None:
        """A row for every kind of which anything is there, three columns, and the sum."""
        rows = [(kind, *counts) for kind, counts in document["rows"].items() if any(counts)]
        counts = document["counts"]
        total = ("all", counts["ledger"], counts["lists"], counts["tags"])
        return Table(("", "in the ledgers", "in AWS's lists", "by tag search"), (*rows, total))


def _count(items: list[Item], kind: str) -> int:
    return sum(item.kind == kind for item in items)


def _kind_of(arn: str) -> str:
    """The kind of what an ARN names, empty for none of ours."""
    return next((word for word, kind in KINDS.items() if kind.arn_has and kind.arn_has in arn), "")
