"""The order to save: when it returns, what the embedded AWS holds is on disk, or the learner hears why it is not."""

from __future__ import annotations

import json
import os
import secrets
import signal
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from labcli.errors import ExitCode, TargetError
from labcli.local import life
from labcli.local.door.hello import NONCE, PROOF, SAVE, prove
from tests.local.conftest import WORLD, alive, bodies, client, ensure, fill, posix, queues, saved, stop, until
from tests.local.door.wire import Raw, send, unsigned

NEVER = ("--every", "3600")
"""Options of a server that saves nothing by itself."""


def kill(endpoint: life.Endpoint) -> None:
    os.kill(endpoint.pid, signal.SIGKILL)
    until(lambda: not alive(endpoint.pid), "its end")


def in_the_way(home: Path, pid: int) -> Path:
    """A folder in the place of the draft: not even root can write the snapshot then."""
    draft = home / "local" / "state" / f".snapshot.json.{pid}"
    draft.mkdir()
    return draft


def order(endpoint: life.Endpoint, nonce: str, proof: str) -> Raw:
    return Raw("POST", SAVE, unsigned(endpoint).headers).header(NONCE, nonce).header(PROOF, proof)


@posix
def test_what_was_saved_survives_a_kill_at_once(home: Path) -> None:
    first = ensure(home, *NEVER)
    fill(first)
    life.save(home)
    kill(first)
    second = ensure(home)
    assert second.incarnation != first.incarnation and bodies(second) == ["one order"]


@posix
def test_what_was_deleted_before_a_save_does_not_come_back(home: Path) -> None:
    first = ensure(home, *NEVER)
    fill(first, "kept")
    fill(first, "deleted")
    life.save(home)
    with closing(client(first)) as sqs:
        sqs.delete_queue(QueueUrl=f"{first.url}/{first.account}/deleted")
    life.save(home)
    kill(first)
    assert queues(ensure(home)) == ["kept"]


def test_a_save_without_a_change_writes_nothing(home: Path) -> None:
    fill(ensure(home, *NEVER))
    snapshot = home / "local" / "state" / "snapshot.json"

    def written() -> tuple[int, int]:
        life.save(home)
        return snapshot.stat().st_ino, snapshot.stat().st_mtime_ns

    # what it still loads after its start is a change
    until(lambda: written() == written(), "a save that leaves the file as it is")


def test_a_save_where_none_runs_does_nothing(home: Path) -> None:
    life.save(home)
    assert not (home / "local").exists()
    life.keys(home)
    life.save(home)
    assert life.find(home) is None


def test_a_save_that_cannot_be_written_is_said(home: Path) -> None:
    endpoint = ensure(home, *NEVER)
    fill(endpoint)
    obstacle = in_the_way(home, endpoint.pid)
    for _ in range(2):  # it is not taken for saved the second time
        with pytest.raises(TargetError) as failed:
            life.save(home)
        assert failed.value.exit_code == ExitCode.TARGET
        assert "cannot be saved: Is a directory" in failed.value.message and "Make room" in failed.value.hint
    obstacle.rmdir()
    life.save(home)
    assert saved(home, "one order")


def test_a_server_whose_state_cannot_be_saved_is_not_stopped(home: Path) -> None:
    endpoint = ensure(home, *NEVER)
    fill(endpoint)
    obstacle = in_the_way(home, endpoint.pid)
    with pytest.raises(TargetError) as refused:
        stop(home)
    assert refused.value.message.startswith("the embedded AWS was not stopped: its state cannot be saved: Is a dir")
    assert "labcli local reset" in refused.value.hint
    assert bodies(endpoint) == ["one order"], "it goes on"
    obstacle.rmdir()
    assert stop(home) is life.Ending.SAVED
    assert bodies(ensure(home)) == ["one order"]


def test_a_state_that_cannot_be_saved_can_be_given_up(home: Path) -> None:
    endpoint = ensure(home, *NEVER)
    fill(endpoint)
    in_the_way(home, endpoint.pid)
    life.reset(home, WORLD.sleep, WORLD.monotonic)
    assert queues(ensure(home)) == []
    assert stop(home) is life.Ending.SAVED


FORGED: dict[str, Callable[[life.Endpoint, str], str]] = {
    "no proof": lambda e, nonce: "",
    "a bad proof": lambda e, nonce: "0" * 64,
    "another server's": lambda e, nonce: prove("another secret", "save", e.incarnation, nonce),
    "an earlier incarnation's": lambda e, nonce: prove(e.secret_key, "save", "0" * 32, nonce),
    "another nonce's": lambda e, nonce: prove(e.secret_key, "save", e.incarnation, "0" * 64),
    "another order's": lambda e, nonce: prove(e.secret_key, "stop", e.incarnation, nonce),
}


@pytest.mark.parametrize("name", FORGED)
def test_a_save_order_that_does_not_prove_itself_is_refused(endpoint: life.Endpoint, name: str) -> None:
    nonce = secrets.token_hex(32)
    status, headers, _ = send(endpoint, order(endpoint, nonce, FORGED[name](endpoint, nonce)))
    assert status == 403 and PROOF not in headers


def test_a_save_order_is_worth_nothing_twice(endpoint: life.Endpoint) -> None:
    nonce = secrets.token_hex(32)
    good = order(endpoint, nonce, prove(endpoint.secret_key, "save", endpoint.incarnation, nonce))
    assert [send(endpoint, good)[0] for _ in range(2)] == [200, 403]


def test_a_save_order_without_a_whole_nonce_is_refused(endpoint: life.Endpoint) -> None:
    assert send(endpoint, order(endpoint, "", prove(endpoint.secret_key, "save", endpoint.incarnation, "")))[0] == 403


def test_whoever_finds_it_hears_what_was_set_aside(home: Path) -> None:
    life.keys(home)
    state = home / "local" / "state"
    state.mkdir()
    (state / "snapshot.json").write_bytes(b"{")
    first = ensure(home)
    assert (Path(first.set_aside) / "snapshot.json").read_bytes() == b"{"
    again = life.find(home)
    assert again is not None and (again.set_aside, again.broken) == (first.set_aside, ())
    stop(home)
    assert ensure(home).set_aside == "", "it is said once"
    assert json.loads((state / "snapshot.json").read_text("utf-8"))["labcli"] == 1
