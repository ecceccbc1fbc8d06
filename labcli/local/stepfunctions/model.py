"""What Step Functions keeps: machines, executions with their history, activities; plain data that survives as JSON."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from threading import RLock
from typing import Any

from labcli.local.stepfunctions.interpreter.frame import Frame, from_data
from labcli.local.stepfunctions.map_run import PENDING_REDRIVE

MOST_EVENTS = 25_000
"""Events of one history (Step Functions quotas); what never ends, ends there."""
MOST_BYTES = 32 * 1024 * 1024
"""Bytes of one history, for a laptop's sake: AWS bounds the number of events alone."""
MOST_KEPT_BYTES = 96 * 1024 * 1024
"""Bytes of all histories together: the oldest executions that have ended go first, then nothing new begins."""
KEPT = 1000
"""Ended executions that are kept of one machine; AWS keeps them for 90 days instead."""
RESTARTED = "Labcli.Restarted"
RESTARTED_CAUSE = "The embedded AWS was stopped while this execution ran. It is not run again."


@dataclass
class Version:
    """What a machine was when it was published."""

    arn: str
    created: float
    description: str | None
    revision: str
    definition: str
    role: str
    settings: dict[str, Any]


@dataclass
class Alias:
    """A name for one or two versions, with the share of executions that each gets."""

    arn: str
    name: str
    description: str | None
    routes: list[dict[str, Any]]
    created: float
    updated: float


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
    status: str = "ACTIVE"
    versions: list[Version] = field(default_factory=list)
    """The latest last."""
    numbered: int = 0
    """The number of the last version there was: none is given twice."""
    aliases: dict[str, Alias] = field(default_factory=dict)


@dataclass
class Activity:
    """An activity: a name under which workers ask for tasks."""

    arn: str
    name: str
    created: float
    tags: dict[str, str] = field(default_factory=dict)


@dataclass
class Execution:
    """One execution: what is asked about it, its history, and where it stands.

    It ends once: what is still done for it afterwards changes nothing here.
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
    version: str = ""
    """The ARN of the machine's version that it runs, and of the alias by which it was started."""
    alias: str = ""
    map_run: str = ""
    items: int = 0
    """Of a Map Run's child: how many it has."""
    settings: dict[str, Any] = field(default_factory=dict)
    """The machine's loggingConfiguration and the like when it was started."""
    redrives: int = 0
    redriven: float = 0.0
    redrive_tokens: dict[str, float] = field(default_factory=dict)
    """The client tokens of its latest redrives, and when they were used."""
    status: str = "RUNNING"
    stopped: float | None = None
    output: str | None = None
    error: str | None = None
    cause: str | None = None
    events: list[dict[str, Any]] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)
    """Task tokens it has given out."""
    weight: int = 0
    """Bytes of its history, about."""
    frame: Frame | None = field(default=None, repr=False, compare=False)
    """Where it stands; None before it begins and after it ends well."""
    lock: Any = field(default_factory=RLock, repr=False, compare=False)
    watchers: list[Callable[[], None]] = field(default_factory=list, repr=False, compare=False)
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
            self.weight += 200 + _weight(details)
            if kind in _ENDS:
                self._end(kind, at, next(iter((details or {}).values()), {}))
            return number

    def _end(self, kind: str, at: float, about: Mapping[str, Any]) -> None:
        self.output = about.get("output")
        self.error, self.cause = about.get("error"), about.get("cause")
        self.stopped = round(at, 3)
        self.status = _ENDS[kind]
        watchers, self.watchers = self.watchers, []
        for tell in watchers:
            tell()

    def wait_for_redrive(self) -> None:
        """A child that has failed waits for its turn in the redrive of its Map Run."""
        with self.lock:
            self.status, self.frozen = PENDING_REDRIVE, ""

    def stay(self) -> None:
        """It has waited in vain: it is again as it ended."""
        with self.lock:
            if self.status == PENDING_REDRIVE:
                self.status, self.frozen = _ENDS[self.events[-1]["type"]], ""

    def end(self, kind: str, at: float, error: str | None = None, cause: str | None = None, previous: int = 0) -> bool:
        """End it with this event; False when it had already ended."""
        with self.lock:
            if not self.running:
                return False
            about = {k: v for k, v in (("error", error), ("cause", cause)) if v is not None}
            name = kind[0].lower() + kind[1:] + "EventDetails"
            self.record(kind, at, previous, {name: about})
            return True

    async def over(self, loop: asyncio.AbstractEventLoop) -> None:
        """Wait in this loop until it has ended."""
        ended: asyncio.Future[None] = loop.create_future()

        def wake() -> None:
            if not ended.done():
                ended.set_result(None)

        def tell() -> None:
            with contextlib.suppress(RuntimeError):  # that loop has ended, too
                loop.call_soon_threadsafe(wake)

        with self.lock:
            if not self.running:
                return
            self.watchers.append(tell)
        try:
            await ended
        finally:
            with self.lock, contextlib.suppress(ValueError):
                self.watchers.remove(tell)

    def as_json(self) -> str:
        """Itself, for the snapshot."""
        if self.frozen:
            return self.frozen
        with self.lock:
            plain = {f.name: getattr(self, f.name) for f in fields(self) if f.name not in _NOT_KEPT}
            frame = self.frame.as_data() if self.frame is not None else None
            text = json.dumps({**plain, "frame": frame}, default=str)
            if not self.running:
                self.frozen = text
        return text


def restored(data: dict[str, Any]) -> Execution:
    """The execution that a snapshot has."""
    frame = data.pop("frame", None)
    return Execution(**data, frame=None if frame is None else from_data(frame))


def _weight(details: Mapping[str, Any] | None) -> int:
    inside = next(iter(details.values()), None) if details else None
    if not isinstance(inside, Mapping):
        return 0
    return sum(len(value) for value in inside.values() if isinstance(value, str))


_ENDS = {
    "ExecutionSucceeded": "SUCCEEDED",
    "ExecutionFailed": "FAILED",
    "ExecutionTimedOut": "TIMED_OUT",
    "ExecutionAborted": "ABORTED",
}
_NOT_KEPT = ("lock", "watchers", "frozen", "frame")
