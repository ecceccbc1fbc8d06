"""The guard of the console: who is let in, once, and what nobody gets."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import sysconfig
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from labcli.local import life
from tests.conftest import REPO
from tests.local.console.conftest import Console


def test_the_address_opens_once_and_gives_a_cookie_that_no_script_can_read(fresh: Console) -> None:
    assert fresh.ask("GET", "/").status == 403
    first = fresh.enter()
    assert (first.status, first.headers["location"]) == (303, "/")
    assert first.headers["set-cookie"].endswith("; Path=/; HttpOnly; SameSite=Strict")
    assert fresh.ask("GET", fresh.address.removeprefix(fresh.origin)).status == 403
    assert fresh.ask("GET", "/", Cookie=fresh.cookie).status == 200


@pytest.mark.parametrize("token", ["", "?token=", "?token=x", "?token=%ff%00", "?other=1"])
def test_a_wrong_token_opens_nothing(console: Console, token: str) -> None:
    answer = console.ask("GET", f"/labcli/enter{token}")
    assert answer.status == 403
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost:PORT", "127.0.0.1", "127.0.0.1:1", "127.0.0.1:PORT.evil.example", ""]
)
def test_a_host_that_is_not_exactly_ours_gets_nothing(console: Console, host: str) -> None:
    answer = console.ours("GET", "/api/sqs/queues", Host=host.replace("PORT", str(console.port)))
    assert 400 <= answer.status < 500
    assert b"queues" not in answer.body


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site"},
        {"Cookie": ""},
        {"Cookie": "labcli-console=x"},
    ],
    ids=str,
)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "OPTIONS"])
def test_a_page_of_somebody_else_gets_nothing(console: Console, method: str, headers: dict[str, str]) -> None:
    answer = console.ours(method, "/api/sqs/queues", '{"queueName": "theirs"}', **headers)
    assert answer.status in (403, 405)
    assert not [name for name in answer.headers if name.startswith("access-control-")]
    assert console.ours("GET", "/api/sqs/queues").body == b'{"queues":[]}'


def test_what_changes_something_has_to_say_that_it_is_ours(console: Console) -> None:
    body = '{"queueName": "theirs"}'
    assert console.ask("POST", "/api/sqs/queues", body, Cookie=console.cookie).status == 403


@pytest.mark.parametrize(
    "path", ["//etc/passwd", "/../../etc/passwd", "/..%2f..%2fetc%2fpasswd", "/%2fetc%2fpasswd", "/x/..\\..\\y", "/%00"]
)
def test_no_file_beside_its_own_is_read(console: Console, path: str) -> None:
    assert console.ours("GET", path).status == 404


@pytest.mark.parametrize("path", ["/api/docs", "/api/docs/oauth2-redirect", "/redoc", "/openapi.json"])
def test_the_pages_with_parts_from_the_internet_are_closed(console: Console, path: str) -> None:
    assert console.ours("GET", path).status == 404


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/api/endpoints"), ("PUT", "/api/endpoints/default"), ("DELETE", "/api/endpoints/default"),
        ("POST", "/api/endpoints/test-connection"), ("GET", "/api/sqs/queues?endpoint=http://127.0.0.1:1"),
        ("GET", "/api/sqs/queues?endpoint=default&endpoint=http%3A%2F%2F127.0.0.1%3A1"),
        ("POST", "/api/sqs/queues?endpoint=aws"),
    ],
)  # fmt: skip
def test_no_other_endpoint_can_be_named(console: Console, method: str, path: str) -> None:
    body = json.dumps({"name": "aws", "url": None}) if method != "GET" else None
    answer = console.ours(method, path, body)
    assert answer.status == 403
    assert "for no other endpoint" in json.loads(answer.body)["detail"]


def test_every_answer_forbids_what_comes_from_elsewhere(console: Console) -> None:
    for answer in (console.ours("GET", "/"), console.ours("GET", "/api/health"), console.ask("GET", "/")):
        policy = answer.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; script-src 'self' 'sha256-")
        assert "http:" not in policy
        assert "frame-ancestors 'none'" in policy
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"
        assert not [name for name in answer.headers if name.startswith("access-control-")]


def test_a_websocket_of_another_page_is_refused(console: Console) -> None:
    def opened(origin: str) -> bytes:
        with socket.create_connection(("127.0.0.1", console.port), timeout=30) as guest:
            lines = [
                "GET /ws HTTP/1.1", f"Host: 127.0.0.1:{console.port}", "Upgrade: websocket", "Connection: Upgrade",
                "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==", "Sec-WebSocket-Version: 13", f"Origin: {origin}",
                f"Cookie: {console.cookie}",
            ]  # fmt: skip
            guest.sendall("\r\n".join([*lines, "", ""]).encode())
            return guest.recv(12)

    assert opened(console.origin) == b"HTTP/1.1 101"
    assert opened("http://evil.example") == b"HTTP/1.1 403"


def test_work_in_the_console_is_seen_in_the_local_aws(console: Console, boto: Callable[[str], Any]) -> None:
    assert console.ours("POST", "/api/sqs/queues", '{"queueName": "from-console"}').status < 300
    url = boto("sqs").get_queue_url(QueueName="from-console")["QueueUrl"]
    boto("sqs").send_message(QueueUrl=url, MessageBody="seen")
    assert b"seen" in console.ours("GET", "/api/sqs/queues/from-console/messages").body


WALLS = """
import socket, subprocess, sys, urllib.request
from labcli.local.console import walls
walls.close(1)
for reach in (
    lambda: socket.create_connection(("127.0.0.1", 2), 5),
    lambda: socket.create_connection(("127.0.0.2", 1), 5),
    lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("192.0.2.1", 53)),
    lambda: socket.getaddrinfo("sqs.eu-central-1.amazonaws.com", 443),
    lambda: urllib.request.urlopen("http://192.0.2.1/"),
    lambda: subprocess.run([sys.executable, "--version"]),
):
    try:
        reach()
    except Exception as error:
        assert "reaches the local AWS only" in str(error), error
    else:
        raise SystemExit("reached")
