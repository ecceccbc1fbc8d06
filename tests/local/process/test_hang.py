"""A server that does not answer: it is named, ended and replaced, and nobody else is taken for it."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from labcli.context import Context
from labcli.errors import ExitCode, TargetError
from labcli.local import life
from labcli.local.door.hello import HELLO, NONCE, ask
from labcli.local.process import ours
from labcli.local.process.folder import Folder
from labcli.run.doctor import examine
from tests.local.conftest import WORLD, alive, bodies, ensure, fill, linux, posix, queues, saved, stop, until
from tests.local.door.wire import Raw, send
from tests.local.process.test_process import children, function

OFTEN = ("--every", "0.1")


@pytest.fixture
def hung(home: Path) -> life.Endpoint:
    """A server with a queue, a message and a function's process, that does nothing more and takes no signal but one."""
    endpoint = ensure(home, *OFTEN)
    fill(endpoint)
    life.save(home)
    os.kill(endpoint.pid, signal.SIGSTOP)
    return endpoint


@posix
def test_stop_ends_it_within_its_limit_and_what_was_saved_is_there(home: Path, hung: life.Endpoint) -> None:
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        WORLD.sleep(seconds)

    assert life.stop(home, sleep, WORLD.monotonic) is life.Ending.KILLED
    assert not alive(hung.pid)
    assert sum(slept) < life.STOP_LIMIT
    assert bodies(ensure(home)) == ["one order"]


@posix
def test_reset_ends_it_and_begins_anew(home: Path, hung: life.Endpoint) -> None:
    life.reset(home, WORLD.sleep, WORLD.monotonic)
    assert not alive(hung.pid)
    after = life.find(home)
    assert after is not None and queues(after) == []


@posix
def test_start_replaces_it(home: Path, hung: life.Endpoint) -> None:
    after = life.ensure(home, WORLD.sleep, WORLD.monotonic, replace=True)
    assert after.started and after.pid != hung.pid and not alive(hung.pid)
    assert bodies(after) == ["one order"]


@posix
def test_start_leaves_one_that_answers(home: Path) -> None:
    endpoint = ensure(home)
    assert life.ensure(home, WORLD.sleep, WORLD.monotonic, replace=True).pid == endpoint.pid


@linux
def test_the_processes_of_functions_end_with_it(home: Path) -> None:
    endpoint = ensure(home)
    escaped = (
        "import subprocess, sys\ndef handler(event, context):\n"
        "  return subprocess.Popen(['sleep', '3600'], start_new_session=True).pid\n"
    )
    child = function(endpoint, escaped)
    workers = children(endpoint.pid)
    assert workers and alive(child)
    for pid in (endpoint.pid, *workers):
        os.kill(pid, signal.SIGSTOP)
    assert stop(home) is life.Ending.KILLED
    until(lambda: not any(alive(pid) for pid in (endpoint.pid, child, *workers)), "their end")


@posix
def test_every_message_names_process_folder_and_command(home: Path, hung: life.Endpoint) -> None:
    tries = (lambda: life.find(home), lambda: ensure(home), lambda: life.save(home))
    for attempt in tries:
        with pytest.raises(life.HangError) as said:
            attempt()
        assert f"process {hung.pid}" in said.value.message and str(home) in said.value.message
        assert "labcli local stop" in said.value.hint
        assert said.value.exit_code == ExitCode.TARGET


@posix
def test_one_whose_queue_of_callers_is_full_hangs_too(home: Path, hung: life.Endpoint) -> None:
    port = int(hung.url.rpartition(":")[2])
    with contextlib.ExitStack() as waiting:
        for _ in range(400):
            caller = waiting.enter_context(socket.socket())
            caller.setblocking(False)
            caller.connect_ex(("127.0.0.1", port))
        with pytest.raises(life.HangError):
            life.find(home)
        assert stop(home) is life.Ending.KILLED


@posix
def test_the_doctor_sees_that_it_hangs_and_names_the_command(home: Path, hung: life.Endpoint) -> None:
    findings = examine(Context(env={"LABCLI_HOME": str(home)}), "local", "", "")
    (local,) = [each for each in findings if each.subject == "local AWS"]
    assert not local.good and "hangs" in local.seen and str(hung.pid) in local.seen
    assert local.command == "labcli local stop"


@pytest.fixture
def stranger() -> Iterator[subprocess.Popen[bytes]]:
    """A process of somebody else."""
    with subprocess.Popen([sys.executable, "-c", "import threading; threading.Event().wait()"]) as process:
        yield process
        process.kill()


@posix
@pytest.mark.parametrize("forged", ["no proof", "another time", "another folder's proof", "copied"])
def test_a_process_that_is_not_proven_ours_is_never_ended(
    home: Path, tmp_path: Path, stranger: subprocess.Popen[bytes], forged: str
) -> None:
    drawn, folder = life.keys(home), Folder(home)
    process = ours.Process(stranger.pid, ours.began(stranger.pid))
    other = life.keys(tmp_path / "other")
    written = {
        "no proof": {"pid": process.pid, "began": process.began},
        "another time": ours.signed(drawn, ours.Process(process.pid, "1 1")),
        "another folder's proof": ours.signed(other, process),
        "copied": {**ours.signed(drawn, ours.this()), "pid": process.pid},
    }[forged]
    folder.server.write_text(json.dumps(written), "utf-8")
    with socket.create_server(("127.0.0.1", drawn.port)):
        with pytest.raises(TargetError) as said:
            stop(home)
        assert not isinstance(said.value, life.HangError)
        assert f"port {drawn.port}" in said.value.message
    assert stranger.poll() is None


@pytest.mark.parametrize(
    "damage", ["", "{", "[" * 100_000, '{"pid": "x"}', '{"pid": 1e400}', "[]", "nul\0l", "9" * 9000]
)
def test_a_damaged_note_of_the_server_proves_nothing_and_hinders_nothing(home: Path, damage: str) -> None:
    endpoint = ensure(home)
    (home / "local" / "server.json").write_text(damage, "utf-8")
    assert life.find(home) == endpoint.__class__(**{**vars(endpoint), "started": False})
    assert stop(home) is life.Ending.SAVED


def test_hello_tells_a_stranger_nothing(home: Path) -> None:
    endpoint = ensure(home)
    host = endpoint.url.removeprefix("http://")
    for more in ((), ((NONCE, "0" * 64),), ((NONCE, "0" * 64), ("x-labcli-proof", "0" * 64))):
        status, headers, body = send(endpoint, Raw("GET", HELLO, (("Host", host), *more)))
        text = f"{headers} {body.decode()}"
        assert status == 403
        for secret in (str(endpoint.pid), endpoint.incarnation, "ministack", "version"):
            assert secret not in text
    assert ask(life.keys(home)) is not None


def test_hello_does_not_keep_it(home: Path) -> None:
    endpoint = ensure(home, "--idle", "2", "--idle-outside", "2", *OFTEN)
    fill(endpoint)
    until(lambda: ask(life.keys(home)) is None and not alive(endpoint.pid), "its end")
    assert saved(home, "one order")
