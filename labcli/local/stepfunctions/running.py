"""One execution at work: the interpreter's threads, and what they may still write into its history."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Thread
from typing import Any

from labcli.local.names import hook
from labcli.local.stepfunctions import moto
from labcli.local.stepfunctions.model import MOST_EVENTS, Execution

TOO_LONG = f"The execution reached the maximum number of history events ({MOST_EVENTS})."


def start(execution: Execution, activities: Any, clock: Callable[[], float], done: Callable[[], None]) -> Thread:
    """Begin to run it, in a thread of its own; ``done`` is called when it has ended."""
    thread = Thread(target=_run, args=(execution, activities, clock, done), name=execution.name, daemon=True)
    thread.start()
    return thread


def stop(execution: Execution, clock: Callable[[], float], error: str | None = None, cause: str | None = None) -> None:
    """End it at once for whoever asks. Its threads find out at their next step; a call under way runs to its end."""
    if not execution.end("ExecutionAborted", clock(), error, cause):
        return
    environment = execution.environment
    if environment is not None:
        environment.set_stop(stop_date=None, cause=cause, error=error)
        for endpoint in tuple(environment.callback_pool_manager._pool.values()):
            endpoint.interrupt_all()


def _run(execution: Execution, activities: Any, clock: Callable[[], float], done: Callable[[], None]) -> None:
    try:
        _interpret(execution, activities, clock)
    except Exception as error:  # noqa: BLE001  whatever it meets, the execution must not look as if it ran
        execution.end("ExecutionFailed", clock(), "States.Runtime", f"{type(error).__name__}: {error}")
    finally:
        execution.environment = None
        moto.utils.TMP_THREADS.clear()  # a list to which each thread is added, and from which none is ever taken
        done()


def _interpret(execution: Execution, activities: Any, clock: Callable[[], float]) -> None:
    history = History(execution, clock)
    started = {"input": execution.input, "inputDetails": {"truncated": False}, "roleArn": execution.role}
    execution.record("ExecutionStarted", execution.started, 0, {"executionStartedEventDetails": started})
    worker = moto.execution_worker.ExecutionWorker(_details(execution), None, None, activities)
    program = worker._get_evaluation_entrypoint()
    environment = worker._get_evaluation_environment()
    environment.event_manager = history
    environment.callback_pool_manager = _pool(execution, activities)
    # It can only be stopped once it has a next state, and what was stopped before it began does not begin.
    environment.next_state_name = program.start_at.start_at_name
    history.environment = environment
    with execution.lock:
        execution.environment = environment
        if not execution.running:
            return
    program.eval(environment)
    if execution.running:  # its own TimeoutSeconds have passed
        execution.end("ExecutionTimedOut", clock(), previous=environment.event_history_context.source_event_id)


def _details(execution: Execution) -> Any:
    _, _, _, region, account, *_ = execution.arn.split(":")
    at = datetime.fromtimestamp(execution.started, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return moto.evaluation.EvaluationDetails(
        moto.evaluation.AWSExecutionDetails(account=account, region=region, role_arn=execution.role),
        moto.evaluation.ExecutionDetails(
            arn=execution.arn,
            name=execution.name,
            role_arn=execution.role,
            inpt=json.loads(execution.input),
            start_time=at,
        ),
        moto.evaluation.StateMachineDetails(
            arn=execution.machine,
            name=execution.machine.rpartition(":")[2],
            typ=execution.kind,
            definition=execution.definition,
        ),
    )


def _pool(execution: Execution, activities: Any) -> Any:
    """The interpreter's waiting tasks, which also tells the execution which tokens it gives out."""
    pool = moto.callback.CallbackPoolManager(activity_store=activities)

    def telling(original: Any) -> Any:
        def add(callback_id: str, **more: Any) -> Any:
            execution.tokens.append(callback_id)
            return original(callback_id, **more)

        return add

    hook(pool, "add", telling)
    hook(pool, "add_activity_task", telling)
    return pool


@dataclass
class History:
    """Takes the interpreter's events. A context that is closed (a branch that was given up) adds none any more."""

    execution: Execution
    clock: Callable[[], float]
    environment: Any = None
    entered: dict[str, int] = field(default_factory=dict)
    """At which event a state was last entered."""

    def add_event(
        self,
        context: Any,
        event_type: Any,
        event_details: Any = None,
        timestamp: Any = None,
        update_source_event_id: bool = True,
    ) -> int:
        """Called by the interpreter."""
        with self.execution.lock:
            if getattr(context, "labcli_closed", False) or not self.execution.running:
                return int(context.last_published_event_id)
            kind = str(getattr(event_type, "value", event_type))
            if len(self.execution.events) >= MOST_EVENTS - 1 and not kind.startswith("Execution"):
                self._too_long(context)
                return int(context.last_published_event_id)
            number = self.execution.record(kind, self.clock(), context.source_event_id, event_details)
            context.last_published_event_id = number
            if kind.endswith("StateEntered"):
                self.entered[event_details["stateEnteredEventDetails"]["name"]] = number
            if update_source_event_id:
                context.source_event_id = number
            return number

    def _too_long(self, context: Any) -> None:
        at, previous = self.clock(), int(context.last_published_event_id)
        self.execution.end("ExecutionFailed", at, "States.Runtime", TOO_LONG, previous)
        if self.environment is not None:
            self.environment.set_error({"error": "States.Runtime", "cause": TOO_LONG})


def close(frame: Any) -> None:
    """Nothing that this part of an execution still does is written into the history."""
    frame.event_history_context.labcli_closed = True
    for inner in tuple(frame._frames):
        close(inner)
