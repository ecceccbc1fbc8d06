"""A port of our own on this machine, and an application served on it."""

from __future__ import annotations

import asyncio
import socket
import sys
from typing import Any


def bind(port: int) -> socket.socket:
    """A socket bound to the port on 127.0.0.1, for us alone; OSError when somebody else has it. 0: any free one."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    # POSIX: take a port whose old connections still linger. Windows: there that option would share it with others.
    name = "SO_EXCLUSIVEADDRUSE" if sys.platform == "win32" else "SO_REUSEADDR"
    sock.setsockopt(socket.SOL_SOCKET, getattr(socket, name), 1)
    sock.bind(("127.0.0.1", port))
    return sock


async def serve(app: Any, sock: socket.socket, ending: asyncio.Event, grace: float) -> None:
    """Serve an ASGI application until ``ending`` is set; ``grace``: seconds that requests under way get then."""
    from hypercorn.asyncio import serve
    from hypercorn.config import Config, Sockets

    class Bound(Config):
        """With our socket as it is: hypercorn would set SO_REUSEADDR on it, which Windows refuses on one of our own."""

        def create_sockets(self) -> Sockets:
            sock.setblocking(False)
            return Sockets(secure_sockets=[], insecure_sockets=[sock], quic_sockets=[])

    config = Bound()
    config.loglevel = "WARNING"
    config.include_server_header = False
    config.include_date_header = False  # what is served here adds its own, where it needs one
    config.keep_alive_timeout = 75
    config.graceful_timeout = grace
    await serve(app, config, shutdown_trigger=ending.wait)
