"""`labcli lab new`: a lab to begin with, which holds as it is written."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import Cli


def test_a_new_lab_is_without_a_mistake_and_proves_itself(cli: Cli, tmp_path: Path) -> None:
    made = cli("lab", "new", "first", "--folder", str(tmp_path))
    file = str(tmp_path / "first.yaml")
    assert (made.exit_code, "labcli lab check" in made.out) == (0, True)
    assert cli("lab", "check", file).exit_code == 0
    tested = cli("lab", "test", file)
    assert tested.exit_code == 0, tested.both


def test_a_file_that_is_there_is_left_as_it_is(cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("mine", "utf-8")
    result = cli("lab", "new", "mine", "--folder", str(tmp_path))
    assert (result.exit_code, file.read_text("utf-8")) == (2, "mine")
    assert "is there already: it was left as it is" in " ".join(result.err.split())


@pytest.mark.parametrize("name", ["First", "first.yaml", "../first", "1st", "", "a" * 17, "für", "a\x1b[31m"])
def test_what_no_lab_can_be_called_is_said(cli: Cli, tmp_path: Path, name: str) -> None:
    result = cli("lab", "new", "--folder", str(tmp_path), "--", name)
    assert result.exit_code == 2
    assert "a lab's id is up to 16 small letters and digits, from a letter, not" in " ".join(result.err.split())
    assert "\x1b[31m" not in result.err
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_said(cli: Cli, tmp_path: Path) -> None:
    result = cli("lab", "new", "first", "--folder", str(tmp_path / "none"))
    assert result.exit_code == 2
    assert "cannot be written" in result.err
