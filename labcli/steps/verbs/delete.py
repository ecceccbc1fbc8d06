"""The verb ``delete``: ``delete: [orders]`` or ``delete: {every: queue}``. Cleanup's own deleter, as a lesson."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from labcli.aws.resources import KINDS
from labcli.lab.aws import Shape
from labcli.lab.given import list_of, map_of, structure, words
from labcli.lab.model import Planned, Step, Times
from labcli.lab.reader import Reader
from labcli.lab.scope import Scope
from labcli.rules.near import nearest
from labcli.steps.evidence.evidence import Plot, Table
from labcli.steps.verb import Plain, Result
from labcli.steps.world import World

_MANY = 40
"""Resources of a kind that the other days of a week may have: a bound for the plan."""


class DeleteArgs(NamedTuple):
    """Names, or every live resource of a kind."""

    names: tuple[str, ...] = ()
    every: str = ""


class Delete(Plain):
    """Delete resources of this lab, and read back until they are gone."""

    gives = structure({
        "deleted": list_of("string"), "deleted_count": "integer", "how": map_of(words("deleted", "was gone")),
        "days": map_of(list_of("string")),
    })  # fmt: skip

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
        return list(step.args.names)

    def answer(self, step: Step, scope: Scope) -> Shape:
        """Days only where every resource of a kind goes."""
        members = {key: shape for key, shape in self.gives.members.items() if key != "days" or step.args.every}
        return structure(members)

    def shape(self, step: Step, scope: Scope) -> list[Planned]:
        """Find, read the tags, delete, read back: of each.

        ``every`` takes what is live then, of the week's other days too: some may be gone already, a topic's
        subscriptions among them, so it promises no least.
        """
        found: list[Planned] = []
        for name in self._names(step, scope.lab.resources):
            spec = scope.lab.spec(name)
            scope.made.discard(name)
            if spec is not None:
                found += KINDS[spec.kind].shape_of_delete(spec)
        if not step.args.every:
            return found
        kind = KINDS[step.args.every]
        others = kind.shape_of_delete(kind.any_of(step.args.every))
        return [
            *(each._replace(times=replace(each.times, least=0)) for each in found),
            *(each._replace(times=Times(0, each.times.most * _MANY, "none is left")) for each in others),
        ]

    def run(self, step: Step, world: World) -> Result:
        if not step.args.every:
            result = world.port.delete(step.args.names, world.aws)
            return Result({"deleted": list(result), "deleted_count": len(result), "how": result})
        result = world.port.delete_every(step.args.every, world.aws)
        days: dict[str, list[str]] = {}
        for name in result:  # ``tue.orders`` is Tuesday's; names of this lab may have dots as well
            day = world.lab.id if name in world.lab.resources else name.split(".", 1)[0]
            days.setdefault(day, []).append(name)
        return Result({"deleted": list(result), "deleted_count": len(result), "how": result, "days": days})

    def evidence(self, step: Step, document: Mapping[str, Any]) -> Table | Plot | None:
        """What was deleted, and that it is gone; of ``every``, which may be many, a row for each day."""
        how = document["how"]
        if not document.get("days"):
            return Table(("resource", "deleted"), tuple(how.items()))
        rows = []
        for day, names in document["days"].items():
            for way in dict.fromkeys(how[name] for name in names):
                these = [name.removeprefix(f"{day}.") for name in names if how[name] == way]
                rows.append((day, len(these), way, ", ".join(these)))
        return Table(("day", "count", "deleted", step.args.every.replace("_", " ") + "s"), tuple(rows))
