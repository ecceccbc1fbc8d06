"""Map Runs (API reference, the actions of these names)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from labcli.local.refused import Refused
from labcli.local.stepfunctions.model import MapRun
from labcli.local.stepfunctions.refusals import Call, check_arn, page
from labcli.local.stepfunctions.registry import Registry

_COUNTED = {"SUCCEEDED": "succeeded", "FAILED": "failed", "TIMED_OUT": "timedOut", "ABORTED": "aborted"}


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
        part = page(call, ours, lambda run: [run.started, run.arn])
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
        run = self._find(call)
        counts = {"total": len(run.children), "pending": 0, "resultsWritten": 0, "running": 0}
        counts |= {name: run.counts.get(status, 0) for status, name in _COUNTED.items()}
        ended = sum(run.counts.values())
        with self.registry.lock:
            running = sum(
                1 for arn in run.children if (e := self.registry.executions.get(arn)) is not None and e.running
            )
        counts["running"] = running if run.status == "RUNNING" else 0
        counts["pending"] = max(0, len(run.children) - ended - counts["running"])
        counts |= {"failuresNotRedrivable": 0, "pendingRedrive": 0}
        whole = len(run.children) == run.total
        answer = {
            "mapRunArn": run.arn,
            "executionArn": run.execution,
            "status": run.status,
            "startDate": run.started,
            "maxConcurrency": run.most,
            "toleratedFailurePercentage": run.tolerated_percentage,
            "toleratedFailureCount": run.tolerated_count,
            "executionCounts": counts,
            "itemCounts": counts if whole else {**counts, "total": run.total},
            "redriveCount": 0,
        }
        return answer if run.stopped is None else {**answer, "stopDate": run.stopped}

    def update(self, call: Call) -> Any:
        """Change what may fail; of one that has ended nothing changes."""
        run = self._find(call)
        with self.registry.lock:
            if run.status == "RUNNING":
                run.tolerated_count = int(call.data.get("toleratedFailureCount", run.tolerated_count))
                given = call.data.get("toleratedFailurePercentage", run.tolerated_percentage)
                run.tolerated_percentage = float(given)
        return {}
