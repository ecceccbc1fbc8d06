"""The life of the embedded AWS, seen from the commands: find it, start it, stop it, empty it.

Every command uses this module, so importing it is cheap: the engine is never imported here, it runs in a process
of its own (``python -m labcli.local``) that outlives the command and is shared by all of them.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from labcli.errors import TargetError
from labcli.local.awslike import running_as
from labcli.local.door.hello import USE, Hello, Stranger, ask, ask_trail, order_save, order_stop
from labcli.local.process import ours
from labcli.local.process.folder import Folder, when_free
from labcli.local.process.keyring import Keys, keys
from labcli.local.process.launch import give_up, last_words, spawn
from labcli.local.process.ours import Process
from labcli.local.process.troubles import HangError, not_ours, port_taken, unsaved

if TYPE_CHECKING:
    pass

__all__ = [
    "Ending",
    "Endpoint",
    "HangError",
    "Keys",
    "ensure",
    "find",
    "hanging",
    "keys",
    "read_trail",
    "reset",
    "save",
    "stop",
]

START_LIMIT = 90.0
"""Seconds a start may take before it counts as failed; it takes one, and far more on a machine that is busy."""
STOP_LIMIT = 10.0
"""Seconds in which a server is ended, whatever it does."""
ANSWERS = 2.0
"""Of these, seconds in which it answers a hello;"""
SAVES = 2.0
"""and in which it saves what it holds. The rest: ours.BY_ITSELF and ours.KILLED."""
PORT_TAKEN = 98
"""The exit code of a server that could not have its port."""

Sleep = Callable[[float], None]
Clock = Callable[[], float]


@dataclass(frozen=True)
class Endpoint:
    """A running embedded AWS that has proved to be the one of this state folder."""

    url: str
    access_key: str
    secret_key: str = field(repr=False)
    account: str
    region: str
    incarnation: str
    """A new random id each time the server process starts."""
    pid: int
    started: bool
    """This very call started it."""
    set_aside: str = ""
    """Where a saved state that did not load was kept; empty when there was none."""
    broken: tuple[str, ...] = ()
    """Names of corrections that do not fit the installed engine; empty when all is well."""
    aws_like: int | None = None
    """The seed of the AWS-like mode, None where it is as always."""


class Ending(StrEnum):
    """How a server ended."""

    NONE = "none"
    """None ran."""
    SAVED = "saved"
    """By itself, with all it held on disk."""
    KILLED = "killed"
    """It did not answer, and was ended: what it did since it last saved, some seconds ago, is lost."""


def find(home: Path) -> Endpoint | None:
    """The running server of this state folder, or None. Starts nothing.

    HangError when it does not answer; TargetError when the folder or its keys cannot be used, or somebody else listens
    on the port.
    """
    folder = Folder(home)
    folder.refuse_what_is_unsafe()
    if not folder.keys.exists():
        return None
    return _found(keys(home), home)


def hanging(home: Path) -> HangError | None:
    """Why calls are not answered, when it is because the server hangs."""
    try:
        find(home)
    except HangError as hangs:
        return hangs
    except TargetError:
        return None
    return None


def ensure(
    home: Path, sleep: Sleep, clock: Clock, options: tuple[str, ...] = (), replace: bool = False,
    aws_like: int | None = None,
) -> Endpoint:  # fmt: skip
    """The running server, started if there is none. One server per state folder, whoever asks at the same time.

    ``options`` go to the server's command line; ``replace``: one that does not answer is ended first; ``aws_like``: in
    the AWS-like mode of this seed, None: as it is, or as always. HangError when it does not answer and is not ended;
    TargetError when the port is taken, the server does not come up, or runs in another mode than is asked for.
    """
    drawn = keys(home)
    try:
        if running := _found(drawn, home, USE):
            running_as.refuse_other(running.aws_like, aws_like)
            return running
    except HangError:
        if not replace:
            raise
    with _locked(Folder(home)):
        if replace and _silent(drawn):
            _end(home, drawn, "save", sleep, clock)
        found = _found(drawn, home, USE)
        found = found or _start(home, drawn, sleep, clock, (*options, *running_as.options(aws_like)))
    running_as.refuse_other(found.aws_like, aws_like)
    return found


def stop(home: Path, sleep: Sleep, clock: Clock) -> Ending:
    """End the server with its state saved, within STOP_LIMIT, whatever it does. Only what proved to be ours is ended.

    TargetError when its state cannot be saved, and then it goes on running; or when somebody else listens on the port.
    """
    folder = Folder(home)
    folder.refuse_what_is_unsafe()
    if not folder.keys.exists():
        return Ending.NONE
    drawn = keys(home)
    if ours.proven(folder, drawn) is None and _found(drawn, home) is None:
        return Ending.NONE
    with _locked(folder):
        return _end(home, drawn, "save", sleep, clock)


def save(home: Path) -> None:
    """Return when everything the running server holds is on disk; nothing to do when none runs.

    TargetError when it cannot be saved, or what runs does not answer.
    """
    running = find(home)
    if running is None:
        return
    try:
        reason = order_save(keys(home), running.incarnation)
    except Stranger as error:
        if error.silent:
            raise HangError(home, Process(running.pid, "")) from error
        reason = f"it (process {running.pid}) ended meanwhile, or does not know the order to save"
    if reason:
        raise TargetError(
            f"the state of the embedded AWS cannot be saved: {reason}",
            f"Make room below {Folder(home).root}; it is saved again by itself. Its log: {Folder(home).log}",
        )


def read_trail(home: Path, after: int, wait: float) -> str | None:
    """The calls of the learner's after this number, as a list in JSON, waited for so many seconds; None when none runs.

    HangError when what runs does not answer; TargetError when somebody else listens on the port.
    """
    drawn = keys(home)
    try:
        return ask_trail(drawn, after, wait)
    except Stranger as error:
        if find(home) is None:  # it ended while we waited
            return None
        raise not_ours(error, drawn, home) from error


def reset(home: Path, sleep: Sleep, clock: Clock) -> None:
    """Forget everything the embedded AWS holds, running or not; keys and port stay. What ran, runs again, empty."""
    import shutil

    folder = Folder(home)
    drawn = keys(home)
    mode = running_as.options(running_as.seed_of(home))
    with _locked(folder):
        ran = _end(home, drawn, "discard", sleep, clock) is not Ending.NONE
        for path in (folder.state, folder.tmp):
            try:
                when_free(partial(shutil.rmtree, path))
            except FileNotFoundError:
                pass
            except OSError as error:
                raise TargetError(f"Cannot empty {path}: {error.strerror or error}.", f"Delete {path}.") from error
        if ran:
            _start(home, drawn, sleep, clock, mode)


def _found(drawn: Keys, home: Path, mode: str = "") -> Endpoint | None:
    try:
        hello = ask(drawn, mode=mode)
    except Stranger as error:
        raise not_ours(error, drawn, home) from error
    return None if hello is None else _endpoint(drawn, hello, started=False)


def _silent(drawn: Keys) -> bool:
    try:
        ask(drawn, ANSWERS)
    except Stranger:
        return True
    return False


def _endpoint(drawn: Keys, hello: Hello, started: bool) -> Endpoint:
    return Endpoint(
        url=drawn.url,
        access_key=drawn.access_key,
        secret_key=drawn.secret_key,
        account=drawn.account,
        region=drawn.region,
        incarnation=hello.incarnation,
        pid=hello.pid,
        started=started,
        set_aside=hello.set_aside,
        broken=hello.broken,
        aws_like=hello.aws_like,
    )


def _start(home: Path, drawn: Keys, sleep: Sleep, clock: Clock, options: tuple[str, ...]) -> Endpoint:
    folder = Folder(home)
    if (before := ours.proven(folder, drawn)) and not ours.gone(before, sleep, clock, ours.BY_ITSELF):
        ours.kill(before, folder)  # it listens no more, and would write into the same folder
    process = spawn(folder, options)
    deadline = clock() + START_LIMIT
    while clock() < deadline:
        code = process.poll()
        if code == PORT_TAKEN:
            raise port_taken(drawn, home)
        if code:
            break
        with contextlib.suppress(Stranger):  # it may be in the middle of coming up
            if hello := ask(drawn):
                if os.name == "posix":
                    process.wait()  # the launcher leaves as soon as the server answers
                else:
                    process.returncode = 0  # it goes on without us: that nobody waits for it is no fault
                return _endpoint(drawn, hello, started=True)
        sleep(0.01)
    give_up(process)
    said = last_words(folder.log)
    raise TargetError(f"The embedded AWS did not come up. {said}".rstrip(), f"Its log: {folder.log}")


def _end(home: Path, drawn: Keys, mode: str, sleep: Sleep, clock: Clock) -> Ending:
    """End what is ours, by its own way if it answers. Within STOP_LIMIT: each of the ways below has its part of it."""
    folder = Folder(home)
    process = ours.proven(folder, drawn)
    obeys = False
    try:
        if hello := ask(drawn, ANSWERS):
            process = Process(hello.pid, ours.began(hello.pid))
            reason = order_save(drawn, hello.incarnation, SAVES) if mode == "save" else ""
            if reason:
                raise unsaved(reason, process)
            obeys = order_stop(drawn, hello, mode, ANSWERS / 2)
    except Stranger as error:
        if process is None:
            raise not_ours(error, drawn, home) from error
    if process is None:
        return Ending.NONE
    if (obeys or ours.ask(process)) and ours.gone(process, sleep, clock, ours.BY_ITSELF):
        return Ending.SAVED
    ours.kill(process, folder)
    if ours.gone(process, sleep, clock, ours.KILLED):
        return Ending.KILLED
    raise TargetError(
        f"The embedded AWS of {home} (process {process.pid}) cannot be ended: the system holds it.",
        f"Look at process {process.pid}, and end it; its log: {folder.log}",
    )


@contextlib.contextmanager
def _locked(folder: Folder) -> Iterator[None]:
    from filelock import FileLock, Timeout

    try:
        with FileLock(folder.lock, timeout=START_LIMIT + STOP_LIMIT):
            yield
    except Timeout as error:
        raise TargetError(
            "Another command has been starting or stopping the embedded AWS for a long time.",
            f"Wait for it, or end it; the lock is {folder.lock}",
        ) from error
