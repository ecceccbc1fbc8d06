"""The counts of a Standard queue, as they were some seconds ago.

SQS API Reference, GetQueueAttributes: the ``ApproximateNumberOfMessages…`` "metrics may not achieve consistency
until at least 1 minute after the producers stop sending messages".
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from labcli.local.awslike import figures
from labcli.local.awslike.chances import Chances

_RECEIVED = "labcli_received"
VISIBLE, IN_FLIGHT, DELAYED = (
    *("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible", "ApproximateNumberOfMessagesDelayed"),
)


@dataclass
class Counts:
    """Each queue has a lag of its own, and keeps it. ``clock`` gives seconds since the epoch."""

    clock: Callable[[], float]
    chances: Chances
    lags: dict[str, float] = field(default_factory=dict)
    gone: dict[str, deque[tuple[float, Any]]] = field(default_factory=dict)
    """What was deleted a moment ago, by queue: it still counts."""

    def __post_init__(self) -> None:
        self._late = self.chances.of("counts")

    def received(self, message: Any) -> None:
        """A message was received just now."""
        message[_RECEIVED] = self.clock()

    def deleted(self, queue: Any, message: Any) -> None:
        """A message was deleted just now."""
        self._recent(queue).append((self.clock(), message))

    def told(self, queue: Any) -> dict[str, str]:
        """The counts as attributes."""
        arn = queue["attributes"]["QueueArn"]
        then = self.clock() - self.lags.setdefault(arn, self._late.uniform(*figures.COUNTS_LATE))
        found = dict.fromkeys((VISIBLE, IN_FLIGHT, DELAYED), 0)
        for message in self._then(queue, then):
            found[_place(message, then)] += 1
        return {name: str(count) for name, count in found.items()}

    def _then(self, queue: Any, then: float) -> Iterator[Any]:
        late = [message for at, message in self._recent(queue) if at > then]
        return (message for message in [*queue["messages"], *late] if message.get("sent_at", then) <= then)

    def _recent(self, queue: Any) -> deque[tuple[float, Any]]:
        recent = self.gone.setdefault(queue["attributes"]["QueueArn"], deque())
        while recent and recent[0][0] < self.clock() - figures.COUNTS_LATE[1]:
            recent.popleft()
        return recent


def _place(message: Any, then: float) -> str:
    """Where a message was then; one that was received since was visible."""
    if message.get("visible_at", then) <= then or message.get(_RECEIVED, then) > then:
        return VISIBLE
    return IN_FLIGHT if message.get("receive_count") else DELAYED
