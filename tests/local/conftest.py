"""Real servers on homes of their own; whatever a test starts is ended by its process id."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from labcli.context import Context
from labcli.local import life
from labcli.local.door.hello import Stranger, ask
from labcli.local.process import ours
from tests.conftest import session

WORLD = Context()
DEADLINE = 20.0
linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
posix = pytest.mark.skipif(os.name != "posix", reason="uses POSIX signals and file modes")


def until(holds: Callable[[], Any], what: str) -> Any:
    """Ask until it holds; fails at the deadline and says what did not come."""
    end = WORLD.monotonic() + DEADLINE
    while WORLD.monotonic() < end:
        if found := holds():
            return found
        WORLD.sleep(0.02)
    raise AssertionError(f"not within {DEADLINE} s: {what}")


def ensure(home: Path, *options: str) -> life.Endpoint:
    return life.ensure(home, WORLD.sleep, WORLD.monotonic, options)


def stop(home: Path) -> life.Ending:
    return life.stop(home, WORLD.sleep, WORLD.monotonic)


def client(endpoint: life.Endpoint, service: str = "sqs", **more: Any) -> Any:
    from botocore.config import Config

    given = {
        "endpoint_url": endpoint.url,
        "region_name": endpoint.region,
        "aws_access_key_id": endpoint.access_key,
        "aws_secret_access_key": endpoint.secret_key,
        "config": Config(retries={"max_attempts": 0}, inject_host_prefix=False, proxies={}),
    }
    return session().client(service, **{**given, **more})


def alive(pid: int) -> bool:
    return ours.alive(pid)


def end(home: Path) -> None:
    """End the server of this home, whatever state the test left it in."""
    folder = home / "local"
    with suppress(Exception):
        stop(home)
        return
    if not folder.exists():
        return
    with suppress(Stranger, Exception):
        if hello := ask(life.keys(home)):
            os.kill(hello.pid, signal.SIGTERM)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "home"
    end(tmp_path / "home")


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[life.Endpoint]:
    """One server for the tests of a module that do not care about its life."""
    place = tmp_path_factory.mktemp("module") / "home"
    yield ensure(place)
    end(place)


@pytest.fixture(scope="module")
def sqs(endpoint: life.Endpoint) -> Iterator[Any]:
    from botocore.config import Config

    # Bad parameters go through, for the server to refuse.
    made = client(endpoint, config=Config(retries={"max_attempts": 0}, parameter_validation=False))
    yield made
    made.close()


def queues(endpoint: life.Endpoint) -> list[str]:
    sqs = client(endpoint)
    try:
        return [url.rpartition("/")[2] for url in sqs.list_queues().get("QueueUrls", [])]
    finally:
        sqs.close()


def fill(endpoint: life.Endpoint, name: str = "orders", body: str = "one order") -> None:
    sqs = client(endpoint)
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody=body)
    sqs.close()


def bodies(endpoint: life.Endpoint, name: str = "orders") -> list[str]:
    sqs = client(endpoint)
    url = sqs.get_queue_url(QueueName=name)["QueueUrl"]
    found = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=0).get("Messages", [])
    sqs.close()
    return [message["Body"] for message in found]


def saved(home: Path, text: str) -> bool:
    path = home / "local" / "state" / "snapshot.json"
    return path.exists() and text in path.read_text("utf-8")
