"""Places to die at: before and after each API call, before, in the middle of and after each line of the ledger."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from labcli.context import Aws, Disk

POLLED = frozenset({"lambda.get_event_source_mapping", "lambda.get_function_configuration"})


@dataclass
class Points:
    """Counts the places that a command comes by, tells their names, and dies at one of them."""

    tell: Callable[[str], object]
    fatal: int | None = None
    count: int = 0
    _last: tuple[str, ...] = ()

    @property
    def next_is_fatal(self) -> bool:
        return self.count == self.fatal

    def at(self, name: str) -> None:
        polled = name.removeprefix("before ").removeprefix("after ") in POLLED
        if polled and name in self._last:  # asked again until it is ready: how often, the clock decides
            return
        self._last = (*self._last[-1:], name)
        self.tell(name)
        if self.next_is_fatal:
            os.kill(os.getpid(), signal.SIGKILL)
        self.count += 1


@dataclass
class DyingAws:
    """A way to AWS with a place to die at before each call is sent and after each answer."""

    aws: Aws
    points: Points
    late: Callable[[Callable[[], object]], None] | None = None
    """Given the call that the process dies before: somebody else sends it, after the death."""

    def call(self, service: str, operation: str, params: Mapping[str, Any]) -> dict[str, Any]:
        if self.late is not None and self.points.next_is_fatal:
            self.late(lambda: self.aws.call(service, operation, params))
        self.points.at(f"before {service}.{operation}")
        try:
            return self.aws.call(service, operation, params)
        finally:
            self.points.at(f"after {service}.{operation}")


@dataclass
class DyingDisk(Disk):
    """A disk with places to die at around each line."""

    points: Points

    def append(self, fd: int, data: bytes) -> None:
        event = json.loads(data)["event"]
        name = " ".join(str(event[key]) for key in ("type", "does", "kind") if event.get(key))
        self.points.at(f"before {name} is written")
        if self.points.next_is_fatal:
            os.write(fd, data[: len(data) // 2])
        self.points.at(f"half of {name} is written")
        super().append(fd, data)
        self.points.at(f"{name} is written")

    def sync(self, fd: int) -> None:
        super().sync(fd)
        self.points.at("it is synced")
