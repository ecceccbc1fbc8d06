"""Policies of IAM: what AWS refuses in them, in its words (reported), and what it takes."""

from __future__ import annotations

import json
from typing import Any

import pytest

from labcli.rules import identity

FINE: dict[str, Any] = {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "arn:aws:sqs:eu-central-2:1:q"}
TRUST: dict[str, Any] = {
    "Effect": "Allow",
    "Principal": {"Service": "states.amazonaws.com"},
    "Action": "sts:AssumeRole",
}
VENDOR = "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."


def without(statement: dict[str, Any], name: str, **more: Any) -> dict[str, Any]:
    return {key: value for key, value in statement.items() if key != name} | more


def said(rule: Any, *statements: Any) -> list[str]:
    text = json.dumps({"Version": "2012-10-17", "Statement": [*statements]})
    return [found.message for found in rule(text)]


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ({**FINE, "Principal": "*"}, "Policy document should not specify a principal."),
        ({**FINE, "Resource": "ProcessStep1"}, 'Resource ProcessStep1 must be in ARN format or "*".'),
        ({**FINE, "Resource": ["*", "https://q"]}, 'Resource https://q must be in ARN format or "*".'),
        (without(FINE, "Resource"), "Policy statement must contain resources."),
        ({**FINE, "Resource": []}, "Policy statement must contain resources."),
        (without(FINE, "Action"), "Policy statement must contain actions."),
        ({**FINE, "Action": "SendMessage"}, VENDOR),
        ({**FINE, "Effect": "allow"}, "Syntax errors in policy."),
    ],
)
def test_what_a_role_may_do_is_refused_in_awss_words(statement: Any, message: str) -> None:
    assert said(identity.policy, statement) == [message]


@pytest.mark.parametrize("text", ["", "allow", "[]", "{}", '{"Statement": []}', '{"Statement": ["a"]}', "[" * 100_000])
def test_what_is_no_policy_is_refused(text: str) -> None:
    assert [found.message for found in identity.policy(text)] == ["Syntax errors in policy."]
    assert [found.message for found in identity.trust(text)] == ["This policy contains invalid Json"]


@pytest.mark.parametrize(
    "statement",
    [
        FINE,
        {**FINE, "Action": "*", "Resource": "*"},
        {**FINE, "Action": ["sqs:*", "sns:Publish"], "Resource": ["arn:aws:s3:::b/*", "arn:*:sqs:*:*:q"]},
        without(FINE, "Resource", NotResource="arn:aws:sqs:eu-central-2:1:q"),
        without(FINE, "Action", NotAction="iam:*"),
    ],
)
def test_right_policies_are_taken(statement: Any) -> None:
    assert said(identity.policy, statement) == []
    assert list(identity.policy({"Version": "2012-10-17", "Statement": statement})) == []


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        (without(TRUST, "Principal"), "Missing required field Principal"),
        ({**TRUST, "Principal": {}}, "Missing required field Principal cannot be empty!"),
        (without(TRUST, "Action"), "Missing required field Action"),
        ({**TRUST, "Resource": "*"}, "Has prohibited field Resource"),
        ({**TRUST, "Action": "states:StartExecution"}, "AssumeRole policy may only specify STS AssumeRole actions."),
        *(
            ({**TRUST, "Principal": {"Service": name}}, f'Invalid principal in policy: "SERVICE":"{name}"')
            for name in ("stepfunctions.amazonaws.com", "states.aws.com", "states", "lambda.amazonaws.org")
        ),
    ],
)
def test_who_may_assume_a_role_is_refused_in_awss_words(statement: Any, message: str) -> None:
    assert said(identity.trust, statement) == [message]


@pytest.mark.parametrize(
    "principal",
    [
        "*",
        {"AWS": "arn:aws:iam::123456789012:root"},
        {"Service": ["lambda.amazonaws.com", "states.eu-central-2.amazonaws.com", "edgelambda.amazonaws.com"]},
        {"Federated": "cognito-identity.amazonaws.com"},
    ],
)
def test_right_trust_is_taken(principal: Any) -> None:
    assert said(identity.trust, {**TRUST, "Principal": principal}) == []
    assert said(identity.trust, {**TRUST, "Principal": principal, "Action": "sts:AssumeRoleWithWebIdentity"}) == []
