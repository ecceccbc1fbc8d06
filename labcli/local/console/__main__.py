"""``python -m labcli.local.console HOME``: the process of the console. ``labcli console`` starts it; nobody needs to.

It says its address on stdout, which only its starter reads, and serves until its stdin ends: so it never outlives it.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import os
import re
import shutil
import sys
import threading
from importlib.util import find_spec
from pathlib import Path
from tempfile import mkdtemp

from labcli.local.console import walls
from labcli.local.console.corrections import correct
from labcli.local.console.door import Door
from labcli.local.door.serving import bind, serve
from labcli.local.process.folder import Folder
from labcli.local.process.keyring import read

GRACE = 1.0
"""Seconds that requests under way get at the end."""


def main() -> None:
    """Serve one state folder's console; ends the process."""
    folder = Folder(Path(sys.argv[1]))
    folder.refuse_what_is_unsafe()
    keys = read(folder.keys)
    scratch = Path(mkdtemp(prefix="console-", dir=folder.tmp))
    try:
        walls.enter(walls.environment(os.environ, keys, scratch))
        asyncio.run(_serve(keys.port))
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


async def _serve(port: int) -> None:
    walls.close(port)  # the loop has its own sockets by now
    correct()
    from backend.main import app

    sock = bind(0)
    sock.listen()  # who comes before it is served waits
    door = Door(app, sock.getsockname()[1], _scripts())
    ending = asyncio.Event()
    loop = asyncio.get_running_loop()
    threading.Thread(target=lambda: (sys.stdin.read(), loop.call_soon_threadsafe(ending.set)), daemon=True).start()
    serving = asyncio.create_task(serve(door, sock, ending, GRACE))
    sys.stdout.write(f"{door.address}\n")
    sys.stdout.close()
    await serving


def _scripts() -> tuple[str, ...]:
    """The scripts inside of StackPort's page, by their hashes: it sets its colours before anything is drawn."""
    spec = find_spec("backend")
    if spec is None or spec.origin is None:
        return ()
    page = (Path(spec.origin).parent.parent / "ui" / "dist" / "index.html").read_text("utf-8")
    found = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    return tuple(f"'sha256-{base64.b64encode(hashlib.sha256(each.encode()).digest()).decode()}'" for each in found)


if __name__ == "__main__":
    main()
