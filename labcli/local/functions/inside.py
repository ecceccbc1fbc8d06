"""What runs inside a function's process, in front of the engine's own worker script (worker.py puts it there).

Nothing of labcli can be imported in that process, so this file's text becomes the head of the script. Whatever a
function does with its standard streams, its children or the interpreter, what the server hears stays in order: orders
and answers travel on descriptors that the function does not know, and 0, 1 and 2 are nothing, the log and the log.

Shapes and texts of errors are those of AWS's Python runtime (awslambdaric) and of recorded answers of AWS.
"""

from __future__ import annotations

import json
import os
import queue
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable
from typing import Any

LARGEST_ANSWER = 6 * 1024 * 1024 + 100
"""Bytes of an answer (Lambda quotas: 6 MB; the exact number stands in AWS's own text)."""


RUNTIME_HAS = frozenset({"boto3", "botocore", "dateutil", "jmespath", "s3transfer", "six", "urllib3"})
"""Packages of AWS's Python runtimes: boto3 and what it needs (Developer Guide, "Runtime-included SDK versions")."""


class Packages:
    """Finds the packages that AWS's runtime has too. All others of labcli's own environment are not there."""

    def __init__(self) -> None:
        self.places = [place for place in sys.path if not _is_standard(place)]
        sys.path[:] = [place for place in sys.path if _is_standard(place)]
        sys.meta_path[:] = [each for each in sys.meta_path if str(each.__module__).startswith("_frozen_importlib")]
        for name, module in list(sys.modules.items()):  # what such packages put into every start of this Python
            file = str(getattr(module, "__file__", None) or "")
            # on Windows the folder of python.exe is such a place too, and the standard library lies below it
            if file.startswith(tuple(self.places)) and not _is_standard(os.path.dirname(file)) and name != "__main__":  # noqa: PTH120
                del sys.modules[name]
        sys.meta_path.append(self)

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        """The specification of a package that the runtime has."""
        from importlib.machinery import PathFinder

        return PathFinder.find_spec(name, self.places) if path is None and name in RUNTIME_HAS else None


def _is_standard(place: str) -> bool:
    """Whether a place on the path is of the standard library."""
    library, place = (os.path.normcase(each).replace("\\", "/") for each in (os.__file__, place))
    if place.endswith((".zip", "/lib-dynload", "/dlls")):
        return True
    inside = f"{place}/".startswith(library.rpartition("/")[0] + "/")
    return inside and not {"site-packages", "dist-packages"} & set(place.split("/"))


