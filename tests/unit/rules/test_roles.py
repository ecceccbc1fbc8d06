"""Roles of IAM: who may assume them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from labcli.rules.roles import LAMBDA, STATES, is_arn, not_passed, trust, trusts

ALLOW = {"Effect": "Allow", "Principal": {"Service": LAMBDA}, "Action": "sts:AssumeRole"}
DENY = {**ALLOW, "Effect": "Deny"}


@pytest.mark.parametrize(
    "statement",
    [
        ALLOW,
        [ALLOW],
        [{**ALLOW, "Action": ["sts:TagSession", "STS:assumerole"]}],
        [{**ALLOW, "Action": "sts:Assume*"}],
        [{**ALLOW, "Action": "*"}],
        [{**ALLOW, "Principal": "*"}],
        [{**ALLOW, "Principal": {"Service": [STATES, LAMBDA]}}],
        [{"Effect": "Allow", "Principal": {"Service": LAMBDA}, "NotAction": "sts:TagSession"}],
        [ALLOW, {**DENY, "Principal": {"Service": STATES}}],
        [ALLOW, {**DENY, "Action": "sts:TagSession"}],
    ],
)
def test_a_role_that_lambda_may_assume(statement: Any) -> None:
    document = {"Version": "2012-10-17", "Statement": statement}
    assert trusts(document, LAMBDA)
    assert trusts(json.dumps(document), LAMBDA)
    assert not trusts(document, "ec2.amazonaws.com") or "*" in json.dumps(statement)


@pytest.mark.parametrize(
    "document",
    [
        None, "", "no JSON", "[" * 100_000, [], {}, {"Statement": None}, {"Statement": ["x"]},
        {"Statement": [DENY]}, {"Statement": [ALLOW, DENY]},
        {"Statement": [{**ALLOW, "Action": "sts:AssumeRoleWithSAML"}]},
        {"Statement": [{**ALLOW, "Action": []}]},
        {"Statement": [{**ALLOW, "Principal": {"AWS": "arn:aws:iam::123456789012:root"}}]},
        {"Statement": [{**ALLOW, "Principal": {"Service": "lambda.amazonaws.com.evil.example"}}]},
        {"Statement": [{"Effect": "Allow", "Principal": {"Service": LAMBDA}, "NotAction": "sts:*"}]},
    ],
    ids=range(15),
)  # fmt: skip
def test_a_role_that_lambda_may_not_assume(document: Any) -> None:
    assert not trusts(document, LAMBDA)


def test_a_service_may_be_named_with_its_region() -> None:
    document = trust("states.eu-west-1.amazonaws.com")
    assert trusts(document, STATES, "eu-west-1")
    assert not trusts(document, STATES, "eu-west-2")
    assert not trusts(document, STATES)


def test_conditions_are_asked_about() -> None:
    document = {"Statement": [{**ALLOW, "Condition": {"StringEquals": {"a": "b"}}}]}
    assert trusts(document, LAMBDA, "", bool)
    assert not trusts(document, LAMBDA, "", lambda condition: not condition)


def test_what_a_lab_writes_is_what_the_service_wants() -> None:
    assert trusts(trust(LAMBDA), LAMBDA) and trusts(trust(STATES), STATES)
    assert not trusts(trust(LAMBDA), STATES)


def test_arns_and_refusals() -> None:
    role = "arn:aws:iam::123456789012:role/labcli/r"
    assert is_arn(role) and not is_arn("r") and not is_arn("arn:aws:iam::1:role/r")
    about = f"User: me is not authorized to perform: iam:PassRole on resource: {role} "
    assert not_passed("me", role, False) == about + "because no identity-based policy allows the iam:PassRole action"
    assert not_passed("me", role, True) == about + "with an explicit deny in an identity-based policy"
