"""The trail: the calls that were let in and are not labcli's own, as CloudTrail would have them, each and at once.

A call is kept as a line of JSON, made when it was answered, so that neither a save nor a reader costs more than copying
lines. It is saved with the state: what a kill takes of the state, the last seconds, it takes of the trail.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from labcli.local.door.signature import Request, Signed
from labcli.local.trail import wire
from labcli.local.trail.kept import LONGEST, MOST, Sieve

CALLS = 5000
"""Calls that are remembered;"""
LARGEST = 8 * 1024 * 1024
"""and characters of all of them together: whichever is fewer calls."""
LONGEST_LINE = 16 * 1024
"""Characters of one call; of a longer one less is kept."""
_LEFT = "the client left before the answer"

Message = Any
Send = Callable[[Message], Any]


@dataclass
class Heard:
    """A call on its way: what was asked, and what is being answered."""

    trail: Trail
    about: dict[str, Any]
    request: Request
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytearray = field(default_factory=bytearray)
    over: bool = False

    def listening(self, send: Send) -> Send:
        """The same as ``send``, heard. Who has the whole answer finds the call in the trail."""

        async def heard(message: Message) -> None:
            if message["type"] == "http.response.start":
                self.status = message["status"]
                self.headers = {
                    name.decode("latin-1").lower(): value.decode("latin-1") for name, value in message["headers"]
                }
            elif message["type"] == "http.response.body":
                if len(self.body) <= wire.LARGEST:
                    self.body += message.get("body", b"")
                if not message.get("more_body"):
                    self.end()
            await send(message)

        return heard

    def end(self) -> None:
        """It is over: answered, or left by its client."""
        if not self.over:
            self.over = True
            self.trail.add(self._line)

    def _line(self, number: int) -> str:
        """The call as JSON, shorter in steps until it is not too long."""
        for longest, most in ((LONGEST, MOST), (128, 10), (0, 0)):
            line = json.dumps({"number": number, **self._record(longest, most)}, ensure_ascii=True)
            if len(line) <= LONGEST_LINE:
                break
        return line

    def _record(self, longest: int, most: int) -> dict[str, Any]:
        asked = wire.asked(self.request)
        answer = wire.answered(self.status, self.headers, bytes(self.body))
        failed = self.status >= 400
        error, message = wire.error_of(self.headers, answer) if failed else ("", "" if self.status else _LEFT)
        sieve = Sieve(self.about["service"], longest or 128, most)
        params = [sieve.params(each) for each in (asked.params, asked.query, asked.headers)]
        given = sieve.answer(answer) if not failed else {}
        if not longest:
            params, given = [{}, {}, {}], {}
        return {
            **self.about, "action": sieve.said(asked.action),
            "params": params[0], "query": params[1], "headers": params[2],
            "status": self.status, "error": sieve.said(error), "message": sieve.said(message), "answer": given,
        }  # fmt: skip


@dataclass
class Trail:
    """The calls, the oldest first. Used on the event loop only.

    Numbers rise and never come twice, also after a kill that took the last calls: they begin with the time.
    """

    clock: Callable[[], float]
    lines: deque[tuple[int, str]] = field(default_factory=deque)
    size: int = 0
    last: int = 0
    bell: asyncio.Event = field(default_factory=asyncio.Event)

    def call(self, signed: Signed, request: Request, principal: str) -> Heard:
        """A call that was just let in."""
        about = {
            "time": round(self.clock(), 3), "client": client_of(request.headers.get("user-agent", "")),
            "principal": principal, "region": signed.region, "service": signed.service,
        }  # fmt: skip
        return Heard(self, about, request)

    def add(self, line: Callable[[int], str]) -> None:
        """Remember a call, and forget the oldest when there are too many."""
        number = max(self.last + 1, int(self.clock() * 1000))
        self._append(number, line(number))
        rung, self.bell = self.bell, asyncio.Event()
        rung.set()

    def _append(self, number: int, line: str) -> None:
        self.last = number
        self.lines.append((number, line))
        self.size += len(line)
        while len(self.lines) > CALLS or self.size > LARGEST:
            self.size -= len(self.lines.popleft()[1])

    def after(self, number: int) -> str:
        """The calls after this one, as a list in JSON."""
        found: list[str] = []
        for each, line in reversed(self.lines):
            if each <= number:
                break
            found.append(line)
        return f"[{','.join(reversed(found))}]"

    async def wait(self, number: int, seconds: float, ending: asyncio.Event) -> None:
        """Return when there is a call after this one, the time is over, or the server ends."""
        if self.last > number or seconds <= 0:
            return
        either = [asyncio.ensure_future(each.wait()) for each in (self.bell, ending)]
        try:
            await asyncio.wait(either, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for each in either:
                each.cancel()

    # -- as a keeper of the engine -------------------------------------------------------------------------------

    def state(self) -> str | None:
        """All of it, a call a line; None when there is none."""
        return "\n".join(line for _, line in self.lines) or None

    def restore(self, text: str) -> None:
        """Put back what ``state`` gave. A line that is broken is left out: it is worth no state."""
        self.forget()
        for line in text.split("\n"):
            with contextlib.suppress(ValueError, KeyError, TypeError):
                self._append(int(json.loads(line)["number"]), line)

    def forget(self) -> None:
        """Empty it. Numbers go on."""
        self.lines.clear()
        self.size = 0


def client_of(user_agent: str) -> str:
    """Who calls, by what it says about itself: it proves nothing, and nothing depends on it."""
    said = user_agent.lower()
    if "labcli-console" in said or "stackport" in said:
        return "console"
    if "labcli/" in said:
        return "labcli"
    if said.startswith("aws-cli/"):
        return "aws CLI"
    return "boto3" if said.startswith(("boto3/", "botocore/", "aiobotocore/")) else "other"
