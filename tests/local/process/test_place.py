"""The state folder and the keys in it: one set, for the user alone, or a clear no."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from labcli.errors import ExitCode, LabcliError, TargetError
from labcli.local import life
from tests.local.conftest import ensure, posix


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"port": "x"}', "\0", '{"access_key": 1, "port": 25000}'])
def test_a_broken_key_file_is_named_with_a_remedy(home: Path, content: str) -> None:
    (home / "local").mkdir(parents=True)
    path = home / "local" / "keys.json"
    path.write_text(content, "utf-8")
    for attempt in (life.keys, life.find, ensure):
        with pytest.raises(LabcliError) as broken:
            attempt(home)
        assert str(path) in broken.value.message and str(path) in broken.value.hint
        assert broken.value.exit_code == ExitCode.TARGET
    assert path.read_text("utf-8") == content


@posix
def test_keys_and_folder_are_for_the_user_alone(home: Path) -> None:
    life.keys(home)
    assert (home / "local").stat().st_mode & 0o777 == 0o700
    assert (home / "local" / "keys.json").stat().st_mode & 0o777 == 0o600


def test_two_commands_that_draw_keys_at_once_draw_the_same(home: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from labcli.local import life; print(life.keys(Path(sys.argv[1])).url)"
    )
    racing = [
        subprocess.Popen([sys.executable, "-c", code, str(home)], stdout=subprocess.PIPE, encoding="utf-8")
        for _ in range(6)
    ]
    assert len({process.communicate()[0] for process in racing}) == 1


@posix
def test_a_state_folder_that_is_a_link_is_refused(home: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    home.symlink_to(tmp_path / "elsewhere")
    assert_refused(home, "symbolic link")
    home.unlink()
    home.mkdir()
    (home / "local").symlink_to(tmp_path / "elsewhere")
    assert_refused(home, "symbolic link")
    assert list((tmp_path / "elsewhere").iterdir()) == []


@posix
def test_a_state_folder_that_everybody_may_write_to_is_refused(home: Path) -> None:
    home.mkdir()
    home.chmod(0o777)
    assert_refused(home, "everybody")


def test_a_state_folder_that_is_a_file_is_refused(home: Path) -> None:
    home.write_text("", "utf-8")
    assert_refused(home, "not a folder")


def test_a_state_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    with pytest.raises(TargetError) as refused:
        life.keys(tmp_path / "file" / "home")
    assert "LABCLI_HOME" in refused.value.hint


def assert_refused(home: Path, why: str) -> None:
    for attempt in (life.keys, ensure):
        with pytest.raises(TargetError) as refused:
            attempt(home)
        assert why in refused.value.message and "LABCLI_HOME" in refused.value.hint


@posix
@pytest.mark.skipif(os.name == "posix" and os.geteuid() == 0, reason="root may write everywhere")
def test_a_state_folder_that_cannot_be_written_to_is_refused(home: Path) -> None:
    life.keys(home)
    (home / "local").chmod(0o500)
    with pytest.raises(TargetError) as refused:
        ensure(home)
    (home / "local").chmod(0o700)
    assert "Cannot write" in refused.value.message and "chmod" in refused.value.hint
