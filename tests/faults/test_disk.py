"""A disk that is full or cannot be written: nothing is called that was not ledgered, and cleanup needs no room."""

from __future__ import annotations

import errno
import json
import os
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from labcli.context import Disk
from labcli.errors import LabcliError
from labcli.local.process.folder import write_bytes
from labcli.run.ledger.ledger import Ledger, read
from tests.conftest import REPO
from tests.faults.conftest import SEND, SMALL, Stage, Time, small, write_lab
from tests.faults.faulty import Ruled

posix = pytest.mark.skipif(os.name != "posix", reason="only there a folder is synchronised")


@dataclass
class FullDisk(Disk):
    """Has room for so many bytes, and takes what fits of the line that does not."""

    room: int

    def append(self, fd: int, data: bytes) -> None:
        super().append(fd, data[: self.room])
        if len(data) > self.room:
            self.room = 0
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        self.room -= len(data)


@dataclass
class NeverDurable(Disk):
    """Writes, and cannot say that it is safe, from the so-manieth time on."""

    good: int

    def sync(self, fd: int) -> None:
        self.good -= 1
        if self.good < 0:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        super().sync(fd)


@dataclass
class SyncsNoFolders(Disk):
    """A file system on which a folder cannot be synchronised: it answers with this error."""

    number: int

    def sync(self, fd: int) -> None:
        if stat.S_ISDIR(os.fstat(fd).st_mode):
            raise OSError(self.number, os.strerror(self.number))
        super().sync(fd)


def unledgered(stage: Stage, ruled: Ruled) -> list[str]:
    """Creates and deletes that were called without a durable intent."""
    intents = {(event["does"], event["name"]) for event in stage.events() if event["type"] == "intent"}
    made = [("create", params["QueueName"]) for name, params in ruled.calls if name == "sqs.create_queue"]
    made += [
        ("delete", params["QueueUrl"].rsplit("/", 1)[-1]) for name, params in ruled.calls if name == "sqs.delete_queue"
    ]
    return [f"{does} {name}" for does, name in made if (does, name) not in intents]


def sizes(stage: Stage, lab: str) -> list[int]:
    """How many bytes the ledger of a run holds after each line."""
    stage.cli("day", lab, "run", "-q")
    lengths = [len(line) for line in stage.ledgers()[0].read_bytes().splitlines(keepends=True)]
    stage.clean()
    stage.forget()
    return [sum(lengths[: number + 1]) for number in range(len(lengths))]


@pytest.fixture
def lab(tmp_path: Path) -> str:
    steps: list[Any] = [{"create": ["dlq", "orders", "pay"]}, SEND, {"delete": ["pay"]}]
    return str(write_lab(tmp_path, "small", SMALL, steps))


@pytest.mark.parametrize("every", [6, pytest.param(1, marks=pytest.mark.faults)])
def test_a_disk_that_is_full_at_any_line_costs_nothing(
    stage: Stage, lab: str, figure: Callable[[str], None], every: int
) -> None:
    stage.add_canaries()
    ends = sizes(stage, lab)
    rooms = sorted({0, 1, *(end + more for end in ends for more in (0, 1, 40))})[::every]
    wrong: list[str] = []
    for room in rooms:
        ruled = Ruled()
        ran = stage.cli("day", lab, "run", "-q", disk=FullDisk(room), through=ruled.through)
        if room < ends[-2] and "cannot be written" not in ran.both.replace("\n", " "):
            wrong.append(f"{room}: nothing is said: {ran.both}")
        if ran.exit_code not in (0, 1) or (ran.exit_code == 0 and room < ends[-8]):
            wrong.append(f"{room}: exit {ran.exit_code}: {ran.both}")
        wrong += [f"{room}: unledgered: {call}" for call in unledgered(stage, ruled)]
        result = stage.clean(disk=FullDisk(0))
        if result.exit_code or stage.left():
            wrong.append(f"{room}: cleanup on the full disk: exit {result.exit_code}, {stage.left()}: {result.both}")
        stage.forget()
    figure(f"full after {len(rooms)} different numbers of bytes: {len(wrong)} leaks or unledgered calls")
    assert wrong == []


