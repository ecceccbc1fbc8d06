"""Who sends half a request, or comes with a crowd, keeps nobody else waiting."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from labcli.local.door.hello import ask
from labcli.local.door.listener import WHOLE
from labcli.local.life import Endpoint
from labcli.local.process.keyring import Keys
from tests.local.conftest import WORLD, client, linux, queues
from tests.local.door.wire import sign, unsigned

CLOSED = WHOLE + 20
"""Seconds after which a test gives up waiting; the machine may be busy."""


def connect(endpoint: Endpoint) -> socket.socket:
    return socket.create_connection(("127.0.0.1", int(endpoint.url.rpartition(":")[2])), timeout=CLOSED)


def halves(endpoint: Endpoint) -> dict[str, bytes]:
    whole = sign(unsigned(endpoint), endpoint).bytes()
    head, _, body = whole.partition(b"\r\n\r\n")
    return {
        "half a line": b"GE",
        "half a head": head[:60],
        "a head without its end": head,
        "no body": head + b"\r\n\r\n",
        "half a body": head + b"\r\n\r\n" + body[:5],
        "half a chunk": head.replace(b"Content-Length", b"X-Length")
        + b"\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nxx",
        "an upgrade to HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    }


@pytest.mark.parametrize(
    "kind",
    ["half a line", "half a head", "a head without its end", "no body", "half a body", "half a chunk",
     "an upgrade to HTTP/2"],
)  # fmt: skip
def test_half_a_request_is_closed(endpoint: Endpoint, kind: str) -> None:
    with connect(endpoint) as connection:
        connection.sendall(halves(endpoint)[kind])
        assert_closed(connection)


@pytest.mark.parametrize("kind", ["a head without its end", "half a body"])
def test_a_request_that_comes_byte_by_byte_is_closed(endpoint: Endpoint, kind: str) -> None:
    given = halves(endpoint)[kind]
    with connect(endpoint) as connection:
        connection.sendall(given[:-4] if kind == "half a body" else given[:10])
        end = WORLD.monotonic() + CLOSED
        with pytest.raises(OSError):
            while WORLD.monotonic() < end:
                connection.sendall(b"x")
                connection.settimeout(0.2)
                try:
                    if connection.recv(4096) == b"":
                        raise ConnectionResetError
                except TimeoutError:
                    continue


def assert_closed(connection: socket.socket) -> None:
    try:
        while connection.recv(4096):
            pass
    except ConnectionError:
        return


def test_a_large_body_that_keeps_coming_is_taken(endpoint: Endpoint) -> None:
    s3 = client(endpoint, "s3")
    s3.create_bucket(Bucket="large", CreateBucketConfiguration={"LocationConstraint": endpoint.region})
    s3.put_object(Bucket="large", Key="k", Body=b"x" * 20_000_000)
    assert s3.head_object(Bucket="large", Key="k")["ContentLength"] == 20_000_000
    s3.close()


@pytest.fixture(params=["nothing", "half a head", "half a body", "a refused request"])
def crowd(endpoint: Endpoint, request: Any) -> Iterator[list[socket.socket]]:
    """Six hundred connections that are held open."""
    refused = unsigned(endpoint).without("X-Amz-Target")
    sent = {
        **halves(endpoint),
        "nothing": b"",
        "a refused request": refused.bytes().replace(b"Connection: close\r\n", b""),
    }[request.param]
    with ExitStack() as stack:
        made = []
        for _ in range(600):
            made.append(stack.enter_context(connect(endpoint)))
            if sent:
                made[-1].sendall(sent)
        yield made


@linux
def test_a_crowd_keeps_nobody_waiting(endpoint: Endpoint, crowd: list[socket.socket]) -> None:
    keys = Keys(endpoint.access_key, endpoint.secret_key, crowd[0].getpeername()[1], endpoint.account, endpoint.region)
    assert ask(keys, timeout=10) is not None
    assert isinstance(queues(endpoint), list)


def test_a_connection_that_is_used_again_stays(endpoint: Endpoint) -> None:
    sqs = client(endpoint)
    for _ in range(3):
        sqs.list_queues()
    sqs.close()


def test_a_receive_that_waits_longer_than_a_request_may_take_is_answered(endpoint: Endpoint) -> None:
    sqs = client(endpoint)
    url = sqs.create_queue(QueueName="waits")["QueueUrl"]
    assert "Messages" not in sqs.receive_message(QueueUrl=url, WaitTimeSeconds=int(WHOLE) + 2)
    sqs.close()


def test_half_a_request_of_a_client_that_leaves_is_forgotten(endpoint: Endpoint) -> None:
    for given in halves(endpoint).values():
        with connect(endpoint) as connection:
            connection.sendall(given)
    assert isinstance(queues(endpoint), list)
