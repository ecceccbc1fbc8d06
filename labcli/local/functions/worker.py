"""The processes in which functions run: how they are started, asked, and ended with all they started.

The engine has a pool of processes and a script that runs in each. We keep both, put inside.py in front of the
script (at anchors that are checked), and put our own kind of worker into the pool: it hears answers without polling,
knows how a process ended, and ends its children with it. Other runtimes than Python keep the engine's worker.
"""

from __future__ import annotations

import contextlib
import json
import queue
import secrets
import signal
import subprocess
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from labcli.local.functions.ends import end, ended
from labcli.local.functions.environment import log_stream, with_environment
from labcli.local.functions.output import Output
from labcli.local.names import names
from labcli.local.patience import unhurried

runtime = names("core.lambda_runtime", "kill_workers", "_PYTHON_WORKER_SCRIPT", "Worker")
OF_A_WORKER = ("_lock", "_proc", "_cold", "config")
"""What only an object of the engine's has."""
_ANCHORS = {
    "    _real_stdout = sys.stdout\n    sys.stdout = sys.stderr\n": "    _real_stdout = _labcli.answers\n",
    "    init = json.loads(sys.stdin.readline())\n": "    init = _labcli.introduced()\n",
    "    _ms_install_invoke_depth()\n": "    After('botocore.handlers', _ms_install_invoke_depth)\n",
    "    try:\n        mod = importlib": "    _labcli.ready(code_dir)\n    try:\n        mod = importlib",
    '{"status": "ready", "cold": True}': "_labcli.imported()",
    "    except Exception as e:\n"
    '        _real_stdout.write(json.dumps({"status": "error", "error": str(e)}) + "\\n")\n': (
        "    except BaseException as e:\n        _labcli.init_failed(e, module_name, handler_name)\n"
    ),
    "        line = sys.stdin.readline()\n": "        line = _labcli.order()\n",
    "            result = handler_fn(event, context)\n"
    '            _real_stdout.write(json.dumps({"status": "ok", "result": result}) + "\\n")\n': (
        '            _real_stdout.write(_labcli.call(handler_fn, event, context, _ms_ctx) + "\\n")\n'
    ),
}
"""What of the engine's script is replaced by what."""
INIT = 10.0
"""Seconds that importing a function may take (Lambda: the init phase)."""
LOOK = 0.5
"""Seconds between two looks whether the process of a slow function is still there."""
IDLE = 60.0
"""Seconds for which the second process of a function, and any further one, waits for work."""
_LATE = 0.25  # seconds for output that is still on its way when the answer is there


@dataclass
class Outcome:
    """How one invocation went."""

    body: Any = None
    """What the handler returned, or the error as the caller sees it."""
    kind: str = ""
    """The error's type; empty when there was none."""
    lines: list[str] = field(default_factory=list)
    """What the function printed."""
    early: list[str] = field(default_factory=list)
    """What it printed while it was imported."""
    seconds: float = 0.0
    init: float | None = None
    """Seconds the start took, when there was one."""
    peak: int = 0
    """MB."""
    stream: str = ""
    """The log stream of the process."""

    @property
    def died(self) -> bool:
        """Whether the process ended, instead of answering with an error."""
        return self.kind in ("Runtime.ExitError", "Sandbox.Timedout")


def is_python(config: Mapping[str, Any]) -> bool:
    """Whether the function runs in a worker of ours."""
    return str(config.get("Runtime") or "").startswith("python") and config.get("PackageType") != "Image"


def moved() -> list[str]:
    """What a worker of the engine's does not have, that ours takes over from it."""
    theirs = runtime.Worker("", {}, b"")  # it starts no process before it is asked
    return [f"core.lambda_runtime.Worker.{name}" for name in OF_A_WORKER if not hasattr(theirs, name)]


def script() -> tuple[str, list[str]]:
    """The engine's script with ours in front of it and at its anchors; the anchors that have moved, by their name."""
    whole, moved = _around(runtime._PYTHON_WORKER_SCRIPT)
    return whole, [f"core.lambda_runtime._PYTHON_WORKER_SCRIPT[{anchor}]" for anchor in moved]


def _around(stock: str) -> tuple[str, list[str]]:
    moved = [anchor.strip().splitlines()[0] for anchor in _ANCHORS if stock.count(anchor) != 1]
    for anchor, ours in _ANCHORS.items():
        stock = stock.replace(anchor, ours)
    head = Path(__file__).with_name("inside.py").read_text("utf-8")
    whole = f"{head}\n\n_labcli = Inside()\n{stock}"
    try:
        compile(whole, "worker", "exec")
    except SyntaxError as error:
        moved.append(f"line {error.lineno}")
    return whole, moved


# -- our worker ------------------------------------------------------------------------------------------------------


