"""Credentials that AWS refuses, and an AWS that does not answer: one clear message, exit 3, no secret."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.aws.conftest import PROFILE, Settings
from tests.aws.test_settings import NOWHERE, STATIC, refused
from tests.aws.world import AccountCli


class _Refusing(BaseHTTPRequestHandler):
    """An AWS that refuses whatever is asked with the code in its path."""

    code = ""

    def do_POST(self) -> None:
        error = f"<Error><Code>{self.server.code}</Code><Message>not this one</Message></Error>"  # type: ignore[attr-defined]
        body = f"<ErrorResponse>{error}</ErrorResponse>".encode()
        self.send_response(403)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Type", "text/xml")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Says nothing."""


@pytest.fixture
def refusing() -> Iterator[Any]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Refusing)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize(
    ("code", "hint"),
    [
        ("ExpiredToken", "Get new credentials"),
        ("RequestTimeTooSkewed", "clock"),
        ("SignatureDoesNotMatch", "secret key"),
        ("InvalidClientTokenId", "a region that is not switched on"),
        ("AccessDenied", "sts:GetCallerIdentity"),
    ],
)
def test_58_credentials_that_aws_refuses(home: Path, settings: Settings, refusing: Any, code: str, hint: str) -> None:
    settings.write(credentials=f"[{PROFILE}]\n{STATIC}")
    refusing.code = code
    cli = AccountCli(home, f"http://127.0.0.1:{refusing.server_address[1]}")
    said = refused(cli)
    assert f"AWS refuses these credentials ({code})" in said
    assert hint in said


def test_68_a_region_that_does_not_answer(home: Path, settings: Settings) -> None:
    settings.write(credentials=f"[{PROFILE}]\n{STATIC}")
    with closing(socket.socket()) as reserved:  # bound, and nobody listens
        reserved.bind(("127.0.0.1", 0))
        said = refused(AccountCli(home, f"http://127.0.0.1:{reserved.getsockname()[1]}"))
    assert "AWS does not answer sts.get_caller_identity" in said


def test_a_ca_bundle_that_is_not_there(
    home: Path, settings: Settings, refusing: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.write(credentials=f"[{PROFILE}]\n{STATIC}")
    monkeypatch.setenv("AWS_CA_BUNDLE", "/nonexistent/ca.pem")
    assert "AWS_CA_BUNDLE" in refused(AccountCli(home, f"https://127.0.0.1:{refusing.server_address[1]}"))


def test_a_proxy_that_does_not_answer(home: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.write(credentials=f"[{PROFILE}]\n{STATIC}")
    monkeypatch.setenv("HTTPS_PROXY", NOWHERE)
    assert "HTTPS_PROXY" in refused(AccountCli(home, "https://sts.example.invalid"))
