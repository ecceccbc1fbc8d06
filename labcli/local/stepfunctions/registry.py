"""All that Step Functions has, by ARN, and the snapshot of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from threading import RLock
from typing import Any

from labcli.local.stepfunctions.map_run import MapRun
from labcli.local.stepfunctions.model import (
    KEPT,
    MOST_KEPT_BYTES,
    RESTARTED,
    RESTARTED_CAUSE,
    Activity,
    Alias,
    Execution,
    Machine,
    Version,
    restored,
)

LOOK_EVERY = 50
"""Children of a Map Run between two looks at how much is kept."""


@dataclass
class Registry:
    """All of it. ``lock`` is held by whoever changes or walks one of the tables."""

    clock: Callable[[], float]
    machines: dict[str, Machine] = field(default_factory=dict)
    executions: dict[str, Execution] = field(default_factory=dict)
    activities: dict[str, Activity] = field(default_factory=dict)
    map_runs: dict[str, MapRun] = field(default_factory=dict)
    lock: Any = field(default_factory=RLock, repr=False)

    def of_machine(self, arn: str) -> list[Execution]:
        """The executions of a machine, whether it still exists or not; children of its Map Runs are not of them."""
        with self.lock:
            return [execution for execution in self.executions.values() if execution.machine == arn]

    def under_way(self) -> tuple[int, int]:
        """How many have not ended, and the bytes of their histories, about."""
        with self.lock:
            weights = [e.weight for e in self.executions.values() if e.status == "RUNNING"]
        return len(weights), sum(weights)

    def keep(self, execution: Execution) -> None:
        """Take an execution in; of the ended ones the oldest go when there are too many, or they are too large.

        The children of a Map Run go with the execution that had it.
        """
        with self.lock:
            self.executions[execution.arn] = execution
            if not execution.map_run:
                ended = [e for e in self.of_machine(execution.machine) if not e.running]
                for old in sorted(ended, key=lambda e: e.started)[: max(0, len(ended) - KEPT)]:
                    self._drop(old)
            elif len(self.map_runs[execution.map_run].children) % LOOK_EVERY:
                return
            weight = sum(e.weight for e in self.executions.values())
            if weight > MOST_KEPT_BYTES:
                for old in sorted(filter(self._may_go, self.executions.values()), key=lambda e: e.started):
                    weight -= self._drop(old)
                    if weight <= MOST_KEPT_BYTES:
                        break

    def _may_go(self, execution: Execution) -> bool:
        run = self.map_runs.get(execution.map_run)
        return not execution.running and (run is None or run.status != "RUNNING")

    def _drop(self, execution: Execution) -> int:
        """Forget an execution and the children of its Map Runs; how much they weighed."""
        found = self.executions.pop(execution.arn, None)
        weight = 0 if found is None else found.weight
        for run in [run for run in self.map_runs.values() if run.execution == execution.arn]:
            del self.map_runs[run.arn]
            weight += sum(self._drop(child) for arn in run.children if (child := self.executions.get(arn)))
        return weight

    def children(self, run: MapRun) -> list[Execution]:
        """The children of a Map Run that have begun, in the order of their items."""
        with self.lock:
            return [child for arn in run.children if (child := self.executions.get(arn)) is not None]

    def drop_executions(self, machine: str) -> None:
        """Forget what a machine has executed."""
        with self.lock:
            for execution in self.of_machine(machine):
                self._drop(execution)

    def by_token(self, token: str) -> Execution | None:
        """The execution that gave a task token out."""
        with self.lock:
            return next((e for e in self.executions.values() if token in e.tokens), None)

    def state(self) -> str | None:
        """All of it as JSON, or None when there is nothing."""
        with self.lock:
            if not (self.machines or self.executions or self.activities):
                return None
            tables: dict[str, dict[str, Any]] = {"machines": self.machines, "activities": self.activities}
            tables["map_runs"] = self.map_runs
            parts = [f'"{name}": {json.dumps([asdict(each) for each in t.values()])}' for name, t in tables.items()]
            executions = ",".join(execution.as_json() for execution in self.executions.values())
        return f'{{{", ".join(parts)}, "executions": [{executions}]}}'

    def restore(self, text: str) -> None:
        """Put back what ``state`` gave. What ran then and cannot go on is ended: nothing is done twice."""
        found = json.loads(text)
        with self.lock:
            self.machines = {m["arn"]: _machine(m) for m in found["machines"]}
            self.activities = {a["arn"]: Activity(**a) for a in found["activities"]}
            self.map_runs = {r["arn"]: MapRun(**r) for r in found.get("map_runs", ())}
            self.executions = {e["arn"]: restored(e) for e in found["executions"]}
            self.settle()

    def settle(self) -> None:
        """End what cannot go on once the embedded AWS was stopped."""
        with self.lock:
            for execution in self.executions.values():
                if execution.running and (execution.frame is None or not execution.frame.resumable):
                    execution.end("ExecutionAborted", self.clock(), RESTARTED, RESTARTED_CAUSE)
            for run in self.map_runs.values():
                owner = self.executions.get(run.execution)
                if run.status == "RUNNING" and (owner is None or not owner.running):
                    run.end("ABORTED", self.clock())
                if run.status != "RUNNING":
                    self.close(run)

    def close(self, run: MapRun) -> None:
        """Nothing of a Map Run that has ended goes on: end its children that have not."""
        for child in self.children(run):
            child.end("ExecutionAborted", self.clock())
            child.stay()
            run.statuses[child.arn] = child.status

    def forget(self) -> None:
        """Empty it."""
        with self.lock:
            self.machines, self.executions, self.activities, self.map_runs = {}, {}, {}, {}


def _machine(data: dict[str, Any]) -> Machine:
    versions = [Version(**each) for each in data.pop("versions", ())]
    aliases = {name: Alias(**each) for name, each in data.pop("aliases", {}).items()}
    return Machine(**data, versions=versions, aliases=aliases)
