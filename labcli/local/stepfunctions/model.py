"""What Step Functions keeps: machines, executions with their history, activities; plain data that survives as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, fields
from threading import RLock
from typing import Any

MOST_EVENTS = 25_000
"""Events of one history (Step Functions quotas); what never ends, ends there."""
KEPT = 1000
"""Ended executions that are kept of one machine; AWS keeps them for 90 days instead."""
RESTARTED = "Labcli.Restarted"
RESTARTED_CAUSE = "The embedded AWS was stopped while this execution ran. It is not run again."


@dataclass
class Machine:
    """A state machine. Times are seconds since the epoch."""

    arn: str
    name: str
    role: str
    definition: str
    kind: str
    created: float
    updated: float
    revision: str = ""
    tags: dict[str, str] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)
    """loggingConfiguration and the like, as they were given."""


@dataclass
class Activity:
    """An activity: a name under which workers ask for tasks."""

    arn: str
    name: str
    created: float
    tags: dict[str, str] = field(default_factory=dict)


@dataclass
class Execution:
    """One execution: what is asked about it, and its history.

    It ends once: what its threads still do afterwards changes nothing here.
    """

    arn: str
    name: str
    machine: str
    role: str
    definition: str
    kind: str
    input: str
    started: float
    revision: str = ""
    machine_updated: float = 0.0
    status: str = "RUNNING"
    stopped: float | None = None
    output: str | None = None
    error: str | None = None
    cause: str | None = None
    events: list[dict[str, Any]] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)
    """Task tokens it has given out."""
    lock: Any = field(default_factory=RLock, repr=False, compare=False)
    environment: Any = field(default=None, repr=False, compare=False)
    """The interpreter's, while it runs."""
    frozen: str = field(default="", repr=False, compare=False)
    """Its JSON, once it has ended."""

    @property
    def running(self) -> bool:
        """Whether it has not ended."""
        return self.status == "RUNNING"

    def record(self, kind: str, at: float, previous: int, details: Mapping[str, Any] | None = None) -> int:
        """Put an event into the history; its number. An event that ends the execution does so."""
        with self.lock:
            if not self.running:
                return len(self.events)
            number = len(self.events) + 1
            event = {"timestamp": round(at, 3), "type": kind, "id": number, "previousEventId": previous}
            self.events.append({**event, **(details or {})})
            if kind in _ENDS:
                self._end(kind, at, next(iter((details or {}).values()), {}))
            return number

    def _end(self, kind: str, at: float, about: Mapping[str, Any]) -> None:
        self.output = about.get("output")
        self.error, self.cause = about.get("error"), about.get("cause")
        self.stopped = round(at, 3)
        self.status = _ENDS[kind]

    def end(self, kind: str, at: float, error: str | None = None, cause: str | None = None, previous: int = 0) -> bool:
        """End it with this event; False when it had already ended."""
        with self.lock:
            if not self.running:
                return False
            about = {k: v for k, v in (("error", error), ("cause", cause)) if v is not None}
            name = kind[0].lower() + kind[1:] + "EventDetails"
            self.record(kind, at, previous, {name: about})
            return True

    def as_json(self) -> str:
        """Itself, for the snapshot."""
        if self.frozen:
            return self.frozen
        with self.lock:
            plain = {f.name: getattr(self, f.name) for f in fields(self) if f.name not in _NOT_KEPT}
            text = json.dumps(plain, default=str)
            if not self.running:
                self.frozen = text
        return text


_ENDS = {
    "ExecutionSucceeded": "SUCCEEDED",
    "ExecutionFailed": "FAILED",
    "ExecutionTimedOut": "TIMED_OUT",
    "ExecutionAborted": "ABORTED",
}
_NOT_KEPT = ("lock", "environment", "frozen")


@dataclass
class Registry:
    """All of it, by ARN. ``lock`` is held by whoever changes or walks one of the tables."""

    clock: Callable[[], float]
    machines: dict[str, Machine] = field(default_factory=dict)
    executions: dict[str, Execution] = field(default_factory=dict)
    activities: dict[str, Activity] = field(default_factory=dict)
    lock: Any = field(default_factory=RLock, repr=False)

    def of_machine(self, arn: str) -> list[Execution]:
        """The executions of a machine, whether it still exists or not."""
        with self.lock:
            return [execution for execution in self.executions.values() if execution.machine == arn]

    def keep(self, execution: Execution) -> None:
        """Take an execution in; of the machine's ended ones the oldest go when there are too many."""
        with self.lock:
            self.executions[execution.arn] = execution
            ended = [e for e in self.of_machine(execution.machine) if not e.running]
            for old in sorted(ended, key=lambda e: e.started)[: max(0, len(ended) - KEPT)]:
                del self.executions[old.arn]

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
            machines = json.dumps([asdict(machine) for machine in self.machines.values()])
            activities = json.dumps([asdict(activity) for activity in self.activities.values()])
            executions = ",".join(execution.as_json() for execution in self.executions.values())
        return f'{{"machines": {machines}, "activities": {activities}, "executions": [{executions}]}}'

    def restore(self, text: str) -> None:
        """Put back what ``state`` gave. What was running then is ended: nothing is run twice."""
        found = json.loads(text)
        with self.lock:
            self.machines = {m["arn"]: Machine(**m) for m in found["machines"]}
            self.activities = {a["arn"]: Activity(**a) for a in found["activities"]}
            self.executions = {e["arn"]: Execution(**e) for e in found["executions"]}
            for execution in self.executions.values():
                execution.end("ExecutionAborted", self.clock(), RESTARTED, RESTARTED_CAUSE)

    def forget(self) -> None:
        with self.lock:
            self.machines, self.executions, self.activities = {}, {}, {}
