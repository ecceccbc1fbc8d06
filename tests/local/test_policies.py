"""Policies that AWS refuses are refused by the embedded AWS, wherever they are put."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from labcli.local.life import Endpoint
from tests.local.conftest import client
from tests.local.sqs.calls import refused

MALFORMED = "MalformedPolicyDocument"
TRUST = {"Effect": "Allow", "Principal": {"Service": "states.amazonaws.com"}, "Action": "sts:AssumeRole"}
WRONG = {"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": "ProcessStep1"}
NO_ARN = (MALFORMED, 'Resource ProcessStep1 must be in ARN format or "*".')


def document(statement: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@pytest.fixture(scope="module")
def iam(endpoint: Endpoint) -> Iterator[Any]:
    made = client(endpoint, "iam")
    made.create_role(RoleName="r", AssumeRolePolicyDocument=document(TRUST))
    yield made
    made.close()


def test_a_role_is_given_no_wrong_policy(iam: Any) -> None:
    def put(statement: Any) -> tuple[str, str]:
        return refused(lambda: iam.put_role_policy(RoleName="r", PolicyName="p", PolicyDocument=document(statement)))

    assert put(WRONG) == NO_ARN
    everybody = {**WRONG, "Resource": "*", "Principal": "*"}
    assert put(everybody) == (MALFORMED, "Policy document should not specify a principal.")
    assert refused(lambda: iam.create_policy(PolicyName="p", PolicyDocument=document(WRONG))) == NO_ARN
    iam.create_user(UserName="u")
    wrong = {"UserName": "u", "PolicyName": "p", "PolicyDocument": document(WRONG)}
    assert refused(lambda: iam.put_user_policy(**wrong)) == NO_ARN
    assert iam.list_role_policies(RoleName="r")["PolicyNames"] == []
    missing = refused(lambda: iam.put_role_policy(RoleName="x", PolicyName="p", PolicyDocument=document(WRONG)))
    assert missing[0] == "NoSuchEntity"


def test_a_role_trusts_nobody_that_there_is_not(iam: Any) -> None:
    wrong = document({**TRUST, "Principal": {"Service": "stepfunctions.amazonaws.com"}})
    expected = (MALFORMED, 'Invalid principal in policy: "SERVICE":"stepfunctions.amazonaws.com"')
    assert refused(lambda: iam.create_role(RoleName="s", AssumeRolePolicyDocument=wrong)) == expected
    assert refused(lambda: iam.update_assume_role_policy(RoleName="r", PolicyDocument=wrong)) == expected
    nobody = document({key: value for key, value in TRUST.items() if key != "Principal"})
    said = refused(lambda: iam.create_role(RoleName="s", AssumeRolePolicyDocument=nobody))
    assert said == (MALFORMED, "Missing required field Principal")
    assert [role["RoleName"] for role in iam.list_roles()["Roles"]] == ["r"]
