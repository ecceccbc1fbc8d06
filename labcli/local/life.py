"""The life of the embedded AWS, seen from the commands: find it, start it, stop it, empty it.

Every command uses this module, so importing it is cheap: the engine is never imported here, it runs in a process
of its own (``python -m labcli.local``) that outlives the command and is shared by all of them.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from labcli.errors import TargetError
from labcli.local.door.hello import Hello, Stranger, ask, order_save, order_stop
from labcli.local.process.environment import for_start
from labcli.local.process.folder import Folder, when_free
from labcli.local.process.keyring import Keys, keys

if TYPE_CHECKING:
    import subprocess

__all__ = ["Endpoint", "Keys", "ensure", "find", "keys", "reset", "save", "stop"]

START_LIMIT = 90.0
"""Seconds a start may take before it counts as failed; it takes one, and far more on a machine that is busy."""
STOP_LIMIT = 15.0
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


def find(home: Path) -> Endpoint | None:
    """The running server of this state folder, or None. Starts nothing.

    TargetError when the folder or its keys cannot be used, or somebody else listens on the port.
    """
    folder = Folder(home)
    folder.refuse_what_is_unsafe()
    if not folder.keys.exists():
        return None
    return _found(keys(home), home)


def ensure(home: Path, sleep: Sleep, clock: Clock, options: tuple[str, ...] = ()) -> Endpoint:
    """The running server, started if there is none. One server per state folder, whoever asks at the same time.

    ``options`` go to the server's command line. TargetError when the port is taken or the server does not come up.
    """
    drawn = keys(home)
    if running := _found(drawn, home):
        return running
    with _locked(Folder(home)):
        return _found(drawn, home) or _start(home, drawn, sleep, clock, options)


def stop(home: Path, sleep: Sleep, clock: Clock) -> bool:
    """End the server with its state saved; False when none ran. Ends only the process that proved to be ours.

    TargetError when its state cannot be saved, and then it goes on running.
    """
    if find(home) is None:
        return False
    drawn = keys(home)
    with _locked(Folder(home)):
        running = _found(drawn, home)
        if running is None:
            return False
        if reason := _save(drawn, running):
            raise TargetError(
                f"the embedded AWS was not stopped: its state cannot be saved: {reason}",
                f"Make room, then stop it again. Or give up what it holds: labcli local reset, or end process "
                f"{running.pid}.",
            )
        return _end(home, drawn, "save", sleep, clock)


def save(home: Path) -> None:
    """Return when everything the running server holds is on disk; nothing to do when none runs.

    TargetError when it cannot be saved, or what runs does not answer.
    """
    running = find(home)
    if running is None:
        return
    if reason := _save(keys(home), running):
        raise TargetError(
            f"the state of the embedded AWS cannot be saved: {reason}",
            f"Make room below {Folder(home).root}; it is saved again by itself. Its log: {Folder(home).log}",
        )


def reset(home: Path, sleep: Sleep, clock: Clock) -> None:
    """Forget everything the embedded AWS holds, running or not; keys and port stay. What ran, runs again, empty."""
    import shutil

    folder = Folder(home)
    drawn = keys(home)
    with _locked(folder):
        ran = _end(home, drawn, "discard", sleep, clock)
        for path in (folder.state, folder.tmp):
            try:
                when_free(partial(shutil.rmtree, path))
            except FileNotFoundError:
                pass
            except OSError as error:
                raise TargetError(f"Cannot empty {path}: {error.strerror or error}.", f"Delete {path}.") from error
        if ran:
            _start(home, drawn, sleep, clock, ())


def _save(drawn: Keys, running: Endpoint) -> str:
    """The reason why its state is not on disk, or empty."""
    try:
        return order_save(drawn, running.incarnation)
    except Stranger as stranger:
        if stranger.silent:
            return f"it (process {running.pid}) does not answer"
        return f"it (process {running.pid}) ended meanwhile, or does not know the order to save"


def _found(drawn: Keys, home: Path) -> Endpoint | None:
    try:
        hello = ask(drawn)
    except Stranger as error:
        raise _stranger(error, drawn, home) from error
    return None if hello is None else _endpoint(drawn, hello, started=False)


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
    )


def _start(home: Path, drawn: Keys, sleep: Sleep, clock: Clock, options: tuple[str, ...]) -> Endpoint:
    process = _spawn(Folder(home), options)
    deadline = clock() + START_LIMIT
    while clock() < deadline:
        code = process.poll()
        if code == PORT_TAKEN:
            raise _port_taken(drawn, home)
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
    _give_up(process)
    log = Folder(home).log
    raise TargetError(f"The embedded AWS did not come up. {_last_words(log)}".rstrip(), f"Its log: {log}")


def _give_up(process: subprocess.Popen[bytes]) -> None:
    """End what this call started and what did not come up, with the child it may have."""
    if process.poll() is None:
        if sys.platform == "win32":
            process.kill()
        else:
            import signal

            os.killpg(process.pid, signal.SIGKILL)  # it leads a session of its own
        process.wait()


def _spawn(folder: Folder, options: tuple[str, ...]) -> subprocess.Popen[bytes]:
    import subprocess

    # -P: the working directory is never searched for modules.
    command = [sys.executable, "-P", "-m", "labcli.local", str(folder.home), *options]
    if sys.platform == "win32":
        # A console that nobody sees: without one, each function's process would open a window of its own.
        flags = subprocess.CREATE_NO_WINDOW | subprocess.CREATE_NEW_PROCESS_GROUP
    else:
        flags = 0
    try:
        folder.writable()
        with folder.log.open("ab") as log:
            return subprocess.Popen(  # noqa: S603  our own interpreter and module, no shell
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=log,
                cwd=folder.root,
                env=for_start(os.environ),
                start_new_session=os.name == "posix",
                creationflags=flags,
            )
    except OSError as error:
        raise TargetError(f"Cannot start the embedded AWS: {error.strerror or error}.", f"Its log: {folder.log}") from (
            error
        )


def _end(home: Path, drawn: Keys, mode: str, sleep: Sleep, clock: Clock) -> bool:
    try:
        hello = ask(drawn)
    except Stranger as error:
        raise _stranger(error, drawn, home) from error
    if hello is None:
        return False
    order_stop(drawn, hello, mode)
    deadline = clock() + STOP_LIMIT
    while clock() < deadline:
        if not _alive(hello.pid):
            return True
        sleep(0.02)
    raise TargetError(
        f"The embedded AWS (process {hello.pid}) does not stop.",
        f"End process {hello.pid}; its log: {Folder(home).log}",
    )


def _alive(pid: int) -> bool:
    if sys.platform == "win32":  # os.kill would end it there
        import ctypes

        handle = ctypes.windll.kernel32.OpenProcess(0x00100000, False, pid)  # SYNCHRONIZE
        if not handle:
            return False
        waiting = ctypes.windll.kernel32.WaitForSingleObject(handle, 0) == 0x102  # WAIT_TIMEOUT
        ctypes.windll.kernel32.CloseHandle(handle)
        return bool(waiting)
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return False  # the number went to somebody else's process: ours is gone
    return not _zombie(pid)


def _zombie(pid: int) -> bool:
    """Whether it has ended and only waits to be collected: in a container, by a first process that may never do so.

    While it still has threads it is not over: they hold its port.
    """
    try:
        state = Path(f"/proc/{pid}/stat").read_text("ascii", "replace").rpartition(")")[2].split()[0]
        return state == "Z" and len(os.listdir(f"/proc/{pid}/task")) <= 1  # noqa: PTH208  names only
    except (OSError, IndexError):
        return False


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


def _stranger(stranger: Stranger, drawn: Keys, home: Path) -> TargetError:
    if not stranger.silent:
        return _port_taken(drawn, home)
    return TargetError(
        f"What listens on port {drawn.port} does not answer: the embedded AWS of {home} hangs, or it is not it.",
        f"Try again. If it stays so, end that program; {Folder(home).server} says which process ours was.",
    )


def _port_taken(drawn: Keys, home: Path) -> TargetError:
    return TargetError(
        f"Somebody else has taken port {drawn.port}, which the embedded AWS of {home} uses.",
        f"End that program. Or move {Folder(home).keys} away: a new port and new keys are drawn, "
        "and the embedded AWS starts empty.",
    )


def _last_words(log: Path) -> str:
    try:
        lines = log.read_text("utf-8", "replace")[-4000:].strip().splitlines()
    except OSError:
        return ""
    return f"It said: {lines[-1][:300]}" if lines else ""
