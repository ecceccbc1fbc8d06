"""The server process: the engine behind the guard, on one loopback port, with a state that survives."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import re
import secrets
import shutil
import signal
import socket
import sys
import tempfile
from collections.abc import Callable, MutableMapping
from dataclasses import dataclass, field
from typing import Any

from labcli import __version__
from labcli.local import iam
from labcli.local.awslike import mode
from labcli.local.door import hello
from labcli.local.door.answers import Answer, of_json
from labcli.local.door.guard import Guard, Message, Receive, Scope, Send
from labcli.local.door.signature import Request, Signed, denied
from labcli.local.engine import Engine
from labcli.local.functions import correct as functions
from labcli.local.process import environment, ours
from labcli.local.process.folder import Folder, write_json
from labcli.local.process.keyring import Keys
from labcli.local.process.store import Store
from labcli.local.process.watch import Activity, Watch
from labcli.local.sns import correct as sns
from labcli.local.sqs import correct as sqs
from labcli.local.stepfunctions import correct as stepfunctions
from labcli.local.stepfunctions.service import StepFunctions
from labcli.local.trail.trail import Heard, Trail

GRACE = 1.0
"""Seconds that requests under way get when the server stops."""
_log = logging.getLogger("labcli.local")


@dataclass(frozen=True)
class Timing:
    """Seconds: how long to stay when nobody calls, how often to look after things."""

    idle: float = 3600.0
    idle_outside: float = 8 * 3600.0
    every: float = 2.0


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


def bind(port: int) -> socket.socket:
    """A socket bound to the port on 127.0.0.1, for us alone; OSError when somebody else has it."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    # POSIX: take a port whose old connections still linger. Windows: there that option would share it with others.
    name = "SO_EXCLUSIVEADDRUSE" if sys.platform == "win32" else "SO_REUSEADDR"
    sock.setsockopt(socket.SOL_SOCKET, getattr(socket, name), 1)
    sock.bind(("127.0.0.1", port))
    return sock


def run(
    keys: Keys,
    folder: Folder,
    sock: socket.socket,
    timing: Timing,
    clock: Callable[[], float],
    monotonic: Callable[[], float],
    ready: Callable[[], None],
    aws_like: int | None = None,
) -> None:
    """Serve until there is a reason to stop. Does not return: it ends the process, whatever threads still do.

    ``aws_like``: the seed of the AWS-like mode, in which this process then is until it ends.
    """

    async def serve_and_leave() -> None:
        """Leaves from within: ``asyncio.run`` itself would wait for its threads, minutes long."""
        code = 1
        try:
            await _serve(keys, folder, sock, timing, clock, monotonic, ready, aws_like)
            code = 0
        except Exception:  # noqa: BLE001  the last stop: into the log, and out
            _log.exception("the embedded AWS ended")
        os._exit(code)

    try:
        _furnish(keys, folder)
    except Exception:  # noqa: BLE001  as above
        _log.exception("the embedded AWS could not begin")
        os._exit(1)
    asyncio.run(serve_and_leave())


def _furnish(keys: Keys, folder: Folder) -> None:
    shutil.rmtree(folder.tmp, ignore_errors=True)  # what a killed predecessor left
    folder.tmp.mkdir(mode=0o700, exist_ok=True)
    environment.enter(environment.for_engine(os.environ, folder, keys))
    tempfile.tempdir = str(folder.tmp)
    os.chdir(folder.tmp)
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s [%(name)s] %(message)s")


