"""The life of the embedded AWS: one server per state folder, found by all, and which outstays nobody."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from labcli.errors import ExitCode, TargetError
from labcli.local import life
from labcli.local.door.hello import ask
from labcli.local.process.watch import Activity
from tests.local.conftest import WORLD, alive, bodies, client, ensure, fill, posix, saved, stop, until
from tests.local.door.wire import sign, unsigned

OFTEN = ("--every", "0.1")


def test_a_second_ensure_finds_the_first_ones_server(home: Path) -> None:
    first, second = ensure(home), ensure(home)
    assert first.started and not second.started
    assert (first.pid, first.incarnation, first.url) == (second.pid, second.incarnation, second.url)
    assert life.find(home) == second


def test_looking_starts_nothing(home: Path) -> None:
    assert life.find(home) is None
    assert not (home / "local").exists()
    drawn = life.keys(home)
    assert life.find(home) is None and stop(home) is life.Ending.NONE
    assert life.keys(home) == drawn
    assert drawn.secret_key not in repr(drawn)


def test_two_commands_that_start_it_at_once_share_one_server(home: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from labcli.context import Context; from labcli.local import life;"
        "w = Context(); e = life.ensure(Path(sys.argv[1]), w.sleep, w.monotonic); print(e.pid, e.started, e.url)"
    )
    racing = [
        subprocess.Popen([sys.executable, "-c", code, str(home)], stdout=subprocess.PIPE, encoding="utf-8")
        for _ in range(4)
    ]
    said = [process.communicate()[0].split() for process in racing]
    assert len({(pid, url) for pid, _, url in said}) == 1
    assert [started for _, started, _ in said].count("True") == 1


def test_threads_of_one_process_share_one_server_too(home: Path) -> None:
    found: list[life.Endpoint] = []
    racing = [threading.Thread(target=lambda: found.append(ensure(home))) for _ in range(3)]
    for thread in racing:
        thread.start()
    for thread in racing:
        thread.join()
    assert len(found) == 3 and len({endpoint.pid for endpoint in found}) == 1


def test_a_stranger_on_the_port_is_named_with_a_remedy(home: Path) -> None:
    drawn = life.keys(home)
    with socket.create_server(("127.0.0.1", drawn.port)) as stranger:
        stranger.settimeout(0.1)
        assert_taken(home, drawn.port, lambda: _serve(stranger, b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"))


def test_a_stranger_that_copies_our_answers_is_still_a_stranger(home: Path) -> None:
    drawn = life.keys(home)
    body = b'{"pid": 1, "incarnation": "x", "version": "1"}'
    head = b"HTTP/1.1 200 OK\r\nX-Labcli-Proof: " + b"0" * 64 + b"\r\nContent-Length: %d\r\n\r\n" % len(body)
    with socket.create_server(("127.0.0.1", drawn.port)) as stranger:
        assert_taken(home, drawn.port, lambda: _serve(stranger, head + body))


def test_a_port_that_is_only_reserved_is_taken_too(home: Path) -> None:
    drawn = life.keys(home)
    with socket.socket() as stranger:
        stranger.bind(("127.0.0.1", drawn.port))
        with pytest.raises(TargetError) as refused:
            ensure(home)
    assert f"taken port {drawn.port}" in refused.value.message


def assert_taken(home: Path, port: int, serve: Any) -> None:
    for attempt in (lambda: life.find(home), lambda: ensure(home), lambda: stop(home)):
        serving = threading.Thread(target=serve)
        serving.start()
        with pytest.raises(TargetError) as refused:
            attempt()
        serving.join()
        assert refused.value.exit_code == ExitCode.TARGET
        assert f"port {port}" in refused.value.message and "keys.json" in refused.value.hint


def _serve(listener: socket.socket, answer: bytes) -> None:
    listener.settimeout(20)
    connection, _ = listener.accept()
    with connection:
        connection.recv(65_536)
        connection.sendall(answer)


@posix
def test_it_ends_when_its_folder_vanishes_and_does_not_bring_it_back(home: Path) -> None:
    endpoint = ensure(home, *OFTEN)
    fill(endpoint)
    shutil.rmtree(home)
    until(lambda: not alive(endpoint.pid), "its end")
    assert not home.exists()


@posix
def test_it_ends_when_its_keys_are_exchanged(home: Path) -> None:
    endpoint = ensure(home, *OFTEN)
    (home / "local" / "keys.json").rename(home / "local" / "old.json")
    life.keys(home)
    until(lambda: not alive(endpoint.pid), "its end")


def test_it_ends_when_nobody_needs_it_with_its_state_saved(home: Path) -> None:
    endpoint = ensure(home, "--idle", "8", "--idle-outside", "8", *OFTEN)
    fill(endpoint)
    until(lambda: not alive(endpoint.pid), "its end")
    assert saved(home, "one order")


def test_an_outside_client_keeps_it_longer_and_a_request_under_way_as_long_as_it_takes() -> None:
    now = [0.0]
    activity = Activity(lambda: now[0], idle=60, idle_outside=600)
    now[0] = 59
    activity.touch()
    now[0] = 100
    assert not activity.over
    activity.touch(outside=True)
    activity.touch()
    now[0] = 699
    assert not activity.over
    activity.under_way = 1
    now[0] = 10_000
    assert not activity.over
    activity.under_way = 0
    assert activity.over


def test_a_consumer_that_waits_does_not_keep_it_from_stopping(home: Path) -> None:
    endpoint = ensure(home)
    fill(endpoint, "empty")
    body = json.dumps({"QueueUrl": f"{endpoint.url}/{endpoint.account}/empty", "WaitTimeSeconds": 20}).encode()
    bodies(endpoint, "empty")
    sqs = client(endpoint)
    sqs.purge_queue(QueueUrl=f"{endpoint.url}/{endpoint.account}/empty")
    sqs.close()
    with socket.create_connection(("127.0.0.1", int(endpoint.url.rpartition(":")[2]))) as waiting:
        waiting.sendall(sign(unsigned(endpoint, body, "ReceiveMessage"), endpoint).bytes())
        until(lambda: under_way(home) == 1, "a waiting receive")
        assert stop(home) is life.Ending.SAVED
    assert not alive(endpoint.pid)


def under_way(home: Path) -> int:
    hello = ask(life.keys(home))
    return 0 if hello is None else hello.under_way


def test_a_port_that_does_not_answer_is_said_to_be_silent(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = life.keys(home)
    monkeypatch.setattr(life, "ask", lambda keys, mode: ask(keys, 0.2, mode))
    with socket.create_server(("127.0.0.1", drawn.port)), pytest.raises(TargetError) as refused:
        ensure(home)
    assert "does not answer" in refused.value.message and refused.value.exit_code == ExitCode.TARGET


def test_a_server_that_cannot_come_up_says_where_its_log_is(home: Path) -> None:
    life.keys(home)
    with pytest.raises(TargetError) as failed:
        ensure(home, "--no-such-option")
    assert failed.value.exit_code == ExitCode.TARGET
    assert "no-such-option" in failed.value.message and "server.log" in failed.value.hint


@posix
def test_a_server_that_hangs_while_it_starts_is_ended(home: Path) -> None:
    life.keys(home)
    (home / "local" / "tmp").mkdir()
    (home / "labcli").mkdir()
    (home / "labcli" / "__init__.py").write_text("import time\ntime.sleep(3600)\n", "utf-8")
    now = [0.0]

    def sleep(seconds: float) -> None:
        now[0] += 10
        WORLD.sleep(seconds)

    patch = pytest.MonkeyPatch()
    patch.setenv("PYTHONPATH", str(home))
    with pytest.raises(TargetError) as failed:
        life.ensure(home, sleep, lambda: now[0])
    patch.undo()
    assert "did not come up" in failed.value.message
    assert life.find(home) is None


def test_its_log_is_bounded(home: Path) -> None:
    life.keys(home)
    log = home / "local" / "server.log"
    log.write_bytes(b"x" * 2_000_000 + b"the last words")
    ensure(home, *OFTEN)
    until(lambda: log.stat().st_size < 1_000_000, "a shorter log")
    assert log.read_bytes().endswith(b"the last words")
