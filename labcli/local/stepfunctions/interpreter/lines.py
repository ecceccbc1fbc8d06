"""Lines side by side: the branches of a Parallel and the iterations of a Map."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

from labcli.local.stepfunctions.interpreter.frame import Frame
from labcli.local.stepfunctions.interpreter.visit import Running

MOST_OPEN = 1000
"""Lines of all executions that are open side by side; beyond it each Parallel and Map has one line at a time."""
Begin = Callable[[], Coroutine[Any, Any, None]]


async def together(run: Running, begins: Iterator[Begin], most: Callable[[], int], look: float | None = None) -> None:
    """Run them, ``most`` at a time, which is asked again after ``look`` seconds. The first failure ends the others."""
    running: set[asyncio.Task[None]] = set()

    def ended(task: asyncio.Task[None]) -> None:
        run.hub.lines -= 1

    try:
        while True:
            while len(running) < most() and (not running or run.hub.lines < MOST_OPEN):
                if (begin := next(begins, None)) is None:
                    break
                task = asyncio.create_task(begin())
                run.hub.lines += 1
                task.add_done_callback(ended)
                running.add(task)
            if not running:
                return
            done, running = await asyncio.wait(running, timeout=look, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
    finally:
        for task in running:
            task.cancel()
        if running:
            await asyncio.wait(running)


def cut_off(run: Running, frame: Frame) -> None:
    """Write what ends with a Parallel or a Map that fails: the tasks and waits inside it that are not done."""
    for inner in frame.inner or ():
        if inner.done or not inner.entered:
            continue
        kind = run.at((*inner.way, "States", inner.state))["Type"]
        cut_off(run, inner)
        if kind in ("Task", "Wait"):
            run.record(inner, f"{kind}StateAborted")
