"""What a laptop bears: how many executions may be open, and how fast they may be started."""

from __future__ import annotations

from dataclasses import dataclass, field

from labcli.local.refused import Refused
from labcli.local.stepfunctions.model import MOST_KEPT_BYTES
from labcli.local.stepfunctions.refusals import Call
from labcli.local.stepfunctions.registry import Registry

MOST_OPEN = 1000
"""Open executions of the whole embedded AWS; AWS has a million for each account."""


@dataclass
class Bucket:
    """So many starts at once, and so many a second from then on, as AWS throttles StartExecution."""

    size: float
    rate: float
    left: float = -1.0
    filled: float = 0.0

    def take(self, now: float) -> bool:
        """Whether one more may start."""
        whole = self.left < 0
        self.left = self.size if whole else min(self.size, self.left + max(0.0, now - self.filled) * self.rate)
        self.filled = now
        if self.left < 1:
            return False
        self.left -= 1
        return True


@dataclass
class Limits:
    """Those of one server. What executions start, starts slowly: a machine that starts itself stays small."""

    outside: Bucket = field(default_factory=lambda: Bucket(1300, 300))
    inside: Bucket = field(default_factory=lambda: Bucket(300, 10))

    def admit(self, call: Call, registry: Registry) -> None:
        """Let one more start, or refuse it in AWS's words."""
        bucket = self.inside if call.started_by else self.outside
        if not bucket.take(registry.clock()):
            raise Refused("ThrottlingException", "Rate exceeded")
        open_, weight = registry.under_way()
        if open_ >= MOST_OPEN or weight > MOST_KEPT_BYTES:
            text = "The maximum number of running executions has been reached. Running executions must end or be "
            raise Refused("ExecutionLimitExceeded", f"{text}stopped before a new execution can be started.")
