"""Waiting as a state machine's clock does: never longer than a system can wait at once, and not for our own slowness.

AWS starts a function's sandbox in a fraction of a second. A learner's machine may need seconds for it, three at once
even more, and a state's TimeoutSeconds would end a Task that on AWS had not even begun to be slow. So the time in which
a process of ours starts does not count for the Task that waits for it.
"""

from __future__ import annotations

import contextlib
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from typing import Any
from weakref import WeakValueDictionary

HEADER = "x-labcli-patience"
"""In which a Task's request says who waits for it."""
_SHORTEST = 0.02  # seconds between two looks while something starts
_waiting: WeakValueDictionary[str, Patience] = WeakValueDictionary()
_here = threading.local()


class Patience(threading.Event):
    """An event; whoever waits for it, waits ``timeout`` seconds in which nothing was just being started for it."""

    def __init__(self) -> None:
        super().__init__()
        self.token = secrets.token_hex(8)
        self._lock = threading.Lock()
        self._starting = 0
        self._since = self._spared = 0.0
        _waiting[self.token] = self
        _here.made = self

    def wait(self, timeout: float | None = None) -> bool:
        """Whether it was set in time. ``timeout`` in seconds may be any number, above TIMEOUT_MAX too."""
        if timeout is None:
            return super().wait()
        began = time.monotonic()
        while (left := timeout - (time.monotonic() - began - self._not_counted())) > 0:
            if super().wait(min(max(left, _SHORTEST) if self._starting else left, threading.TIMEOUT_MAX)):
                return True
        return self.is_set()

    def _not_counted(self) -> float:
        with self._lock:
            return self._spared + (time.monotonic() - self._since if self._starting else 0.0)

    @contextlib.contextmanager
    def starting(self) -> Iterator[None]:
        """Something is started for whoever waits: meanwhile their time does not pass."""
        with self._lock:
            self._since = self._since if self._starting else time.monotonic()
            self._starting += 1
        try:
            yield
        finally:
            with self._lock:
                self._starting -= 1
                self._spared += 0.0 if self._starting else time.monotonic() - self._since


class Thread(threading.Thread):
    """A thread that works for the Patience that its starter made last, and that can be waited for however long."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self._works_for: Patience | None = getattr(_here, "made", None)

    def run(self) -> None:
        """Called by ``start``."""
        _here.works_for = self._works_for
        super().run()

    def join(self, timeout: float | None = None) -> None:
        """Wait until it has ended, ``timeout`` seconds at most."""
        super().join(None if timeout is None else min(timeout, threading.TIMEOUT_MAX))


CALLER: ContextVar[Patience | None] = ContextVar("labcli_patience", default=None)
"""Who waits for the invocation that is under way."""


def spoken_for() -> str:
    """What this thread's requests say in ``HEADER``: who waits for them; empty when nobody does."""
    found: Patience | None = getattr(_here, "works_for", None)
    return found.token if found is not None else ""


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
