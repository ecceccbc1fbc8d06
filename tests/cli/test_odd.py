"""Odd arguments, odd files in the state folder, few files to open: one message, its exit code, and nothing hangs."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from labcli.local import life
from labcli.local.process.files import LEAST
from tests.conftest import REPO, Cli, Result
from tests.local.conftest import WORLD, ensure, fill

HANGS = 120
"""Seconds after which a command that says nothing counts as hanging."""
BIG = 100_000
ODD = ["&<>", "\x1b[31m", "\x01", "a\nb", "\udcff\udcfe", "&" * BIG, "a" * BIG, "\u202e", "\ufdd0"]
posix = pytest.mark.skipif(os.name != "posix", reason="uses POSIX files and limits")


def assert_one_message(result: Result, code: int) -> None:
    assert (result.exit_code, result.out) == (code, ""), result
    assert 1 <= len(result.err.splitlines()) <= 4 and len(result.err) < 3000, result.err[:4000]
    assert not [each for each in result.err if not (each.isprintable() or each == "\n")]


# --- arguments


@pytest.mark.parametrize("odd", ODD, ids=lambda odd: ascii(odd)[:12])
@pytest.mark.parametrize(
    "before",
    [
        ("day",), ("day", "mon", "run", "--from"), ("day", "mon", "plan", "--as"), ("day", "mon", "run", "--with"),
        ("verify",), ("cleanup",), ("inspect",), ("lab", "check"), ("local",), ("local", "env", "--shell"),
        ("status", "--output"), ("doctor", "--target"), ("help",), (), ("day", "mon", "quiz", "extra"),
    ],
    ids=" ".join,
)  # fmt: skip
def test_an_odd_argument_is_refused_in_one_message(cli: Cli, before: tuple[str, ...], odd: str) -> None:
    assert_one_message(cli(*before, odd), 2)


@pytest.mark.parametrize(
    "arguments",
    [
        ("day", "mon", "run", "--from", ""), ("day", "mon", "run", "--from="), ("--target", "", "status"),
        ("inspect", "x", "--run", ""), ("day", "mon", "plan", "--as", ""), ("status", "--output", ""),
        ("cleanup", "--profile", "", "mon"), ("day", ""), ("inspect", ""), ("",),
    ],
    ids=" ".join,
)  # fmt: skip
def test_nothing_is_no_value_and_does_not_do_more_than_was_asked(cli: Cli, arguments: Sequence[str]) -> None:
    assert_one_message(cli(*arguments), 2)
    assert list((cli.home / "runs").glob("*.jsonl")) == []


# --- the state folder


def command(home: Path, *arguments: str, files: int = 0) -> Result:
    """A command in a process of its own; ``files``: how many it may have open."""
    limit = f"import resource; resource.setrlimit(resource.RLIMIT_NOFILE, ({files}, {files}))\n" if files else ""
    code = f"{limit}from labcli.cli.main import main; main()"
    env = {"LABCLI_HOME": str(home), "PATH": os.environ["PATH"], "HOME": os.environ["HOME"], "PYTHONPATH": str(REPO)}
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], env=env, capture_output=True, stdin=subprocess.DEVNULL,
        encoding="utf-8", timeout=HANGS, check=False,
    )  # fmt: skip
    return Result(done.returncode, done.stdout, done.stderr)


def put(kind: str, path: Path) -> None:
    """Something of this kind in the place of the file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.is_dir():
        shutil.rmtree(path)
    path.unlink(missing_ok=True)
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    elif kind == "device":
        path.symlink_to("/dev/zero")
    else:
        path.write_bytes({"deep": b"[" * 300_000, "bytes": bytes(range(256)) * 8, "empty": b""}[kind])


@pytest.fixture
def stopped(own_home: Path) -> Iterator[Path]:
    """A state folder in which something was saved."""
    fill(ensure(own_home))
    life.stop(own_home, WORLD.sleep, WORLD.monotonic)
    yield own_home
    shutil.rmtree(own_home)


KINDS = ("pipe", "folder", "device", "deep", "bytes", "empty")


@posix
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["keys.json", "server.json", "server.log", "start.lock", "state/snapshot.json"])
def test_an_odd_file_of_the_embedded_aws_is_refused_or_does_not_matter(stopped: Path, name: str, kind: str) -> None:
    path = stopped / "local" / name
    put(kind, path)
    plain = kind in ("deep", "bytes", "empty")
    for arguments in (("local", "status"), ("local", "stop")):
        result = command(stopped, *arguments)
        if not plain or name == "keys.json":
            assert_one_message(result, 3)
            assert str(path) in result.err.replace("\n  ", "").replace("\n", "")
        else:
            assert result.exit_code == 0, result
    if plain and name == "state/snapshot.json":
        assert life.ensure(stopped, WORLD.sleep, WORLD.monotonic).set_aside
        life.stop(stopped, WORLD.sleep, WORLD.monotonic)


@posix
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["runs/compared", "locks/local-mon.lock", "locks/local-mon.pid"])
def test_an_odd_file_of_the_runs_hinders_no_cleanup(stopped: Path, name: str, kind: str) -> None:
    put(kind, stopped / name)
    result = command(stopped, "cleanup", "--all")
    assert result.exit_code in (0, 1), result
    assert "Traceback" not in result.err and "bug" not in result.err
    life.stop(stopped, WORLD.sleep, WORLD.monotonic)


# --- few files


@posix
@pytest.mark.parametrize(
    "arguments", [("cleanup", "--all"), ("day", "mon", "run"), ("local", "start"), ("verify", "mon")]
)
def test_few_files_are_said_before_anything_stands_still(own_home: Path, arguments: tuple[str, ...]) -> None:
    result = command(own_home, *arguments, files=64)
    assert_one_message(result, 3)
    assert "64" in result.err and str(LEAST) in result.err and "ulimit -n" in result.err


@posix
def test_with_few_files_it_can_still_be_looked_at_and_stopped(own_home: Path) -> None:
    ensure(own_home)
    for arguments in (("status",), ("local", "status"), ("local", "stop")):
        assert command(own_home, *arguments, files=64).exit_code == 0