class Inside:
    """One process of one function: its descriptors, its environment, and how it tells what happened."""

    def __init__(self) -> None:
        self.pid = os.getpid()
        if hasattr(os, "setsid") and os.getpgrp() != self.pid:
            os.setsid()  # so that the server can end it with all its children
        self.answers = os.fdopen(os.dup(1), "w", encoding="utf-8", newline="\n")
        self._log = os.dup(2)
        self._orders: queue.SimpleQueue[str] = queue.SimpleQueue()
        orders = os.fdopen(os.dup(0), encoding="utf-8")
        threading.Thread(target=self._listen, args=(orders,), daemon=True).start()
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.close(nothing)
        self.request_id = ""
        Packages()
        self._streams()
        After("logging", self._log_as_aws_does)

    def _log_as_aws_does(self) -> None:
        """AWS's runtime puts a handler on the root logger: a function that only sets a level is heard there."""
        import logging

        inside = self

        class ToTheLog(logging.Handler):
            def emit(self, record: logging.LogRecord) -> None:
                record.aws_request_id = inside.request_id
                sys.stdout.write(self.format(record) + "\n")

        form = "[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s"
        handler, formatter = ToTheLog(), logging.Formatter(form, "%Y-%m-%dT%H:%M:%S")
        formatter.converter = time.gmtime
        handler.setFormatter(formatter)
        logging.getLogger().addHandler(handler)

    def _listen(self, orders: Any) -> None:
        for line in orders:
            self._orders.put(line)
        # The server is gone, or wants this process to be; so are the function's children then.
        if hasattr(os, "killpg") and os.getpid() == self.pid:
            os.killpg(self.pid, signal.SIGKILL)
        os._exit(1)

    def _streams(self) -> None:
        """Standard output and error as AWS gives them, whatever the last invocation did to them."""
        os.dup2(self._log, 1)
        os.dup2(self._log, 2)
        for name, number in (("stdout", 1), ("stderr", 2)):
            stream = getattr(sys, name)
            if stream is None or stream.closed or not getattr(stream, "labcli", False):
                fresh = open(number, "w", encoding="utf-8", errors="replace", closefd=False)  # noqa: SIM115
                fresh.reconfigure(line_buffering=True)
                fresh.labcli = True  # type: ignore[attr-defined]
                setattr(sys, name, fresh)

    def order(self) -> str:
        """The next line from the server."""
        return self._orders.get()

    def introduced(self) -> dict[str, Any]:
        """What the server says about the function; its environment is put in place."""
        init: dict[str, Any] = json.loads(self.order())
        os.environ.update(init.pop("env", {}))
        told = json.loads(os.environ.pop("_LABCLI", "{}"))
        for name in told.get("drop", ()):
            os.environ.pop(name, None)
        os.environ.update(told.get("set", {}))
        self._mark = str(told.get("mark", ""))
        if hasattr(time, "tzset"):
            time.tzset()
        return {**init, "memory": str(init.get("memory", 128))}  # in the context it is a text

    def ready(self, code_dir: str) -> None:
        """The process stands; importing the function, which may take any time, comes next."""
        self._code = sorted({code_dir, os.path.realpath(code_dir)}, key=len, reverse=True)
        self._say({"status": "ready"})

    def imported(self) -> dict[str, Any]:
        """The function is imported; what it printed meanwhile is on its way."""
        self._over(self._mark)
        return {"status": "imported"}

    def _say(self, answer: dict[str, Any]) -> None:
        self.answers.write(json.dumps(answer) + "\n")
        self.answers.flush()

    # -- what went wrong -----------------------------------------------------------------------------------------

    def init_failed(self, error: BaseException, module: str, handler: str) -> None:
        """The function could not be imported, or has no such handler."""
        if isinstance(error, SystemExit):
            self.leave(error)
        frames = self._frames(error)
        if isinstance(error, ImportError):
            kind, text, trace = "Runtime.ImportModuleError", f"Unable to import module '{module}': {error}", []
        elif isinstance(error, SyntaxError):
            kind, text = "Runtime.UserCodeSyntaxError", f"Syntax error in module '{module}': {error}"
            trace = [self._hidden(f'  File "{error.filename}" Line {error.lineno}\n    {error.text or ""}')]
        elif isinstance(error, AttributeError) and not frames:
            kind, text, trace = "Runtime.HandlerNotFound", f"Handler '{handler}' missing on module '{module}'", []
        else:
            kind, text, trace = type(error).__name__, str(error), frames
        body = {"errorMessage": text, "errorType": kind, "requestId": "", "stackTrace": trace}
        self._over(self._mark)
        self._say({"status": "broken", "body": body})

    def _frames(self, error: BaseException) -> list[str]:
        """The stack as AWS's runtime prints it, with AWS's paths and without this script."""
        found = traceback.extract_tb(error.__traceback__)
        frames = [(f.filename, f.lineno or 0, f.name, f.line) for f in found if f.filename != __file__]
        return [self._hidden(text) for text in traceback.StackSummary.from_list(frames).format()]

    def _hidden(self, text: str) -> str:
        for place in self._code:
            text = text.replace(place, "/var/task")
        for place in (sys.prefix, sys.base_prefix):
            text = text.replace(f'File "{place}{os.sep}', 'File "/var/lang/')
        return text

    # -- one invocation ------------------------------------------------------------------------------------------

    def call(self, handler: Callable[[Any, Any], Any], event: Any, context: Any, about: dict[str, Any]) -> str:
        """Run the handler once; the line to answer. Does not return in a child that the handler forked."""
        self._streams()
        self.request_id = context.aws_request_id
        try:
            answer = self._marshalled(handler(event, context), context.aws_request_id)
        except SystemExit as error:
            self.leave(error)
        except BaseException as error:  # noqa: BLE001  the function's own, whatever it is
            answer = self._error(type(error).__name__, str(error), context.aws_request_id, self._frames(error))
        if os.getpid() != self.pid:
            os._exit(0)
        self._over(str(about.get("mark", "")))
        return answer

    def _marshalled(self, result: Any, request_id: str) -> str:
        result = _of_bytes(result) if isinstance(result, bytes) else result
        try:
            text = json.dumps(result, default=_plain)
            if "\\ud" in text:  # halves of characters, which cannot be sent
                json.dumps(result, default=_plain, ensure_ascii=False).encode()
        except Exception as error:  # noqa: BLE001  a class may raise anything when it is looked at
            return self._error("Runtime.MarshalError", f"Unable to marshal response: {error}", request_id, [])
        if len(text) > LARGEST_ANSWER:  # escaped it is never shorter than AWS counts it
            size = len(json.dumps(result, default=_plain, ensure_ascii=False).encode("utf-8", "surrogatepass"))
            if size > LARGEST_ANSWER:
                reason = f"Response payload size exceeded maximum allowed payload size ({LARGEST_ANSWER} bytes)."
                body = {"errorMessage": reason, "errorType": "Function.ResponseSizeTooLarge"}
                return json.dumps({"status": "error", "body": body, "peak": _peak()})
        return f'{{"status": "ok", "peak": {_peak()}, "result": {text}}}'

    def _error(self, kind: str, text: str, request_id: str, trace: list[str]) -> str:
        body = {"errorMessage": text, "errorType": kind, "requestId": request_id, "stackTrace": trace}
        return json.dumps({"status": "error", "body": body, "peak": _peak()})

    def _over(self, mark: str) -> None:
        """Everything the function printed is on its way; then comes the mark by which the server knows it."""
        for stream in (sys.stdout, sys.stderr):
            try:
                stream.flush()
            except (OSError, ValueError, AttributeError):  # it closed it, or put something else in its place
                continue
        os.write(self._log, mark.encode())

    def leave(self, error: SystemExit) -> None:
        """End this process as the function asked for it."""
        self._over("")
        code = error.code
        os._exit(code if isinstance(code, int) else 0 if code is None else 1)


