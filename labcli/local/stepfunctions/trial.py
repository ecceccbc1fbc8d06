"""TestState: one state, run once by the interpreter that runs executions, and what was seen on the way."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from labcli.local.refused import Refused
from labcli.local.stepfunctions import contexts, mocks, roles
from labcli.local.stepfunctions.interpreter import distributed, map
from labcli.local.stepfunctions.interpreter.errors import StateError
from labcli.local.stepfunctions.interpreter.frame import Frame
from labcli.local.stepfunctions.interpreter.hub import Hub
from labcli.local.stepfunctions.interpreter.room import KINDS, Room
from labcli.local.stepfunctions.interpreter.run import Perform, Run, moment
from labcli.local.stepfunctions.interpreter.values import text_of
from labcli.local.stepfunctions.interpreter.visit import Outcome, Visit
from labcli.local.stepfunctions.map_run import exceeded
from labcli.local.stepfunctions.model import Execution
from labcli.local.stepfunctions.refusals import Call, check_size, json_trouble
from labcli.rules.asl.diagnose import diagnose_text
from labcli.rules.asl.diagnostic import TARGET, refusal

NAME = "StateName"
LIMIT = 300
"""Seconds that a test may take (API reference, TestState: five minutes)."""
LEVELS = ("INFO", "DEBUG", "TRACE")


@dataclass
class Trial:
    """The action TestState."""

    room: Room
    clock: Callable[[], float]

    def test(self, call: Call) -> Any:
        """Run the state; its status, output, next state or failure, and the data at each stage."""
        data = call.data
        level = data.get("inspectionLevel") or "INFO"
        if level not in LEVELS:
            raise Refused("ValidationException", f"inspectionLevel must be one of {', '.join(LEVELS)}")
        state, jsonata = self._state(call.need("definition"), data.get("stateName"))
        mocks.check(data, state, self.room.hub.clients)
        context = contexts.read(data.get("context"), state)
        given = _json(data.get("input") if data.get("input") is not None else "{}", "input")
        variables = _json(data.get("variables") or "{}", "variables")
        role = data.get("roleArn")
        machine = str(uuid4())
        if role is not None:
            roles.check(call, role, call.arn("stateMachine", machine))
        definition: dict[str, Any] = {"StartAt": NAME, "States": {NAME: state}}
        if jsonata:
            definition["QueryLanguage"] = "JSONata"
        name = str(uuid4())
        execution = Execution(
            arn=call.arn("express", f"{machine}:{name}:{uuid4()}"),
            name=name,
            machine=call.arn("stateMachine", machine),
            role=role or "",
            definition=json.dumps(definition),
            kind="EXPRESS",
            input=text_of(given),
            started=round(self.clock(), 3),
        )
        one = One(execution, self.room.hub, data, context, variables)
        answer = self.room.ask(one.tried(state, _count(data)))
        return {**_ended(answer), **({"inspectionData": one.seen_by(level)} if level != "INFO" else {})}

    def _state(self, text: str, name: str | None) -> tuple[dict[str, Any], bool]:
        """The state that is meant, and whether its machine speaks JSONata."""
        try:
            found = json.loads(text)
        except ValueError:
            found = None
        whole = isinstance(found, dict) and "States" in found and "StartAt" in found
        if not whole and isinstance(found, dict):
            text = json.dumps({"StartAt": NAME, "States": {NAME: found}})
        said = diagnose_text(text)
        if not whole:
            said = [each for each in said if each.code not in (TARGET, "MISSING_END_STATE")]
        if why := refusal(said):
            raise Refused("InvalidDefinition", why)
        if not whole:
            return dict(found), False
        wanted = name or found["StartAt"]
        if (state := _within(found, wanted)) is None:
            raise Refused("ValidationException", "State not found in definition")
        return state, found.get("QueryLanguage", "JSONPath") == "JSONata"


def _within(machine: Mapping[str, Any], name: str) -> dict[str, Any] | None:
    """The state of this name, in the machine or in what is nested in it."""
    for key, state in machine["States"].items():
        if key == name:
            return dict(state)
        inner = [*state.get("Branches", ()), *(state[each] for each in ("ItemProcessor", "Iterator") if each in state)]
        for each in inner:
            if (found := _within(each, name)) is not None:
                return found
    return None


def _json(text: Any, name: str) -> Any:
    if not isinstance(text, str):
        raise Refused("SerializationException", f"{name} is not a string")
    if trouble := json_trouble(text):
        raise Refused("InvalidExecutionInput", f"Invalid State Machine Execution Input: '{trouble}'")
    check_size(text, name)
    return json.loads(text)


def _count(data: Mapping[str, Any]) -> int:
    return int((data.get("stateConfiguration") or {}).get("retrierRetryCount") or 0)


def _ended(answer: Future[Any]) -> dict[str, Any]:
    try:
        found: dict[str, Any] = answer.result(LIMIT)
    except TimeoutError:
        answer.cancel()
        return {"status": "FAILED", "error": "States.Timeout", "cause": f"The test took longer than {LIMIT} seconds"}
    return found


class One(Run):
    """The run of one state."""

    def __init__(
        self, execution: Execution, hub: Hub, data: Mapping[str, Any], given: dict[str, Any] | None, variables: Any
    ) -> None:
        super().__init__(execution, hub, KINDS)
        self.data, self.mocked, self.variables = data, given, variables
        self.stages: dict[str, Any] = {}

    def context(self, frame: Frame, state: Mapping[str, Any]) -> dict[str, Any]:
        """The context object: the one that is given, if one is."""
        if self.mocked is not None:
            return self.mocked
        found = super().context(frame, state)
        if not self.execution.role:
            found["Execution"]["RoleArn"] = None
        return found

    async def tried(self, state: Mapping[str, Any], count: int) -> dict[str, Any]:  # type: ignore[override]
        """Try it once; the answer of TestState."""
        frame = Frame((), self.given, state=NAME, entered=1, entered_at=moment(self.hub.clock()))
        frame.variables = self.variables
        frame.retries = {str(index): count for index in range(len(state.get("Retry", ())))} if count else {}
        visit = self.visit(frame, state, self._see)
        try:
            outcome = await self._perform(state)(visit)
            visit.checked(outcome.output)
        except StateError as error:
            return await self._failed(visit, error)
        return _told("SUCCEEDED", outcome, state)

    def _perform(self, state: Mapping[str, Any]) -> Perform:
        if state["Type"] == "Wait":
            return _no_waiting
        return self._mocked if self.data.get("mock") is not None else self.kinds[state["Type"]]

    def _see(self, stage: str, value: Any) -> None:
        self.stages[stage] = value

    async def _failed(self, visit: Visit, error: StateError) -> dict[str, Any]:
        frame, state = visit.frame, visit.state
        error.told = False
        for index, retrier in enumerate(state.get("Retry", ())):
            if error.taken_by(retrier["ErrorEquals"]):
                wait = self.retried(frame, state, error)
                if wait is not None:
                    details = {"retryBackoffIntervalSeconds": round(wait), "retryIndex": index}
                    self.stages["errorDetails"] = details
                    return {"status": "RETRIABLE", **_failure(error)}
                break
        for index, catcher in enumerate(state.get("Catch", ())):
            if error.taken_by(catcher["ErrorEquals"]):
                self.stages["errorDetails"] = {"catchIndex": index}
                outcome = await self.caught(visit, catcher, error)
                return {**_told("CAUGHT_ERROR", outcome, state), **_failure(error)}
        return {"status": "FAILED", **_failure(error)}

    async def _mocked(self, visit: Visit) -> Outcome:
        """A state whose result, or failure, is given."""
        mock, kind = self.data["mock"], visit.state["Type"]
        if kind == "Task":
            if mock.get("result") is not None or visit.jsonata or "Parameters" in visit.state:
                await visit.arguments()
        elif kind == "Map":
            await self._map(visit)
        if (given := mock.get("errorOutput")) is not None:
            raise StateError(given.get("error"), given.get("cause"))
        result = json.loads(mock.get("result") or "{}")
        if kind == "Task":
            visit.seen("result", result)
        return await visit.outcome(result)

    async def _map(self, visit: Visit) -> None:
        """What a Map finds out before its first iteration."""
        about = self.data.get("stateConfiguration") or {}
        state = visit.state
        if "ItemReader" in state:
            data = visit.input if visit.jsonata else visit.effective()
        else:
            data, _ = await map.given(visit)
        self.stages["maxConcurrency"] = await visit.whole("MaxConcurrency", data) or 0
        count, percentage = await distributed.tolerated(visit, data)
        limits = {"toleratedFailureCount": count, "toleratedFailurePercentage": percentage}
        told = {name: value for name, value in limits.items() if _has(state, name)}
        self.stages |= told
        failed = about.get("mapIterationFailureCount") or 0
        if told and failed and self.data["mock"].get("errorOutput") is None:
            total = len(json.loads(self.data["mock"].get("result") or "[]")) or 1
            if exceeded(failed, total, count, percentage):
                raise StateError(distributed.THRESHOLD, distributed.EXCEEDED)

    def seen_by(self, level: str) -> dict[str, Any]:
        """The data at each stage, as texts."""
        found: dict[str, Any] = {"input": text_of(self.given)}
        for stage, value in self.stages.items():
            found[stage] = value if stage in _PLAIN else text_of(value)
        if level == "TRACE" and self.variables:
            found["variables"] = text_of(self.variables)
        return found


_PLAIN = ("errorDetails", "maxConcurrency", "toleratedFailureCount", "toleratedFailurePercentage")


def _has(state: Mapping[str, Any], name: str) -> bool:
    key = name[0].upper() + name[1:]
    return key in state or f"{key}Path" in state


async def _no_waiting(visit: Visit) -> Outcome:
    """A Wait is not waited for."""
    return await visit.passed(visit.state, None if visit.state.get("End") else visit.state["Next"])


def _told(status: str, outcome: Outcome, state: Mapping[str, Any]) -> dict[str, Any]:
    answer = {"status": status, "output": text_of(outcome.output)}
    return answer if outcome.following is None else {**answer, "nextState": outcome.following}


def _failure(error: StateError) -> dict[str, Any]:
    told = {"error": error.error, "cause": error.cause}
    return {name: text for name, text in told.items() if text is not None}
