"""The guard in front of StackPort, a browser console that by itself answers everybody who reaches its port.

Whoever comes must hold the cookie that the address with the token gave, once; name our host exactly; and, unless it
only reads, be a page of ours. StackPort's ways to other endpoints, to files beside its own and to pages with parts from
the internet are closed, and what it answers may load nothing from anywhere else.
"""

from __future__ import annotations

import hmac
import json
import secrets
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

ENTER = "/labcli/enter"
"""Where the address that `labcli console` prints leads."""
COUNTS = "/ws"
"""Where StackPort would count everything anew every two seconds for as long as a page is open, dozens of calls each."""
_READS = ("GET", "HEAD")
_OURSELVES = ("same-origin", "none")
"""Sec-Fetch-Site of a page of ours, and of an address that was typed or opened by a program."""
_ONLY_READ = ("/api/endpoints", "/api/profiles")
"""What StackPort knows of endpoints may be looked at, and not changed or tried."""
_CLOSED = ("/api/docs", "/redoc", "/openapi.json", "/docs")
"""FastAPI's own pages: they would load their parts from the internet."""


class Refused(Exception):  # noqa: N818  an answer, not an error
    """A request that is not let in."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.text = text


@dataclass
class Door:
    """An ASGI application around StackPort's."""

    app: App
    port: int
    scripts: tuple[str, ...] = ()
    """The sources of scripts that stand in its page, as a Content-Security-Policy names them."""
    token: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)
    """Opens the door once; then it is empty."""
    session: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)

    @property
    def host(self) -> str:
        """The only host that it answers to."""
        return f"127.0.0.1:{self.port}"

    @property
    def cookie(self) -> str:
        """Its name: cookies know no ports, so it says ours."""
        return f"labcli-console-{self.port}"

    @property
    def address(self) -> str:
        """What a person opens, once."""
        return f"http://{self.host}{ENTER}?token={self.token}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let in, refuse, or give the cookie."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        headers = _headers(scope["headers"])
        try:
            self._check_host(scope, headers)
            if scope["type"] == "http" and scope["path"] == ENTER:
                await self._enter(scope, send)
                return
            self._check_guest(scope, headers)
            self._check_way(scope)
        except Refused as refused:
            await self._refuse(scope, receive, send, refused)
            return
        if scope["type"] == "websocket" and scope["path"] == COUNTS:
            await _hold(receive, send)
            return
        await self.app(scope, receive, self._sealed(send) if scope["type"] == "http" else send)

    def _check_host(self, scope: Scope, headers: dict[str, list[str]]) -> None:
        client = scope.get("client")
        if not client or client[0] != "127.0.0.1":
            raise Refused(403, "It does not come from this machine.")
        if headers.get("host") != [self.host]:  # a page that leads its own name to 127.0.0.1
            raise Refused(421, f"The host of this console is {self.host}.")
        if any(each not in _OURSELVES for each in headers.get("sec-fetch-site", [])):
            raise Refused(403, "It comes from another page.")

    def _check_guest(self, scope: Scope, headers: dict[str, list[str]]) -> None:
        ours = [f"http://{self.host}"]
        origin = headers.get("origin")
        reads = scope["type"] == "http" and scope["method"] in _READS
        if origin != ours and not (reads and origin is None):
            raise Refused(403, "It comes from another page.")
        if scope["type"] == "http" and scope["method"] == "OPTIONS":
            raise Refused(405, "No other page is let in, so none has to ask.")
        cookies = [part.strip().partition("=") for line in headers.get("cookie", []) for part in line.split(";")]
        held = [value for name, _, value in cookies if name == self.cookie]
        if len(held) != 1 or not _same(held[0], self.session):
            raise Refused(
                403, "Open the address that `labcli console` printed. It opens once: for another, start it again."
            )

    def _check_way(self, scope: Scope) -> None:
        path = scope["path"]
        parts = path.split("/")[1:]
        if (
            "\\" in path or "\0" in path or ".." in parts or "" in parts[:-1]
        ):  # StackPort would read files beside its own
            raise Refused(404, "There is no such page.")
        if path.lower().rstrip("/").startswith(_CLOSED):
            raise Refused(404, "There is no such page.")
        if scope["type"] == "http" and scope["method"] not in _READS and path.startswith(_ONLY_READ):
            raise Refused(403, "This console is for the local AWS, and for no other endpoint.")
        query = parse_qsl(scope.get("query_string", b"").decode("latin-1"), keep_blank_values=True)
        if any(name == "endpoint" and value not in ("", "default") for name, value in query):
            raise Refused(403, "This console is for the local AWS, and for no other endpoint.")

    async def _enter(self, scope: Scope, send: Send) -> None:
        """Take the token, give the cookie, and lead to the console: the token stays in no address."""
        query = dict(parse_qsl(scope.get("query_string", b"").decode("latin-1")))
        if scope["method"] != "GET" or not self.token or not _same(query.get("token", ""), self.token):
            raise Refused(403, "This address was opened already, or is not whole. Start `labcli console` again.")
        self.token = ""
        cookie = f"{self.cookie}={self.session}; Path=/; HttpOnly; SameSite=Strict"
        headers = [(b"location", b"/"), (b"set-cookie", cookie.encode()), (b"content-length", b"0"), *self._seals()]
        await send({"type": "http.response.start", "status": 303, "headers": headers})
        await send({"type": "http.response.body", "body": b""})

    async def _refuse(self, scope: Scope, receive: Receive, send: Send, refused: Refused) -> None:
        if scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1008})
            return
        body = (
            json.dumps({"detail": refused.text}).encode()
            if scope["path"].startswith("/api/")
            else refused.text.encode()
        )
        kind = b"application/json" if scope["path"].startswith("/api/") else b"text/plain; charset=utf-8"
        headers = [(b"content-type", kind), (b"content-length", str(len(body)).encode()), *self._seals()]
        await send({"type": "http.response.start", "status": refused.status, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})

    def _sealed(self, send: Send) -> Send:
        """StackPort's answers, without what lets other pages read them."""
        seals = self._seals()
        ours = {name for name, _ in seals}

        async def sealed(message: Message) -> None:
            if message["type"] == "http.response.start":
                kept = [
                    (name, value)
                    for name, value in message["headers"]
                    if name.lower() not in ours and not name.lower().startswith(b"access-control-")
                ]
                message = {**message, "headers": [*kept, *seals]}
            await send(message)

        return sealed

    def _seals(self) -> list[tuple[bytes, bytes]]:
        policy = (
            "default-src 'none'",
            " ".join(("script-src 'self'", *self.scripts)),
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data:",
            "font-src 'self' data:",
            f"connect-src 'self' ws://{self.host}",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        )
        return [
            (b"content-security-policy", "; ".join(policy).encode()),
            (b"cross-origin-resource-policy", b"same-origin"),
            (b"cross-origin-opener-policy", b"same-origin"),
            (b"x-content-type-options", b"nosniff"),
            (b"x-frame-options", b"DENY"),
            (b"referrer-policy", b"same-origin"),
            (b"cache-control", b"no-store"),
        ]


async def _hold(receive: Receive, send: Send) -> None:
    """Take a websocket and say nothing on it: the page then counts when it is opened, and when it is told to."""
    await receive()
    await send({"type": "websocket.accept"})
    while (await receive())["type"] != "websocket.disconnect":
        pass


def _headers(raw: Iterable[tuple[bytes, bytes]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in raw:
        found.setdefault(name.decode("latin-1").lower(), []).append(value.decode("latin-1"))
    return found


def _same(a: str, b: str) -> bool:
    return hmac.compare_digest(a.encode("utf-8", "replace"), b.encode())