def test_an_intent_that_is_not_durable_is_not_followed_by_its_call(stage: Stage, lab: str) -> None:
    for good in range(10):
        ruled = Ruled()
        ran = stage.cli("day", lab, "run", "-q", disk=NeverDurable(good), through=ruled.through)
        assert ran.exit_code == 1
        assert unledgered(stage, ruled) == []
        assert stage.clean(disk=NeverDurable(0)).exit_code == 0
        assert stage.left() == []
        stage.forget()


def test_run_with_cleanup_takes_away_what_it_made_before_the_disk_was_full(stage: Stage, lab: str) -> None:
    ends = sizes(stage, lab)
    for room in ends[2:-1]:
        ran = stage.cli("day", lab, "run", "-q", "--cleanup", disk=FullDisk(room), **Time().given)
        assert ran.exit_code in (0, 1), ran.both
        assert stage.left() == []
        stage.forget()


def test_a_run_that_cannot_begin_leaves_no_ledger(stage: Stage, lab: str) -> None:
    assert stage.cli("day", lab, "run", disk=FullDisk(10)).exit_code == 1
    assert stage.ledgers() == []
    assert "No lab was run yet" in stage.cli("status").out


def test_half_a_line_that_cannot_be_cut_off_spoils_only_itself(tmp_path: Path) -> None:
    reading, writing = os.pipe()  # a pipe cannot be cut
    ledger = Ledger(tmp_path / "x.jsonl", FullDisk(20), lambda: 1.0, _fd=writing)
    with pytest.raises(LabcliError):
        ledger.write("intent", durable=False, name="lost")
    ledger.disk = Disk()
    ledger.write("intent", durable=False, name="kept")
    ledger.close()
    with os.fdopen(reading, "rb") as pipe:
        (tmp_path / "x.jsonl").write_bytes(pipe.read())
    record = read(tmp_path / "x.jsonl")
    assert ([event["name"] for event in record.events], record.broken) == (["kept"], 1)


UNKNOWN = (errno.EBADF, errno.EINVAL, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP)


@posix
@pytest.mark.parametrize("number", sorted(set(UNKNOWN)), ids=errno.errorcode.get)
def test_a_day_runs_on_a_disk_that_cannot_synchronise_folders(stage: Stage, lab: str, number: int) -> None:
    ran = stage.cli("day", lab, "run", "-q", disk=SyncsNoFolders(number), **Time().given)
    assert ran.exit_code == 0, ran.both
    assert stage.clean(disk=SyncsNoFolders(number)).exit_code == 0
    assert stage.left() == []


@posix
@pytest.mark.parametrize("number", sorted(set(UNKNOWN)), ids=errno.errorcode.get)
def test_the_embedded_aws_saves_on_a_disk_that_cannot_synchronise_folders(tmp_path: Path, number: int) -> None:
    write_bytes(tmp_path / "keys.json", b"{}", SyncsNoFolders(number))
    assert [path.name for path in tmp_path.iterdir()] == ["keys.json"]
    assert (tmp_path / "keys.json").read_bytes() == b"{}"


@posix
def test_a_folder_that_fails_to_be_made_durable_is_not_taken_for_one_that_cannot_be(stage: Stage, lab: str) -> None:
    ruled = Ruled()
    ran = stage.cli("day", lab, "run", "-q", disk=SyncsNoFolders(errno.EIO), through=ruled.through)
    assert (ran.exit_code, ruled.calls, stage.ledgers()) == (1, [], [])
    assert "the ledger cannot be written" in ran.both
    with pytest.raises(OSError, match=os.strerror(errno.EIO)):
        write_bytes(stage.cli.home / "x", b"", SyncsNoFolders(errno.EIO))
    assert list(stage.cli.home.glob(".x.*")) == []


