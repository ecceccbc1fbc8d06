"""Asynchronous invocations: tried again when the function fails, and what becomes of an event in the end.

AWS (Lambda Developer Guide, "Error handling for asynchronous invocation"): two more attempts, one and two minutes
later; throttled events are tried for up to six hours; then the dead-letter queue or the failure destination gets the
event. Here the waits are one and two seconds, so that a lab need not wait for minutes.
"""

from __future__ import annotations

import contextvars
import heapq
import json
import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any

from labcli.local import iam
from labcli.local.functions.event_invoke import config_of
from labcli.local.functions.run import CALLED, REQUEST
from labcli.local.names import names
from labcli.local.sqs.inject import Letter, put

lambdas = names(
    "services.lambda_svc",
    *("_functions", "_execute_function", "_reserved_concurrency", "new_uuid"),
    *("_run_with_function_config_scope", "_get_func_record_for_ref"),
)
sns = names("services.sns", "_fanout")
WAITS = (1.0, 2.0)
"""Seconds before the second and the third attempt; on AWS they are minutes."""
THROTTLED = (0.1, 0.2, 0.5, 1.0)
"""Seconds before a throttled event is tried again; the last is repeated."""
MOST = 16
"""Events that are worked on at once; AWS has no such limit, and a learner's machine has few processors."""
_log = logging.getLogger("labcli.local")


@dataclass(frozen=True)
class Event:
    """One event on its way to a function, and how its attempts went."""

    config: Mapping[str, Any]
    payload: Any
    request_id: str
    context: contextvars.Context
    began: float
    attempts: int = 0
    throttled: int = 0
    result: Mapping[str, Any] = field(default_factory=dict)


@dataclass
class Pool:
    """Does what is due, in threads that end when nothing is left: an event that waits for its time holds none."""

    due: list[tuple[float, int, Callable[[], None]]] = field(default_factory=list)
    changed: threading.Condition = field(default_factory=threading.Condition)
    threads: int = 0
    idle: int = 0
    number: count[int] = field(default_factory=count)

    def later(self, seconds: float, work: Callable[[], None]) -> None:
        """Do this after so many seconds, or as soon after as there is a thread for it."""
        with self.changed:
            heapq.heappush(self.due, (time.monotonic() + seconds, next(self.number), work))
            self._staff()
            self.changed.notify()

    def _staff(self) -> None:
        """Somebody must be free for what is due; the lock is held."""
        if self.due and not self.idle and self.threads < MOST:
            self.threads, self.idle = self.threads + 1, self.idle + 1
            threading.Thread(target=self._work, daemon=True, name="labcli-lambda-events").start()

    def _work(self) -> None:
        with self.changed:
            self.idle -= 1  # it was counted so that nobody else was started for the same
        while (work := self._next()) is not None:
            try:
                work()
            except Exception:  # noqa: BLE001  the last stop of a thread: into the log, and on
                _log.exception("an event was lost")

    def _next(self) -> Callable[[], None] | None:
        with self.changed:
            self.idle += 1
            try:
                while self.due and (wait := self.due[0][0] - time.monotonic()) > 0:
                    self.changed.wait(wait)
            finally:
                self.idle -= 1
            work = heapq.heappop(self.due)[2] if self.due else None
            self.threads -= work is None
            self._staff()
            return work


