"""What the trail keeps of a call: never a secret, never a long text, and enough to see what was done."""

from __future__ import annotations

import json
from typing import Any

import pytest

from labcli.local.door.signature import Request, Signed
from labcli.local.trail import wire
from labcli.local.trail.kept import HIDDEN, LONGEST, Sieve
from labcli.local.trail.trail import CALLS, LARGEST, LONGEST_LINE, Trail, client_of

SIGNED = Signed("K", "20260101", "eu-west-1", "sqs", "", (), "", "", None)


def kept(value: Any, service: str = "sqs") -> Any:
    return Sieve(service).params(value)


@pytest.mark.parametrize(
    "name",
    ["Password", "SecretString", "SecretAccessKey", "SessionToken", "taskToken", "ZipFile", "MasterUserPassword",
     "client_secret", "WebIdentityToken", "private-key", "Plaintext"],
)  # fmt: skip
def test_a_secret_is_hidden_by_its_name_wherever_it_stands(name: str) -> None:
    text = json.dumps({name: "s3same"})
    for said in (
        {name: "s3same"}, {"a": [{name: "s3same"}]}, {name: {"b": ["s3same"]}}, {"x": text},
        {"x": json.dumps({"y": text})}, {"Tags": [{"Key": name, "Value": "s3same"}]},
    ):  # fmt: skip
        assert "s3same" not in repr(kept(said)), said


@pytest.mark.parametrize("name", ["SecretId", "TokenType", "QueueName", "Key", "SecretArn"])
def test_what_only_names_a_secret_is_kept(name: str) -> None:
    assert kept({name: "value"}) == {name: "value"}


def test_what_was_hidden_is_hidden_in_the_error_too() -> None:
    sieve = Sieve("sqs")
    sieve.params({"Password": "s3same-0pen", "MessageBody": "long " * 500})
    said = sieve.said(f"cannot use s3same-0pen for {'long ' * 500}")
    assert said == f"cannot use {HIDDEN} for (2,500 bytes)"


def test_a_text_is_kept_up_to_its_limit_in_bytes() -> None:
    assert kept("x" * LONGEST) == "x" * LONGEST
    assert kept("ü" * LONGEST) == "(2,048 bytes)"


def test_the_values_of_a_functions_environment_are_hidden_and_its_names_kept() -> None:
    assert kept({"Environment": {"Variables": {"A": "1", "B": "2"}}}) == {
        "Environment": {"Variables": {"A": HIDDEN, "B": HIDDEN}}
    }


def test_what_is_deep_ends() -> None:
    deep: Any = "x"
    for _ in range(5000):
        deep = [deep]
    assert "…" in repr(kept(deep))
    assert Sieve("sqs").answer(deep) == []


def test_an_answer_is_what_identifies_in_its_own_shape() -> None:
    said = {
        "Messages": [{"MessageId": "m", "MD5OfBody": "5", "Body": "b"}, {}],
        "Tags": [{"x": 1}],
        "Other": {"a": ["b"]},
    }
    assert Sieve("sqs").answer(said) == {"Messages": [{"MessageId": "m", "Body": "b"}, {}]}
    assert Sieve("dynamodb").answer({"Item": {"a": 1}}) == {}


@pytest.mark.parametrize(
    ("agent", "client"),
    [
        ("aws-cli/1.45.11 md/Botocore#1.43.11 ua/2.1", "aws CLI"),
        ("aws-cli/2.17.0 md/awscrt#0.20.11", "aws CLI"),
        ("Boto3/1.43.106 md/Botocore#1.43.106", "boto3"),
        ("Boto3/1.43.106 app/labcli-console", "console"),
        ("Boto3/1.43.106 labcli/0.1.0", "labcli"),
        ("aws-sdk-js/3.1", "other"),
        ("", "other"),
    ],
)
def test_a_client_is_known_by_what_it_says(agent: str, client: str) -> None:
    assert client_of(agent) == client


def test_the_query_protocol_is_undone() -> None:
    pairs = [("Name", "t"), ("Tags.member.2.Key", "b"), ("Tags.member.1.Key", "a"), ("Attributes.entry.1.key", "k")]
    assert wire.tree([*pairs, ("Attributes.entry.1.value", "v")]) == {
        "Name": "t", "Tags": [{"Key": "a"}, {"Key": "b"}], "Attributes": [{"key": "k", "value": "v"}],
    }  # fmt: skip
    assert wire.tree([("a", "1"), ("a.b", "2"), ("c.", "3"), ("." * 5000, "4")])["a"] == {"b": "2"}


def trail() -> Trail:
    return Trail(lambda: 100.0)


def add(to: Trail, body: bytes, headers: dict[str, str] | None = None) -> None:
    request = Request("POST", "/", (), headers or {"x-amz-target": "AmazonSQS.SendMessage"}, body)
    to.call(SIGNED, request, "arn").end()


def test_numbers_rise_in_the_same_moment_and_after_the_clock_went_back() -> None:
    now = [100.0]
    calls = Trail(lambda: now[0])
    for time in (100.0, 100.0, 50.0, 200.0):
        now[0] = time
        add(calls, b"{}")
    assert [number for number, _ in calls.lines] == [100_000, 100_001, 100_002, 200_000]


@pytest.mark.parametrize(
    "body",
    [b"", b"\xff\xfe", b"[" * 100_000, b"null", b'"x"', b'{"a": NaN}',
     json.dumps({str(n): "x" * 100 for n in range(9999)}).encode(),
     json.dumps({"Entries": [{"MessageBody": "x" * 1000}] * 99}).encode(),
     b'{"\\ud800": "\\ud800"}', b'{"a": 1' + b"0" * 4000 + b"}"],
    ids=range(10),
)  # fmt: skip
def test_no_body_breaks_it_and_no_call_is_long(body: bytes) -> None:
    calls = trail()
    add(calls, body)
    ((_, line),) = calls.lines
    assert json.loads(line)["action"] == "SendMessage"
    assert len(line) <= LONGEST_LINE


def test_it_is_bounded_in_calls_and_in_size() -> None:
    calls = trail()
    for _ in range(CALLS + 1):
        calls.add(lambda number: f'{{"number": {number}}}')
    assert len(calls.lines) == CALLS
    for _ in range(700):
        calls.add(lambda number: "x" * LONGEST_LINE)
    assert calls.size == sum(len(line) for _, line in calls.lines) <= LARGEST


def test_a_saved_line_that_is_broken_is_left_out() -> None:
    calls, other = trail(), trail()
    add(calls, b"{}")
    state = calls.state()
    assert state is not None
    other.restore(f'{{\n[]\n{{"number": "x"}}\n{state}\nnull')
    assert other.state() == state and other.last == calls.last


def test_a_query_call_of_strangers_headers_keeps_no_signature() -> None:
    request = Request("GET", "/", (("Action", "ListTopics"), ("X-Amz-Signature", "abc"), ("X-Amz-Credential", "k")), {})
    found = wire.asked(request)
    assert (found.action, found.params) == ("ListTopics", {})