async def _serve(
    keys: Keys,
    folder: Folder,
    sock: socket.socket,
    timing: Timing,
    clock: Callable[[], float],
    monotonic: Callable[[], float],
    ready: Callable[[], None],
    aws_like: int | None,
) -> None:
    engine = Engine(keys.account, keys.access_key, keys.secret_key)
    machines = StepFunctions(keys, clock, broken=engine.broken)
    _correct(engine, machines, aws_like)
    trail = Trail(clock)
    engine.keepers |= {"labcli.stepfunctions": machines.registry, "labcli.trail": trail}
    if engine.broken:
        _log.warning("the installed engine does not fit, these moved: %s", ", ".join(engine.broken))
    store = Store(engine, folder)
    activity = Activity(monotonic, timing.idle, timing.idle_outside)
    watch = Watch(folder, store, activity, timing.every)
    house = House(keys, folder, engine, machines, activity, watch, trail, clock)
    house.aws_like = aws_like
    machines.changed = activity.note
    with contextlib.suppress(OSError):  # so that it can be ended from now on, whatever it does
        house.write_down()
    up = asyncio.Event()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            await engine.app(scope, receive, send)
            return

        async def noticed(message: Message) -> None:
            if message["type"] == "lifespan.startup.complete":
                house.set_aside = store.load()
                up.set()
            await send(message)

        await engine.app(scope, receive, noticed)

    serving = asyncio.create_task(_listen(Guard(app, house, keys.port), sock, house.ending))
    await asyncio.wait({serving, asyncio.ensure_future(up.wait())}, return_when=asyncio.FIRST_COMPLETED)
    if not up.is_set():
        await serving  # raises what kept it from coming up
    house.write_down()
    _end_on_signals(house.ending)
    ready()
    asyncio.get_running_loop().run_in_executor(None, _warm, house)
    await _until_the_end(house, serving)


def _correct(engine: Engine, machines: StepFunctions, aws_like: int | None) -> None:
    """Put all corrections in; a room whose names have moved is left out as a whole, and they are named."""
    clock, secret = machines.clock, machines.keys.secret_key
    rooms: dict[str, list[str]] = {
        "iam": iam.correct(),
        "sqs": sqs.correct(secret, clock),
        "functions": functions.correct(clock),
        "sns": sns.correct(clock),
        "stepfunctions": stepfunctions.correct(machines),
    }
    if aws_like is not None:
        rooms["the AWS-like mode"] = mode.begin(aws_like, clock)
    for name, moved in rooms.items():
        engine.broken += [each for each in moved if each not in engine.broken]
        if moved:
            _log.warning("the corrections of %s are left out, these moved: %s", name, ", ".join(moved))


def _warm(house: House) -> None:
    known = list(house.engine.broken)
    house.engine.warm()
    house.machines.warm()
    if house.engine.broken != known:
        with contextlib.suppress(OSError):
            house.write_down()


async def _listen(guard: Guard, sock: socket.socket, ending: asyncio.Event) -> None:
    from hypercorn.asyncio import serve
    from hypercorn.config import Config, Sockets

    from labcli.local.door.listener import bounded

    class Bound(Config):
        """With our socket as it is: hypercorn would set SO_REUSEADDR on it, which Windows refuses on one of our own."""

        def create_sockets(self) -> Sockets:
            sock.setblocking(False)
            return Sockets(secure_sockets=[], insecure_sockets=[sock], quic_sockets=[])

    bounded()
    config = Bound()
    config.loglevel = "WARNING"
    config.include_server_header = False
    config.include_date_header = False  # the engine adds its own
    config.keep_alive_timeout = 75
    config.graceful_timeout = GRACE
    await serve(guard, config, shutdown_trigger=ending.wait)  # type: ignore[arg-type]  # plain ASGI, looser types


async def _until_the_end(house: House, serving: asyncio.Task[None]) -> None:
    watch = house.watch
    watching = asyncio.create_task(watch.until_over())
    ended = asyncio.create_task(house.ending.wait())
    await asyncio.wait({watching, ended, serving}, return_when=asyncio.FIRST_COMPLETED)
    house.ending.set()
    await asyncio.wait({serving}, timeout=GRACE)
    house.machines.close()
    house.engine.kill_workers()  # what functions still do would not be saved
    if house.keep and not watch.gone:
        for _ in range(3):
            await watch.save()
            if not house.activity.changed:
                break
        with contextlib.suppress(OSError):
            house.folder.server.unlink()


def _end_on_signals(ending: asyncio.Event) -> None:
    loop = asyncio.get_running_loop()
    for name in ("SIGTERM", "SIGINT", "SIGBREAK"):
        number = getattr(signal, name, None)
        if number is None:
            continue
        try:
            loop.add_signal_handler(number, ending.set)
        except NotImplementedError:  # Windows
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(ending.set))