@dataclass(frozen=True)
class Later:
    """Asynchronous invocations, in the engine's Lambda module. ``clock`` gives seconds since the epoch."""

    clock: Callable[[], float]
    pool: Pool = field(default_factory=Pool)

    def invoke(self, func: Any, payload: Any) -> None:
        """Take an event; the caller does not wait for it."""
        context, request_id = contextvars.copy_context(), REQUEST.get() or lambdas.new_uuid()
        context.run(REQUEST.set, request_id)
        config = func.get("config") or func
        if called := CALLED.get():
            config = {**config, "FunctionArn": called}
        self._queue(Event(config, payload, request_id, context, time.monotonic()), 0.0)

    def _queue(self, event: Event, seconds: float) -> None:
        scoped = lambdas._run_with_function_config_scope
        self.pool.later(seconds, lambda: event.context.copy().run(scoped, event.config, self._attempt, event))

    def _attempt(self, event: Event) -> None:
        func = self._current(event.config)
        if func is None:
            return
        limits = config_of(func, str(event.config["FunctionArn"]))
        result = lambdas._execute_function(func, event.payload)
        throttled = bool(result.get("throttle"))
        event = replace(event, config=func["config"], result=result, attempts=event.attempts + (not throttled))
        event = replace(event, throttled=event.throttled + throttled)
        wait = self._wait(func, event, limits) if result.get("error") else None
        oldest = float(limits.get("MaximumEventAgeInSeconds") or 21_600)
        if wait is None or time.monotonic() - event.began + wait > oldest:
            self._settle(func, event)
        else:
            self._queue(event, wait)

    def _wait(self, func: Any, event: Event, limits: Mapping[str, Any]) -> float | None:
        """Seconds until the next attempt, or None when there is none."""
        if event.result.get("throttle"):
            if lambdas._reserved_concurrency(func, event.config) == 0:  # AWS: straight to where failed events go
                return None
            return THROTTLED[min(event.throttled, len(THROTTLED)) - 1]
        most = limits.get("MaximumRetryAttempts")
        if event.attempts > (2 if most is None else int(most)):
            return None
        return WAITS[min(event.attempts, len(WAITS)) - 1]

    def _current(self, config: Mapping[str, Any]) -> Any:
        """The function as it is now: an attempt runs the code that is there by then. None when it is gone."""
        func = lambdas._functions.get(config.get("FunctionName"))
        version = config.get("Version") or "$LATEST"
        record = func if func is None or version == "$LATEST" else func["versions"].get(version)
        if record is None:
            return None
        current = {**record["config"], "FunctionArn": config["FunctionArn"]}
        return {**func, "code_zip": record["code_zip"], "config": current}

    def _settle(self, func: Any, event: Event) -> None:
        """Tell the destinations how it ended."""
        wanted = config_of(func, str(event.config["FunctionArn"])).get("DestinationConfig") or {}
        result = event.result
        side = "OnFailure" if result.get("error") else "OnSuccess"
        if target := (wanted.get(side) or {}).get("Destination"):
            self._send(event, str(target), json.dumps(self._account(event)), {})
        if result.get("error") and (target := (event.config.get("DeadLetterConfig") or {}).get("TargetArn")):
            self._send(event, str(target), json.dumps(event.payload), _attributes(event))

    def _account(self, event: Event) -> dict[str, Any]:
        """What a destination is given (Developer Guide, "Capturing records of asynchronous invocations")."""
        result = event.result
        failed = bool(result.get("error"))
        response: dict[str, Any] = {"statusCode": 200, "executedVersion": event.config.get("Version") or "$LATEST"}
        arn = str(event.config.get("FunctionArn"))
        now = time.gmtime(self.clock())
        return {
            "version": "1.0",
            "timestamp": time.strftime("%Y-%m-%dT%H:%M:%S.000Z", now),
            "requestContext": {
                "requestId": event.request_id,
                "functionArn": arn if arn.count(":") > 6 else f"{arn}:$LATEST",
                "condition": "RetriesExhausted" if failed else "Success",
                "approximateInvokeCount": event.attempts,
            },
            "requestPayload": event.payload,
            "responseContext": response | ({"functionError": "Unhandled"} if failed else {}),
            "responsePayload": result.get("body"),
        }

    def _send(self, event: Event, target: str, body: str, attributes: Mapping[str, Any]) -> None:
        service = target.split(":")[2]
        action = {"sqs": "sqs:SendMessage", "sns": "sns:Publish", "lambda": "lambda:InvokeFunction"}.get(service, "")
        region = str(event.config["FunctionArn"]).split(":")[3]
        if not action or not iam.role_may(str(event.config.get("Role")), action, target, region):
            return  # AWS drops the event, and counts it in DeadLetterErrors
        if service == "sqs":
            put(target, Letter(body, attributes), self.clock())
        elif service == "sns":
            sns._fanout(target, lambdas.new_uuid(), body, "", "", dict(attributes))
        else:
            func, config, _ = lambdas._get_func_record_for_ref(target)
            if func and config:
                REQUEST.set(lambdas.new_uuid())
                CALLED.set("")
                self.invoke({**func, "config": config}, json.loads(body))


def _attributes(event: Event) -> dict[str, Any]:
    """What AWS says about a failed event beside it, in a dead-letter queue."""
    result = event.result
    body = result.get("body") if isinstance(result.get("body"), Mapping) else {}
    text = str((body or {}).get("errorMessage") or (body or {}).get("message") or "")[:1024]
    code = "429" if result.get("throttle") else "200"
    return {
        "RequestID": {"DataType": "String", "StringValue": event.request_id},
        "ErrorCode": {"DataType": "Number", "StringValue": code},
        "ErrorMessage": {"DataType": "String", "StringValue": text or "-"},
    }
