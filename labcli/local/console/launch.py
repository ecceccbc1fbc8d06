"""Starting the console and staying with it: it ends with the local AWS, and with the command that started it."""

from __future__ import annotations

import importlib.metadata
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from labcli.errors import TargetError, UsageError
from labcli.local import life
from labcli.local.process.environment import for_start
from labcli.local.process.folder import Folder
from labcli.local.process.launch import last_words

PACKAGE = "stackport"
SERIES = "0.4."
"""The releases that the guard was held against."""
LOOK = 1.0
"""Seconds between two looks at whether the local AWS still runs."""
PATIENCE = 5.0
"""Seconds that the console has to end by itself."""


def refuse_without() -> None:
    """UsageError when StackPort is not installed beside labcli, or is another than what the guard knows."""
    try:
        version = importlib.metadata.version(PACKAGE)
    except importlib.metadata.PackageNotFoundError:
        version = ""
    if not version:
        raise UsageError(
            "the browser console is an extra of labcli that is not installed",
            "As labcli was installed: uv tool install 'labcli[console]' · pipx inject labcli stackport · "
            "pip install 'labcli[console]'",
        )
    if not version.startswith(SERIES):
        raise UsageError(
            f"StackPort {version} is installed; the guard of `labcli console` is made for {SERIES}x",
            "pip install 'labcli[console]', or for pipx: pipx inject --force labcli 'stackport>=0.4.6,<0.5'",
        )


@contextmanager
def console(home: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """The running console and its address, which opens once. TargetError when it does not come up."""
    folder = Folder(home)
    if sys.platform == "win32":
        flags = subprocess.CREATE_NO_WINDOW | subprocess.CREATE_NEW_PROCESS_GROUP
    else:
        flags = 0
    try:
        with folder.console_log.open("wb") as log:
            process = subprocess.Popen(  # noqa: S603  our own interpreter and module, no shell
                [sys.executable, "-P", "-m", "labcli.local.console", str(home)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                cwd=folder.root,
                env=for_start(os.environ),
                start_new_session=os.name == "posix",  # Ctrl-C is for the command, which then ends it
                creationflags=flags,
            )
    except OSError as error:
        raise TargetError(
            f"Cannot start the console: {error.strerror or error}.", f"Its log: {folder.console_log}"
        ) from error
    try:
        address = next(iter(process.stdout or ()), b"").decode("ascii", "replace").strip()
        if not address:
            process.wait(PATIENCE)
            said = last_words(folder.console_log)
            raise TargetError(f"The console did not come up. {said}".rstrip(), f"Its log: {folder.console_log}")
        yield address, process
    finally:
        _end(process)


def stay(home: Path, process: subprocess.Popen[bytes], sleep: Callable[[float], None]) -> None:
    """Return when the local AWS is gone; TargetError when the console ends by itself."""
    while not _gone(home):
        if process.poll() is not None:
            log = Folder(home).console_log
            raise TargetError(f"The console ended. {last_words(log)}".rstrip(), f"Its log: {log}")
        sleep(LOOK)


def _gone(home: Path) -> bool:
    """Whether no local AWS runs, and no command is just starting, stopping or emptying one."""
    from filelock import FileLock, Timeout

    try:
        if life.find(home) is not None:
            return False
        with FileLock(Folder(home).lock, blocking=False):
            return life.find(home) is None
    except (Timeout, life.HangError):
        return False
    except TargetError:  # its folder is no longer to be used
        return True


def _end(process: subprocess.Popen[bytes]) -> None:
    try:
        process.communicate(timeout=PATIENCE)  # its stdin is closed, for which it waits
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
