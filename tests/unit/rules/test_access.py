"""What policies mean. The examples are those of the IAM User Guide, the SNS, SQS and Lambda Developer Guides."""

from __future__ import annotations

from typing import Any

import pytest

from labcli.rules import access
from labcli.rules.access import Request, Verdict, allows, decide, for_source, statements

QUEUE, TOPIC = "arn:aws:sqs:us-east-2:123456789012:books", "arn:aws:sns:us-east-2:123456789012:sales"
SNS = "sns.amazonaws.com"


def one(**elements: Any) -> list[access.Statement]:
    """One statement about SNS and a queue, with some elements changed; None takes one out."""
    whole: dict[str, Any] = {
        "Effect": "Allow", "Principal": {"Service": SNS}, "Action": "sqs:SendMessage", "Resource": QUEUE, **elements,
    }  # fmt: skip
    return [{key: value for key, value in whole.items() if value is not None}]


def may(policy: list[access.Statement], topic: str = TOPIC) -> bool:
    return allows(policy, for_source("sqs:SendMessage", QUEUE, SNS, topic))


@pytest.mark.parametrize(
    ("elements", "held"),
    [
        ({}, True),
        # IAM User Guide, "AWS JSON policy elements: Principal"
        ({"Principal": "*"}, True),
        ({"Principal": {"AWS": "*"}}, True),
        ({"Principal": {"Service": ["s3.amazonaws.com", SNS]}}, True),
        ({"Principal": {"Service": "sns.aws.com"}}, False),
        ({"Principal": {"Service": "sqs.amazonaws.com"}}, False),
        ({"Principal": {"AWS": "123456789012"}}, False),
        ({"Principal": None, "NotPrincipal": {"Service": "s3.amazonaws.com"}}, True),
        ({"Principal": None, "NotPrincipal": {"Service": SNS}}, False),
        # "Action", "NotAction": "case-insensitive", wildcards
        ({"Action": "SQS:sendmessage"}, True),
        ({"Action": "sqs:*"}, True),
        ({"Action": "sqs:Send*"}, True),
        ({"Action": "sqs:SendMessag?"}, True),
        ({"Action": ["sns:Publish", "sqs:SendMessage"]}, True),
        ({"Action": "sns:Publish"}, False),
        ({"Action": "sqs:SendMessageBatch"}, False),
        ({"Action": None, "NotAction": "sqs:DeleteQueue"}, True),
        ({"Action": None, "NotAction": "sqs:Send*"}, False),
        # "Resource": case-sensitive, wildcards
        ({"Resource": "*"}, True),
        ({"Resource": "arn:aws:sqs:*:123456789012:book?"}, True),
        ({"Resource": "arn:aws:sqs:*"}, True),
        ({"Resource": QUEUE.replace("books", "Books")}, False),
        ({"Resource": "https://sqs.us-east-2.amazonaws.com/123456789012/books"}, False),
        ({"Resource": None, "NotResource": QUEUE}, False),
        ({"Resource": None, "NotResource": f"{QUEUE}2"}, True),
        # "Condition operators"
        ({"Condition": {"ArnEquals": {"aws:SourceArn": TOPIC}}}, True),
        ({"Condition": {"ArnLike": {"AWS:SourceArn": "arn:aws:sns:*:*:sal*"}}}, True),
        ({"Condition": {"ArnEquals": {"aws:SourceArn": "arn:aws:sns:*:*:sal*"}}}, True),
        ({"Condition": {"ArnLike": {"aws:SourceArn": "arn:aws:sns:*"}}}, False),
        ({"Condition": {"StringEquals": {"aws:SourceArn": TOPIC}}}, True),
        ({"Condition": {"StringEquals": {"aws:SourceArn": "arn:aws:sns:*:*:sal*"}}}, False),
        ({"Condition": {"StringLike": {"aws:SourceArn": "arn:aws:sns:*"}}}, True),
        ({"Condition": {"ArnEquals": {"aws:SourceArn": [f"{TOPIC}_old", TOPIC]}}}, True),
        ({"Condition": {"ArnEquals": {"aws:SourceArn": f"{TOPIC}_old"}}}, False),
        ({"Condition": {"ArnNotEquals": {"aws:SourceArn": f"{TOPIC}_old"}}}, True),
        ({"Condition": {"ArnNotLike": {"aws:SourceArn": "arn:aws:sns:*:*:sal*"}}}, False),
        ({"Condition": {"StringEquals": {"aws:SourceAccount": "123456789012"}}}, True),
        ({"Condition": {"StringEquals": {"aws:SourceAccount": "210987654321"}}}, False),
        ({"Condition": {"StringEqualsIgnoreCase": {"aws:SourceArn": TOPIC.upper()}}}, True),
        ({"Condition": {"Bool": {"aws:SecureTransport": "true"}}}, True),
        ({"Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}}, False),
        ({"Condition": {"StringNotEquals": {"aws:PrincipalOrgID": "o-1"}}}, True),
        ({"Condition": {"StringEqualsIfExists": {"aws:PrincipalOrgID": "o-1"}}}, True),
        ({"Condition": {"Null": {"aws:PrincipalOrgID": "true"}}}, True),
        ({"Condition": {"Null": {"aws:SourceArn": "true"}}}, False),
        ({"Condition": {"ForAllValues:StringLike": {"aws:PrincipalServiceNamesList": "x"}}}, True),
        ({"Condition": {"NumericEquals": {"aws:SourceArn": "1"}}}, False),
        (
            {"Condition": {"ArnEquals": {"aws:SourceArn": TOPIC}, "StringEquals": {"aws:SourceAccount": "2"}}},
            False,
        ),
        ({"Condition": "nonsense"}, False),
        ({"Effect": "Deny"}, False),
        ({"Effect": "allow"}, False),
    ],
)
def test_a_statement(elements: dict[str, Any], held: bool) -> None:
    assert may(one(**elements)) is held


def test_a_deny_beats_every_allow_and_nothing_is_as_good_as_no() -> None:
    deny = one(Effect="Deny", Condition={"Bool": {"aws:SecureTransport": "false"}})
    assert may(one() + deny), "a Deny whose condition does not hold denies nothing"
    request = for_source("sqs:SendMessage", QUEUE, SNS, TOPIC)
    assert decide(one() + one(Effect="Deny", Action="sqs:*"), request) is Verdict.DENY
    assert decide([], request) is Verdict.NOTHING


def test_a_policy_of_a_role_names_nobody() -> None:
    request = Request("sqs:SendMessage", QUEUE)
    assert allows(one(Principal=None), request)
    assert not allows(one(Principal=None, Action="sqs:ReceiveMessage"), request)


@pytest.mark.parametrize(
    ("named", "held"),
    [
        ("arn:aws:iam::123456789012:root", True),
        ("123456789012", True),
        ("arn:aws:iam::123456789012:role/dispatch", True),
        ("arn:aws:iam::123456789012:role/other", False),
        ("arn:aws:iam::210987654321:root", False),
    ],
)
def test_a_principal_that_is_a_role(named: str, held: bool) -> None:
    role = "arn:aws:iam::123456789012:role/dispatch"
    request = Request("sqs:SendMessage", QUEUE, role)
    assert allows(one(Principal={"AWS": named}), request) is held


@pytest.mark.parametrize("text", ["allow", "", "[]", "{}", '{"Statement": 1}', "[" * 100_000, None])
def test_what_is_no_policy_has_no_statements(text: Any) -> None:
    assert statements(text) == []


def test_a_policy_as_text_and_with_one_statement_only() -> None:
    assert statements('{"Statement": {"Effect": "Allow"}}') == [{"Effect": "Allow"}]


def test_what_a_statement_names() -> None:
    (statement,) = one(
        Condition={"ArnLike": {"AWS:sourcearn": [TOPIC, "x"]}, "StringEquals": {"aws:SourceAccount": "1"}}
    )
    assert access.sources(statement) == [TOPIC, "x"]
    assert access.accounts(statement) == ["1"]
    assert access.services(statement) == [SNS]
    assert access.services({"Principal": "*"}) == []
