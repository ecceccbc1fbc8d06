"""What the server does beside serving: save what changed, stop when nobody needs it, stop when its folder is gone."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
from collections.abc import Callable
from dataclasses import dataclass, field

from labcli.local.process.folder import Folder
from labcli.local.process.store import Store, bound

AFTERMATH = 60.0
"""Seconds for which the engine may still be at work after the last request."""
_log = logging.getLogger("labcli.local")


@dataclass
class Activity:
    """Who called, and when; times in seconds of one monotonic clock."""

    clock: Callable[[], float]
    idle: float
    """Seconds after the last request at which the server is no longer needed."""
    idle_outside: float
    """The same, after a request of a client that is not labcli."""
    under_way: int = 0
    changed: bool = False
    until: float = field(init=False)
    last: float = field(init=False)

    def __post_init__(self) -> None:
        self.last = self.clock()
        self.until = self.last + self.idle

    def touch(self, outside: bool = False) -> None:
        """Somebody called."""
        self.last = self.clock()
        self.until = max(self.until, self.clock() + (self.idle_outside if outside else self.idle))

    def need(self) -> None:
        """Somebody waits for calls; nothing changes by it."""
        self.until = max(self.until, self.clock() + self.idle)

    def note(self) -> None:
        """Something changed without a request."""
        self.changed = True

    @property
    def fresh(self) -> bool:
        """Whether something may have changed: by a request, or by what a request set in motion (a queue's function)."""
        return self.changed or self.clock() < self.last + AFTERMATH

    @property
    def over(self) -> bool:
        """Whether nobody has needed the server for long enough."""
        return self.under_way == 0 and self.clock() >= self.until


@dataclass
class Watch:
    """Runs on the server's event loop until there is a reason to stop."""

    folder: Folder
    store: Store
    activity: Activity
    every: float
    """Seconds between two looks."""
    places: dict[str, tuple[int, int]] = field(init=False)
    cost: float = 0.0
    """Seconds that the last snapshot held up the loop."""
    next_save: float = 0.0
    moved: bool = False
    """The last save failed because the state changed while it was read."""
    saving: asyncio.Lock = field(default_factory=asyncio.Lock)

    def __post_init__(self) -> None:
        self.places = self._look()

    async def until_over(self) -> str:
        """Return the reason to stop: ``idle``, or ``gone`` when folder or keys vanished or were exchanged."""
        while True:
            await asyncio.sleep(self.every)
            if self.gone:
                return "gone"
            if self.activity.over:
                return "idle"
            bound(self.folder.log)
            if self.activity.fresh and self.activity.clock() >= self.next_save:
                await self.save()

    @property
    def gone(self) -> bool:
        """Whether this server's folder or keys are no longer those it started with."""
        return self._look() != self.places

    async def save(self) -> str:
        """Save what has changed: empty when all of it is on disk, else the reason why it is not.

        A large state is saved less often: at most a twentieth of the time goes into it.
        """
        async with self.saving:  # the last save of a server waits for one that is being written
            if self.gone:  # writing would bring a deleted folder back
                return "its folder or its keys are no longer those it started with"
            return await self._save() or self.store.lacking

    async def order(self) -> str:
        """The same for who waits for it: a state that a thread changed under our hands is taken again, a few times."""
        for _ in range(5):
            reason = await self.save()
            if not (reason and self.moved):
                break
        return reason

    async def _save(self) -> str:
        reason, self.moved = "", False
        self.activity.changed = False
        before = self.activity.clock()
        try:
            snapshot = self.store.changed()
            self.cost = self.activity.clock() - before
            if snapshot is not None:
                await asyncio.to_thread(self.store.write, snapshot)
        except Exception as error:  # noqa: BLE001  no room, or a thread changed it meanwhile: the next look tries again
            self.activity.changed = True
            self.store.written = ""  # whatever the file holds now, it is not this state
            self.moved = isinstance(error, RuntimeError)
            reason = (getattr(error, "strerror", None) or str(error) or type(error).__name__)[:200]
            _log.warning("the state could not be saved: %s", error)
        self.next_save = self.activity.clock() + 20 * self.cost
        return reason

    def _look(self) -> dict[str, tuple[int, int]]:
        found: dict[str, tuple[int, int]] = {}
        for path in (self.folder.root, self.folder.keys):
            with contextlib.suppress(OSError):
                stat = os.stat(path)  # noqa: PTH116  one call, no object: this runs every second
                found[path.name] = (stat.st_dev, stat.st_ino)
        return found
