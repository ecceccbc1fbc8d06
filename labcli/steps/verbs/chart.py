"""The verb ``chart``: the depth of a queue, looked at again and again while the steps beside it work."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

from labcli.lab.given import list_of, structure
from labcli.lab.model import Call, Planned, Step, Times
from labcli.lab.reader import Reader
from labcli.lab.scope import Scope
from labcli.steps.depth import DEPTH_ATTRIBUTES, depth_of
from labcli.steps.evidence.evidence import Facts, Plot, Table
from labcli.steps.verb import Plain, Result
from labcli.steps.world import World

DEFAULT_WITHIN = 60.0


class ChartArgs(NamedTuple):
    """The queue by its name, seconds between two looks."""

    queue: str
    every: float = 0.5


class Chart(Plain):
    """Sample the depth of a queue; in ``together`` until the steps beside it have ended."""

    takes = frozenset({"within"})
    background = True

    gives = structure({
        "samples": list_of(structure({
            "at": "float", "visible": "integer", "in_flight": "integer", "delayed": "integer",
        })),
        "peak": "integer", "last": "integer",
    })  # fmt: skip

    def read(self, step: Reader) -> ChartArgs:
        """``chart: {queue: buffer, every: 0.5s}``."""
        reader = step.inner("chart", "`chart`")
        if reader is None:
            return ChartArgs("")
        args = ChartArgs(reader.text("queue", required=True), reader.duration("every", 0.1, 60, 0.5) or 0.5)
        reader.done()
        return args

    def title(self, args: ChartArgs) -> str:
        """``The depth of buffer``."""
        return f"The depth of {args.queue}"

    def check(self, step: Step, scope: Scope) -> None:
        """The queue exists; somebody ends it."""
        scope.resource(step.args.queue, (*step.where, "chart", "queue"), "queue")
        if not step.name and step.within is None:
            scope.findings.add(step.where, "`chart` alone needs `within`; in `together` it ends with the others")

    def shape(self, step: Step, scope: Scope) -> list[Planned]:
        """A look every so often, for at most ``within``."""
        most = math.ceil((step.within or DEFAULT_WITHIN) / step.args.every) + 2
        asked = {"QueueUrl": f"${{{step.args.queue}.url}}", "AttributeNames": DEPTH_ATTRIBUTES}
        return [Planned(Call("sqs", "get_queue_attributes", asked), Times(2, most, "the others have ended"))]

    def run(self, step: Step, world: World) -> Result:
        """Look at once, then every so often, and once more at the end."""
        url = f"${{{step.args.queue}.url}}"
        started, samples = world.monotonic(), []
        end = started + (step.within or DEFAULT_WITHIN)
        last = False
        while True:
            depth = depth_of(world, url)
            samples.append({"at": round(world.monotonic() - started, 2), **depth})
            if last:
                break
            until = min(world.monotonic() + step.args.every, end)
            while world.monotonic() < until and not world.rest_done.is_set():
                world.pause(min(0.05, max(0.0, until - world.monotonic())))
            last = world.rest_done.is_set() or world.monotonic() >= end
        visible = [sample["visible"] for sample in samples]
        return Result({"samples": samples, "peak": max(visible), "last": visible[-1]})

    def facts(self, step: Step, document: Mapping[str, Any]) -> Facts:
        """The highest and the last depth."""
        return [("peak", document["peak"]), ("at the end", document["last"])]

    def evidence(self, step: Step, document: Mapping[str, Any]) -> Table | Plot | None:
        """The depth over time."""
        points = tuple((float(each["at"]), float(each["visible"])) for each in document["samples"])
        return Plot(f"messages visible in {step.args.queue}", points)