LIMITED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]), int(sys.argv[1])))
from labcli.cli.main import run
from labcli.context import Context
sys.exit(run(sys.argv[2:], Context()))
"""


@pytest.mark.skipif(os.name != "posix", reason="resource limits")
@pytest.mark.parametrize("size", [0, 100, 700, 1200])
def test_where_the_system_gives_no_byte_more_nothing_leaks(stage: Stage, lab: str, size: int) -> None:
    """The real thing: no file of the process may grow beyond ``size``."""

    def labcli(limit: int, *arguments: str) -> tuple[int, str]:
        env = {**stage.cli.context().env, "PYTHONDONTWRITEBYTECODE": "1"}
        command = [sys.executable, "-c", LIMITED, str(limit), *arguments]
        done = subprocess.run(command, cwd=REPO, env=env, encoding="utf-8", capture_output=True, check=False)
        return done.returncode, done.stdout + done.stderr

    code, said = labcli(size, "day", lab, "run", "-q")
    assert (code, "cannot be written" in said.replace("\n", " ")) == (1, True), said
    code, said = labcli(0, "cleanup", "--all")
    assert (code, "Nothing is left" in said) == (0, True), said
    assert stage.left() == []


@contextmanager
def read_only(home: Path, monkeypatch: pytest.MonkeyPatch, number: int) -> Iterator[None]:
    """As the system would: no file below ``home`` opens for writing. Root ignores modes, so it is not done by them."""
    really = os.open

    def opened(path: Any, flags: int, *rest: Any, **more: Any) -> int:
        if flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT) and str(path).startswith(str(home)):
            raise OSError(number, os.strerror(number), str(path))
        return really(path, flags, *rest, **more)

    with monkeypatch.context() as patch:
        patch.setattr(os, "open", opened)
        yield


def test_a_read_only_state_folder_stops_runs_and_no_cleanup(
    stage: Stage, lab: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert stage.cli("day", lab, "run", "-q").exit_code == 0
    before = len(stage.left())
    with read_only(stage.cli.home, monkeypatch, errno.EROFS):
        ruled = Ruled()
        ran = stage.cli("day", lab, "run", through=ruled.through)
        assert ran.exit_code == 1
        assert "cannot be written" in ran.err
        assert ruled.calls == []
        assert len(stage.left()) == before
        result = stage.clean()
        assert result.exit_code == 0
        assert "cannot be written" in result.err.replace("\n", " ")
    assert stage.left() == []
    assert stage.clean().exit_code == 0


def test_a_state_folder_of_somebody_else_is_refused_with_the_remedy(
    stage: Stage, lab: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with read_only(stage.cli.home, monkeypatch, errno.EACCES):
        for arguments in (["day", lab, "run"],):
            result = stage.cli(*arguments)
            assert result.exit_code == 1
            assert "mend its rights" in result.err


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root writes where modes forbid it")
def test_a_folder_without_the_right_to_write_is_said(stage: Stage, lab: str) -> None:
    (stage.cli.home / "locks").mkdir(mode=0o500)
    try:
        result = stage.cli("day", lab, "run")
    finally:
        (stage.cli.home / "locks").chmod(0o700)
    assert (result.exit_code, "cannot be written" in result.err) == (1, True)


def test_the_ledger_holds_whole_lines_after_a_full_disk(stage: Stage, tmp_path: Path) -> None:
    lab = str(small(tmp_path))
    ends = sizes(stage, lab)
    stage.cli("day", lab, "run", "-q", disk=FullDisk(ends[3] + 17))
    lines = stage.ledgers()[0].read_bytes().splitlines(keepends=True)
    assert all(line.endswith(b"\n") and json.loads(line)["event"] for line in lines)
    assert read(stage.ledgers()[0]).broken == 0
