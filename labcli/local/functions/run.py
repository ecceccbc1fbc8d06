"""Running a function: one invocation from the slot of concurrency it takes to the lines of its log.

Platform lines (START, END, REPORT) and their order are AWS's, as its LogResult shows them (recorded). What differs:
billed duration is what it would be, memory is measured and not limited, and there is no INIT_START line.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from labcli.local.functions.logs import Logs
from labcli.local.functions.worker import Outcome, is_python
from labcli.local.names import names
from labcli.local.patience import CALLER, heard

lambdas = names(
    "services.lambda_svc",
    *("_execute_function_dispatch", "_acquire_execution_slot", "_release_execution_slot", "_throttle_response"),
    *("_function_config_scope_mismatch", "_run_with_function_config_scope", "_ensure_reaper_thread", "new_uuid"),
    *("_xray_trace_id_for_invocation", "_invoke_depth", "_durable_env_overlay", "_emit_lambda_metrics"),
)
runtime = names("core.lambda_runtime", "acquire_worker", "release_worker")
REQUEST: ContextVar[str] = ContextVar("labcli_request", default="")
"""The id of the request that asked for the invocation: on AWS the function sees the same, in every attempt."""
CALLED: ContextVar[str] = ContextVar("labcli_called", default="")
"""The ARN of the alias by which a function is invoked, where versions share its calls: on AWS its context says so."""
_HEADER = "x-labcli-request"
_OURS = "labcli"  # marks results whose log is written already


@dataclass(frozen=True)
class Runs:
    """Invocations, in the engine's Lambda module. ``logs`` keeps what they print."""

    logs: Logs

    def execute(self, original: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
        """One invocation: refused when the function has no concurrency left, else run, with its request's id."""

        def execute_function(func: Any, event: Any) -> Any:
            config = func.get("config") or func
            if lambdas._function_config_scope_mismatch(config):
                return lambdas._run_with_function_config_scope(config, execute_function, func, event)
            request_id, began = REQUEST.get() or lambdas.new_uuid(), time.perf_counter()
            slot, limit = lambdas._acquire_execution_slot(func, config)
            if slot is None:
                name = config.get("FunctionName", "")
                lambdas._emit_lambda_metrics(name, duration_ms=0.0, error=False, throttle=True)
                reason = "ReservedFunctionConcurrent" if limit == "function" else "Concurrent"
                return lambdas._throttle_response(f"{reason}InvocationLimitExceeded", "Rate Exceeded.")
            try:
                return lambdas._execute_function_dispatch(func, config, event, request_id, began)
            finally:
                lambdas._release_execution_slot(slot)

        del original  # ours takes its place, and is what the engine's own parts call
        return execute_function

    def warm(self, original: Callable[..., Any]) -> Callable[..., Any]:
        """Run a Python function in a worker of ours; other runtimes as the engine does."""

        def execute_function_warm(func: Any, event: Any, request_id: str) -> Any:
            config, code = func.get("config") or func, func.get("code_zip")
            if not is_python(config) or not code:
                return original(func, event, request_id)
            return self._told(config, request_id, self._run(config, code, event, request_id))

        return execute_function_warm

    def _run(self, config: Mapping[str, Any], code: bytes, event: Any, request_id: str) -> Outcome:
        name = str(config.get("FunctionName"))
        lambdas._ensure_reaper_thread()
        version = str(config.get("Version") or "$LATEST")
        worker, _ = runtime.acquire_worker(name, config, code, qualifier=version)
        try:
            outcome: Outcome = worker.invoke(
                event,
                request_id,
                trace_id=lambdas._xray_trace_id_for_invocation(config),
                invoked_function_arn=CALLED.get() or config.get("FunctionArn", ""),
                depth=lambdas._invoke_depth.get(),
                durable=lambdas._durable_env_overlay(),
            )
        except (OSError, RuntimeError, ValueError) as error:  # the process did not come up
            worker._stop()
            reason = f"RequestId: {request_id} Error: Runtime exited with error: {error}"
            outcome = Outcome({"errorType": "Runtime.ExitError", "errorMessage": reason[:1000]}, "Runtime.ExitError")
            outcome.stream = worker.stream
        finally:
            runtime.release_worker(worker)
        return outcome

    def _told(self, config: Mapping[str, Any], request_id: str, outcome: Outcome) -> dict[str, Any]:
        """The result in the engine's form; the log is written."""
        lines = [*outcome.early, f"START RequestId: {request_id} Version: {config.get('Version') or '$LATEST'}"]
        lines += outcome.lines + _about_the_error(request_id, outcome)
        lines += [f"END RequestId: {request_id}", _report(config, request_id, outcome)]
        if outcome.stream:
            self.logs.write(config, outcome.stream, lines)
        result = {"body": outcome.body, "log": "\n".join(lines) + "\n", "log_source": _OURS}
        return {**result, "error": True, "labcli_kind": outcome.kind} if outcome.kind else result

    def emitted(self, original: Callable[..., None]) -> Callable[..., None]:
        """The engine's writing of logs, for what has not been written here."""

        def emit_lambda_logs(*args: Any, log_source: Any = None, **more: Any) -> None:
            if log_source != _OURS:
                original(*args, log_source=log_source, **more)

        return emit_lambda_logs

    def invoked(self, original: Callable[..., Any]) -> Callable[..., Any]:
        """The Invoke action; the function sees the id that the answer carries."""

        async def invoke(name: str, event: Any, headers: Any, *args: Any, **more: Any) -> Any:
            request_id = lambdas.new_uuid()
            token, waits = REQUEST.set(request_id), CALLER.set(heard(headers))
            try:
                status, headers, body = await original(name, event, headers, *args, **more)
            finally:
                REQUEST.reset(token)
                CALLER.reset(waits)
            return status, {**headers, _HEADER: request_id}, body

        return invoke


def with_its_request(original: Callable[..., Any]) -> Callable[..., Any]:
    """The engine draws the id of an answer by itself; here it is the one the function saw."""

    async def send_response(send: Any, status: Any, headers: Any, *args: Any, **more: Any) -> Any:
        if _HEADER in headers:
            headers = {**headers, "x-amzn-requestid": headers[_HEADER]}
            del headers[_HEADER]
        return await original(send, status, headers, *args, **more)

    return send_response


def _about_the_error(request_id: str, outcome: Outcome) -> list[str]:
    """What AWS's runtime, or the platform, writes about an error: one event."""
    body = outcome.body if isinstance(outcome.body, Mapping) else {}
    if not outcome.kind:
        return []
    text = str(body.get("errorMessage") or "")
    if outcome.kind == "Sandbox.Timedout":
        at = time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime())
        return [f"{at} {request_id} {text.partition('Error: ')[2]}"]
    if outcome.died:
        return [text, outcome.kind]
    lines = [f"[ERROR] {outcome.kind}: {text}"]
    if "stackTrace" in body:
        lines.append("Traceback (most recent call last):")
        lines += [line for frame in body["stackTrace"] for line in frame.splitlines()]
    return ["\n".join(lines)]


def _report(config: Mapping[str, Any], request_id: str, outcome: Outcome) -> str:
    milliseconds = outcome.seconds * 1000
    init = (outcome.init or 0.0) * 1000
    parts = [
        f"REPORT RequestId: {request_id}",
        f"Duration: {milliseconds:.2f} ms",
        f"Billed Duration: {math.ceil(milliseconds + init)} ms",
        f"Memory Size: {config.get('MemorySize') or 128} MB",
        f"Max Memory Used: {outcome.peak} MB",
    ]
    if outcome.init is not None:
        parts.append(f"Init Duration: {init:.2f} ms")
    if outcome.kind == "Sandbox.Timedout":
        parts.append("Status: timeout")
    elif outcome.died:
        parts += ["Status: error", f"Error Type: {outcome.kind}"]
    return "\t".join(parts) + "\t"
