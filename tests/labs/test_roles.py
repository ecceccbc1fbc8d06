"""Roles that a lab declares, on the embedded AWS: made, worked with, and taken away with all that hangs on them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.conftest import Cli

LAB = """\
lab: roles
title: Roles
resources:
  orders: {queue: standard, visibility: 30}
  hands: {role: lambda, may: [log work, consume orders]}
  work: {function: work.py, role: hands}
  feed: {mapping: orders, to: work}
  clerk: {role: states, may: [invoke work]}
  flow:
    machine: {StartAt: Work, States: {Work: {Type: Task, Resource: "${work.arn}", End: true}}}
    role: clerk
steps:
- create: [flow, feed]
- execute: flow
  input: {n: 1}
  within: 20s
  expect: {status: SUCCEEDED, output.n: 1}
- update: flow
  to: {machine: {StartAt: Done, States: {Done: {Type: Pass, End: true}}}, role: clerk}
- execute: flow
  input: {n: 2}
  within: 20s
  expect: {status: SUCCEEDED, path: [Done]}
checks:
- title: it works with the lab's role
  do: lambda.get_function_configuration
  with: {FunctionName: "${work.name}"}
  expect: {Role: "${hands.arn}"}
"""


def test_a_declared_role_is_worked_with_and_goes_with_what_a_learner_attached(
    cli: Cli, boto: Callable[[str], Any], lab: Callable[..., Path]
) -> None:
    path = lab(LAB)
    source = "def handler(event, context):\n    print('here')\n    return event\n"
    (path.parent / "work.py").write_text(source, "utf-8")
    ran = cli("day", str(path), "run")
    assert ran.exit_code == 0, ran.both
    iam = boto("iam")
    ours = _ours(iam)
    assert sorted(name.split("-", 3)[-1] for name in ours) == ["clerk", "hands"]
    for name in ours:
        iam.attach_role_policy(RoleName=name, PolicyArn="arn:aws:iam::aws:policy/AmazonSQSFullAccess")
    group = boto("logs").describe_log_groups()["logGroups"][0]["logGroupName"]
    assert boto("logs").describe_log_streams(logGroupName=group)["logStreams"], "the role may write the log"
    cleaned = cli("cleanup", "--all", "--yes")
    assert cleaned.exit_code == 0, cleaned.both
    assert not _ours(iam)


def _ours(iam: Any) -> list[str]:
    return [each["RoleName"] for each in iam.list_roles()["Roles"] if each["RoleName"].startswith("labcli-roles-")]