try:
    socket.create_connection(("127.0.0.1", 1), 5)
except ConnectionRefusedError:
    print("closed")
"""


def test_its_process_reaches_the_local_aws_and_nothing_else() -> None:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", WALLS], cwd=REPO, capture_output=True, encoding="utf-8", check=False
    )
    assert (done.stdout, done.stderr) == ("closed\n", "")


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="the environment of a process is read in /proc")
def test_its_process_has_nothing_of_the_users(own_home: Path) -> None:
    from tests.local.console.conftest import start, stop

    console = start(own_home, AWS_PROFILE="work", AWS_SECRET_ACCESS_KEY="theirs", GITHUB_TOKEN="theirs")
    try:
        (child,) = Path(f"/proc/{console.process.pid}/task/{console.process.pid}/children").read_text("utf-8").split()
        seen = Path(f"/proc/{child}/environ").read_bytes()
        assert b"theirs" not in seen
        assert b"work" not in seen.replace(os.fsencode(REPO), b"").replace(os.fsencode(own_home), b"")
    finally:
        stop(console)


def test_it_ends_with_ctrl_c_and_the_local_aws_goes_on(fresh: Console) -> None:
    assert fresh.interrupt() == 0
    assert "the local AWS goes on" in fresh.process.communicate()[1]
    assert life.find(fresh.home) is not None
    with pytest.raises(ConnectionRefusedError):
        fresh.ask("GET", "/")


def test_it_ends_with_the_local_aws(fresh: Console) -> None:
    import time

    life.reset(fresh.home, time.sleep, time.monotonic)  # noqa: TID251 - what comes back at once is not gone
    assert fresh.enter().status == 303
    life.stop(fresh.home, time.sleep, time.monotonic)  # noqa: TID251
    assert fresh.process.wait(60) == 0
    assert "has stopped, and so has the console" in fresh.process.communicate()[1]


def test_it_does_not_outlive_a_command_that_was_killed(fresh: Console) -> None:
    with socket.create_connection(("127.0.0.1", fresh.port), timeout=60) as held:
        fresh.process.kill()
        assert held.recv(1) == b""  # it waits for the end of the console


def test_without_the_extra_it_says_how_to_get_it(tmp_path: Path) -> None:
    packages = tmp_path / "packages"
    packages.mkdir()
    for entry in Path(sysconfig.get_path("purelib")).iterdir():
        if entry.suffix != ".pth" and not entry.name.startswith(("stackport", "backend", "labcli")):
            (packages / entry.name).symlink_to(entry)
    env = {"LABCLI_HOME": str(tmp_path / "home"), "PYTHONPATH": f"{REPO}{os.pathsep}{packages}", "PATH": ""}
    done = subprocess.run(
        [sys.executable, "-S", "-m", "labcli", "console"], env=env, cwd=tmp_path, capture_output=True, encoding="utf-8",
        check=False,
    )  # fmt: skip
    assert done.returncode == 2, done.stderr
    for way in ("uv tool install 'labcli[console]'", "pipx inject labcli stackport", "pip install 'labcli[console]'"):
        assert way in done.stderr
    assert not (tmp_path / "home").exists()
