"""One execution at work: it goes from state to state, tries again, catches, and writes its history."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from labcli.local.stepfunctions.interpreter.errors import QUERY, RUNTIME, TIMEOUT, StateError
from labcli.local.stepfunctions.interpreter.frame import Frame
from labcli.local.stepfunctions.interpreter.hub import Hub
from labcli.local.stepfunctions.interpreter.values import text_of
from labcli.local.stepfunctions.interpreter.visit import Outcome, Seen, Visit
from labcli.local.stepfunctions.model import MOST_BYTES, MOST_EVENTS, Execution
from labcli.rules.asl.node import speaks_jsonata
from labcli.rules.asl.quotas import NUMBER

TOO_LONG = f"The execution reached the maximum number of history events ({MOST_EVENTS})."
TOO_MUCH = f"The execution's history reached {MOST_BYTES} bytes, the most that the embedded AWS keeps of one."
WITH_RETRIES = ("Task", "Parallel", "Map")
NOT_TRUNCATED = {"truncated": False}

Perform = Callable[[Visit], Awaitable[Outcome]]


class Over(Exception):  # noqa: N818  a signal through the interpreter
    """The execution has ended: nothing of it goes on."""


class Run:
    """One execution. ``kinds`` has what performs a state of each type."""

    def __init__(self, execution: Execution, hub: Hub, kinds: Mapping[str, Perform]) -> None:
        self.execution, self.hub, self.kinds = execution, hub, kinds
        self.definition: Any = json.loads(execution.definition)
        self.given: Any = json.loads(execution.input)
        self.inner: set[asyncio.Task[Any]] = set()
        """The branches and iterations under way."""

    # -- places in the definition --------------------------------------------------------------------------------

    def at(self, way: tuple[Any, ...]) -> Any:
        """What is there in the definition."""
        found = self.definition
        for step in way:
            found = found[step]
        return found

    # -- the history ---------------------------------------------------------------------------------------------

    def record(
        self,
        frame: Frame,
        kind: str,
        details: Mapping[str, Any] | None = None,
        *,
        previous: int | None = None,
        move: bool = True,
        about: str = "",
    ) -> int:
        """Write an event of a line, and its number. Unless told otherwise it follows the last one of the line, and
        is then the last itself. ``about`` is the name of its details where it is not the event's own.
        """
        execution = self.execution
        with execution.lock:
            if not execution.running:
                raise Over
            if len(execution.events) >= MOST_EVENTS - 1 or execution.weight > MOST_BYTES:
                why = TOO_LONG if len(execution.events) >= MOST_EVENTS - 1 else TOO_MUCH
                execution.end("ExecutionFailed", self.hub.clock(), RUNTIME, why, frame.previous)
                raise Over
            name = about or kind[0].lower() + kind[1:] + "EventDetails"
            before = frame.previous if previous is None else previous
            number = execution.record(kind, self.hub.clock(), before, {} if details is None else {name: details})
        if move:
            frame.previous = number
        return number

    # -- what states see -----------------------------------------------------------------------------------------

    def context(self, frame: Frame, state: Mapping[str, Any]) -> dict[str, Any]:
        """The context object, ``$$``."""
        execution = self.execution
        about = {
            "Id": execution.arn,
            "Input": self.given,
            "StartTime": moment(execution.started),
            "Name": execution.name,
            "RoleArn": execution.role,
            "RedriveCount": execution.redrives,
        }
        if execution.redriven:
            about["RedriveTime"] = moment(execution.redriven)
        here: dict[str, Any] = {"Name": frame.state, "EnteredTime": frame.entered_at}
        if state["Type"] in WITH_RETRIES:
            here["RetryCount"] = sum(frame.retries.values())
        machine = execution.machine
        found: dict[str, Any] = {"Execution": about}
        found["StateMachine"] = {"Id": machine, "Name": machine.split(":")[6].partition("/")[0]}
        found["State"] = here
        if frame.token:
            found["Task"] = {"Token": frame.token}
        if (item := frame.map_item()) is not None:
            found["Map"] = {"Item": item}
        return found

    # -- going -----------------------------------------------------------------------------------------------------

    async def line(self, frame: Frame) -> None:
        """Go along a line of states to its end; the frame's input is then its output. StateError when it fails."""
        machine = self.at(frame.way)
        frame.state = frame.state or machine["StartAt"]
        while not frame.done:
            await asyncio.sleep(0)  # others take their turn
            following = await self.pass_through(frame, machine["States"][frame.state])
            frame.leave()
            frame.done = following is None
            frame.state = following or frame.state

    async def pass_through(self, frame: Frame, state: Mapping[str, Any]) -> str | None:
        """Enter a state, try it until it is done, and leave it; the next one's name."""
        kind = state["Type"]
        if not frame.entered:
            frame.before, frame.entered_at = frame.previous, moment(self.hub.clock())
            details = {"input": frame.given or text_of(frame.input), "inputDetails": NOT_TRUNCATED, "name": frame.state}
            frame.given = ""
            frame.entered = self.record(frame, f"{kind}StateEntered", details, about="stateEnteredEventDetails")
        outcome = await self.tried(frame, state)
        output = text_of(outcome.output)
        details = {"name": frame.state, "output": output, "outputDetails": NOT_TRUNCATED}
        if outcome.assigned:
            told = {name: text_of(value) for name, value in outcome.assigned.items()}
            details |= {"assignedVariables": told, "assignedVariablesDetails": NOT_TRUNCATED}
        self.record(frame, f"{kind}StateExited", details, about="stateExitedEventDetails")
        frame.variables = {**frame.variables, **outcome.assigned}
        frame.input = outcome.output
        return outcome.following

    async def tried(self, frame: Frame, state: Mapping[str, Any], seen: Seen | None = None) -> Outcome:
        """Try a state as often as its Retry says."""
        while True:
            if frame.pause is not None and frame.pause["for"] == "retry":
                await self.until(frame.pause["until"])
                frame.pause = None
            visit = self.visit(frame, state, seen)
            try:
                outcome = await self.kinds[state["Type"]](visit)
                visit.checked(outcome.output)
                return outcome  # noqa: TRY300  what is caught can come from both lines above
            except StateError as error:
                caught = await self.failed(visit, error)
                if caught is not None:
                    return caught

    def visit(self, frame: Frame, state: Mapping[str, Any], seen: Seen | None = None) -> Visit:
        """One try of a state."""
        jsonata = speaks_jsonata(state, speaks_jsonata(self.definition, False))
        return Visit(self, frame, state, frame.state, jsonata, seen or (lambda stage, value: None))

    async def until(self, moment: float) -> None:
        """Wait until then."""
        while (left := moment - self.hub.clock()) > 0:
            await asyncio.sleep(min(left, 3600.0))

    # -- failing ---------------------------------------------------------------------------------------------------

    async def failed(self, visit: Visit, error: StateError) -> Outcome | None:
        """What comes of a failure: None to try again, else where a catcher leads; raises when nobody takes it."""
        frame, state = visit.frame, visit.state
        kind = state["Type"]
        frame.pause = None
        self.tell(visit, error)
        if (wait := self.retried(frame, state, error)) is not None:
            frame.inner, frame.work = None, None
            frame.pause = {"for": "retry", "until": self.hub.clock() + wait}
            return None
        if kind in ("Map", "Parallel") and not error.fatal:
            self.record(frame, f"{kind}StateFailed")
        for catcher in state.get("Catch", ()):
            if error.taken_by(catcher["ErrorEquals"]):
                try:
                    return await self.caught(visit, catcher, error)
                except StateError as second:
                    self.tell(visit, second)
                    second.previous = frame.previous
                    raise
        error.previous = error.previous if error.fatal and error.previous else frame.previous
        raise error

    def tell(self, visit: Visit, error: StateError) -> None:
        """Say in the cause which state it was, once."""
        if not error.told:
            return
        where = f"'{visit.frame.state}' (entered at the event id #{visit.frame.entered})"
        error.cause = f"An error occurred while executing the state {where}. {error.cause}"
        error.told = False
        if error.error == QUERY:
            self.evaluation_failed(visit, error)

    def evaluation_failed(self, visit: Visit, error: StateError) -> None:
        """AWS says behind which event: the one before the state was entered, but of a Wait (recorded)."""
        frame = visit.frame
        details = {"cause": error.cause, "error": error.error, "state": frame.state}
        if error.location:
            details["location"] = error.location
        first = frame.previous == frame.entered and visit.state["Type"] != "Wait"
        self.record(frame, "EvaluationFailed", details, previous=frame.before if first else frame.previous)

    def retried(self, frame: Frame, state: Mapping[str, Any], error: StateError) -> float | None:
        """Seconds until the next try; None when there is none."""
        for index, retrier in enumerate(state.get("Retry", ())):
            if not error.taken_by(retrier["ErrorEquals"]):
                continue
            done = frame.retries.get(str(index), 0)
            if done >= retrier.get("MaxAttempts", 3):
                return None
            frame.retries = {**frame.retries, str(index): done + 1}
            rate = min(float(retrier.get("BackoffRate", 2.0)), 1e9)
            wait = min(retrier.get("IntervalSeconds", 1) * rate ** min(done, 30), float(NUMBER))
            wait = min(wait, retrier.get("MaxDelaySeconds", wait))
            full = retrier.get("JitterStrategy") == "FULL"
            return random.uniform(0, wait) if full else wait  # noqa: S311  spreading, no secret
        return None

    async def caught(self, visit: Visit, catcher: Mapping[str, Any], error: StateError) -> Outcome:
        """The way that a catcher leads. What fails there fails the state."""
        told = {"Error": error.error, "Cause": error.cause}
        if error.error == TIMEOUT and error.cause is None:
            told["Cause"] = ""
        if visit.jsonata:
            view = visit.view().with_states(errorOutput=told)
            output, assigned = await visit.put_out(view, catcher, told)
        else:
            assigned = visit.assigned(told, catcher)
            output = visit.joined(told, catcher)
        visit.checked(output)
        return Outcome(output, assigned, catcher["Next"])


def moment(seconds: float) -> str:
    """A point in time as AWS writes it."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
