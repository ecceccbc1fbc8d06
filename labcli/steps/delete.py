"""The verb ``delete``: ``delete: [orders]`` or ``delete: {every: queue}``. Cleanup's own deleter, as a lesson."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from labcli.aws.resources import KINDS
from labcli.lab.model import Planned, Step
from labcli.lab.problem import nearest
from labcli.lab.reader import Reader
from labcli.lab.scope import Scope
from labcli.steps.base import Plain, Ran
from labcli.steps.evidence import Plot, Table
from labcli.steps.world import World


class DeleteArgs(NamedTuple):
    """Names, or every live resource of a kind."""

    names: tuple[str, ...] = ()
    every: str = ""


class Delete(Plain):
    """Delete resources of this lab, and read back until they are gone."""

    def read(self, step: Reader) -> DeleteArgs:
        """The names, or the kind."""
        if isinstance(step.data.get("delete"), dict):
            inner = step.inner("delete", "`delete`")
            every = inner.text("every", required=True) if inner else ""
            if inner:
                inner.done()
            return DeleteArgs(every=every)
        return DeleteArgs(names=step.texts("delete"))

    def title(self, args: DeleteArgs) -> str:
        """``Delete orders``."""
        return f"Delete every {args.every}" if args.every else f"Delete {', '.join(args.names)}"

    def check(self, step: Step, scope: Scope) -> None:
        """Every name is declared, the kind exists."""
        if step.args.every and step.args.every not in KINDS:
            near = nearest(step.args.every, KINDS) or f"; there is {', '.join(KINDS)}"
            scope.findings.add((*step.where, "delete", "every"), f"no resource kind `{step.args.every}`{near}")
        for index, name in enumerate(step.args.names):
            scope.resource(name, (*step.where, "delete", index))

    def _names(self, step: Step, resources: Mapping[str, Any]) -> list[str]:
        if step.args.every:
            return [name for name, spec in resources.items() if spec.kind == step.args.every]
        return [name for name in step.args.names if name in resources]

    def shape(self, step: Step, scope: Scope) -> list[Planned]:
        """Find, read the tags, delete, read back: of each."""
        found: list[Planned] = []
        for name in self._names(step, scope.lab.resources):
            spec = scope.lab.resources[name]
            found += KINDS[spec.kind].shape_of_delete(spec)
        return found

    def run(self, step: Step, world: World) -> Ran:
        """Delete them."""
        result = world.port.delete(self._names(step, world.lab.resources), world.aws)
        return Ran({"deleted": list(result), "deleted_count": len(result), "how": result})

    def evidence(self, step: Step, document: Mapping[str, Any]) -> Table | Plot | None:
        """What was deleted, and that it is gone."""
        return Table(("resource", "deleted"), tuple(document["how"].items()))