class Sandbox:
    """Our worker, to be put before the engine's: its ``_spawn`` unpacks code and layers and starts the process."""

    config: dict[str, Any]
    _lock: Any
    _proc: Any
    _spawn: Any
    _cold: bool

    def __init__(self, func_name: str, config: dict[str, Any], code_zip: bytes) -> None:
        self.token = secrets.token_hex(12)
        self.stream = ""
        self.given = config
        super().__init__(func_name, config, code_zip)  # type: ignore[call-arg]  # it is the engine's
        self.output = Output()
        self.answers: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self.running = self.retired = False

    def retire(self) -> bool:
        """Take no more work; True when it is at work, and ends by itself afterwards."""
        self.retired = True
        if not self._lock.acquire(blocking=False):
            return True
        self._lock.release()
        return False

    def _read_stderr(self) -> None:  # the engine starts a thread with it
        process = self._proc  # held here: nobody may close the descriptor while it is read
        self.output.read(process.stderr.fileno())

    def _listen(self, process: Any, answers: queue.SimpleQueue[str | None]) -> None:
        with contextlib.suppress(OSError, ValueError):
            for line in process.stdout:
                answers.put(line)
        end(process)  # what it started does not outlive it
        answers.put(None)

    def invoke(self, event: Any, request_id: str, **about: Any) -> Outcome:
        """Run the function once, in a process of its own that stays for the next time."""
        try:
            with self._lock:
                return self._invoke(event, request_id, about)
        finally:
            if self.retired:  # looked at after the lock is free: whoever retires it later finds it idle
                self._stop()

    def _invoke(self, event: Any, request_id: str, about: dict[str, Any]) -> Outcome:
        began, init, early = time.perf_counter(), None, []
        if not (self.running and self.answers.empty()):  # a line that nobody asked for: it is on its way out
            failed = self._start(request_id)
            init = time.perf_counter() - began
            early = self.output.taken(_LATE)
            if failed is not None:
                return self._told(failed, 0.0, init, early)
        mark = secrets.token_hex(16)
        self.output.begin(mark)
        began = time.perf_counter()
        answer = self._ask(self._envelope(event, request_id, mark, about), request_id)
        return self._told(answer, time.perf_counter() - began, init, early)

    def _envelope(self, event: Any, request_id: str, mark: str, about: dict[str, Any]) -> str:
        arn = about.pop("invoked_function_arn", None) or self.config.get("FunctionArn", "")
        about["durable"] = about.get("durable") or {}
        context = {**about, "request_id": request_id, "invoked_function_arn": arn, "mark": mark}
        return json.dumps({"event": event, "ctx": context}) + "\n"

    @unhurried
    def _start(self, request_id: str) -> dict[str, Any] | None:
        """Start the process and import the function; the error when that fails."""
        self._stop()
        self.stream = log_stream(self.given)
        self.config = with_environment(self.given, self.stream, self.token)
        if "." not in str(self.given.get("Handler")):
            text = f"Bad handler '{self.given.get('Handler')}': not enough values to unpack (expected 2, got 1)"
            body = {"errorMessage": text, "errorType": "Runtime.MalformedHandlerName", "requestId": ""}
            return {"status": "broken", "body": {**body, "stackTrace": []}}
        self.output = Output()
        self.output.begin(self.token)
        self._spawn()
        self.answers = queue.SimpleQueue()
        threading.Thread(target=self._listen, args=(self._proc, self.answers), daemon=True).start()
        self.running, self._cold = True, False
        seconds = float(self.given.get("Timeout") or 3)
        answer = self._answer(time.perf_counter() + max(INIT, seconds), seconds, request_id)
        return None if answer.get("status") == "imported" else answer

    def _ask(self, envelope: str, request_id: str) -> dict[str, Any]:
        seconds = float(self.given.get("Timeout") or 3)
        with contextlib.suppress(OSError, ValueError, AttributeError):  # it died meanwhile, which the answer tells
            self._proc.stdin.write(envelope)
            self._proc.stdin.flush()
        return self._answer(time.perf_counter() + seconds, seconds, request_id)

    def _answer(self, deadline: float, seconds: float, request_id: str) -> dict[str, Any]:
        """The next answer, or what happened instead of one."""
        line: str | None = ""
        while line == "" and (left := deadline - time.perf_counter()) > 0:
            try:
                line = self.answers.get(timeout=min(left, LOOK))
            except queue.Empty:
                if ended(self._proc):
                    end(self._proc)  # then its pipes close, which is the answer
        if line == "":
            text = f"RequestId: {request_id} Error: Task timed out after {seconds:.2f} seconds"
            return {"status": "gone", "body": {"errorType": "Sandbox.Timedout", "errorMessage": text}}
        try:
            answer = json.loads(line or "")
        except ValueError:
            reason = _reason(self._proc)
            body = {"errorType": "Runtime.ExitError", "errorMessage": f"RequestId: {request_id} Error: {reason}"}
            return {"status": "gone", "body": body}
        return answer if isinstance(answer, dict) else {}

    def _told(self, answer: dict[str, Any], seconds: float, init: float | None, early: list[str]) -> Outcome:
        status = answer.get("status")
        if status not in ("ok", "error"):
            self._stop()
        body = answer.get("result") if status == "ok" else answer.get("body")
        kind = "" if status == "ok" else str((body or {}).get("errorType") or "Unknown")
        lines = self.output.taken(_LATE) if self.output.mark != self.token.encode() else []
        return Outcome(body, kind, lines, early, seconds, init, int(answer.get("peak") or 0), self.stream)

    def _stop(self) -> None:
        self.running = False
        runtime.kill_workers([self])


def _reason(process: Any) -> str:
    """Why a process ended, as AWS says it."""
    try:
        code = process.wait(timeout=2.0)
    except (subprocess.TimeoutExpired, AttributeError):
        code = 0
    if code == 0:
        return "Runtime exited without providing a reason"
    if code > 0:
        return f"Runtime exited with error: exit status {code}"
    words = {signal.SIGKILL: "killed", signal.SIGSEGV: "segmentation fault", signal.SIGABRT: "aborted"}
    return f"Runtime exited with error: signal: {words.get(-code, signal.Signals(-code).name)}"
