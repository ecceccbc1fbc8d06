"""What all executions share: the clock, JSONata, calls of other services, tokens, what there is."""

from __future__ import annotations

import asyncio
import contextvars
import json
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from labcli.local.stepfunctions.interpreter import calls
from labcli.local.stepfunctions.interpreter.errors import TASK_FAILED, StateError
from labcli.local.stepfunctions.interpreter.jsonata import Jsonata
from labcli.local.stepfunctions.interpreter.resources import SYNC_2, Resource
from labcli.local.stepfunctions.interpreter.tokens import Tokens
from labcli.local.stepfunctions.interpreter.values import text_of
from labcli.local.stepfunctions.model import Execution
from labcli.local.stepfunctions.registry import Registry
from labcli.local.stepfunctions.roles import Clients

CALLS = 40
"""Calls of other services at once, each in a thread of its own; as many as a Map has iterations."""
LOOK_AGAIN = 0.5
"""Seconds between two looks at a nested execution that is not kept here."""
Execute = Callable[[Execution], Awaitable[None]]


async def nobody(execution: Execution) -> None:
    """Runs nothing; the room puts what does in its place."""


@dataclass
class Hub:
    """It belongs to the interpreter's loop; calls are made in a bounded pool of threads."""

    clock: Callable[[], float]
    registry: Registry
    clients: Clients
    offer: Callable[[str, str, str], None]
    """Puts a task (activity, token, input) where workers find it."""
    jsonata: Jsonata = field(default_factory=Jsonata)
    tokens: Tokens = field(default_factory=Tokens)
    pool: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(CALLS, "states-call"))
    execute: Execute = nobody
    """Runs an execution to its end: the child of a Map Run."""
    lines: int = 0
    """Branches and iterations that are open, of all executions."""
    closed: bool = False
    """The embedded AWS stops: what is cancelled now goes on later."""

    async def _in_pool(self, act: Callable[..., Any], *given: Any) -> Any:
        inside = contextvars.copy_context()  # who waits for it
        return await asyncio.get_running_loop().run_in_executor(self.pool, inside.run, act, *given)

    async def call(self, service: str, action: str, given: Any, role: str, execution: Execution) -> Any:
        """One call as the SDK has it: a plain answer. StateError in the names of the SDK."""
        resource = Resource("", "service", service, action, sdk=True)
        return await self._in_pool(calls.sdk, self.clients, resource, given, role, execution)

    async def invoke(self, given: Any, role: str, execution: Execution) -> Any:
        """Invoke a function; what lambda:invoke gives."""
        return await self._in_pool(calls.invoke, self.clients, given, role, execution)

    async def integrate(self, resource: Resource, given: Any, role: str, execution: Execution) -> Any:
        """Call what a Resource says."""
        act = calls.sdk if resource.sdk else calls.optimized(resource)
        if act is calls.invoke:
            return await self.invoke(given, role, execution)
        return await self._in_pool(act, self.clients, resource, given, role, execution)

    async def nested(self, resource: Resource, arn: Any, role: str, execution: Execution) -> Any:
        """Wait for an execution that was begun, and describe it as ``.sync`` and ``.sync:2`` do."""
        while (inner := self.registry.executions.get(arn)) is not None and inner.running:
            await inner.over(asyncio.get_running_loop())
        describe = Resource("", "service", "states", "describeExecution")
        while True:
            given = {"ExecutionArn": arn}
            shown = await self._in_pool(calls.plain, self.clients, describe, given, role or execution.role, execution)
            if shown.get("Status") != "RUNNING":
                break
            await asyncio.sleep(LOOK_AGAIN)
        if shown.get("Status") != "SUCCEEDED":
            raise StateError(TASK_FAILED, text_of(shown))
        if resource.pattern == SYNC_2:
            return {name: _parsed(name, value) for name, value in shown.items()}
        return shown


def _parsed(name: str, value: Any) -> Any:
    return json.loads(value) if name in ("Output", "Input") and isinstance(value, str) else value
