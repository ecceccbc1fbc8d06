"""Standard queues as AWS documents them: best-effort order, at-least-once delivery, short polls that ask some servers.

SQS Developer Guide, "Amazon SQS standard queues", "At-least-once delivery" and "Amazon SQS short and long polling".
FIFO queues never come here.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from labcli.local.awslike import figures
from labcli.local.awslike.chances import Chances

SHORT: ContextVar[bool] = ContextVar("labcli_short_poll", default=False)
"""Whether the receive that is under way is a short poll. Mappings poll long."""
_SERVER, _TWICE, _GONE = "labcli_server", "labcli_twice", "labcli_gone"


@dataclass
class Standard:
    """Which messages a receive is given, and which come twice. ``clock`` gives seconds since the epoch."""

    clock: Callable[[], float]
    chances: Chances

    def __post_init__(self) -> None:
        self._order, self._servers, self._polls = (self.chances.of(kind) for kind in ("order", "servers", "polls"))
        self._received, self._deleted = (self.chances.of(kind) for kind in ("received again", "deleted again"))

    def choose(self, messages: list[Any], count: int) -> list[Any]:
        """The messages that a receive is given, in the order in which it is given them."""
        now, short = self.clock(), SHORT.get()
        asked = self._polls.sample(range(figures.SERVERS), figures.ASKED) if short else ()
        for message in messages:
            if _SERVER not in message:
                message[_SERVER] = self._servers.randrange(figures.SERVERS)
        seen = [m for m in messages if m.get("visible_at", now) <= now and (not short or m[_SERVER] in asked)]
        window = seen[: count + figures.WINDOW]
        self._order.shuffle(window)
        return window[:count]

    def received(self, queue: Any, message: Any) -> None:
        """A message was received: some show again long before their visibility timeout ends."""
        message.pop(_GONE, None)  # a copy that somebody has is a message like any other
        early = self._received.random() < figures.TWICE_RECEIVED
        if early and not message.get(_TWICE) and message["receive_count"] < _most_receives(queue):
            message[_TWICE] = True
            message["visible_at"] = min(message["visible_at"], self.clock() + self._received.uniform(*figures.AGAIN))

    def deleted(self, queue: Any, message: Any) -> None:
        """A message was deleted: of some a copy is left, which knows nothing of the last receive."""
        if self._deleted.random() >= figures.TWICE_DELETED or message.get(_TWICE):
            return
        again = self.clock() + self._deleted.uniform(*figures.AGAIN)
        copy = {**message, _TWICE: True, _GONE: self.clock() + figures.COPY_STAYS, "receipt_handle": None}
        copy |= {"visible_at": again, "receive_count": max(0, message["receive_count"] - 1)}
        queue["messages"].append(copy)

    def tidy(self, queue: Any) -> None:
        """Take the copies away that nobody has received in time."""
        now = self.clock()
        if any(message.get(_GONE, now) < now for message in queue["messages"]):
            queue["messages"] = [message for message in queue["messages"] if message.get(_GONE, now) >= now]


def _most_receives(queue: Any) -> float:
    """After how many receives a message moves to the dead-letter queue: the last one is never repeated."""
    policy = json.loads(queue["attributes"].get("RedrivePolicy") or "{}")
    return float(policy.get("maxReceiveCount", "inf"))
