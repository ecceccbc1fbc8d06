"""The server process: the engine behind the guard, on one loopback port, with a state that survives."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import shutil
import signal
import socket
import tempfile
from collections.abc import Callable
from dataclasses import dataclass

from labcli.local import iam
from labcli.local.awslike import mode
from labcli.local.door.guard import Guard, Message, Receive, Scope, Send
from labcli.local.engine import Engine
from labcli.local.functions import correct as functions
from labcli.local.house import House
from labcli.local.process import environment
from labcli.local.process.folder import Folder
from labcli.local.process.keyring import Keys
from labcli.local.process.store import Store
from labcli.local.process.watch import Activity, Watch
from labcli.local.sns import correct as sns
from labcli.local.sqs import correct as sqs
from labcli.local.stepfunctions import correct as stepfunctions
from labcli.local.stepfunctions.service import StepFunctions
from labcli.local.trail.trail import Trail

GRACE = 1.0
"""Seconds that requests under way get when the server stops."""
_log = logging.getLogger("labcli.local")


@dataclass(frozen=True)
class Timing:
    """Seconds: how long to stay when nobody calls, how often to look after things."""

    idle: float = 3600.0
    idle_outside: float = 8 * 3600.0
    every: float = 2.0


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
    from labcli.local.door.listener import bounded
    from labcli.local.door.serving import serve

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

    bounded()
    serving = asyncio.create_task(serve(Guard(app, house, keys.port), sock, house.ending, GRACE))
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
