"""One labcli works on a day at a time: the others say "busy" and who it is, and nothing breaks."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import REPO
from tests.faults.conftest import SMALL, Stage, small
from tests.holding import held


@pytest.mark.parametrize("arguments", [["cleanup"], ["cleanup", "--all"], ["cleanup", "small"], ["day", "FILE", "run"]])
def test_a_busy_day_is_said_with_the_process_and_nothing_is_touched(
    stage: Stage, tmp_path: Path, arguments: list[str]
) -> None:
    lab = str(small(tmp_path))
    assert stage.cli("day", lab, "run", "-q").exit_code == 0
    before = [path.read_bytes() for path in stage.ledgers()]
    arguments = [lab if each == "FILE" else each for each in arguments]
    with held(stage.cli) as other:
        result = stage.cli(*arguments)
        assert result.exit_code == 1, result.both
        assert "busy" in result.err
        assert f"process {other.pid}" in result.err.replace("\n", " ")
        assert [path.read_bytes() for path in stage.ledgers()] == before
        assert len(stage.left()) == len(SMALL)
        assert stage.cli("verify", lab).exit_code == 0
    assert stage.cli(*arguments).exit_code == 0


def test_a_sweep_leaves_what_a_busy_day_may_be_making(stage: Stage, tmp_path: Path) -> None:
    """No ledger shows anything open, and yet a run of that day may have begun just now."""
    assert stage.cli("day", str(small(tmp_path)), "run", "-q").exit_code == 0
    stage.forget()
    with held(stage.cli) as other:
        result = stage.clean()
        assert result.exit_code == 4
        assert f"busy: another labcli works on small (process {other.pid})" in result.out.replace("\n", " ")
        assert len(stage.left()) == len(SMALL)
    assert stage.clean().exit_code == 0
    assert stage.left() == []


def test_other_days_are_not_busy(stage: Stage, tmp_path: Path) -> None:
    other = str(small(tmp_path, "other"))
    with held(stage.cli):
        assert stage.cli("day", other, "run", "-q").exit_code == 0
        assert stage.cli("cleanup", "--all").exit_code == 0
    assert stage.left() == []


def test_a_kill_frees_the_day(stage: Stage, tmp_path: Path) -> None:
    assert stage.cli("day", str(small(tmp_path)), "run", "-q").exit_code == 0
    with held(stage.cli) as other:
        other.kill()
        other.wait()
        assert stage.cli("cleanup").exit_code == 0


def test_commands_that_race_leave_nothing_that_no_ledger_knows(stage: Stage, tmp_path: Path) -> None:
    lab = str(small(tmp_path))
    env = dict(stage.cli.context().env)
    for turn in range(4):
        commands = [["day", lab, "run", "-q"], ["day", lab, "run", "-q"], *([["cleanup", "--all"]] if turn % 2 else [])]
        processes = [
            subprocess.Popen(
                [sys.executable, "-m", "labcli", *each], cwd=REPO, env=env, encoding="utf-8",
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            )
            for each in commands
        ]  # fmt: skip
        said = [(process.communicate()[0], process.returncode) for process in processes]
        assert all(code == 0 or (code in (1, 4) and "busy" in text) for text, code in said), said
        assert 0 in [code for _, code in said]
        open_ones = {
            event["name"] for event in stage.events() if event["type"] == "intent" and event["does"] == "create"
        } - {event["name"] for event in stage.events() if event["type"] == "gone"}
        assert set(stage.left()) == open_ones, "every queue is known to a ledger, and every open one is there"
        assert len(open_ones) in (0, len(SMALL)), "a day has one live run"
    assert stage.clean().exit_code == 0
    assert stage.left() == []


def test_the_process_that_is_named_is_the_one_that_works(stage: Stage) -> None:
    with held(stage.cli) as other:
        assert (stage.cli.home / "locks" / "local-small.pid").read_text("utf-8") == str(other.pid)
        assert other.pid != os.getpid()
