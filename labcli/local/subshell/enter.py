"""Becoming the shell, or the command, that talks to the embedded AWS."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from labcli.errors import TargetError, UsageError
from labcli.local.process.folder import Folder, write_bytes
from labcli.local.process.keyring import Keys
from labcli.local.shells import current, plain
from labcli.local.subshell import scripts
from labcli.local.subshell.inside import MARK, config, environment, ours, place, programs

_POSIX = ("bash", "zsh", "fish", "sh", "dash", "ksh", "mksh", "ash")
"""Shells that have a start-up file of ours."""


def is_inside(home: Path, env: Mapping[str, str]) -> bool:
    """Whether this is such a shell already, of the same state folder."""
    return env.get(MARK) == str(home)


def shell(keys: Keys, home: Path, env: Mapping[str, str]) -> int:
    """Become the user's shell; on Windows, the exit code of it."""
    folder = Folder(home)
    inside = _prepared(keys, folder, env)
    if sys.platform == "win32":
        return _become(*_on_windows(folder, inside))
    return _become(*_on_posix(folder, inside))


def command(keys: Keys, home: Path, env: Mapping[str, str], words: Sequence[str]) -> int:
    """Become a command; on Windows, the exit code of it. UsageError when there is none of this name."""
    inside = _prepared(keys, Folder(home), env)
    found = shutil.which(words[0], path=inside["PATH"])
    if found is None:
        raise UsageError(f"no command `{words[0]}`", "Is it on your PATH?")
    return _become([found, *words[1:]], inside)


def _prepared(keys: Keys, folder: Folder, env: Mapping[str, str]) -> dict[str, str]:
    """The environment inside, with the files that it names written. TargetError when they cannot be."""
    bin_ = programs(folder)
    texts = scripts.start_up(ours(keys, folder), bin_) | {"config": config(keys), "credentials": ""}
    try:
        bin_.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name, text in texts.items():
            write_bytes(place(folder) / name, text.encode())
        if os.name == "posix":
            write_bytes(bin_ / "aws", scripts.aws(keys.url, bin_).encode())
            (bin_ / "aws").chmod(0o700)
        elif real := _old_aws(env):
            write_bytes(bin_ / "aws.cmd", scripts.aws_on_windows(keys.url, real).encode())
    except OSError as error:
        raise TargetError(
            f"Cannot write {error.filename or place(folder)}: {error.strerror or error}.",
            f"Make room, or mend the rights of {place(folder)}",
        ) from error
    return environment(keys, folder, env)


def _old_aws(env: Mapping[str, str]) -> str:
    """Where version 1 of the aws CLI is on Windows; version 2 needs nobody in front of it."""
    real = shutil.which("aws", path=env.get("PATH", ""))
    if real is None:
        return ""
    try:
        said = subprocess.run([real, "--version"], capture_output=True, timeout=20, check=False)  # noqa: S603  the user's own
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return real if b"aws-cli/1." in said.stdout + said.stderr else ""


def _on_posix(folder: Folder, inside: dict[str, str]) -> tuple[list[str], dict[str, str]]:
    """The command line of the user's shell, and its environment; sh where SHELL names none that we know."""
    name = plain(inside.get("SHELL", ""))
    program = shutil.which(inside.get("SHELL", "")) if name in _POSIX else None
    program = program or shutil.which("sh", path=inside["PATH"]) or "/bin/sh"
    name = plain(program)
    where = place(folder)
    if name == "bash":
        return [program, "--rcfile", str(where / "bash.sh"), "-i"], inside
    if name == "zsh":
        before = inside.get("ZDOTDIR", "")
        return [program, "-i"], inside | {"ZDOTDIR": str(where), scripts.ZDOTDIR_BEFORE: before}
    if name == "fish":
        return [program, "-C", "source $LABCLI_FISH; set -e LABCLI_FISH"], inside | {
            "LABCLI_FISH": str(where / "fish.fish")
        }
    return [program, "-i"], inside | {"ENV": str(where / "sh.sh"), scripts.ENV_BEFORE: inside.get("ENV", "")}


def _on_windows(folder: Folder, inside: dict[str, str]) -> tuple[list[str], dict[str, str]]:
    """PowerShell or cmd, whichever labcli was called from."""
    powershell = shutil.which("pwsh") or shutil.which("powershell")
    if current(inside).name == "cmd" or powershell is None:
        prompt = scripts.PROMPT + inside.get("PROMPT", "$P$G")
        return [inside.get("COMSPEC", "cmd.exe"), "/k"], inside | {"PROMPT": prompt}
    script = scripts.for_powershell(str(place(folder) / "powershell.txt"))
    read = f"Get-Content -Raw -Encoding UTF8 -LiteralPath {script} | Invoke-Expression"
    return [powershell, "-NoLogo", "-NoExit", "-Command", read], inside


def _become(words: list[str], inside: dict[str, str]) -> int:
    """Run it in the place of this process, where a system can: then signals and exit codes are its own."""
    try:
        if sys.platform == "win32":
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for what runs inside
            return subprocess.run(words, env=inside, check=False).returncode  # noqa: S603  what the user asked for
        for name in ("SIGPIPE", "SIGXFSZ"):  # Python ignores them, and what is ignored stays so
            signal.signal(getattr(signal, name), signal.SIG_DFL)
        os.execve(words[0], words, inside)  # noqa: S606  what the user asked for
    except OSError as error:
        raise UsageError(
            f"{words[0]} cannot be run: {error.strerror or error}", "Set SHELL to another shell"
        ) from error
