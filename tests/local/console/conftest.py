"""A console that really runs, and requests to it as a browser or a stranger would make them."""

from __future__ import annotations

import http.client
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.conftest import REPO


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes


@dataclass
class Console:
    """`labcli console --no-open` as a process, and what it printed."""

    home: Path
    process: subprocess.Popen[str]
    address: str
    cookie: str = field(default="", repr=False)

    @property
    def port(self) -> int:
        return int(urlsplit(self.address).port or 0)

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def ask(self, method: str, path: str, body: str | None = None, **headers: str) -> Answer:
        """One request, with these headers and no others; ``Sec_Fetch_Site`` is Sec-Fetch-Site."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
            answer = connection.getresponse()
            found = {name.lower(): value for name, value in answer.getheaders()}
            return Answer(answer.status, found, answer.read())
        finally:
            connection.close()

    def enter(self) -> Answer:
        """Open the address; what it gave is kept."""
        answer = self.ask("GET", self.address.removeprefix(self.origin))
        self.cookie = answer.headers.get("set-cookie", "").partition(";")[0]
        return answer

    def ours(self, method: str, path: str, body: str | None = None, **headers: str) -> Answer:
        """A request as a page of the console makes it."""
        kind = {"Content_Type": "application/json"} if body is not None else {}
        return self.ask(method, path, body, **{"Cookie": self.cookie, "Origin": self.origin, **kind, **headers})

    def interrupt(self) -> int:
        """Ctrl-C."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(60)


def start(home: Path, **env: str) -> Console:
    world = {
        "PATH": os.environ["PATH"],
        "HOME": os.environ["HOME"],
        "LABCLI_HOME": str(home),
        "PYTHONPATH": str(REPO),
        **env,
    }
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "labcli", "console", "--no-open"], env=world, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8",
    )  # fmt: skip
    assert process.stdout
    address = process.stdout.readline().strip()
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/labcli/enter\?token=[\w-]{43}", address), process.communicate()
    return Console(home, process, address)


def stop(console: Console) -> None:
    if console.process.poll() is None:
        console.interrupt()
    console.process.communicate()


@pytest.fixture(scope="session")
def _one(_worker_home: Path) -> Iterator[Console]:
    found = start(_worker_home)
    found.enter()
    yield found
    stop(found)


@pytest.fixture
def console(_one: Console, home: Path) -> Console:
    """A console that was entered, shared by the tests of a worker, beside the embedded AWS of ``home``."""
    return _one


@pytest.fixture
def fresh(own_home: Path) -> Iterator[Console]:
    """A console of its own that nobody has entered, with an embedded AWS of its own."""
    found = start(own_home)
    yield found
    stop(found)
