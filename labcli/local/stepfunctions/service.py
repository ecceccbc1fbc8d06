"""Step Functions as AWS has it: its API is ours, its language is run by moto's interpreter, and IAM is the engine's.

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
from threading import Thread
from typing import Any

from labcli.local.names import missing, names
from labcli.local.process.keyring import Keys
from labcli.local.refused import Refused
from labcli.local.stepfunctions import integrations, language, running
from labcli.local.stepfunctions.executions import Executions
from labcli.local.stepfunctions.machines import Machines
from labcli.local.stepfunctions.model import RESTARTED, RESTARTED_CAUSE, Execution, Registry
from labcli.local.stepfunctions.moto import Interpreter
from labcli.local.stepfunctions.refusals import Call
from labcli.local.stepfunctions.roles import Clients
from labcli.local.stepfunctions.tasks import Benches, Tasks

app = names("app", "_get_module")
responses = names("core.responses", "get_account_id", "get_region")
router = names("core.router", "extract_access_key_id")
engines = names(
    "services.stepfunctions",
    *("_register_sfn_jsonata_functions", "_resolve_state_machine_arn", "_run_execution", "_start_execution"),
    "handle_request",
)
_INTERPRETED = {"CreateStateMachine", "UpdateStateMachine", "StartExecution", "StartSyncExecution"}
_SLOW = {"GetActivityTask", "ValidateStateMachineDefinition"}
_OF_THE_ENGINE = {"TestState"}
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
        return ThreadPoolExecutor(100, "states")

    @cached_property
    def registry(self) -> Registry:
        """What there is; also what the snapshot keeps."""
        return Registry(self.clock)

    @cached_property
    def clients(self) -> Clients:
        """What machines call other services with."""
        return Clients(self.keys.url, self.keys.secret_key)

    @cached_property
    def interpreter(self) -> Interpreter:
        """What runs machines."""

        def first() -> None:
            language.first(self._functions)
            integrations.first(self.clients)

        def rest() -> None:
            language.rest()
            integrations.rest(self.clients)

        return Interpreter(first, rest, engines)

    @cached_property
    def actions(self) -> dict[str, Callable[[Call], Any]]:
        """Every action there is, by name."""
        benches = Benches(self.registry)

        def begin(execution: Execution) -> Thread:
            return running.start(execution, benches, self.clock, self.changed)

        def halt(execution: Execution) -> None:
            running.stop(execution, self.clock)

        machines = Machines(self.registry, self.interpreter, halt)
        executions = Executions(self.registry, machines, begin)
        return {**machines.table, **executions.table, **Tasks(self.registry, benches).table}

    def warm(self) -> None:
        """Load the interpreter, and take over what the engine's own implementation would run; in a thread."""
        loaded = self.interpreter.load()
        if not missing(engines):
            engines._start_execution = self._start_inside
            engines._resolve_state_machine_arn = self._machine_inside
            engines._run_execution = _not_run
        if loaded:
            self.clients.warm()
        self.broken += [name for name in self.interpreter.broken if name not in self.broken]

    def close(self) -> None:
        """Stop what runs, so that nothing is tried again while the server ends."""
        for execution in tuple(self.registry.executions.values()):
            running.stop(execution, self.clock, RESTARTED, RESTARTED_CAUSE)

    def _functions(self, expression: Any) -> None:
        """The functions that Step Functions adds to JSONata; the engine has them."""
        engines._register_sfn_jsonata_functions(expression)

    # -- calls ---------------------------------------------------------------------------------------------------

    async def handle(self, method: str, path: str, headers: Any, body: bytes, query: Any) -> Answer:
        """One request, which the engine has let pass."""
        action = str(headers.get("x-amz-target", "")).rpartition(".")[2]
        if action in _OF_THE_ENGINE:
            return await self._engines(method, path, headers, body, query)
        key = router.extract_access_key_id(headers, query)
        try:
            data = json.loads(body or b"{}")
        except ValueError:
            data = None
        if not isinstance(data, dict):
            return _refusal(Refused("SerializationException", "The request is not a JSON object."))
        call = Call(action, data, responses.get_account_id(), responses.get_region(), key)
        if action not in _INTERPRETED | _SLOW:
            return self._answer(call)
        inside = contextvars.copy_context()  # the caller's account and region
        return await asyncio.get_running_loop().run_in_executor(self.threads, inside.run, self._answer, call)

    async def _engines(self, *request: Any) -> Answer:
        app._get_module("stepfunctions")  # so that the engine itself knows that it is there
        answer: Answer = await engines.handle_request(*request)
        return answer

    def _answer(self, call: Call) -> Answer:
        try:
            return 200, {"Content-Type": JSON}, json.dumps(self._act(call), default=str).encode()
        except Refused as refused:
            return _refusal(refused)

    def _act(self, call: Call) -> Any:
        if (act := self.actions.get(call.action)) is None:
            text = f"The embedded AWS of labcli does not know {call.action} of Step Functions."
            raise Refused("UnknownOperationException", text)
        if call.action in _INTERPRETED and not self.interpreter.load():
            text = f"The embedded AWS cannot run state machines: {', '.join(self.interpreter.broken)}"
            raise Refused("ServiceUnavailable", f"{text}. Is labcli installed with what it requires?")
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
