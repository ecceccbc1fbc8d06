"""An execution as data: its states, their attempts, their branches. ``history`` makes it of AWS's events."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Attempt:
    """One try of a state. Seconds since the execution began; ``end`` None: it goes on, or nobody knows."""

    start: float
    end: float | None = None
    error: str = ""


@dataclass(eq=False)
class Visit:
    """A state that was entered. ``status`` is an execution's; ``caught``: it failed, and went on."""

    name: str
    type: str
    start: float
    home: Branch | None = None
    end: float | None = None
    status: str = "RUNNING"
    error: str = ""
    cause: str = ""
    caught: bool = False
    resource: str = ""
    """``lambda``, or ``sqs:sendMessage``."""
    attempts: list[Attempt] = field(default_factory=list)
    branches: list[Branch] = field(default_factory=list)
    latest: dict[int, Branch] = field(default_factory=dict)
    """The branches of its last attempt, by their index."""
    length: int | None = None
    """How many items a Map has, where its events tell it."""
    map_run: str = ""
    """The ARN of the Map Run that a distributed Map started: its children are executions of their own."""
    notes: list[str] = field(default_factory=list)
    """What else is known of it, from elsewhere than its events."""
    depth: int = 0
    touched: float = 0.0
    """When something was last heard of it."""

    @property
    def tries(self) -> int:
        """How often it was tried."""
        return max(1, len(self.attempts))

    @property
    def gaps(self) -> list[float]:
        """Seconds between the end of an attempt and the start of the next one."""
        pairs = zip(self.attempts, self.attempts[1:], strict=False)
        return [round(after.start - (before.start if before.end is None else before.end), 3) for before, after in pairs]


@dataclass(eq=False)
class Branch:
    """A branch of a Parallel, or an item of a Map: the states that were entered in it."""

    of: Visit
    index: int
    attempt: int
    start: float
    visits: list[Visit] = field(default_factory=list)
    end: float | None = None
    status: str = "RUNNING"


@dataclass
class History:
    """An execution as its events tell it. ``began`` is seconds since the epoch, 0 when no event has a time."""

    visits: list[Visit] = field(default_factory=list)
    every: list[Visit] = field(default_factory=list)
    """The visits at all depths, in the order in which they began."""
    status: str = "RUNNING"
    began: float = 0.0
    seconds: float = 0.0
    error: str = ""
    cause: str = ""
    input: Any = None
    output: Any = None

    @property
    def branches(self) -> list[Branch]:
        """Every branch at every depth: attempt by attempt, in the order of the definition, whichever began first."""
        return [b for visit in self.every for b in sorted(visit.branches, key=lambda b: (b.attempt, b.index))]


def is_history(document: Any) -> bool:
    """Whether a document has the events of an execution. ``events`` of a ``consume`` have no ``type``."""
    events = document.get("events") if isinstance(document, Mapping) else None
    return bool(isinstance(events, list) and events and isinstance(events[0], Mapping) and "type" in events[0])
