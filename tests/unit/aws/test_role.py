"""A role that a lab declares, and functions and machines that work with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from labcli.aws.resources import KINDS
from labcli.aws.resources.role import Role
from tests.unit.conftest import Check, Mistakes

LAB = """\
lab: t
title: T
resources:
  orders: {queue: standard}
  hands: {role: lambda, may: [log work, consume orders]}
  clerk: {role: states, may: [invoke work]}
  work: {function: work.py, role: hands}
  flow: {machine: {StartAt: P, States: {P: {Type: Pass, End: true}}}, role: clerk}
  feed: {mapping: orders, to: work}
steps:
- create: [flow, feed]
- do: lambda.get_function_configuration
  with: {FunctionName: "${work.name}"}
  expect: {Role: "${hands.arn}"}
"""


@pytest.fixture(autouse=True)
def _source(tmp_path: Path) -> None:
    (tmp_path / "work.py").write_text("def handler(event, context): pass\n", "utf-8")


def test_what_works_with_a_role_of_the_lab_brings_none(good: Check) -> None:
    lab = good(LAB)
    assert set(lab.resources) - set(lab.declared) == {"work.log_group"}
    created = [planned.call for planned in KINDS["function"].shape(lab.resources["work"])]
    assert created[0].params["Role"] == "${hands.arn}"
    machine = [planned.call for planned in KINDS["machine"].shape(lab.resources["flow"])]
    assert machine[0].params["roleArn"] == "${clerk.arn}"
    assert not [
        each for each in KINDS["machine"].shape_of_update(lab.resources["flow"], False) if each.call.service == "iam"
    ]
    assert not [
        each for each in KINDS["function"].shape_of_update(lab.resources["work"], False) if each.call.service == "iam"
    ]
    assert ("role", "hands") in KINDS["function"].needs(lab.resources["work"].props)


def test_its_policy_lets_a_function_write_its_log(good: Check) -> None:
    role = good(LAB).resources["hands"]
    document = Role().document(role.props, lambda text: text)
    assert document is not None
    assert document["Statement"][0] == {
        "Effect": "Allow",
        "Action": ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
        "Resource": ["${work.log_group_arn}", "${work.log_group_arn}:*"],
    }
    assert Role().trust(role.props)["Statement"][0]["Principal"] == {"Service": "lambda.amazonaws.com"}


def test_it_is_named_and_said_as_what_it_is(good: Check) -> None:
    lab = good(LAB)
    name = Role().aws_name("labcli-t-abcdefgh", lab.resources["clerk"], lab.resources)
    assert name == "labcli-t-abcdefgh-clerk"
    assert Role().key_of(name) == "clerk"
    assert Role().key_of("labcli-t-abcdefgh-flow-role") == "flow.role"
    assert Role().row(lab.resources["clerk"]) == ("role for Step Functions", "may invoke work")
    assert KINDS["machine"].row(lab.resources["flow"]) == ("machine", "1 state, works with clerk")


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ("role: states", "role: stats", "6:17 `role` is one of lambda, states, not `stats`; did you mean `states`?"),
        ("role: states", "role:", "6:11 a role says which service may assume it: `lambda` or `states`"),
        ("[invoke work]", "[invoke wok]", "6:31 no resource `wok` in this lab; did you mean `work`?"),
        ("[invoke work]", "[log orders]", "6:31 `log` is about a function; `orders` is a queue"),
        ("role: hands", "role: hand", "7:35 no resource `hand` in this lab; did you mean `hands`?"),
        ("role: hands", "role: orders", "7:35 `orders` is a queue, not a role"),
        (
            "role: hands",
            "role: clerk",
            "7:35 `clerk` is for states.amazonaws.com; lambda.amazonaws.com has to assume it here",
        ),
        ("role: hands", "role: hands, may: [send orders]", "7:42 `hands` says itself what it `may` do"),
        (
            ", consume orders",
            "",
            "9:3 `work` works with `hands`: say there `may: [consume orders]`, or here `permit: false`",
        ),
        ("${work.name}", "${work.role.name}", "${work.role.name} finds nothing"),
        ("clerk:", f"{'c' * 32}:", "a role's name is at most 31 letters"),
    ],
)
def test_mistakes_are_said_where_they_stand(mistakes: Mistakes, right: str, wrong: str, said: str) -> None:
    problems = mistakes(LAB.replace(right, wrong, 1))
    assert any(said in each for each in problems), problems
