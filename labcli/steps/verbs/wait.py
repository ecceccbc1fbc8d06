"""The verb ``wait``: ``wait: 2s``, or ``wait: {local: 0s, aws: 60s}`` where AWS alone needs time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labcli.lab.given import structure
from labcli.lab.model import Step
from labcli.lab.reader import Reader
from labcli.steps.evidence.evidence import Facts
from labcli.steps.verb import Plain, Result
from labcli.steps.world import Waiting, World

LONGEST = 900


class Wait(Plain):
    """Let time pass. Its arguments are seconds by the name of the target."""

    gives = structure({"waited": "float"})

    def read(self, step: Reader) -> dict[str, float]:
        """Seconds for each target."""
        if isinstance(step.data.get("wait"), dict):
            reader = step.inner("wait", "`wait`")
            if reader is None:
                return {}
            found = {name: reader.duration(name, 0, LONGEST, 0.0) or 0.0 for name in ("local", "aws")}
            reader.done()
            return found
        seconds = step.duration("wait", 0, LONGEST, 0.0) or 0.0
        return {"local": seconds, "aws": seconds}

    def title(self, args: dict[str, float]) -> str:
        """``Wait 2 s``."""
        return f"Wait {args.get('local', 0):g} s"

    def run(self, step: Step, world: World) -> Result:
        """Wait, and say so."""
        seconds = float(step.args.get(world.target.name, 0.0))
        if world.target.aws_like is not None:  # as on AWS, where what is late there is not as late here
            seconds = max(seconds, min(float(step.args.get("aws", 0.0)), world.target.known))
        end = world.monotonic() + seconds
        while (left := end - world.monotonic()) > 0:
            world.report(Waiting("time to pass", left=left, sure=True))
            world.pause(min(left, 0.2))
        return Result({"waited": seconds})

    def facts(self, step: Step, document: Mapping[str, Any]) -> Facts:
        """Nothing: the time stands beside the step."""
        return []
