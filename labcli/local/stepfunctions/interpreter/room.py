"""Where executions run: one thread with one loop, so that what they do, they do in turn, and nothing waits for them."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from threading import Event, Lock, Thread
from typing import Any

from labcli.local.stepfunctions.interpreter import choice, map, parallel, simple, task, wait
from labcli.local.stepfunctions.interpreter.errors import RUNTIME, StateError
from labcli.local.stepfunctions.interpreter.frame import Frame
from labcli.local.stepfunctions.interpreter.hub import Hub
from labcli.local.stepfunctions.interpreter.journal import EVERY, Journal, group_of
from labcli.local.stepfunctions.interpreter.run import Over, Perform, Run
from labcli.local.stepfunctions.interpreter.values import text_of
from labcli.local.stepfunctions.model import Execution
from labcli.local.stepfunctions.redrives import LONGEST

KINDS: dict[str, Perform] = {
    "Pass": simple.pass_on,
    "Succeed": simple.succeed,
    "Fail": simple.fail,
    "Choice": choice.perform,
    "Wait": wait.perform,
    "Parallel": parallel.perform,
    "Map": map.perform,
    "Task": task.perform,
}
"""What performs a state of each type."""
LONGEST_EXPRESS = 300.0
_log = logging.getLogger("labcli.local")


@dataclass
class Room:
    """The interpreter's thread. ``ended`` is called when an execution has ended."""

    hub: Hub
    ended: Callable[[Execution], None]
    tasks: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    lock: Lock = field(default_factory=Lock)
    loop: asyncio.AbstractEventLoop | None = None
    closed: bool = False

    def start(self, execution: Execution) -> Future[None]:
        """Begin to run it, or go on with it; what is given is done when it has ended. From any thread."""
        return asyncio.run_coroutine_threadsafe(self._begun(execution), self._loop())

    def stop(self, execution: Execution) -> None:
        """Let it compute no more. From any thread."""
        if self.loop is not None and not self.closed:
            with contextlib.suppress(RuntimeError):
                self.loop.call_soon_threadsafe(self._cancel, execution.arn)

    def ask(self, coroutine: Any) -> Future[Any]:
        """Run something else in the loop: the test of a state. From any thread."""
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop())

    def close(self) -> None:
        """End all of it, and the processes of JSONata."""
        with self.lock:
            self.closed = self.hub.closed = True
            loop = self.loop
        if loop is None or not loop.is_running():
            return
        over = Event()

        def finish() -> None:
            for each in self.tasks.values():
                each.cancel()
            self.hub.jsonata.close()
            loop.call_soon(loop.stop)
            over.set()

        loop.call_soon_threadsafe(finish)
        over.wait(2.0)

    # -- in the thread ---------------------------------------------------------------------------------------------

    def _loop(self) -> asyncio.AbstractEventLoop:
        with self.lock:
            if self.loop is None:
                self.loop = asyncio.new_event_loop()
                self.hub.execute = self._child
                Thread(target=self._serve, args=(self.loop,), name="states", daemon=True).start()
            return self.loop

    def _serve(self, loop: asyncio.AbstractEventLoop) -> None:
        asyncio.set_event_loop(loop)
        loop.run_forever()

    def _cancel(self, arn: str) -> None:
        if (found := self.tasks.get(arn)) is not None:
            found.cancel()

    async def _begun(self, execution: Execution) -> None:
        running = asyncio.create_task(self._run(execution))
        self.tasks[execution.arn] = running
        try:
            await asyncio.wait({running})
        finally:
            self.tasks.pop(execution.arn, None)

    async def _child(self, execution: Execution) -> None:
        """A child of a Map Run: it ends with its parent."""
        running = asyncio.create_task(self._run(execution))
        self.tasks[execution.arn] = running
        try:
            await asyncio.wait({running})
        finally:
            self.tasks.pop(execution.arn, None)
            if execution.running and not self.closed:
                execution.end("ExecutionAborted", self.hub.clock())
                running.cancel()

    async def _run(self, execution: Execution) -> None:
        if not group_of(execution):
            await self._guarded(execution)
            return
        journal = Journal(execution, self.hub.clients)
        writing = asyncio.create_task(self._written(journal))
        try:
            await self._guarded(execution)
        finally:
            writing.cancel()
            self.hub.pool.submit(journal.write)

    async def _written(self, journal: Journal) -> None:
        """Write what an execution logs while it runs."""
        while True:
            await asyncio.sleep(EVERY)
            await asyncio.shield(asyncio.get_running_loop().run_in_executor(self.hub.pool, journal.write))

    async def _guarded(self, execution: Execution) -> None:
        try:
            await self._interpreted(execution)
        except Over:
            pass
        except asyncio.CancelledError:
            if not self.closed:
                execution.end("ExecutionAborted", self.hub.clock())
        except Exception as error:  # noqa: BLE001  whatever it meets, the execution must not look as if it ran
            _log.exception("an execution met what the interpreter did not expect")
            execution.end("ExecutionFailed", self.hub.clock(), RUNTIME, f"{type(error).__name__}: {error}")
        finally:
            if execution.status == "SUCCEEDED":
                execution.frame = None
            self.ended(execution)

    async def _interpreted(self, execution: Execution) -> None:
        run = Run(execution, self.hub, KINDS)
        limit = self._limit(execution, run)
        try:
            async with asyncio.timeout(max(0.0, (execution.redriven or execution.started) + limit - self.hub.clock())):
                await self._lines(run)
        except TimeoutError:
            execution.end("ExecutionTimedOut", self.hub.clock(), previous=len(execution.events))
        except StateError as error:
            execution.end("ExecutionFailed", self.hub.clock(), error.error, error.cause, error.previous)

    def _limit(self, execution: Execution, run: Run) -> float:
        most = LONGEST if execution.kind == "STANDARD" else LONGEST_EXPRESS
        return float(min(run.definition.get("TimeoutSeconds", most), most))

    async def _lines(self, run: Run) -> None:
        execution = run.execution
        if execution.frame is None:
            execution.frame = Frame((), run.given, given=execution.input)
            details = {"input": execution.input, "inputDetails": {"truncated": False}, "roleArn": execution.role}
            run.record(execution.frame, "ExecutionStarted", details, move=False)
        frame = execution.frame
        await run.line(frame)
        details = {"output": text_of(frame.input), "outputDetails": {"truncated": False}}
        run.record(frame, "ExecutionSucceeded", details)
