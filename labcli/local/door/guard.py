"""The guard in front of the engine: what it lets through comes from a client that holds this learner's keys.

The engine by itself answers everybody, web pages included, and can be asked to run code. So a request must come
over loopback, name our host exactly (a page that rebinds its own name to 127.0.0.1 does not), carry nothing that
only browsers send, and be signed. The engine's own endpoints, which need no signature, are closed to everybody.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from dataclasses import dataclass
from typing import Any, Protocol

from labcli.local.door.answers import Answer, refusal
from labcli.local.door.hello import PREFIX
from labcli.local.door.signature import Request, Signed, check, denied, parse_query, read
from labcli.local.refused import Refused
from labcli.local.trail.trail import Heard

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

LARGEST_BODY = 72 * 1024 * 1024
"""Bytes. The largest thing AWS takes in one call is a function's zip: 50 MB, more as base64."""
_ONCE = {"host", "authorization", "content-length", "content-type", "transfer-encoding", "content-encoding"}
_CLOSED = ("/_", "/health", "/latest/")  # the engine's own; AWS has nothing there that is called with a signature


class Desk(Protocol):
    """What the guard needs from the house behind it."""

    def now(self) -> float:
        """Seconds since the epoch."""
        ...

    def secret(self, access_key: str, token: str) -> str | None:
        """The secret of a key the embedded AWS knows (with the right session token), or None."""
        ...

    async def own(self, method: str, path: str, headers: MutableMapping[str, str]) -> Answer:
        """Answer a request to labcli's own paths; it proves itself, or not, by its headers."""
        ...

    def seen(self, signed: Signed, request: Request) -> Heard | None:
        """A request was let in; who listens to its answer, if somebody does."""
        ...

    def done(self, heard: Heard | None) -> None:
        """A request that was let in is over."""
        ...


@dataclass(frozen=True)
class Guard:
    """An ASGI application around the engine's."""

    app: App
    desk: Desk
    port: int

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let in, refuse, or answer ourselves."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
        elif scope["type"] == "http":
            await self._http(scope, receive, send)
        else:  # a websocket; none of the labs' services has one
            await receive()
            await send({"type": "websocket.close", "code": 1008})

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers: dict[str, str] = {}
        try:
            headers = _headers(scope["headers"])
            self._check_caller(scope, headers)
            if scope["path"].startswith(PREFIX):
                await _answer(send, await self.desk.own(scope["method"], scope["path"], headers))
                return
            request, signed = await self._admit(scope, headers, receive)
        except Refused as refused:
            await _answer(send, refusal(refused, scope["method"], headers))
            return
        except ConnectionAbortedError:  # the client left before its request was whole
            return
        heard = self.desk.seen(signed, request)
        try:
            await self._pass_on(scope, request, receive, send if heard is None else heard.listening(send))
        finally:
            self.desk.done(heard)

    def _check_caller(self, scope: Scope, headers: MutableMapping[str, str]) -> None:
        client = scope.get("client")
        if not client or client[0] != "127.0.0.1":
            raise denied("AccessDenied", "it does not come from this machine")
        if scope.get("http_version") not in ("1.0", "1.1"):
            raise denied("AccessDenied", "only HTTP/1.1 is spoken here")
        if headers.get("host") not in (f"127.0.0.1:{self.port}", f"localhost:{self.port}"):
            raise denied("AccessDenied", f"its Host header is not 127.0.0.1:{self.port}")
        if scope["method"] == "OPTIONS" or any(h in ("origin", "referer") or h.startswith("sec-") for h in headers):
            raise denied("AccessDenied", "it comes from a web page")
        if scope["path"].lower().startswith(_CLOSED) and not scope["path"].startswith(PREFIX):
            raise denied("AccessDenied", "the engine's own endpoints are closed")

    async def _admit(self, scope: Scope, headers: dict[str, str], receive: Receive) -> tuple[Request, Signed]:
        raw_path = (scope.get("raw_path") or b"").decode("latin-1").partition("?")[0]
        query = parse_query(scope.get("query_string", b"").decode("latin-1"))
        request = Request(scope["method"], raw_path, query, headers)
        signed = read(request, self.desk.now())
        # Who nobody knows may not even send a body.
        secret = self.desk.secret(signed.access_key, signed.token)
        if secret is None:
            raise denied("InvalidClientTokenId", "its access key is not known here")
        body = await _body(headers, receive)
        whole = Request(request.method, request.path, query, headers, body)
        check(signed, whole, secret)
        return whole, signed

    async def _pass_on(self, scope: Scope, request: Request, receive: Receive, send: Send) -> None:
        serving = self.app(scope, _replay(request.body, receive), _without_cors(send))
        if request.headers.get("x-amz-target") == "AmazonSQS.ReceiveMessage":
            await _while_client_stays(serving, receive)
        else:
            await serving


async def _while_client_stays(serving: Awaitable[None], receive: Receive) -> None:
    """Serve, but no longer than the client waits for it.

    A consumer that was killed while it waited must not be given a message: nobody would see it for a while.
    """
    served = asyncio.ensure_future(serving)
    gone = asyncio.ensure_future(receive())
    either: set[asyncio.Future[Any]] = {served, gone}
    try:
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        if served.done():
            served.result()
    finally:
        served.cancel()
        gone.cancel()


def _headers(raw: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Headers by lower-case name; those that stand in several lines are joined by a comma, as SigV4 does."""
    headers: dict[str, str] = {}
    for name_bytes, value_bytes in raw:
        name = name_bytes.decode("latin-1").lower()
        value = value_bytes.decode("latin-1")
        if name in headers and (name in _ONCE or name.startswith("x-amz-")):
            raise Refused("InvalidRequest", f"it has two {name} headers")
        headers[name] = f"{headers[name]},{value}" if name in headers else value
    return headers


async def _body(headers: MutableMapping[str, str], receive: Receive) -> bytes:
    too_large = Refused("RequestEntityTooLargeException", f"its body is larger than {LARGEST_BODY} bytes", 413)
    if "content-length" in headers and "transfer-encoding" in headers:  # two readers could disagree where it ends
        raise Refused("InvalidRequest", "it states its length in two ways")
    length = headers.get("content-length", "0")
    if not (length.isascii() and length.isdigit()) or int(length[:12]) > LARGEST_BODY:
        raise too_large
    if "aws-chunked" in headers.get("content-encoding", "") or "x-amz-decoded-content-length" in headers:
        raise denied("InvalidRequest", "its body is streamed; send it whole, with its SHA-256")
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise ConnectionAbortedError
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > LARGEST_BODY:
            raise too_large
        if not message.get("more_body"):
            return b"".join(parts)


def _replay(body: bytes, receive: Receive) -> Receive:
    sent = False

    async def replay() -> Message:
        nonlocal sent
        if sent:
            return await receive()
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay


def _without_cors(send: Send) -> Send:
    async def stripped(message: Message) -> None:
        if message["type"] == "http.response.start":
            kept = [h for h in message["headers"] if not h[0].lower().startswith(b"access-control-")]
            message = {**message, "headers": kept}
        await send(message)

    return stripped


async def _answer(send: Send, answer: Answer) -> None:
    headers = [(name.encode(), value.encode("latin-1", "replace")) for name, value in answer.headers.items()]
    headers.append((b"content-length", str(len(answer.body)).encode()))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})
