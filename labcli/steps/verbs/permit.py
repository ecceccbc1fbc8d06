"""The verb ``permit``: ``permit: [to_billing]`` writes the permission that a resource was declared without."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labcli.aws.resources import KINDS
from labcli.lab.given import list_of, structure
from labcli.lab.model import Planned, Step
from labcli.lab.reader import Reader
from labcli.lab.scope import Scope
from labcli.steps.evidence.evidence import Plot, Table
from labcli.steps.verb import Plain, Result
from labcli.steps.world import World


class Permit(Plain):
    """Write the queue policy, the invoke permission or the role policy that a resource needs to work."""

    gives = structure({"permitted": list_of("string")})

    def read(self, step: Reader) -> tuple[str, ...]:
        return step.texts("permit")

    def title(self, args: tuple[str, ...]) -> str:
        """``Permit to_billing``."""
        return f"Permit {', '.join(args)}"

    def check(self, step: Step, scope: Scope) -> None:
        """Every name is a resource of the lab that needs a permission."""
        for index, name in enumerate(step.args):
            where = (*step.where, "permit", index)
            spec = scope.resource(name, where)
            if spec is None:
                continue
            if spec.lab or not KINDS[spec.kind].permits:
                able = ", ".join(kind for kind, each in KINDS.items() if each.permits)
                scope.findings.add(where, f"`{name}` needs no permission that this lab could write; {able} do")

    def shape(self, step: Step, scope: Scope) -> list[Planned]:
        """The calls that write it."""
        found: list[Planned] = []
        for name in step.args:
            spec = scope.lab.resources[name]
            found += KINDS[spec.kind].shape_of_permit(spec)
        return found

    def run(self, step: Step, world: World) -> Result:
        for name in step.args:
            world.port.permit(name, world.aws)
        return Result({"permitted": list(step.args)})

    def evidence(self, step: Step, document: Mapping[str, Any]) -> Table | Plot | None:
        """Nothing beyond its title."""
        return None
