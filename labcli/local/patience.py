"""The time of a Task that waits while a process of ours starts does not pass.

AWS starts a function's sandbox in a fraction of a second. A learner's machine may need seconds for it, three at once
even more, and a state's TimeoutSeconds would end a Task that on AWS had not even begun to be slow.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from contextvars import ContextVar
from typing import Any, Protocol
from weakref import WeakValueDictionary

HEADER = "x-labcli-patience"
"""In which a Task's request says who waits for it."""
_waiting: WeakValueDictionary[str, Patience] = WeakValueDictionary()


class Patience:
    """Somebody who waits for a call until ``limit``, a timeout of this loop, is over."""

    def __init__(self, limit: asyncio.Timeout, loop: asyncio.AbstractEventLoop) -> None:
        self.token = secrets.token_hex(8)
        self._limit, self._loop = limit, loop
        self._lock = threading.Lock()
        self._starting = 0
        self._left: float | None = None
        _waiting[self.token] = self

    @contextlib.contextmanager
    def starting(self) -> Iterator[None]:
        """Something is started for whoever waits: meanwhile their time does not pass. In any thread."""
        with self._lock:
            self._starting += 1
            if self._starting == 1:
                self._tell(self._pause)
        try:
            yield
        finally:
            with self._lock:
                self._starting -= 1
                if not self._starting:
                    self._tell(self._go_on)

    def _tell(self, act: Callable[[], None]) -> None:
        with contextlib.suppress(RuntimeError):  # nobody waits any more
            self._loop.call_soon_threadsafe(act)

    def _pause(self) -> None:
        when = self._limit.when()
        self._left = None if when is None else when - self._loop.time()
        self._set(None)

    def _go_on(self) -> None:
        if self._left is not None:
            self._set(self._loop.time() + self._left)

    def _set(self, when: float | None) -> None:
        with contextlib.suppress(RuntimeError):  # it is over
            self._limit.reschedule(when)


WAITS: ContextVar[str] = ContextVar("labcli_waits", default="")
"""The token of who waits for what is called from here; what requests say in ``HEADER``."""


class Waiting(Protocol):
    """Whoever must not lose time while a process of ours starts."""

    def starting(self) -> AbstractContextManager[None]:
        """Entered while one starts."""
        ...


CALLER: ContextVar[Waiting | None] = ContextVar("labcli_patience", default=None)
"""Who waits for the invocation that is under way."""


def heard(headers: Any) -> Patience | None:
    """Who waits for the request with these headers."""
    return _waiting.get(str(headers.get(HEADER, "")))


def unhurried(start: Callable[..., Any]) -> Callable[..., Any]:
    """The same start of a process, in which the time of whoever waits for it does not pass."""

    def started(*args: Any, **more: Any) -> Any:
        caller = CALLER.get()
        with caller.starting() if caller is not None else contextlib.nullcontext():
            return start(*args, **more)

    return started
