"""The verb ``update``: ``update: flow`` with ``to: {machine: …, may: […]}`` makes a live resource as it says.

``update: wed.flow`` changes what another day owns. What it was before stands in the ledger of this run, and cleaning
this day puts it back if that day still lives.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from labcli.aws.resources import KINDS
from labcli.lab.given import map_of, structure
from labcli.lab.model import Planned, ResourceSpec, Step, Where
from labcli.lab.reader import Reader
from labcli.lab.scope import Scope
from labcli.steps.evidence.evidence import Facts
from labcli.steps.verb import Plain, Result
from labcli.steps.world import World


class UpdateArgs(NamedTuple):
    """The resource by its name, and its new declaration; its kind is empty when that could not be told."""

    name: str
    kind: str = ""
    props: Any = None
    raw: Mapping[str, Any] = {}
    where: Where = ()

    def spec(self) -> ResourceSpec:
        """The resource as it is to be."""
        return ResourceSpec(self.name, self.kind, self.props, self.where, self.raw)


class Update(Plain):
    """Change a live resource: a function's code and settings, a machine's definition, what either may do."""

    gives = structure({"updated": "string", "kind": "string", "special": "string", "definitions": map_of("any")})

    def read(self, step: Reader) -> UpdateArgs:
        """``update: NAME`` and ``to:``, a declaration as under ``resources``."""
        name = step.text("update", required=True)
        inner = step.inner("to", "`to`")
        if inner is None:
            step.findings.add(step.where, "`update` says what it makes of the resource: `to: {machine: {…}}`")
            return UpdateArgs(name)
        kinds = [key for key in inner.data if key in KINDS and KINDS[key].updates]
        if len(kinds) != 1:
            able = ", ".join(kind for kind, each in KINDS.items() if each.updates)
            step.bad("to", f"`to` is a declaration of what can be updated: {able}")
            return UpdateArgs(name)
        inner.what = f"a {kinds[0]}"
        props = KINDS[kinds[0]].read(inner)
        inner.done()
        return UpdateArgs(name, kinds[0], props, inner.data, inner.where)

    def title(self, args: UpdateArgs) -> str:
        """``Update flow``."""
        return f"Update {args.name}"

    def check(self, step: Step, scope: Scope) -> None:
        """The resource is there, is of the declared kind, and what it becomes is right."""
        args: UpdateArgs = step.args
        where = (*step.where, "update")
        if not args.kind:
            scope.resource(args.name, where)
            return
        spec = scope.resource(args.name, where, args.kind)
        if spec is None:
            return
        if spec.lab and not KINDS[args.kind].puts_back:
            scope.findings.add(where, f"`{args.name}` is {spec.lab}'s, and an update of a {args.kind} cannot be undone")
        if spec.kind == "machine" and spec.props.type != args.props.type:
            said = f"`{args.name}` is {spec.props.type}: AWS never changes the type of a machine"
            scope.findings.add((*args.where, "type") if "type" in args.raw else args.where, said)
        others = {**scope.lab.resources, **scope.lab.borrowed}
        KINDS[args.kind].check(args.spec(), others, scope.findings)
        declared = {key: value for key, value in args.raw.items() if key != "may"}
        for where, ref, _ in scope.references(declared, args.where):
            if ref.root in scope.saved:
                scope.findings.add(where, f"{ref.text} is a saved value: a declaration sees only resources")

    def shape(self, step: Step, scope: Scope) -> list[Planned]:
        """The calls of the kind; of another day's, also those that read what to put back."""
        args: UpdateArgs = step.args
        spec = scope.lab.spec(args.name)
        return KINDS[args.kind].shape_of_update(args.spec(), bool(spec and spec.lab))

    def references(self, args: UpdateArgs) -> Any:
        return args.raw

    def run(self, step: Step, world: World) -> Result:
        args: UpdateArgs = step.args
        world.port.update(args.name, args.spec(), world.aws)
        row = KINDS[args.kind].row(args.spec())
        drawn = {args.name: world.fill(dict(args.props.definition))} if args.kind == "machine" else {}
        return Result({"updated": args.name, "kind": row.kind, "special": row.special, "definitions": drawn})

    def facts(self, step: Step, document: Mapping[str, Any]) -> Facts:
        """What it is now."""
        return [("resource", document["updated"]), ("kind", document["kind"]), ("is now", document["special"])]
