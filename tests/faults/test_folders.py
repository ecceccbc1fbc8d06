"""A state folder that somebody else could have prepared is refused, and nothing in it is followed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.conftest import Cli
from tests.faults.conftest import Stage, small

pytestmark = pytest.mark.skipif(os.name != "posix", reason="POSIX modes and links")
COMMANDS = [["status"], ["verify"], ["cleanup", "--all"], ["cleanup"], []]


def refused(cli: Cli, lab: Path, *words: str) -> None:
    """Every command says the same one thing, with a remedy."""
    for arguments in [*COMMANDS, ["day", str(lab), "run"]]:
        result = cli(*arguments)
        said = result.err.replace("\n", " ")
        assert result.exit_code in (2, 3), (arguments, result.both)
        assert all(word in said for word in words), (arguments, said)
        assert "Traceback" not in result.both


@pytest.mark.parametrize("name", ["", "runs", "locks", "local"])
def test_a_link_in_place_of_a_folder_is_refused_and_not_followed(tmp_path: Path, name: str) -> None:
    trap, home = tmp_path / "trap", tmp_path / "home"
    trap.mkdir()
    link = home / name if name else home
    link.parent.mkdir(mode=0o700, exist_ok=True)
    link.symlink_to(trap)
    lab = small(tmp_path)
    if name == "local":  # only the commands that reach for the embedded AWS look there
        for arguments in (["verify"], ["cleanup", "--all"]):
            assert Cli(home)(*arguments).exit_code == 3
    else:
        refused(Cli(home), lab, "symbolic link", "LABCLI_HOME")
    assert list(trap.iterdir()) == []


@pytest.mark.parametrize("name", ["", "runs", "locks"])
def test_a_folder_that_everybody_may_write_to_is_refused_with_the_command_that_mends_it(
    tmp_path: Path, name: str
) -> None:
    folder = tmp_path / "home" / name
    folder.mkdir(parents=True)
    folder.chmod(0o777)
    refused(Cli(tmp_path / "home"), small(tmp_path), "everybody may write", "chmod go-w")
    assert not (tmp_path / "home" / "local").exists()


def test_a_file_in_place_of_a_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir(mode=0o700)
    (tmp_path / "home" / "runs").write_text("", "utf-8")
    refused(Cli(tmp_path / "home"), small(tmp_path), "is not a folder", "Move it away")


def test_a_link_in_place_of_a_ledger_is_not_followed(stage: Stage, tmp_path: Path) -> None:
    assert stage.cli("day", str(small(tmp_path)), "run", "-q").exit_code == 0
    ledger = stage.ledgers()[0]
    elsewhere = tmp_path / "elsewhere"
    ledger.rename(elsewhere)
    before = elsewhere.read_bytes()
    ledger.symlink_to(elsewhere)
    for arguments in (["status"], ["cleanup", "--all"]):
        result = stage.cli(*arguments)
        assert result.exit_code == 1
        assert "cannot be read" in result.err
    assert elsewhere.read_bytes() == before
    ledger.unlink()
    assert stage.clean().exit_code == 0
    assert stage.left() == []


def test_a_pipe_in_place_of_a_ledger_is_not_waited_for(stage: Stage) -> None:
    (stage.cli.home / "runs").mkdir(mode=0o700, exist_ok=True)
    os.mkfifo(stage.cli.home / "runs" / "small-aaaaaaaa.jsonl")
    result = stage.cli("status")
    assert (result.exit_code, "not a regular file" in result.err) == (1, True)
