"""Step Functions as AWS has it: its API and its interpreter are ours, IAM is the engine's.

The engine has an implementation of its own, which differs from AWS in what the labs are about (histories, errors,
parallel branches). Calls come to us behind its signature and policy checks, inside the caller's account and region;
what it would run by itself (for a rule of EventBridge) comes to us too, so nothing is ever run by both.
"""

from __future__ import annotations

import asyncio
import contextvars
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from labcli.local.names import missing, names
from labcli.local.process.keyring import Keys
from labcli.local.refused import Refused
from labcli.local.stepfunctions.executions import Executions
from labcli.local.stepfunctions.interpreter.hub import Hub
from labcli.local.stepfunctions.interpreter.room import Room
from labcli.local.stepfunctions.machines import Machines
from labcli.local.stepfunctions.map_runs import MapRuns
from labcli.local.stepfunctions.model import Execution
from labcli.local.stepfunctions.refusals import Call
from labcli.local.stepfunctions.registry import Registry
from labcli.local.stepfunctions.roles import STARTED_BY, Clients
from labcli.local.stepfunctions.tasks import Benches, Tasks
from labcli.local.stepfunctions.trial import Trial
from labcli.local.stepfunctions.versions import Versions

responses = names("core.responses", "get_account_id", "get_region")
router = names("core.router", "extract_access_key_id")
engines = names(
    "services.stepfunctions",
    *("_resolve_state_machine_arn", "_run_execution", "_start_execution"),
)
_SLOW = {"CreateStateMachine", "UpdateStateMachine", "StartSyncExecution", "GetActivityTask"}
_SLOW |= {"ValidateStateMachineDefinition", "TestState"}
THREADS = 60
"""Calls that take their time, at once."""
JSON = "application/x-amz-json-1.0"
Answer = tuple[int, dict[str, str], bytes]


@dataclass
class StepFunctions:
    """The service. ``changed`` is called when an execution has ended, so that it is saved."""

    keys: Keys
    clock: Callable[[], float]
    changed: Callable[[], None] = lambda: None
    broken: list[str] = field(default_factory=list)

    @cached_property
    def threads(self) -> ThreadPoolExecutor:
        """For calls that take their time. The loop's own are few, and some of these wait for minutes."""
        return ThreadPoolExecutor(THREADS, "states-api")

    @cached_property
    def registry(self) -> Registry:
        """What there is; also what the snapshot keeps."""
        return Registry(self.clock)

    @cached_property
    def clients(self) -> Clients:
        """What machines call other services with."""
        return Clients(self.keys.url, self.keys.secret_key, self.keys.access_key)

    @cached_property
    def benches(self) -> Benches:
        """Where the workers of activities find their tasks."""
        return Benches()

    @cached_property
    def room(self) -> Room:
        """Where executions run."""
        return Room(Hub(self.clock, self.registry, self.clients, self.benches.offer), lambda execution: self.changed())

    @cached_property
    def actions(self) -> dict[str, Callable[[Call], Any]]:
        """Every action there is, by name."""
        machines = Machines(self.registry, self.halt)
        executions = Executions(self.registry, machines, self.room.start, self.room.stop)
        versions = Versions(self.registry, machines.find)
        map_runs = MapRuns(self.registry)
        tasks = Tasks(self.registry, self.benches, self.room.hub.tokens)
        tables = (machines.table, versions.table, executions.table, map_runs.table, tasks.table)
        trial = Trial(self.room, self.clock)
        return {name: act for table in tables for name, act in table.items()} | {"TestState": trial.test}

    def halt(self, execution: Execution) -> None:
        """End an execution whose machine goes."""
        execution.end("ExecutionAborted", self.clock())
        self.room.stop(execution)

    def warm(self) -> None:
        """Go on with what waits since the last stop, and take over what the engine's own implementation would run."""
        if moved := missing(engines):
            self.broken += [name for name in moved if name not in self.broken]
        else:
            engines._start_execution = self._start_inside
            engines._resolve_state_machine_arn = self._machine_inside
            engines._run_execution = _not_run
        for execution in tuple(self.registry.executions.values()):
            if execution.running and not execution.map_run:  # a child goes on with its Map
                self.room.start(execution)
        self.clients.warm()

    def close(self) -> None:
        """Let nothing compute while the server ends; what cannot go on later is ended, and says so."""
        self.room.close()
        self.registry.settle()

    # -- calls ---------------------------------------------------------------------------------------------------

    async def handle(self, method: str, path: str, headers: Any, body: bytes, query: Any) -> Answer:
        """One request, which the engine has let pass."""
        action = str(headers.get("x-amz-target", "")).rpartition(".")[2]
        key = router.extract_access_key_id(headers, query)
        try:
            data = json.loads(body or b"{}")
        except ValueError:
            data = None
        if not isinstance(data, dict):
            return _refusal(Refused("SerializationException", "The request is not a JSON object."))
        started_by = str(headers.get(STARTED_BY) or "")
        call = Call(action, data, responses.get_account_id(), responses.get_region(), key, started_by)
        if action not in _SLOW:
            return self._answer(call)
        inside = contextvars.copy_context()  # the caller's account and region
        return await asyncio.get_running_loop().run_in_executor(self.threads, inside.run, self._answer, call)

    def _answer(self, call: Call) -> Answer:
        try:
            return 200, {"Content-Type": JSON}, json.dumps(self._act(call), default=str).encode()
        except Refused as refused:
            return _refusal(refused)

    def _act(self, call: Call) -> Any:
        if (act := self.actions.get(call.action)) is None:
            text = f"The embedded AWS of labcli does not know {call.action} of Step Functions."
            raise Refused("UnknownOperationException", text)
        return act(call)

    # -- calls from inside the engine ----------------------------------------------------------------------------

    def _start_inside(self, data: Any) -> Answer:
        return self._answer(Call("StartExecution", data, responses.get_account_id(), responses.get_region()))

    def _machine_inside(self, arn: str) -> Any:
        return self.registry.machines.get(arn)


def _refusal(refused: Refused) -> Answer:
    body = json.dumps({"__type": refused.code, "message": refused.text}).encode()
    return refused.status, {"Content-Type": JSON, "x-amzn-errortype": refused.code}, body


def _not_run(exec_arn: str) -> None:
    """The engine's own interpreter runs nothing."""
