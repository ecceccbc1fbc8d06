"""Hints and `local env` speak the shell that is there, say which one was taken, and how to choose another."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from labcli.errors import UsageError, reader_gone
from labcli.local import shells
from labcli.local.process.keyring import Keys
from labcli.show.shell import KEPT, MARK, exports, restores
from tests.conftest import Cli

KEYS = Keys("LABCLIABCDEFGHJKLMNP", "secret", 21_000, "123456789012", "us-east-1")
ASK = f"{sys.executable} -c 'from labcli.local.shells import current; print(*vars(current(dict())).values())'"


@pytest.mark.parametrize("program", ["bash", "dash", "zsh", "fish", "pwsh", "tcsh"])
def test_the_nearest_shell_above_is_taken(program: str) -> None:
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed")
    ran = subprocess.run([program, "-c", f"{ASK}; exit 0"], capture_output=True, encoding="utf-8", check=True)
    name = {"fish": "fish", "pwsh": "powershell"}.get(program, "sh")
    why = "your shell, tcsh, is none that labcli speaks" if program == "tcsh" else f"your shell is {program}"
    assert ran.stdout == f"{name} {why}\n"


@pytest.fixture
def says(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """LABCLI_SHELL says this, to the option and to the hints."""

    def said(name: str) -> None:
        cli.env["LABCLI_SHELL"] = name
        monkeypatch.setenv("LABCLI_SHELL", name)

    return said


def test_a_variable_and_an_option_are_asked_first(cli: Cli, says: Callable[[str], None]) -> None:
    says("powershell")
    started = cli("local", "start")
    assert "labcli local env | Out-String | Invoke-Expression" in started.out
    assert cli("local", "env").out.startswith("$env:")
    chosen = cli("local", "env", "--shell", "cmd")
    assert chosen.out.startswith('set "AWS_ENDPOINT_URL=http://127.0.0.1:')
    assert chosen.err == ""
    says("zsh5")
    assert "no shell `zsh5`" in cli("local", "env").err


def test_a_shell_that_was_found_is_said_with_the_way_to_another(cli: Cli, says: Callable[[str], None]) -> None:
    says("")
    said = cli("local", "env").err
    assert said.startswith("For ")
    assert "For another: --shell " in said


@pytest.mark.parametrize(
    ("program", "name"),
    [("-bash", "bash"), ("/usr/bin/zsh", "zsh"), (r"C:\Windows\System32\CMD.EXE", "cmd"), ("pwsh.exe", "pwsh")],
)
def test_a_program_is_known_however_it_is_written(program: str, name: str) -> None:
    assert shells.plain(program) == name


@pytest.mark.parametrize("shell", shells.SHELLS)
def test_every_shell_has_its_words(shell: str) -> None:
    words = shells.Shell(shell, "")
    assert "labcli local env" in words.enter()
    assert "labcli local env --unset" in words.leave()
    assert "X" in words.unset("X")
    assert "aws x" in words.pointed("aws x")


def test_cmd_is_given_nothing_that_it_would_read_in_its_own_way() -> None:
    for odd in ('a"b', "a%PATH%b", "a!b", "a\nb"):
        with pytest.raises(UsageError, match="which cmd cannot be given"):
            exports("cmd", KEYS, {"AWS_SECRET_ACCESS_KEY": odd})
    lines = exports("cmd", KEYS, {"AWS_PROFILE": "work & play", "NO_PROXY": "*"}).splitlines()
    assert f'set "{KEPT}AWS_PROFILE=work & play"' in lines
    assert 'set "AWS_PROFILE="' in lines
    assert all(line.startswith('set "') and line.endswith('"') for line in lines)
    undone = restores("cmd", {MARK: "1", f"{KEPT}AWS_PROFILE": "work & play"})
    assert 'set "AWS_PROFILE=work & play"' in undone
    assert 'set "AWS_DISABLE_HOST_PREFIX_INJECTION="' in undone


def test_a_reader_who_has_gone_is_known_on_every_system() -> None:
    assert reader_gone(BrokenPipeError(errno.EPIPE, "Broken pipe"))
    assert reader_gone(OSError(errno.EINVAL, "Invalid argument"), windows=True)
    assert not reader_gone(OSError(errno.EINVAL, "Invalid argument"), windows=False)
    assert not reader_gone(OSError(errno.ENOSPC, "No space left on device"), windows=True)


def test_a_folder_is_no_lab_file(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "lab").mkdir()
    for command in (("lab", "check", str(tmp_path / "lab")), ("day", str(tmp_path / "lab"), "run")):
        refused = cli(*command)
        assert refused.exit_code == 2
        assert f"{tmp_path / 'lab'} is a folder, not a lab file" in refused.both.replace("\n", " ")


def test_rights_are_mended_by_the_words_of_the_system() -> None:
    from labcli.local.process.folder import by_chmod

    assert by_chmod("u+r", Path("x")) == (" (chmod u+r x)" if os.name == "posix" else "")
