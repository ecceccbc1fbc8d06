"""Odd text in answers that are XML: it is escaped, and what XML cannot hold is not in it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from labcli.local import xml
from labcli.local.life import Endpoint
from tests.local.conftest import client
from tests.local.functions.calls import TRUST

ODD = ["&<>", "a&amp;b", "\x1b[31m", "\x01", "<b>", "]]>", "&#x1;", '"', "\ufffe"]


@pytest.fixture(scope="module")
def asked(endpoint: Endpoint) -> Iterator[dict[str, Any]]:
    lenient = Config(retries={"max_attempts": 0}, parameter_validation=False, inject_host_prefix=False)
    made = {name: client(endpoint, name, config=lenient) for name in ("iam", "sts", "sns")}
    yield made
    for each in made.values():
        each.close()


@pytest.mark.parametrize("odd", ODD, ids=ascii)
def test_a_refusal_that_names_odd_text_can_be_read(asked: dict[str, Any], odd: str) -> None:
    calls = [
        lambda: asked["iam"].get_role(RoleName=odd),
        lambda: asked["iam"].delete_role(RoleName=odd),
        lambda: asked["iam"].get_policy(PolicyArn=odd),
        lambda: asked["sts"].assume_role(RoleArn=odd, RoleSessionName="s"),
        lambda: asked["sns"].get_topic_attributes(TopicArn=odd),
        lambda: asked["sns"].publish(TopicArn=f"arn:aws:sns:eu-central-2:123456789012:{odd}", Message="x"),
        lambda: asked["sns"].create_topic(Name=odd),
    ]
    for call in calls:
        with pytest.raises(ClientError) as refused:
            call()
        assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] in (400, 403, 404)


def test_odd_text_in_a_role_comes_back(asked: dict[str, Any]) -> None:
    given = {"Description": "a & b < c", "Tags": [{"Key": "a", "Value": "a & b"}]}
    asked["iam"].create_role(RoleName="odd", AssumeRolePolicyDocument=json.dumps(TRUST), **given)
    role = asked["iam"].get_role(RoleName="odd")["Role"]
    assert role["Description"] == "a & b < c"
    assert asked["iam"].list_role_tags(RoleName="odd")["Tags"] == given["Tags"]


@pytest.mark.parametrize(
    ("inside", "mended"),
    [
        ("<A>x</A>", "<A>x</A>"),
        ("<A>a & b</A>", "<A>a &amp; b</A>"),
        ("<A>a &amp; <</A>", "<A>a &amp; &lt;</A>"),
        ("<A>\x01</A>", "<A>?</A>"),
        ("<A><b></A>", "&lt;A&gt;&lt;b&gt;&lt;/A&gt;"),
    ],
)
def test_what_is_no_tag_is_escaped(inside: str, mended: str) -> None:
    assert xml.mended(inside) == mended
