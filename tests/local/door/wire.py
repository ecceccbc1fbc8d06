"""Raw requests, signed by botocore's own signer, so that our verifier is held against AWS's arithmetic, not ours."""

from __future__ import annotations

import json
import socket
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from labcli.local import life

JSON = "application/x-amz-json-1.0"
CREATE = json.dumps({"QueueName": "pwned"}).encode()


@dataclass(frozen=True)
class Raw:
    """One HTTP request, byte for byte."""

    method: str
    path: str
    headers: tuple[tuple[str, str], ...]
    body: bytes = b""

    def header(self, name: str, value: str) -> Raw:
        """With one header set, or replaced."""
        kept = tuple(h for h in self.headers if h[0].lower() != name.lower())
        return replace(self, headers=(*kept, (name, value)))

    def also(self, name: str, value: str) -> Raw:
        """With one more header line, even of the same name."""
        return replace(self, headers=(*self.headers, (name, value)))

    def without(self, name: str) -> Raw:
        return replace(self, headers=tuple(h for h in self.headers if h[0].lower() != name.lower()))

    def bytes(self) -> bytes:
        head = f"{self.method} {self.path} HTTP/1.1\r\n" + "".join(f"{n}: {v}\r\n" for n, v in self.headers)
        names = {name.lower() for name, _ in self.headers}
        if not names & {"content-length", "transfer-encoding"}:
            head += f"Content-Length: {len(self.body)}\r\n"
        return (head + "Connection: close\r\n\r\n").encode("latin-1") + self.body


def unsigned(endpoint: life.Endpoint, body: bytes = CREATE, operation: str = "CreateQueue") -> Raw:
    host = endpoint.url.removeprefix("http://")
    headers = (("Host", host), ("X-Amz-Target", f"AmazonSQS.{operation}"), ("Content-Type", JSON))
    return Raw("POST", "/", headers, body)


def sign(
    raw: Raw,
    endpoint: life.Endpoint,
    service: str = "sqs",
    key: str = "",
    secret: str = "",
    extra: Mapping[str, str] | None = None,
) -> Raw:
    """Signed in the header form; ``extra`` headers are signed too."""
    host = dict(raw.headers)["Host"]
    headers = {n: v for n, v in raw.headers if n != "Host"} | dict(extra or {})
    request = AWSRequest(raw.method, f"http://{host}{raw.path}", headers=headers, data=raw.body)
    credentials = Credentials(key or endpoint.access_key, secret or endpoint.secret_key)
    SigV4Auth(credentials, service, endpoint.region).add_auth(request)
    return replace(raw, headers=(("Host", host), *request.headers.items()))


def presign(raw: Raw, endpoint: life.Endpoint, service: str = "sqs", expires: int = 60) -> Raw:
    """Signed in the query form."""
    host = dict(raw.headers)["Host"]
    headers = {n: v for n, v in raw.headers if n != "Host"}
    request = AWSRequest(raw.method, f"http://{host}{raw.path}", headers=headers, data=raw.body)
    credentials = Credentials(endpoint.access_key, endpoint.secret_key)
    SigV4QueryAuth(credentials, service, endpoint.region, expires=expires).add_auth(request)
    return replace(raw, path=request.url.removeprefix(f"http://{host}"))


def send(endpoint: life.Endpoint, raw: Raw) -> tuple[int, dict[str, str], bytes]:
    """Status (0: the connection was closed without an answer), headers, body."""
    port = int(endpoint.url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        try:
            connection.sendall(raw.bytes())
            answer = b"".join(iter(lambda: connection.recv(65_536), b""))
        except ConnectionError:
            answer = b""
    head, _, body = answer.partition(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    status = int(lines[0].split(" ")[1]) if head else 0
    pairs = (line.partition(":") for line in lines[1:])
    return status, {name.lower(): value.strip() for name, _, value in pairs}, body


def said(body: bytes) -> Any:
    return json.loads(body)
