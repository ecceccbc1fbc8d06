"""Tasks that wait for somebody: what was said about a token reaches the interpreter from any thread."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from secrets import token_urlsafe
from threading import Lock
from typing import Any, NamedTuple

from labcli.local.stepfunctions.interpreter.errors import TIMEOUT, StateError

HEARTBEAT = "States.HeartbeatTimeout"


def fresh() -> str:
    """A task token nobody has."""
    return token_urlsafe(96)


class Answer(NamedTuple):
    """What was said: an output, or an error and its cause."""

    output: str | None = None
    error: str | None = None
    cause: str | None = None


@dataclass(eq=False)
class Waiter:
    """Somebody who waits for a token. Its loop is that of the interpreter."""

    token: str
    loop: asyncio.AbstractEventLoop
    answered: asyncio.Future[Answer]
    started: asyncio.Future[str | None]
    beaten: asyncio.Event

    async def answer(self, clock: Callable[[], float], heartbeat: float | None, last: float) -> Answer:
        """What is said at last. States.Timeout when no heartbeat comes for so many seconds."""
        while True:
            left = None if heartbeat is None else last + heartbeat - clock()
            self.beaten.clear()
            beat = asyncio.ensure_future(self.beaten.wait())
            both: set[asyncio.Future[Any]] = {self.answered, beat}
            try:
                await asyncio.wait(both, timeout=left, return_when=asyncio.FIRST_COMPLETED)
            finally:
                beat.cancel()
            if self.answered.done():
                return self.answered.result()
            if not self.beaten.is_set():
                raise StateError(TIMEOUT, also=(HEARTBEAT,))
            last = clock()


@dataclass
class Tokens:
    """All tokens somebody waits for."""

    waiting: dict[str, Waiter] = field(default_factory=dict)
    lock: Lock = field(default_factory=Lock)

    def expect(self, token: str) -> Waiter:
        """Begin to wait; in the interpreter's loop."""
        loop = asyncio.get_running_loop()
        waiter = Waiter(token, loop, loop.create_future(), loop.create_future(), asyncio.Event())
        with self.lock:
            self.waiting[token] = waiter
        return waiter

    def close(self, token: str) -> None:
        """Wait no longer."""
        with self.lock:
            self.waiting.pop(token, None)

    def answer(self, token: str, answer: Answer) -> bool:
        """Say something, once; False when nobody waits."""
        with self.lock:
            waiter = self.waiting.pop(token, None)
        return waiter is not None and _tell(waiter, _set, waiter.answered, answer)

    def start(self, token: str, worker: str | None) -> bool:
        """A worker has taken the task."""
        with self.lock:
            waiter = self.waiting.get(token)
        return waiter is not None and _tell(waiter, _set, waiter.started, worker)

    def beat(self, token: str) -> bool:
        """Somebody is still at it."""
        with self.lock:
            waiter = self.waiting.get(token)
        return waiter is not None and _tell(waiter, waiter.beaten.set)


def _set(future: asyncio.Future[Any], value: Any) -> None:
    if not future.done():
        future.set_result(value)


def _tell(waiter: Waiter, act: Callable[..., Any], *given: Any) -> bool:
    try:
        waiter.loop.call_soon_threadsafe(act, *given)
    except RuntimeError:  # the interpreter has ended
        return False
    return True
