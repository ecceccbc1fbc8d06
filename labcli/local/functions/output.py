"""What a function's process prints: read at once, so that it never waits for us, and kept within bounds."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from threading import Condition

HEAD = 192 * 1024
"""Bytes kept of the beginning of what one invocation prints."""
TAIL = 64 * 1024
"""Bytes kept of its end; LogResult shows the last 4 KB."""
LONGEST = 256 * 1024
"""Bytes of one event (CloudWatch Logs quotas)."""


@dataclass
class Output:
    """The standard output and error of one process, both in one, as they come.

    AWS keeps all of it; a machine of a learner keeps the beginning and the end, and says how much it left out.
    """

    head: bytearray = field(default_factory=bytearray)
    tail: bytearray = field(default_factory=bytearray)
    dropped: int = 0
    mark: bytes = b""
    complete: bool = False
    """The mark of the invocation under way was seen, or the process is gone."""
    rest: bytes = b""
    """What came after the mark: it belongs to the next invocation, as on AWS."""
    changed: Condition = field(default_factory=Condition)

    def read(self, descriptor: int) -> None:
        """Read until the process and its children have closed it; to be run in a thread."""
        try:
            while chunk := os.read(descriptor, 65_536):
                self.feed(chunk)
        except OSError:  # closed under our hands
            pass
        with self.changed:
            self.complete = True
            self.changed.notify_all()

    def begin(self, mark: str) -> None:
        """An invocation begins; ``mark`` is what the process writes when it is over."""
        with self.changed:
            kept, self.rest = self.rest, b""
            self.head, self.tail, self.dropped = bytearray(), bytearray(), 0
            self.mark, self.complete = mark.encode(), False
        if kept:
            self.feed(kept)

    def feed(self, chunk: bytes) -> None:
        """Some bytes have come."""
        with self.changed:
            if self.complete and self.mark:
                self.rest = (self.rest + chunk)[-HEAD:]
                return
            looked_at = max(0, len(self.tail) - len(self.mark))
            self.tail += chunk
            found = self.tail.find(self.mark, looked_at) if self.mark else -1
            if found >= 0:
                self.rest = bytes(self.tail[found + len(self.mark) :])
                del self.tail[found:]
                self.complete = True
                self.changed.notify_all()
            self._bound()

    def _bound(self) -> None:
        over = len(self.tail) - TAIL
        if over <= 0:
            return
        room = HEAD - len(self.head)
        self.head += self.tail[: min(room, over)]
        self.dropped += max(0, over - room)
        del self.tail[:over]

    def taken(self, seconds: float) -> list[str]:
        """The lines of the invocation, all of them; waits at most so long for what is still on its way."""
        with self.changed:
            self.changed.wait_for(lambda: self.complete, timeout=seconds)
            note = f"\n[labcli left out {self.dropped} bytes here]\n".encode() if self.dropped else b""
            whole = bytes(self.head) + note + bytes(self.tail)
            self.complete = True
            self.head, self.tail, self.dropped = bytearray(), bytearray(), 0
        lines = whole.decode("utf-8", "replace").splitlines() if whole else []
        return [line[at : at + LONGEST] for line in lines for at in range(0, len(line) or 1, LONGEST)]
