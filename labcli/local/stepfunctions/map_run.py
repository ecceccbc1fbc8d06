"""One Map Run: the children of a distributed Map, how they stand, and how many of their items may fail."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

UNSUCCESSFUL = ("FAILED", "TIMED_OUT", "ABORTED")
PENDING, PENDING_REDRIVE = "PENDING", "PENDING_REDRIVE"


def exceeded(failed: int, total: int, count: int, percentage: float) -> bool:
    """Whether more of the items have failed than may; none may where neither threshold is given (States Language,
    "Failure Tolerance": a Map with both fails when either is exceeded).
    """
    if not (count or percentage):
        return failed > 0
    return bool(count and failed > count) or bool(percentage and 100 * failed > percentage * total)


@dataclass
class MapRun:
    """A Map Run. Its children begin in the order of their items; those that have not begun are inputs as yet."""

    arn: str
    execution: str
    started: float
    most: int
    """Children at once, as the Map says; 0: it says nothing."""
    tolerated_count: int
    tolerated_percentage: float
    sizes: list[int]
    """How many items each child has."""
    inputs: list[str]
    """Of the children that have not begun."""
    status: str = "RUNNING"
    stopped: float | None = None
    children: list[str] = field(default_factory=list)
    """Those that have begun."""
    statuses: dict[str, str] = field(default_factory=dict)
    """How those ended that have."""
    written: int = 0
    """Children whose results were written by a ResultWriter."""
    redrives: int = 0
    redriven: float = 0.0

    @property
    def total(self) -> int:
        """Items."""
        return sum(self.sizes)

    @property
    def exceeded(self) -> bool:
        """Whether more of its items have failed than may."""
        failed = sum(size for status, size in self._each() if status in UNSUCCESSFUL)
        return exceeded(failed, self.total, self.tolerated_count, self.tolerated_percentage)

    def _each(self) -> Iterator[tuple[str, int]]:
        for arn, size in zip(self.children, self.sizes, strict=False):
            yield self.statuses.get(arn, "RUNNING"), size

    def counted(self, waiting: set[str]) -> tuple[Counter[str], Counter[str]]:
        """Children and items by their status. ``waiting`` are the children that wait to be redriven."""
        children, items = Counter[str](), Counter[str]()
        others = PENDING if self.status == "RUNNING" else "ABORTED"
        for index, size in enumerate(self.sizes):
            status = others
            if index < len(self.children):
                arn = self.children[index]
                status = PENDING_REDRIVE if arn in waiting else self.statuses.get(arn, "RUNNING")
            children[status] += 1
            items[status] += size
        return children, items

    def end(self, status: str, at: float) -> None:
        """Note how it ended."""
        self.status, self.stopped = status, round(at, 3)

    def again(self, at: float) -> None:
        """Note that it is redriven."""
        self.status, self.stopped = "RUNNING", None
        self.redrives, self.redriven = self.redrives + 1, round(at, 3)
