"""Connections: how long a request may take to arrive, and how many may wait for one.

hypercorn has a limit for a connection that sends nothing, and none for one that sends half a request; and it takes in
as many as the system has files for, after which nobody gets in any more. Who sends a request in time, and takes its
answer, is never cut off.
"""

from __future__ import annotations

import asyncio
from typing import Any, ClassVar

import h11
import hypercorn.asyncio.run
from hypercorn.asyncio.tcp_server import MAX_RECV, TCPServer
from hypercorn.events import Closed, Event, RawData, Updated

from labcli.local.process.files import most

WHOLE = 5.0
"""Seconds from the first byte of a request to the end of its head, and from there to the end of its body."""
LARGE = 4 * 1024 * 1024
"""Bytes of a body for which it may take that long once more."""
CROWD = 200
"""Connections that may wait for a request, or for the rest of one; of more, those that have waited longest go. Where
few files can be open, a quarter of these.
"""
_WHOLE = frozenset({h11.DONE, h11.MUST_CLOSE, h11.CLOSED, h11.ERROR})


class Connection(TCPServer):
    """One connection."""

    waiting: ClassVar[dict[Connection, None]] = {}
    """Those at work on no whole request, who came first at the beginning."""
    crowd: ClassVar[int] = CROWD

    _until: float | None = None
    _state: Any = h11.IDLE
    _size: int = 0

    async def run(self) -> None:
        """Serve it until it is closed."""
        self._wait()
        try:
            await super().run()
        finally:
            self.waiting.pop(self, None)

    async def protocol_send(self, event: Event) -> None:
        """Send what the protocol sends, and hear from it when an answer is over."""
        if isinstance(event, Updated) and event.idle:
            self._wait()
        await super().protocol_send(event)

    async def _read_data(self) -> None:
        while not self.reader.at_eof():
            try:
                async with asyncio.timeout_at(self._until):
                    data = await self.reader.read(MAX_RECV)
            except OSError:  # TimeoutError is one
                break
            await self.protocol.handle(RawData(data))
            self._look(len(data))
        await self.protocol.handle(Closed())
        await self.idle_task.stop()  # which would keep what is closed open, as long as one that sends nothing

    def _look(self, size: int) -> None:
        """Set the time until which the rest of a request has to be there."""
        connection: Any = self.protocol.protocol.connection
        state = getattr(connection, "their_state", None)  # HTTP/2 and websockets, which nobody here speaks, have none
        if state in _WHOLE:
            self._until = None
            self.waiting.pop(self, None)
        elif state is h11.IDLE and not connection.trailing_data[0]:
            self._until = None
            self._wait()
        else:
            self._size += size
            if self._until is None or state is not self._state or self._size > LARGE:
                self._until, self._size = self.loop.time() + WHOLE, 0
            self._wait()
        self._state = state

    def _wait(self) -> None:
        self.waiting.setdefault(self)
        while len(self.waiting) > self.crowd:
            oldest = next(iter(self.waiting))
            del self.waiting[oldest]
            oldest.writer.transport.abort()


def bounded() -> None:
    """Have hypercorn's server use these connections."""
    Connection.crowd = min(CROWD, most() // 4)
    vars(hypercorn.asyncio.run)["TCPServer"] = Connection