class After:
    """Acts when a module has been imported, if it ever is; importing it first would cost every function its time."""

    def __init__(self, name: str, act: Callable[[], None]) -> None:
        self.name, self.act = name, act
        sys.meta_path.insert(0, self)

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        """The module's own specification, with the act behind its execution."""
        if name != self.name:
            return None
        from importlib.util import find_spec

        sys.meta_path.remove(self)
        spec = find_spec(name)
        if spec is not None and spec.loader is not None:
            execute = spec.loader.exec_module

            def executed(module: Any) -> None:
                execute(module)
                package, _, last = name.rpartition(".")
                if package:
                    setattr(sys.modules[package], last, module)  # the import system does so a moment later
                self.act()

            spec.loader.exec_module = executed  # type: ignore[method-assign]
        return spec


def _of_bytes(result: bytes) -> Any:
    """Lambda hands bytes on as they are (recorded): the text of a JSON value is that value, all else a text here."""
    text = result.decode("utf-8", "replace")
    try:
        return json.loads(text)
    except ValueError:
        return text


def _plain(value: Any) -> Any:
    """What AWS's runtime makes of values that JSON has no word for: numbers of the decimal module, nothing else."""
    if type(value).__name__ == "Decimal":
        return float(value)
    raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")


def _peak() -> int:
    """The most memory this process has had, in MB; 0 where that is not told."""
    try:
        with open("/proc/self/status", encoding="ascii", errors="replace") as status:  # noqa: PTH123  it is cheaper
            return next((int(line.split()[1]) // 1024 for line in status if line.startswith("VmHWM")), 0)
    except (OSError, ValueError):
        return 0
