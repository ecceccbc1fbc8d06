"""The verb ``create``: ``create: [dlq, orders]``. What a resource needs comes first by itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labcli.aws.resources import KINDS
from labcli.lab.given import list_of, map_of, structure
from labcli.lab.model import Planned, Step
from labcli.lab.reader import Reader
from labcli.lab.scope import Scope
from labcli.steps.evidence.evidence import Plot, Table
from labcli.steps.verb import Plain, Result
from labcli.steps.world import World


class Create(Plain):
    """Create declared resources."""

    gives = structure({
        "created": list_of("string"), "created_count": "integer", "definitions": map_of("any"),
        "rows": list_of(structure({"name": "string", "kind": "string", "special": "string"})),
    })  # fmt: skip

    def read(self, step: Reader) -> tuple[str, ...]:
        return step.texts("create")

    def title(self, args: tuple[str, ...]) -> str:
        """``Create dlq, orders``."""
        return f"Create {', '.join(args)}"

    def check(self, step: Step, scope: Scope) -> None:
        """Every name is declared; an earlier step must not have created it."""
        for index, name in enumerate(step.args):
            where = (*step.where, "create", index)
            spec = scope.resource(name, where)
            if spec is not None and spec.lab:
                scope.findings.add(where, f"`{name}` is {spec.lab}'s: it is there when this lab runs")

    def shape(self, step: Step, scope: Scope) -> list[Planned]:
        """The creates of the named resources, and of those that they need, in order; none of one that is there."""
        found: list[Planned] = []
        for name in in_order_of_need(step.args, scope.lab.resources):
            if name in scope.made:
                continue
            scope.made.add(name)
            spec = scope.lab.resources[name]
            found += KINDS[spec.kind].shape(spec)
        return found

    def run(self, step: Step, world: World) -> Result:
        names = world.port.create(step.args, world.aws)
        own = [name for name in names if name in world.lab.declared]
        rows = _rows(own, world.lab.resources)
        machines = [world.lab.resources[name] for name in own if world.lab.resources[name].kind == "machine"]
        drawn = {spec.name: world.fill(dict(spec.props.definition)) for spec in machines}
        return Result({"created": own, "created_count": len(own), "rows": rows, "definitions": drawn})

    def evidence(self, step: Step, document: Mapping[str, Any]) -> Table | Plot | None:
        """What was created and what is special about each."""
        rows = tuple((row["name"], row["kind"], row["special"]) for row in document["rows"])
        return Table(("resource", "kind", "what is special about it"), rows)


def _rows(names: list[str], resources: Mapping[str, Any]) -> list[dict[str, str]]:
    rows = []
    for name in names:
        row = KINDS[resources[name].kind].row(resources[name])
        rows.append({"name": name, "kind": row.kind, "special": row.special})
    return rows


def in_order_of_need(names: tuple[str, ...] | list[str], resources: Mapping[str, Any]) -> list[str]:
    """The names, each after those that it needs; unknown names are left to the check."""
    ordered: list[str] = []

    def add(name: str, above: tuple[str, ...]) -> None:
        if name in ordered or name in above or name not in resources:
            return
        spec = resources[name]
        for _, needed in KINDS[spec.kind].needs(spec.props):
            add(needed, (*above, name))
        ordered.append(name)

    for name in names:
        add(name, ())
    return ordered
