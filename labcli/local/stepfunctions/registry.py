"""All that Step Functions has, by ARN, and the snapshot of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from threading import RLock
from typing import Any

from labcli.local.stepfunctions.model import (
    KEPT,
    MOST_KEPT_BYTES,
    RESTARTED,
    RESTARTED_CAUSE,
    Activity,
    Alias,
    Execution,
    Machine,
    MapRun,
    Version,
    restored,
)


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

    def under_way(self) -> int:
        """Executions that have not ended."""
        with self.lock:
            return sum(execution.running for execution in self.executions.values())

    def weight(self) -> int:
        """Bytes of the histories of those that have not ended, about."""
        with self.lock:
            return sum(execution.weight for execution in self.executions.values() if execution.running)

    def keep(self, execution: Execution) -> None:
        """Take an execution in; of the ended ones the oldest go when there are too many, or they are too large."""
        with self.lock:
            self.executions[execution.arn] = execution
            ended = [e for e in self.of_machine(execution.machine) if not e.running]
            for old in sorted(ended, key=lambda e: e.started)[: max(0, len(ended) - KEPT)]:
                del self.executions[old.arn]
            weight = sum(e.weight for e in self.executions.values())
            if weight > MOST_KEPT_BYTES:
                for old in sorted((e for e in self.executions.values() if not e.running), key=lambda e: e.started):
                    del self.executions[old.arn]
                    weight -= old.weight
                    if weight <= MOST_KEPT_BYTES:
                        break

    def drop_executions(self, machine: str) -> None:
        """Forget what a machine has executed."""
        with self.lock:
            self.executions = {arn: e for arn, e in self.executions.items() if e.machine != machine}

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

    def forget(self) -> None:
        """Empty it."""
        with self.lock:
            self.machines, self.executions, self.activities, self.map_runs = {}, {}, {}, {}


def _machine(data: dict[str, Any]) -> Machine:
    versions = [Version(**each) for each in data.pop("versions", ())]
    aliases = {name: Alias(**each) for name, each in data.pop("aliases", {}).items()}
    return Machine(**data, versions=versions, aliases=aliases)
