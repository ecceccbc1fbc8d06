"""A Task: it is scheduled, started, done, failed or too late, and each of these is an event."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any

from labcli.local.patience import WAITS, Patience
from labcli.local.stepfunctions.interpreter import resources
from labcli.local.stepfunctions.interpreter.errors import TASK_FAILED, TIMEOUT, StateError, runtime
from labcli.local.stepfunctions.interpreter.resources import ACTIVITY, LAMBDA, Resource
from labcli.local.stepfunctions.interpreter.run import NOT_TRUNCATED
from labcli.local.stepfunctions.interpreter.tokens import Answer, Waiter, fresh
from labcli.local.stepfunctions.interpreter.values import text_of
from labcli.local.stepfunctions.interpreter.visit import Outcome, Visit
from labcli.rules.asl.quotas import NUMBER

_PREFIX = {LAMBDA: "LambdaFunction", ACTIVITY: "Activity"}


async def perform(visit: Visit) -> Outcome:
    """Do the task, or wait on for it."""
    return await Task(visit).perform()


class Task:
    """One try of a Task."""

    def __init__(self, visit: Visit) -> None:
        self.visit, self.run, self.frame = visit, visit.run, visit.frame
        self.resource: Resource = resources.parse(visit.state["Resource"])
        self.base: dict[str, Any] = {}
        self.waiter: Waiter | None = None
        if self.resource.kind == resources.SERVICE:
            self.base = {"resource": self.resource.name, "resourceType": self.resource.type}

    async def perform(self) -> Outcome:
        """Schedule it, and go on to its end."""
        frame = self.frame
        try:
            if frame.pause is None:
                if self.resource.tokens:
                    frame.token = fresh()
                payload = await self.visit.arguments()
                self.visit.checked(payload)
                result = await self.begun(payload)
            else:
                async with asyncio.timeout(self.left(frame.pause.get("deadline"))):
                    result = await self.waited()
        except TimeoutError:
            raise self.timed_out(StateError(TIMEOUT)) from None
        finally:
            if self.waiter is not None:
                self.run.hub.tokens.close(self.waiter.token)
        frame.pause = None
        return await self.visit.outcome(result)

    def left(self, deadline: float | None) -> float | None:
        """Seconds until a moment."""
        return None if deadline is None else max(0.0, deadline - self.run.hub.clock())

    async def begun(self, payload: Any) -> Any:
        """Schedule it and do it, in its time."""
        data = self.visit.input if "InputPath" not in self.visit.state else self.visit.effective()
        timeout, heartbeat = await self.seconds("TimeoutSeconds", data), await self.seconds("HeartbeatSeconds", data)
        role = await self.role(data)
        self.schedule(payload, timeout, heartbeat, role)
        deadline = None if timeout is None else self.run.hub.clock() + timeout
        async with asyncio.timeout(timeout) as limit:
            patience = Patience(limit, asyncio.get_running_loop())
            WAITS.set(patience.token)
            if self.resource.kind == ACTIVITY:
                return await self.activity(payload, deadline, heartbeat)
            self.event("Started", self.base or None)
            if role and (denied := self.run.hub.clients.assume(self.run.execution.role, role)):
                raise StateError(TASK_FAILED, denied)
            if self.resource.tokens:
                self.opened()  # who is called may answer before the call is over
            result = await self.called(payload, role or self.run.execution.role)
            if self.resource.pattern:
                self.event("Submitted", {**self.put_out(result), **self.base})
                self.frame.pause = self.pause(result, deadline, heartbeat, role)
                return await self.waited()
            return self.succeeded(result)

    async def seconds(self, key: str, data: Any) -> int | None:
        """A limit; it must be positive."""
        found = await self.visit.whole(key, data)
        if found is not None and not 0 < found <= NUMBER:
            raise runtime(f"{key} must be a positive integer not greater than {NUMBER}, but was {found}")
        return found

    async def role(self, data: Any) -> str:
        """The role that Credentials name; empty without."""
        given = self.visit.state.get("Credentials")
        if given is None:
            return ""
        view = self.visit.view(data)
        found = await view.evaluated(given, "Credentials") if self.visit.jsonata else view.template(given)
        if not isinstance(found.get("RoleArn"), str):
            raise runtime("Credentials must have a RoleArn that is a string")
        return str(found["RoleArn"])

    # -- events ----------------------------------------------------------------------------------------------------

    def event(self, what: str, details: Mapping[str, Any] | None = None) -> None:
        """Write ``TaskStarted`` and the like."""
        kind = _PREFIX.get(self.resource.kind, "Task") + what
        self.run.record(self.frame, kind, details)

    def schedule(self, payload: Any, timeout: int | None, heartbeat: int | None, role: str) -> None:
        """Write that it is scheduled, with all that was asked for."""
        if self.base:
            region = self.run.execution.arn.split(":")[3]
            details = {"parameters": text_of(payload), "region": region, **self.base}
        else:
            details = {"input": text_of(payload), "inputDetails": NOT_TRUNCATED, "resource": self.resource.text}
        limits = {"timeoutInSeconds": timeout, "heartbeatInSeconds": heartbeat}
        details |= {name: value for name, value in limits.items() if value is not None}
        if role:
            details["taskCredentials"] = {"roleArn": role}
        self.event("Scheduled", details)

    def put_out(self, result: Any) -> dict[str, Any]:
        """What an event says of a result."""
        return {"output": text_of(result), "outputDetails": NOT_TRUNCATED}

    def succeeded(self, result: Any) -> Any:
        """Write that it is done; its result."""
        try:
            self.visit.checked(result, self.resource.type or self.visit.name)
        except StateError as error:
            raise self.failed(error) from None
        self.event("Succeeded", {**self.put_out(result), **self.base})
        self.visit.seen("result", result)
        return result

    def failed(self, error: StateError) -> StateError:
        """Write that it has failed; the failure."""
        told = {"error": error.error, "cause": error.cause}
        self.event("Failed", {**{name: text for name, text in told.items() if text is not None}, **self.base})
        return error

    def timed_out(self, error: StateError) -> StateError:
        """Write that it took too long; the failure."""
        self.event("TimedOut", {"error": error.error, **self.base})
        return error

    # -- doing it --------------------------------------------------------------------------------------------------

    async def called(self, payload: Any, role: str) -> Any:
        """Call what it calls."""
        hub, execution = self.run.hub, self.run.execution
        try:
            if self.resource.kind == LAMBDA:
                given = {"FunctionName": self.resource.text, "Payload": text_of(payload)}
                return (await hub.invoke(given, role, execution))["Payload"]
            return await hub.integrate(self.resource, payload, role, execution)
        except StateError as error:
            raise self.failed(error) from None

    def pause(self, result: Any, deadline: float | None, heartbeat: int | None, role: str) -> dict[str, Any]:
        """What it waits for, behind the call."""
        now = self.run.hub.clock()
        about = {"deadline": deadline, "heartbeat": heartbeat, "since": now, "role": role}
        if self.resource.pattern == resources.TOKEN:
            return {"for": "token", **about}
        arn = result.get("ExecutionArn") if isinstance(result, dict) else None
        return {"for": "execution", "arn": arn, **about}

    async def waited(self) -> Any:
        """Wait for the end of what was begun."""
        pause = self.frame.pause
        assert pause is not None  # noqa: S101  whoever calls has seen to it
        if pause["for"] == "execution":
            return await self.nested(pause)
        if pause["for"] == "worker":
            return await self.offered(pause)
        return await self.answer(self.opened(), pause)

    async def nested(self, pause: Mapping[str, Any]) -> Any:
        """Wait for a nested execution, or for what somebody says about the token (recorded: that ends it, too)."""
        hub = self.run.hub
        inner = asyncio.ensure_future(hub.nested(self.resource, pause["arn"], pause["role"], self.run.execution))
        said = asyncio.ensure_future(self.opened().answer(hub.clock, pause["heartbeat"], pause["since"]))
        both: set[asyncio.Future[Any]] = {inner, said}
        try:
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for each in both:
                each.cancel()
        try:
            answer, result = (said.result(), None) if said.done() else (None, inner.result())
        except StateError as error:
            raise (self.timed_out if said.done() else self.failed)(error) from None
        return self.succeeded(result) if answer is None else self.answered(answer)

    def opened(self) -> Waiter:
        """Wait for what is said about the token, from now on."""
        if self.waiter is None:
            if self.frame.token not in self.run.execution.tokens:
                self.run.execution.tokens.append(self.frame.token)
            self.waiter = self.run.hub.tokens.expect(self.frame.token)
        return self.waiter

    async def answer(self, waiter: Waiter, pause: Mapping[str, Any]) -> Any:
        """Wait for it."""
        try:
            answer = await waiter.answer(self.run.hub.clock, pause["heartbeat"], pause["since"])
        except StateError as error:
            raise self.timed_out(error) from None
        return self.answered(answer)

    def answered(self, answer: Answer) -> Any:
        """What somebody outside has said."""
        if answer.output is not None:
            return self.succeeded(json.loads(answer.output))
        raise self.failed(StateError(answer.error, answer.cause))

    # -- activities ------------------------------------------------------------------------------------------------

    async def activity(self, payload: Any, deadline: float | None, heartbeat: int | None) -> Any:
        """Offer it to the workers of an activity, and wait for the one who takes it."""
        if self.resource.text not in self.run.hub.registry.activities:
            text = f"The activity '{self.resource.text}' does not exist"
            self.run.record(self.frame, "ActivityScheduleFailed", {"error": "States.Runtime", "cause": text})
            raise StateError("States.Runtime", text)
        about = {"deadline": deadline, "heartbeat": heartbeat, "since": None}
        self.frame.pause = {"for": "worker", "input": text_of(payload), **about}
        return await self.waited()

    async def offered(self, pause: dict[str, Any]) -> Any:
        """Wait for a worker, then for what it says."""
        hub, waiter = self.run.hub, self.opened()
        if pause["since"] is None:
            hub.offer(self.resource.text, waiter.token, pause["input"])
            worker = await waiter.started
            self.event("Started", {} if worker is None else {"workerName": worker})
            pause["since"] = hub.clock()
        return await self.answer(waiter, pause)
