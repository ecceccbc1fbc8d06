"""Starting the server: a process of its own, which outlives the command that starts it."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from labcli.errors import TargetError
from labcli.local.process.environment import for_start
from labcli.local.process.files import refuse_few
from labcli.local.process.folder import Folder

if TYPE_CHECKING:
    import subprocess


def give_up(process: subprocess.Popen[bytes]) -> None:
    """End what this call started and what did not come up, with the child it may have."""
    if process.poll() is None:
        if sys.platform == "win32":
            process.kill()
        else:
            import signal

            os.killpg(process.pid, signal.SIGKILL)  # it leads a session of its own
        process.wait()


def spawn(folder: Folder, options: tuple[str, ...]) -> subprocess.Popen[bytes]:
    """Start it; ``options`` go to its command line. TargetError when that cannot be."""
    import subprocess

    refuse_few()  # the server would have no more
    # -P: the working directory is never searched for modules.
    command = [sys.executable, "-P", "-m", "labcli.local", str(folder.home), *options]
    if sys.platform == "win32":
        # A console that nobody sees: without one, each function's process would open a window of its own.
        flags = subprocess.CREATE_NO_WINDOW | subprocess.CREATE_NEW_PROCESS_GROUP
    else:
        flags = 0
    try:
        folder.writable()
        with folder.log.open("ab") as log:
            return subprocess.Popen(  # noqa: S603  our own interpreter and module, no shell
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=log,
                cwd=folder.root,
                env=for_start(os.environ),
                start_new_session=os.name == "posix",
                creationflags=flags,
            )
    except OSError as error:
        raise TargetError(f"Cannot start the embedded AWS: {error.strerror or error}.", f"Its log: {folder.log}") from (
            error
        )


def last_words(log: Path) -> str:
    """The last line of its log, in a sentence; empty when there is none."""
    try:
        lines = log.read_text("utf-8", "replace")[-4000:].strip().splitlines()
    except OSError:
        return ""
    return f"It said: {lines[-1][:300]}" if lines else ""
