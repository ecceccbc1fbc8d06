"""``python -m labcli.local HOME``: the server process of the embedded AWS. Commands start it; nobody needs to.

Its secrets come from the key file, never from the command line, where every process on the machine could read them.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from pathlib import Path

from labcli.context import Context
from labcli.errors import LabcliError
from labcli.local.door.serving import bind
from labcli.local.life import PORT_TAKEN
from labcli.local.process.folder import Folder
from labcli.local.process.keyring import read
from labcli.local.server import Timing, run


def main() -> int:
    """Serve one state folder; an exit code when it cannot be served."""
    options = _options()
    folder = Folder(options.home)
    ready = _detach() if hasattr(os, "fork") else _nothing
    world = Context()
    try:
        folder.refuse_what_is_unsafe()
        keys = read(folder.keys)
        sock = bind(keys.port)
    except LabcliError as error:
        sys.stderr.write(f"{error.message}\n")
        return error.exit_code
    except OSError as error:
        sys.stderr.write(f"port {keys.port} cannot be had: {error.strerror or error}\n")
        return PORT_TAKEN
    timing = Timing(options.idle, options.idle_outside, options.every)
    run(keys, folder, sock, timing, world.clock, world.monotonic, ready, options.aws_like)
    return 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="labcli.local")
    parser.add_argument("home", type=Path)
    parser.add_argument("--idle", type=float, default=Timing.idle, help="seconds")
    parser.add_argument("--idle-outside", type=float, default=Timing.idle_outside, help="seconds")
    parser.add_argument("--every", type=float, default=Timing.every, help="seconds between two looks")
    parser.add_argument("--aws-like", type=int, default=None, metavar="SEED", help="see labcli.local.awslike.mode")
    return parser.parse_args()


def _detach() -> Callable[[], None]:
    """Go on in a child that nobody has to collect; the parent leaves when the child is ready or has failed.

    So whoever started us keeps no dead process on its hands, and learns from the exit code how it went.
    """
    reading, writing = os.pipe()
    child = os.fork()
    if child:
        os.close(writing)
        if os.read(reading, 1):
            os._exit(0)
        _, status = os.waitpid(child, 0)
        os._exit(os.waitstatus_to_exitcode(status) or 1)
    os.close(reading)

    def ready() -> None:
        os.write(writing, b"+")
        os.close(writing)

    return ready


def _nothing() -> None:
    """Where there is no fork, the starter asks until it is answered."""


if __name__ == "__main__":
    sys.exit(main())
