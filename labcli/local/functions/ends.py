"""Ending functions' processes: with all they started, and not in the middle of an invocation."""

from __future__ import annotations

import contextlib
import os
import signal
from contextvars import ContextVar
from pathlib import Path
from typing import Any

_SPARING: ContextVar[bool] = ContextVar("labcli_sparing", default=False)


def end(process: Any) -> None:
    """End a function's process and all it started, at once, as AWS ends a sandbox.

    Only before the process is waited for: until then its number cannot belong to anybody else.
    """
    if process is None:
        return
    if (job := getattr(process, "labcli_job", None)) is not None:
        job.end()
        return
    if process.returncode is not None:
        return
    if hasattr(os, "killpg"):
        with contextlib.suppress(OSError):  # gone already, or it did not get as far as to lead a group
            os.killpg(process.pid, signal.SIGKILL)
            return
    with contextlib.suppress(OSError):
        process.kill()


def ended(process: Any) -> bool:
    """Whether the process itself is over, which a child that holds its pipes open would hide. It is not waited for."""
    if getattr(process, "labcli_job", None) is not None:  # Windows: its number is ours as long as we hold its handle
        return process.poll() is not None
    try:
        return os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
    except (AttributeError, OSError):  # no such call here, or waited for already
        return False


def sparing(original: Any) -> Any:
    """New code, or no function any more: what is under way goes on to its end, as on AWS."""

    def invalidate_worker(*args: Any, **more: Any) -> Any:
        token = _SPARING.set(True)
        try:
            return original(*args, **more)
        finally:
            _SPARING.reset(token)

    return invalidate_worker


def with_their_children(original: Any) -> Any:
    """The engine's way to end workers, for all that their functions started; not those at work, where these stay."""

    def kill_workers(workers: Any) -> None:
        given = [worker for worker in workers if worker is not None]
        if _SPARING.get():
            given = [worker for worker in given if not (hasattr(worker, "retire") and worker.retire())]
        original(given)
        _end_those_who_left({token for worker in given if (token := getattr(worker, "token", ""))})

    return kill_workers


def _end_those_who_left(tokens: set[str]) -> None:
    """End children that left their function's process group; where processes can be read, which is on Linux."""
    if not tokens or not Path("/proc/self/environ").exists():
        return
    marks = [f"_LABCLI_SANDBOX={token}\0".encode() for token in tokens]
    for place in Path("/proc").glob("[0-9]*/environ"):
        with contextlib.suppress(OSError):
            environment = place.read_bytes()
            if any(mark in environment for mark in marks):
                os.kill(int(place.parent.name), signal.SIGKILL)
