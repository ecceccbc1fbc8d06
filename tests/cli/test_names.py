"""How labs and options are named, the embedded AWS by hand, and the help of every command."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from labcli.local import life
from tests.cli.small import quick
from tests.cli.test_commands import Write, last, path
from tests.conftest import Cli

__all__ = ["path"]


def test_folders_of_labcli_labs_are_on_the_shelf(cli: Cli, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "mine" / "week11"
    folder.mkdir(parents=True)
    (folder / "extra.yaml").write_text(quick("extra"), encoding="utf-8")
    cli.env["LABCLI_LABS"] = str(tmp_path / "mine")
    assert "extra" in cli().out
    ran = cli("day", "extra", "run")
    assert ran.exit_code == 0 and "Next: labcli verify extra " in ran.out
    cli("day", "--help")
    assert "extra  A quick one" in capsys.readouterr().out


def test_an_ambiguous_day_lists_which_it_can_be_and_the_folder_decides(cli: Cli, tmp_path: Path) -> None:
    for week in ("week11", "week12"):
        (tmp_path / "mine" / week).mkdir(parents=True)
        (tmp_path / "mine" / week / "same.yaml").write_text(quick("same"), encoding="utf-8")
    cli.env["LABCLI_LABS"] = os.pathsep.join(str(tmp_path / "mine" / week) for week in ("week11", "week12"))
    said = cli("day", "same")
    assert said.exit_code == 2 and "week11/same, week12/same" in said.err
    ran = cli("day", "week12/same", "run")
    assert ran.exit_code == 0 and "Next: labcli verify week12/same " in ran.out
    home = cli().out
    assert "week11/same" in home and "○" in home.split("week11/same")[1].splitlines()[0]


def test_an_unknown_day_names_the_nearest(cli: Cli) -> None:
    said = cli("day", "mom", "run")
    assert said.exit_code == 2 and "did you mean `mon`?" in said.err


def test_options_stand_before_or_after_the_command(cli: Cli, path: str) -> None:
    for arguments in (("--target", "local", "day", path, "run", "-q"), ("day", path, "run", "--target", "local", "-q")):
        assert cli(*arguments).exit_code == 0
    for arguments in (("--target", "nosuch", "verify"), ("verify", "--target", "nosuch")):
        said = cli(*arguments)
        assert said.exit_code == 2 and "no target `nosuch`" in said.err
    assert cli("--target", "aws", "verify", path, "--target", "local").exit_code == 0
    assert "--profile is for a real account" in cli("--profile", "x", "verify").err


# the embedded AWS


def test_local_starts_stops_and_keeps_what_is_in_it(own_home: Path, lab: Write) -> None:
    cli = Cli(own_home)
    assert "does not run" in cli("local", "status").out
    assert cli("local", "stop").out.startswith("It was not running")
    assert "answers at http://127.0.0.1:" in cli("local", "start").out
    assert "answers at http://127.0.0.1:" in cli("local", "status").out
    path = str(lab(quick(), "quick.yaml"))
    cli("day", path, "run")
    assert cli("local", "stop").exit_code == 0
    assert life.find(own_home) is None
    assert cli("verify", path).exit_code == 0


def test_local_reset_empties_it_and_a_fresh_run_is_offered(own_home: Path, lab: Write) -> None:
    cli = Cli(own_home)
    path = str(lab(quick(), "quick.yaml"))
    cli("day", path, "run")
    said = cli("local", "reset", "--yes")
    assert said.exit_code == 0 and "The local AWS is empty." in said.out and last(said.out) == "Next: labcli"
    assert "lost" in said.err
    assert "lost by the local AWS" in cli("status").out
    assert cli("verify", path).exit_code == 1
    assert cli("day", path, "run").exit_code == 0
    assert cli("verify", path).exit_code == 0


@pytest.mark.parametrize("arguments", [
    (), ("day",), ("day", "mon"), ("day", "mon", "run"), ("day", "mon", "plan"), ("day", "mon", "quiz"), ("verify",),
    ("cleanup",), ("status",), ("inspect",), ("doctor",), ("local",), ("local", "start"), ("local", "stop"),
    ("local", "status"), ("local", "reset"), ("local", "env"), ("local", "trail"), ("lab",), ("lab", "check"),
    ("lab", "new"), ("lab", "test"), ("lab", "schema"),
])  # fmt: skip
def test_every_help_is_short_and_has_one_line_for_each_option(
    cli: Cli, arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli(*arguments, "--help").exit_code == 0
    text = capsys.readouterr().out
    options = text.split("Options:")[1].split("Commands:")[0].split("Days:")[0].strip("\n").splitlines()
    assert all(line.startswith("  -") for line in options if line.strip() and not line.strip().endswith(":"))
    assert "..." not in text.split("Commands:")[-1] if "Commands:" in text else True
    assert len(text.splitlines()) < 40 and all(len(line) <= 80 for line in text.splitlines())


@pytest.mark.parametrize("arguments", [("local", "start"), ("local", "stop"), ("local", "status"), ("doctor",)])
def test_the_last_line_is_the_next_command(cli: Cli, arguments: tuple[str, ...]) -> None:
    assert last(cli(*arguments).out).startswith("Next: ")
