"""What the embedded AWS holds outlives its process, also a killed one, and is never lost in silence."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path

import pytest

from labcli.local import life
from labcli.local.door.hello import ask
from tests.local.conftest import WORLD, alive, bodies, ensure, fill, posix, queues, saved, stop, until

OFTEN = ("--every", "0.1")


@posix
def test_a_kill_loses_seconds_not_the_state(home: Path) -> None:
    first = ensure(home, *OFTEN)
    fill(first)
    until(lambda: saved(home, "one order"), "a snapshot with the message")
    os.kill(first.pid, signal.SIGKILL)
    until(lambda: not alive(first.pid), "its end")
    second = ensure(home)
    assert second.started and second.incarnation != first.incarnation and second.url == first.url
    assert bodies(second) == ["one order"]


def test_what_it_held_is_there_after_stop_and_start(home: Path) -> None:
    first = ensure(home)
    fill(first)
    assert stop(home) is life.Ending.SAVED
    assert not alive(first.pid) and life.find(home) is None
    assert not (home / "local" / "server.json").exists()
    second = ensure(home)
    assert bodies(second) == ["one order"]
    assert (second.account, second.access_key) == (first.account, first.access_key)


@posix
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_polite_signal_saves(home: Path, number: int) -> None:
    first = ensure(home, "--every", "3600")
    fill(first)
    os.kill(first.pid, number)
    until(lambda: not alive(first.pid), "its end")
    assert saved(home, "one order")


def test_reset_forgets_everything_but_the_keys(home: Path) -> None:
    first = ensure(home)
    fill(first)
    life.reset(home, WORLD.sleep, WORLD.monotonic)
    second = life.find(home)
    assert second is not None, "what ran, runs again"
    assert second.incarnation != first.incarnation
    assert (second.url, second.secret_key, second.account) == (first.url, first.secret_key, first.account)
    assert queues(second) == []


def test_reset_of_a_stopped_one_starts_nothing(home: Path) -> None:
    fill(ensure(home))
    stop(home)
    life.reset(home, WORLD.sleep, WORLD.monotonic)
    assert life.find(home) is None
    assert queues(ensure(home)) == []


@pytest.mark.parametrize(
    "content",
    [
        b"{",
        b"[]",
        b"\xff\xfe",
        b"null",
        b'{"labcli": 99, "services": {}}',
        b'{"labcli": 1, "ministack": "0.0.1", "account": "ACCOUNT", "services": {}}',
        b'{"labcli": 1, "ministack": "1.5.33", "account": "999999999999", "services": {}}',
        b'{"labcli": 1, "ministack": "1.5.33", "account": "ACCOUNT", "services": {"sqs": "[1]"}}',
        b'{"labcli": 1, "ministack": "1.5.33", "account": "ACCOUNT", "services": {"nothing": "{}"}}',
        b'{"labcli": 1, "ministack": "1.5.33", "account": "ACCOUNT"}',
        b"[" * 100_000,
    ],
)
def test_a_state_that_does_not_load_is_kept_aside_and_said(home: Path, content: bytes) -> None:
    drawn = life.keys(home)
    state = home / "local" / "state"
    state.mkdir()
    content = content.replace(b"ACCOUNT", drawn.account.encode())
    (state / "snapshot.json").write_bytes(content)
    endpoint = ensure(home)
    hello = ask(drawn)
    assert hello is not None and hello.set_aside
    assert (Path(hello.set_aside) / "snapshot.json").read_bytes() == content
    assert json.loads((home / "local" / "server.json").read_text("utf-8"))["set_aside"] == hello.set_aside
    assert queues(endpoint) == []
    fill(endpoint)
    stop(home)
    assert bodies(ensure(home)) == ["one order"], "and from here on it saves again"


def test_nothing_is_set_aside_otherwise(home: Path) -> None:
    fill(ensure(home))
    stop(home)
    ensure(home)
    hello = ask(life.keys(home))
    assert hello is not None and (hello.set_aside, hello.broken) == ("", ())
    assert (home / "local" / "server.log").read_text("utf-8") == ""
