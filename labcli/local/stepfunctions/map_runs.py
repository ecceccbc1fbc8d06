"""Map Runs (API reference, the actions of these names)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from labcli.local.refused import Refused
from labcli.local.stepfunctions.map_run import PENDING_REDRIVE, UNSUCCESSFUL, MapRun
from labcli.local.stepfunctions.redrives import why_not
from labcli.local.stepfunctions.refusals import Call, check_arn, invalid, page
from labcli.local.stepfunctions.registry import Registry

_COUNTED = {
    "SUCCEEDED": "succeeded",
    "FAILED": "failed",
    "TIMED_OUT": "timedOut",
    "ABORTED": "aborted",
    "PENDING": "pending",
    "RUNNING": "running",
    PENDING_REDRIVE: "pendingRedrive",
}


@dataclass
class MapRuns:
    """The actions on Map Runs."""

    registry: Registry

    @property
    def table(self) -> dict[str, Callable[[Call], Any]]:
        """Which action is done by what."""
        return {"ListMapRuns": self.list, "DescribeMapRun": self.describe, "UpdateMapRun": self.update}

    def _find(self, call: Call) -> MapRun:
        arn = check_arn(call.need("mapRunArn"), "mapRun")
        if (found := self.registry.map_runs.get(arn)) is None:
            raise Refused("ResourceNotFound", f"Resource not found: '{arn}'")
        return found

    def list(self, call: Call) -> Any:
        """The Map Runs of an execution."""
        arn = check_arn(call.need("executionArn"), "execution")
        with self.registry.lock:
            if arn not in self.registry.executions:
                raise Refused("ExecutionDoesNotExist", f"Execution Does Not Exist: '{arn}'")
            ours = [run for run in self.registry.map_runs.values() if run.execution == arn]
        begun = {run.arn: number for number, run in enumerate(ours)}  # two may begin in one millisecond
        part = page(call, ours, lambda run: [run.started, begun[run.arn]])
        shown = []
        for run in part.items:
            machine = run.arn.replace(":mapRun:", ":stateMachine:").rpartition(":")[0]
            one = {
                "executionArn": arn,
                "mapRunArn": run.arn,
                "stateMachineArn": machine,
                "startDate": run.started,
            }
            shown.append(one if run.stopped is None else {**one, "stopDate": run.stopped})
        return {"mapRuns": shown, **({"nextToken": part.token} if part.token else {})}

    def describe(self, call: Call) -> Any:
        """How it stands with a Map Run: its children, and their items."""
        with self.registry.lock:
            run = self._find(call)
            begun, now = self.registry.children(run), self.registry.clock()
            waiting = {child.arn for child in begun if child.status == PENDING_REDRIVE}
            lost = [child for child in begun if child.status in UNSUCCESSFUL and why_not(child, now)]
            answer = {
                "mapRunArn": run.arn,
                "executionArn": run.execution,
                "status": run.status,
                "startDate": run.started,
                "maxConcurrency": run.most,
                "toleratedFailurePercentage": run.tolerated_percentage,
                "toleratedFailureCount": run.tolerated_count,
                "redriveCount": run.redrives,
            }
            answer |= {"redriveDate": run.redriven} if run.redriven else {}
            answer |= {} if run.stopped is None else {"stopDate": run.stopped}
            children, items = run.counted(waiting)
        written = {"children": run.written, "items": run.total if run.written else 0}
        answer["executionCounts"] = _counts(children, written["children"], len(lost))
        answer["itemCounts"] = _counts(items, written["items"], sum(child.items for child in lost))
        return answer

    def update(self, call: Call) -> Any:
        """Change how many run at once and how many may fail; of one that has ended nothing changes."""
        run = self._find(call)
        most, count = _number(call, "maxConcurrency"), _number(call, "toleratedFailureCount")
        percentage = _number(call, "toleratedFailurePercentage", 100)
        with self.registry.lock:
            if run.status == "RUNNING":
                run.most = run.most if most is None else int(most)
                run.tolerated_count = run.tolerated_count if count is None else int(count)
                run.tolerated_percentage = run.tolerated_percentage if percentage is None else float(percentage)
        return {}


def _counts(found: Mapping[str, int], written: int, lost: int) -> dict[str, int]:
    told = {name: found.get(status, 0) for status, name in _COUNTED.items()}
    return {**told, "total": sum(found.values()), "resultsWritten": written, "failuresNotRedrivable": lost}


def _number(call: Call, name: str, most: int | None = None) -> float | None:
    """A number of a call; None when it is not given."""
    given = call.data.get(name)
    if given is None:
        return None
    if isinstance(given, bool) or not isinstance(given, int | float):
        raise Refused("SerializationException", f"{name} is not a number")
    if given < 0:
        raise invalid(str(given), name, "Member must have value greater than or equal to 0")
    if most is not None and given > most:
        raise invalid(str(given), name, f"Member must have value less than or equal to {most}")
    return given
