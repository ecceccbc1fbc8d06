"""What is not a client with this learner's keys gets nothing out of the embedded AWS."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import botocore.auth
import pytest
from botocore.config import Config

from labcli.local.life import Endpoint
from tests.local.conftest import WORLD, client
from tests.local.door.wire import CREATE, Raw, presign, said, send, sign, unsigned

Attack = Callable[[Endpoint], Raw]
UPGRADE = (("Connection", "Upgrade"), ("Upgrade", "websocket"), ("Sec-WebSocket-Version", "13"))


def signed(endpoint: Endpoint, **more: Any) -> Raw:
    return sign(unsigned(endpoint), endpoint, **more)


def dated(endpoint: Endpoint, minutes: int) -> Raw:
    """Correctly signed, at another time."""
    patch = pytest.MonkeyPatch()
    moved = datetime.fromtimestamp(WORLD.clock(), UTC) + timedelta(minutes=minutes)
    patch.setattr(botocore.auth, "get_current_datetime", lambda **_: moved.replace(tzinfo=None))
    try:
        return signed(endpoint)
    finally:
        patch.undo()


def s3(endpoint: Endpoint, body: bytes, claimed: str, **more: str) -> Raw:
    """An upload whose signature covers a claim about the body instead of the body."""
    host = endpoint.url.removeprefix("http://")
    raw = Raw("PUT", "/pwned", (("Host", host),), body)
    return sign(raw, endpoint, "s3", extra={"X-Amz-Content-SHA256": claimed, **more})


def chunked(data: bytes) -> bytes:
    return b"%x;chunk-signature=%s\r\n%s\r\n0;chunk-signature=%s\r\n\r\n" % (len(data), b"0" * 64, data, b"0" * 64)


def swapped(raw: Raw) -> Raw:
    """A captured request, sent again with another body of the same length."""
    return Raw(raw.method, raw.path, raw.headers, raw.body.replace(b"pwned", b"owned"))


def internal(path: str, method: str = "GET") -> Attack:
    def attack(endpoint: Endpoint) -> Raw:
        return sign(Raw(method, path, (("Host", endpoint.url.removeprefix("http://")),)), endpoint, "s3")

    return attack


def handshake(endpoint: Endpoint) -> Raw:
    raw = Raw("GET", "/", (("Host", endpoint.url.removeprefix("http://")), *UPGRADE))
    return raw.header("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==")


def form(endpoint: Endpoint, key: str) -> Raw:
    body = b"Action=CreateQueue&QueueName=pwned&Version=2012-11-05"
    raw = Raw("POST", "/", (("Host", endpoint.url.removeprefix("http://")),), body)
    return raw.header("Content-Type", "application/x-www-form-urlencoded").header(
        "Authorization",
        f"AWS4-HMAC-SHA256 Credential={key}/20260101/us-east-1/sqs/aws4_request, SignedHeaders=host, "
        "Signature=" + "0" * 64,
    )


ATTACKS: dict[str, Attack] = {
    "a page's fetch, its Origin": lambda e: signed(e).header("Origin", "https://evil.example"),
    "a page without an origin": lambda e: signed(e).header("Origin", "null"),
    "our own address as Origin": lambda e: signed(e).header("Origin", e.url),
    "a Referer": lambda e: signed(e).header("Referer", "https://evil.example/"),
    "Sec-Fetch-Site": lambda e: signed(e).header("Sec-Fetch-Site", "cross-site"),
    "Sec-Fetch-Mode": lambda e: signed(e).header("Sec-Fetch-Mode", "no-cors"),
    "a client hint": lambda e: signed(e).header("Sec-CH-UA", '"Chromium"'),
    "a foreign host": lambda e: signed(e).header("Host", "sqs.us-east-1.amazonaws.com"),
    "a rebound name": lambda e: sign(unsigned(e).header("Host", "evil.example:" + e.url.rpartition(":")[2]), e),
    "a name that starts like ours": lambda e: sign(unsigned(e).header("Host", "127.0.0.1.evil.example"), e),
    "no port": lambda e: sign(unsigned(e).header("Host", "127.0.0.1"), e),
    "all interfaces": lambda e: sign(unsigned(e).header("Host", "0.0.0.0:" + e.url.rpartition(":")[2]), e),
    "no host": lambda e: signed(e).without("Host"),
    "two hosts": lambda e: signed(e).also("Host", "evil.example"),
    "a whole address as target": lambda e: Raw("POST", f"{e.url}/", signed(e).headers, CREATE),
    "unsigned": unsigned,
    "unsigned text/plain": lambda e: unsigned(e).header("Content-Type", "text/plain"),
    "text/plain without a target": lambda e: unsigned(e).header("Content-Type", "text/plain").without("X-Amz-Target"),
    "a form": lambda e: form(e, e.access_key),
    "a form as key test": lambda e: form(e, "test"),
    "an account number as key": lambda e: signed(e, key=e.account),
    "another account number": lambda e: signed(e, key="123456789012", secret="test"),
    "key test, secret test": lambda e: signed(e, key="test", secret="test"),
    "an invented key": lambda e: signed(e, key="AKIAIOSFODNN7EXAMPLE"),
    "an invented session": lambda e: signed(e, key="ASIAIOSFODNN7EXAMPLE"),
    "the right key, a wrong secret": lambda e: signed(e, secret="wrong" * 8),
    "the right key, the secret test": lambda e: signed(e, secret="test"),
    "a session token with the root key": lambda e: signed(e, extra={"X-Amz-Security-Token": "x"}),
    "no algorithm": lambda e: signed(e).header("Authorization", "Bearer x"),
    "an empty Authorization": lambda e: signed(e).header("Authorization", ""),
    "two Authorizations": lambda e: signed(e).also("Authorization", "AWS4-HMAC-SHA256 x"),
    "signature version 2": lambda e: signed(e).header("Authorization", f"AWS {e.access_key}:c2lnbmF0dXJl"),
    "signature version 4a": lambda e: signed(e).header(
        "Authorization", dict(signed(e).headers)["Authorization"].replace("HMAC", "ECDSA-P256")
    ),
    "version 2 in the query": lambda e: Raw(
        "POST", f"/?AWSAccessKeyId={e.access_key}&Signature=x&Action=ListQueues", unsigned(e).headers, CREATE
    ),
    "a changed body": lambda e: swapped(signed(e)),
    "a changed body and hash": lambda e: swapped(signed(e)).header(
        "X-Amz-Content-SHA256", hashlib.sha256(CREATE.replace(b"pwned", b"owned")).hexdigest()
    ),
    "another operation on a signed request": lambda e: signed(e).header("X-Amz-Target", "AmazonSQS.ListQueues"),
    "an added unsigned header": lambda e: signed(e).header("X-Amz-Account-Id", "1"),
    "another path": lambda e: Raw("POST", "/other", signed(e).headers, CREATE),
    "another query": lambda e: Raw("POST", "/?Action=ListQueues", signed(e).headers, CREATE),
    "another method": lambda e: Raw("PUT", "/", signed(e).headers, CREATE),
    "another date": lambda e: signed(e).header("X-Amz-Date", "20260101T000000Z"),
    "signed 20 minutes ago": lambda e: dated(e, -20),
    "signed for in 20 minutes": lambda e: dated(e, 20),
    "no date": lambda e: signed(e).without("X-Amz-Date"),
    "signed twice": lambda e: Raw("POST", presign(unsigned(e), e).path, signed(e).headers, CREATE),
    "presigned, then another body": lambda e: swapped(presign(unsigned(e), e)),
    "presigned, then a target": lambda e: presign(unsigned(e).without("X-Amz-Target"), e).header(
        "X-Amz-Target", "AmazonSQS.CreateQueue"
    ),
    "presigned as s3, then a target": lambda e: presign(unsigned(e), e, "s3"),
    "presigned for ever": lambda e: presign(unsigned(e), e, expires=10**7),
    "presigned and a doubled parameter": lambda e: Raw(
        "POST", presign(unsigned(e), e).path + "&X-Amz-Expires=9", unsigned(e).headers, CREATE
    ),
    "presigned in another spelling": lambda e: Raw(
        "POST", presign(unsigned(e), e).path.replace("X-Amz-Signature", "x-amz-signature"), unsigned(e).headers, CREATE
    ),
    "UNSIGNED-PAYLOAD": lambda e: sign(unsigned(e), e, extra={"X-Amz-Content-SHA256": "UNSIGNED-PAYLOAD"}),
    "UNSIGNED-PAYLOAD to S3": lambda e: s3(e, b"x", "UNSIGNED-PAYLOAD"),
    "unsigned trailer": lambda e: s3(e, chunked(b"x"), "STREAMING-UNSIGNED-PAYLOAD-TRAILER"),
    "signed chunks": lambda e: s3(e, chunked(b"x"), "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"),
    "aws-chunked by its encoding": lambda e: s3(
        e, chunked(b"x"), hashlib.sha256(chunked(b"x")).hexdigest(), **{"Content-Encoding": "aws-chunked"}
    ),
    "aws-chunked by its length": lambda e: s3(
        e, chunked(b"x"), hashlib.sha256(chunked(b"x")).hexdigest(), **{"X-Amz-Decoded-Content-Length": "1"}
    ),
    "chunked transfer, another body": lambda e: Raw(
        "POST", "/", signed(e).header("Transfer-Encoding", "chunked").headers, b"5\r\nowned\r\n0\r\n\r\n"
    ),
    "length and chunks at once": lambda e: (
        signed(e).header("Transfer-Encoding", "chunked").header("Content-Length", str(len(CREATE)))
    ),
    "a compressed other body": lambda e: Raw("POST", "/", signed(e).headers, gzip.compress(CREATE)),
    "a body beyond all bounds": lambda e: unsigned(e).header("Content-Length", str(10**10)),
    "a body beyond all bounds, signed": lambda e: signed(e).header("Content-Length", str(10**10)),
    "OPTIONS": lambda e: Raw("OPTIONS", "/", (("Host", e.url.removeprefix("http://")),)),
    "OPTIONS, signed": lambda e: sign(Raw("OPTIONS", "/", (("Host", e.url.removeprefix("http://")),)), e),
    "a websocket": handshake,
    "a websocket to an API": lambda e: Raw("GET", "/_aws/execute-api/a/b", handshake(e).headers),
    "health": internal("/_ministack/health"),
    "health by its other name": internal("/_localstack/health"),
    "health, short": internal("/health"),
    "reset": internal("/_ministack/reset", "POST"),
    "configuration": internal("/_ministack/config", "POST"),
    "messages": internal("/_aws/sqs/messages"),
    "function code": internal("/_ministack/lambda-code/x"),
    "an escaped internal path": internal("/%5Fministack/health"),
    "a load balancer": internal("/_alb/x/"),
    "instance metadata": internal("/latest/meta-data/iam/security-credentials/"),
    "instance metadata in capitals": internal("/LATEST/meta-data/"),
    "our own hello without a nonce": lambda e: Raw("GET", "/_labcli/hello", unsigned(e).headers),
    "our own hello from a page": lambda e: (
        Raw("GET", "/_labcli/hello", unsigned(e).headers)
        .header("X-Labcli-Nonce", "0" * 64)
        .header("Sec-Fetch-Site", "cross-site")
    ),
    "an order to stop without proof": lambda e: Raw("POST", "/_labcli/stop", unsigned(e).headers),
    "an order to stop with a bad proof": lambda e: (
        Raw("POST", "/_labcli/stop", unsigned(e).headers)
        .header("X-Labcli-Proof", "0" * 64)
        .header("X-Labcli-Mode", "discard")
    ),
    "something of ours that is not there": lambda e: Raw("GET", "/_labcli/else", signed(e).headers),
}


@pytest.mark.parametrize("name", ATTACKS)
def test_it_is_refused(endpoint: Endpoint, name: str) -> None:
    status, headers, body = send(endpoint, ATTACKS[name](endpoint))
    assert status == 0 or 400 <= status < 500, (status, body[:300])
    assert not any(header.startswith("access-control-") for header in headers)


def test_none_of_them_left_a_trace(endpoint: Endpoint, figure: Callable[[str], None]) -> None:
    served = [name for name, attack in ATTACKS.items() if 0 < send(endpoint, attack(endpoint))[0] < 400]
    figure(f"{len(ATTACKS)} attacks, {len(served)} served")
    assert served == []
    sqs = client(endpoint)
    assert "QueueUrls" not in sqs.list_queues()
    sqs.close()
    s3_client = client(endpoint, "s3")
    assert s3_client.list_buckets()["Buckets"] == []
    s3_client.close()


def test_who_holds_the_keys_is_served(endpoint: Endpoint) -> None:
    """Without this, a server that refuses everybody would pass all of the above."""
    body = b'{"QueueName": "mine"}'
    status, headers, answer = send(endpoint, sign(unsigned(endpoint, body), endpoint))
    assert status == 200 and said(answer)["QueueUrl"].endswith("/mine")
    assert not any(header.startswith("access-control-") or header == "server" for header in headers)
    localhost = "localhost:" + endpoint.url.rpartition(":")[2]
    assert send(endpoint, sign(unsigned(endpoint, body).header("Host", localhost), endpoint))[0] == 200
    sns = client(endpoint, "sns")
    link = sns.generate_presigned_url("list_topics", HttpMethod="GET")
    assert send(endpoint, Raw("GET", link.removeprefix(endpoint.url), (("Host", endpoint.url[7:]),)))[0] == 200
    sns.close()
    assert send(endpoint, sign(unsigned(endpoint, b'{"QueueUrl": "mine"}', "DeleteQueue"), endpoint))[0] == 200


def test_http2_is_no_way_around(endpoint: Endpoint) -> None:
    """The server underneath speaks HTTP/2 to whoever begins with it; the guard does not."""
    import socket

    from h2.config import H2Configuration
    from h2.connection import H2Connection
    from h2.events import ResponseReceived

    host = endpoint.url.removeprefix("http://")
    raw = signed(endpoint)
    headers = [(":method", "POST"), (":path", "/"), (":scheme", "http"), (":authority", host)]
    headers += [(name.lower(), value) for name, value in raw.headers if name != "Host"]
    connection = H2Connection(H2Configuration(client_side=True))
    connection.initiate_connection()
    connection.send_headers(1, headers)
    connection.send_data(1, raw.body, end_stream=True)
    statuses: list[str] = []
    with socket.create_connection(("127.0.0.1", int(host.rpartition(":")[2])), timeout=20) as wire:
        wire.sendall(connection.data_to_send())
        while not statuses and (data := wire.recv(65_536)):
            answers = [event for event in connection.receive_data(data) if isinstance(event, ResponseReceived)]
            statuses = [value.decode() for event in answers for name, value in event.headers if name == b":status"]
    assert statuses == ["403"]


def test_a_refusal_reads_well_in_every_protocol(endpoint: Endpoint) -> None:
    from botocore.exceptions import ClientError

    for service, call in {
        "sqs": "list_queues",
        "sns": "list_topics",
        "lambda": "list_functions",
        "s3": "list_buckets",
    }.items():
        stranger = client(endpoint, service, aws_secret_access_key="wrong" * 8)
        with pytest.raises(ClientError) as refused:
            getattr(stranger, call)()
        assert refused.value.response["Error"]["Code"] == "SignatureDoesNotMatch"
        assert "labcli local env" in refused.value.response["Error"]["Message"]
        stranger.close()


def test_odd_names_and_paths_are_signed_as_botocore_signs_them(endpoint: Endpoint) -> None:
    s3_client = client(endpoint, "s3", config=Config(signature_version="s3v4", retries={"max_attempts": 0}))
    s3_client.create_bucket(Bucket="odd", CreateBucketConfiguration={"LocationConstraint": endpoint.region})
    for key in ("a b+c", "ü/ö", "a//b", "./x", "~t*(1)'!", "100%"):
        s3_client.put_object(Bucket="odd", Key=key, Body=b"x")
        assert s3_client.get_object(Bucket="odd", Key=key)["Body"].read() == b"x"
        assert s3_client.list_objects_v2(Bucket="odd", Prefix=key)["KeyCount"] == 1
        s3_client.delete_object(Bucket="odd", Key=key)
    link = s3_client.generate_presigned_url("list_objects_v2", Params={"Bucket": "odd", "Prefix": "ü &="})
    host = endpoint.url.removeprefix("http://")
    assert send(endpoint, Raw("GET", link.removeprefix(f"http://{host}"), (("Host", host),)))[0] == 200
    s3_client.delete_bucket(Bucket="odd")
    s3_client.close()
