"""The door to JSONata: expressions are evaluated in child processes, which are killed when one takes too long.

Its regular expressions and its recursion would else stop the whole embedded AWS for as long as they like.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import struct
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import DEVNULL
from typing import Any

CHILDREN = 2
"""Processes at most: one expression that takes its time holds nobody else up."""
LARGEST = 64 * 1024 * 1024
"""Bytes of an answer that is read."""
TOO_LONG = "Expression evaluation timeout: Check for infinite loop"
_FILE = Path(__file__).with_name("jsonata_child.py")
_VARIABLE = re.compile(r"\$(\w+)")
_ENVIRONMENT = ("PATH", "SYSTEMROOT", "LANG", "LC_ALL", "TZ", "TEMP", "TMP", "TMPDIR")

Answer = Mapping[str, Any]
"""``value``, or one of ``nothing``, ``odd`` (no JSON), ``error`` (words)."""


@dataclass
class Jsonata:
    """Evaluates expressions. All of it belongs to one event loop."""

    idle: list[Process] = field(default_factory=list)
    all: set[Process] = field(default_factory=set)
    room: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(CHILDREN))

    async def evaluate(self, expressions: Sequence[str], bindings: Mapping[str, Any]) -> list[Answer]:
        """What they give, up to the first that gives no value."""
        wanted = {name for each in expressions for name in _VARIABLE.findall(each)}
        given = {name: value for name, value in bindings.items() if name in wanted}
        request = json.dumps({"bindings": given, "expressions": [*expressions]}, ensure_ascii=False)
        async with self.room:
            child = self.idle.pop() if self.idle else await self._child()
            try:
                _send(child, request)
                answer = await _read(child)
            except (OSError, EOFError, ValueError):
                self._end(child)  # it has ended itself: too long, or too much
                return [{"error": TOO_LONG}]
            except BaseException:  # we are stopped: nothing of it computes on
                self._end(child)
                raise
            self.idle.append(child)
            return list(answer)

    async def _child(self) -> Process:
        environment = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
        program = (sys.executable, "-I", "-X", "utf8", str(_FILE))
        child = await asyncio.create_subprocess_exec(
            *program, stdin=PIPE, stdout=PIPE, stderr=DEVNULL, env=environment, limit=LARGEST, **_HIDDEN
        )
        self.all.add(child)
        await _read(child)  # it is ready: what it took to begin counts for no expression
        return child

    def _end(self, child: Process) -> None:
        with contextlib.suppress(ProcessLookupError):
            child.kill()
        self.all.discard(child)

    def close(self) -> None:
        """End all of them."""
        for child in tuple(self.all):
            self._end(child)
        self.idle.clear()


_HIDDEN: dict[str, Any] = {"creationflags": 0x08000000} if sys.platform == "win32" else {}  # CREATE_NO_WINDOW


def _send(child: Process, text: str) -> None:
    raw = text.encode("utf-8", "surrogatepass")
    assert child.stdin is not None  # noqa: S101  it was opened so
    child.stdin.write(struct.pack(">I", len(raw)) + raw)


async def _read(child: Process) -> Any:
    assert child.stdout is not None  # noqa: S101  it was opened so
    (size,) = struct.unpack(">I", await child.stdout.readexactly(4))
    if size > LARGEST:
        raise ValueError("the answer is too large")
    return json.loads((await child.stdout.readexactly(size)).decode("utf-8", "surrogatepass"))
