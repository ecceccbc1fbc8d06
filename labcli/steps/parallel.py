"""Several things at once: named, each in its thread, ended together."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any

from labcli.steps.world import Stopped, World

_GRACE = 2.0
"""Seconds that threads get to notice that the run is ending; they are daemons and hold nothing after that."""


def at_once(thunks: Mapping[str, Callable[[], Any]], world: World) -> dict[str, Any]:
    """Run every thunk at the same time and return their results by name.

    The first failure stops the others and is raised; so does Ctrl-C, which reaches only the main thread.
    """
    results: dict[str, Any] = {}
    errors: dict[str, BaseException] = {}

    def one(name: str, thunk: Callable[[], Any]) -> None:
        try:
            results[name] = thunk()
        except BaseException as error:  # noqa: BLE001 - it is raised again where somebody waits
            errors[name] = error
            world.stop.set()

    threads = [
        threading.Thread(target=one, args=(name, thunk), name=f"step {name}", daemon=True)
        for name, thunk in thunks.items()
    ]
    for thread in threads:
        thread.start()
    try:
        for thread in threads:
            while thread.is_alive():
                thread.join(0.05)  # short, so that Ctrl-C is heard on Windows too
    except BaseException:
        world.stop.set()
        deadline = world.monotonic() + _GRACE
        for thread in threads:
            thread.join(max(0.0, deadline - world.monotonic()))
        raise
    first = next((e for e in errors.values() if not isinstance(e, Stopped)), None) or next(iter(errors.values()), None)
    if first is not None:
        raise first
    return {name: results[name] for name in thunks}
