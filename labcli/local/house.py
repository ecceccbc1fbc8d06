"""Everything of one running server, and the desk that the guard asks: who is known, labcli's own paths, the trail."""

from __future__ import annotations

import asyncio
import json
import os
import re
import secrets
from collections.abc import Callable, MutableMapping
from dataclasses import dataclass, field
from typing import Any

from labcli import __version__
from labcli.local.door import hello
from labcli.local.door.answers import Answer, of_json
from labcli.local.door.signature import Request, Signed, denied
from labcli.local.engine import Engine
from labcli.local.process import ours
from labcli.local.process.folder import Folder, write_json
from labcli.local.process.keyring import Keys
from labcli.local.process.watch import Activity, Watch
from labcli.local.stepfunctions.service import StepFunctions
from labcli.local.trail.trail import Heard, Trail


@dataclass
class House:
    """Everything of one running server; also the desk that the guard asks."""

    keys: Keys
    folder: Folder
    engine: Engine
    machines: StepFunctions
    activity: Activity
    watch: Watch
    trail: Trail
    clock: Callable[[], float]
    incarnation: str = field(default_factory=lambda: secrets.token_hex(16))
    set_aside: str = ""
    aws_like: int | None = None
    """The seed of the AWS-like mode, None where it is as always."""
    keep: bool = True
    """Whether the state is saved at the end."""
    ending: asyncio.Event = field(default_factory=asyncio.Event)
    own_proof: str = field(init=False, repr=False)
    spent: set[str] = field(default_factory=set)
    """Nonces of the orders to save that were obeyed."""

    def __post_init__(self) -> None:
        self.own_proof = hello.own_proof(self.keys.secret_key)

    def now(self) -> float:
        """Seconds since the epoch."""
        return self.clock()

    def secret(self, access_key: str, token: str) -> str | None:
        """The secret of a key that is known here, or None."""
        return self.engine.secret(access_key, token)

    def seen(self, signed: Signed, request: Request) -> Heard | None:
        """A request was let in. Who it says it is decides how long the server stays and whether the trail has it, never
        what it may do.
        """
        ours = hello.same(request.headers.get(hello.OWN, ""), self.own_proof)
        function = bool(signed.token)  # a Lambda function at work; nobody outside waits for it
        self.activity.touch(outside=not ours and not function)
        self.activity.under_way += 1
        principal = "" if ours else self.engine.principal(signed.access_key)
        return self.trail.call(signed, request, principal) if principal else None

    def done(self, heard: Heard | None) -> None:
        """A request that was let in is over; what it changed wants saving."""
        if heard is not None:
            heard.end()
        self.activity.under_way -= 1
        self.activity.changed = True

    async def own(self, method: str, path: str, headers: MutableMapping[str, str]) -> Answer:
        """Answer the challenge, or obey an order that proves itself."""
        if (method, path) == ("POST", hello.SAVE):
            return await self._save(headers.get(hello.NONCE, ""), headers.get(hello.PROOF, ""))
        if (method, path) == ("GET", hello.TRAIL):
            return await self._trail(headers)
        nonce, mode = headers.get(hello.NONCE, ""), headers.get(hello.MODE, "")
        asks = hello.asks(self.keys.secret_key, nonce, mode)
        if (method, path) == ("GET", hello.HELLO) and hello.same(asks, headers.get(hello.PROOF, "")):
            if mode == hello.USE:
                self.activity.touch()
            body = json.dumps(self.about())
            return of_json(200, body, **{hello.PROOF: hello.prove(self.keys.secret_key, "hello", nonce, body)})
        proof = hello.prove(self.keys.secret_key, "stop", self.incarnation, mode)
        if (method, path) == ("POST", hello.STOP) and hello.same(proof, headers.get(hello.PROOF, "")):
            self.keep = mode != "discard"
            self.ending.set()
            return of_json(202, "{}")
        raise denied("AccessDenied", "it does not prove itself")

    async def _save(self, nonce: str, proof: str) -> Answer:
        expected = hello.prove(self.keys.secret_key, "save", self.incarnation, nonce)
        if len(nonce) != 64 or not hello.same(expected, proof) or nonce in self.spent:
            raise denied("AccessDenied", "it does not prove itself")
        self.spent.add(nonce)
        # A client that leaves ends its request, and must not end a save that a thread is writing.
        reason = await asyncio.shield(asyncio.create_task(self.watch.order()))
        status, body = (500 if reason else 200), json.dumps({"reason": reason})
        return of_json(
            status, body, **{hello.PROOF: hello.prove(self.keys.secret_key, "saved", nonce, str(status), body)}
        )

    async def _trail(self, headers: MutableMapping[str, str]) -> Answer:
        """The calls after a number, waited for; who waits needs the server as much as who calls."""
        nonce, mode = headers.get(hello.NONCE, ""), headers.get(hello.MODE, "")
        asks = hello.prove(self.keys.secret_key, "trail", nonce, mode)
        wanted = re.fullmatch(r"(\d{1,18}) (\d{1,2}(?:\.\d{1,3})?)", mode)
        if wanted is None or not hello.same(asks, headers.get(hello.PROOF, "")):
            raise denied("AccessDenied", "it does not prove itself")
        after = int(wanted[1])
        self.activity.need()
        await self.trail.wait(after, float(wanted[2]), self.ending)
        body = self.trail.after(after)
        return of_json(200, body, **{hello.PROOF: hello.prove(self.keys.secret_key, "trailed", nonce, body)})

    def write_down(self) -> None:
        """Write server.json: what the server says about itself, and the proof of which process it is."""
        write_json(self.folder.server, self.about() | ours.signed(self.keys, ours.this()))

    def about(self) -> dict[str, Any]:
        """What the server says about itself, to clients and in server.json."""
        return {
            "pid": os.getpid(),
            "incarnation": self.incarnation,
            "version": __version__,
            "ministack": self.engine.version,
            "broken": self.engine.broken,
            "set_aside": self.set_aside,
            "under_way": self.activity.under_way,
            "aws_like": self.aws_like,
        }
