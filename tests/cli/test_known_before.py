"""What docs/resources.md calls known before it exists is just that, and the embedded AWS gives the same."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from labcli.aws.resources import KINDS
from labcli.aws.resources.base import Place, known_of
from labcli.run.ledger.runs import all_runs
from tests.conftest import REPO, Cli

LAB = """lab: known
title: T
resources:
  q: {queue: standard}
  t: {topic: standard}
  s: {subscription: t, to: q}
  f: {function: f.py}
  m: {mapping: q, to: f}
  flow: {machine: {StartAt: A, States: {A: {Type: Task, Resource: "${f.arn}", End: true}}}, may: [invoke f]}
steps:
- create: [q, t, s, f, m, flow]
"""


def documented() -> dict[str, dict[str, bool]]:
    """Of each kind and attribute: whether the page says that it is known before."""
    found: dict[str, dict[str, bool]] = {}
    kind = ""
    for line in (REPO / "docs" / "resources.md").read_text(encoding="utf-8").splitlines():
        kind = line.removeprefix("## ") if line.startswith("## ") else kind
        if row := re.fullmatch(
            r"\| `\$\{NAME\.([\w.]+)\}` \| .*, known (before it exists|once it was created) \|", line
        ):
            found.setdefault(kind, {})[row[1]] = row[2] == "before it exists"
    return found


def live(boto: Callable[[str], Any], kind: str, name: str) -> dict[str, str]:
    """What the embedded AWS says of a resource, asked by an independent client."""
    if kind == "queue":
        url = boto("sqs").get_queue_url(QueueName=name)["QueueUrl"]
        arn = boto("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        return {"name": name, "url": url, "arn": arn}
    if kind == "topic":
        arn = next(t["TopicArn"] for t in boto("sns").list_topics()["Topics"] if t["TopicArn"].endswith(f":{name}"))
        return {"name": name, "arn": arn}
    if kind == "subscription":
        return {"arn": boto("sns").list_subscriptions()["Subscriptions"][0]["SubscriptionArn"]}
    if kind == "mapping":
        found = boto("lambda").list_event_source_mappings()["EventSourceMappings"][0]
        return {"uuid": found["UUID"], "arn": found["EventSourceMappingArn"]}
    if kind == "function":
        made = boto("lambda").get_function_configuration(FunctionName=name)
        group = boto("logs").describe_log_groups(logGroupNamePrefix=f"/aws/lambda/{name}")["logGroups"][0]
        return {
            "name": made["FunctionName"], "arn": made["FunctionArn"], "role.arn": made["Role"],
            "role.name": made["Role"].rpartition("/")[2], "log_group": group["logGroupName"],
            "log_group_arn": group["arn"].removesuffix(":*"),
        }  # fmt: skip
    if kind == "machine":
        made = next(m for m in boto("stepfunctions").list_state_machines()["stateMachines"] if m["name"] == name)
        role = boto("stepfunctions").describe_state_machine(stateMachineArn=made["stateMachineArn"])["roleArn"]
        return {"name": name, "arn": made["stateMachineArn"], "role.arn": role, "role.name": role.rpartition("/")[2]}
    if kind == "role":
        return {"name": name, "arn": boto("iam").get_role(RoleName=name)["Role"]["Arn"]}
    assert kind == "log_group", kind
    group = boto("logs").describe_log_groups(logGroupNamePrefix=name)["logGroups"][0]
    return {"name": name, "arn": group["arn"].removesuffix(":*")}


def test_what_is_said_to_be_known_before_is_what_the_embedded_aws_gives(
    cli: Cli, boto: Callable[[str], Any], tmp_path: Path
) -> None:
    (tmp_path / "f.py").write_text("def handler(event, context):\n    return event\n", encoding="utf-8")
    (tmp_path / "known.yaml").write_text(LAB, encoding="utf-8")
    ran = cli("day", str(tmp_path / "known.yaml"), "run")
    assert ran.exit_code == 0, ran.both
    [run] = all_runs(cli.context())
    place = Place(run.account, run.region)
    pages, seen = documented(), set()
    assert set(pages) == set(KINDS)
    for each in run.resources.values():
        seen.add(each.kind)
        there = live(boto, each.kind, each.name)
        said = pages[each.kind]
        assert set(said) == set(KINDS[each.kind].attributes)
        before, after = (known_of(KINDS[each.kind], each.name, place, known) for known in ({}, each.attributes))
        for attribute, value in there.items():
            if said[attribute]:
                assert before[attribute] == value, (each.kind, attribute)
            else:
                assert attribute not in before and after[attribute] == value, (each.kind, attribute)
    assert seen == set(KINDS)
    assert cli("cleanup", "known").exit_code == 0
