"""A lab with every kind of resource, and an independent look at all services: what is there, and what is others'."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from labcli.aws.resources import KINDS
from tests.faults.conftest import write_lab

CODE = "def handler(event, context):\n    return {}\n"
WAITS: dict[str, Any] = {"StartAt": "Wait", "States": {"Wait": {"Type": "Wait", "Seconds": 3600, "End": True}}}
TASK = {"Type": "Task", "Resource": "${work.arn}", "End": True}

RESOURCES: dict[str, Any] = {
    "dlq": {"queue": "standard"},
    "orders": {"queue": "standard", "visibility": 9, "dead_letter": {"to": "dlq", "after": 3}},
    "pay": {"queue": "fifo", "dedup": "content"},
    "news": {"topic": "standard"},
    "work": {"function": "work.py", "env": {"QUEUE": "${pay.url}"}, "may": ["send pay"]},
    "to_dlq": {"subscription": "news", "to": "dlq", "raw": True, "permit": False},
    "to_work": {"subscription": "news", "to": "work"},
    "feed": {"mapping": "orders", "to": "work"},
    "hands": {"role": "lambda", "may": ["log other", "send pay"]},
    "other": {"function": "work.py", "role": "hands"},
    "flow": {"machine": {"StartAt": "Work", "States": {"Work": TASK}}, "may": ["invoke work", "send pay"]},
}
STEPS: list[Any] = [
    {"create": list(RESOURCES)},
    {"permit": ["to_dlq"]},
    {"update": "flow", "to": {"machine": WAITS, "may": ["invoke work"]}},
    {"do": "stepfunctions.start_execution", "with": {"stateMachineArn": "${flow.arn}", "name": "one", "input": {}}},
    {"do": "sns.publish", "with": {"TopicArn": "${news.arn}", "Message": "one"}},
    {"delete": ["to_work"]},
]


def everything(folder: Path, name: str = "every") -> Path:
    """Every kind, each with what it brings along; a machine that waits for an hour is started."""
    (folder / "work.py").write_text(CODE, "utf-8")
    path = write_lab(folder, name, RESOURCES, STEPS)
    assert {key for each in RESOURCES.values() for key in each if key in KINDS} | {"log_group"} == set(KINDS)
    return path


def zipped() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("work.py", CODE)
    return packed.getvalue()


def _pages(call: Callable[..., Any], key: str, **params: Any) -> list[Any]:
    page = call(**params)
    assert not any(page.get(more) for more in ("NextToken", "nextToken", "NextMarker", "Marker")), "a page is enough"
    return list(page.get(key, []))


@dataclass
class Census:
    """All that an account holds of the kinds that labcli knows, seen by clients of its own."""

    boto: Callable[[str], Any]
    clients: dict[str, Any] = field(default_factory=dict)
    canaries: dict[str, Any] = field(default_factory=dict)
    """Others' things, by kind and name, and all that they are."""
    _base: frozenset[str] = frozenset()

    def of(self, service: str) -> Any:
        if service not in self.clients:
            self.clients[service] = self.boto(service)
        return self.clients[service]

    def look(self) -> dict[str, str]:
        """``kind name`` of everything → what the other calls name it by."""
        of = self.of
        machines = _pages(of("stepfunctions").list_state_machines, "stateMachines")
        mappings = _pages(of("lambda").list_event_source_mappings, "EventSourceMappings")
        groups = _pages(of("logs").describe_log_groups, "logGroups")
        subscriptions = _pages(of("sns").list_subscriptions, "Subscriptions")
        found = {f"queue {last(url)}": url for url in _pages(of("sqs").list_queues, "QueueUrls", MaxResults=1000)}
        found |= {f"topic {last(t['TopicArn'])}": t["TopicArn"] for t in _pages(of("sns").list_topics, "Topics")}
        found |= {
            f"subscription {last(s['TopicArn'])}/{last(s['Endpoint'])}": s["SubscriptionArn"] for s in subscriptions
        }
        found |= {
            f"function {f['FunctionName']}": f["FunctionArn"]
            for f in _pages(of("lambda").list_functions, "Functions", MaxItems=1000)
        }
        found |= {f"mapping {last(m['EventSourceArn'])}/{last(m['FunctionArn'])}": m["UUID"] for m in mappings}
        found |= {f"machine {m['name']}": m["stateMachineArn"] for m in machines}
        found |= {f"role {r['RoleName']}": r["RoleName"] for r in _pages(of("iam").list_roles, "Roles", MaxItems=1000)}
        return found | {f"log_group {g['logGroupName']}": g["logGroupName"] for g in groups}

    def details(self, kind: str, at: str) -> Any:
        """All that there is to know of one thing, tags too."""
        of = self.of
        if kind == "queue":
            asked = of("sqs").get_queue_attributes(QueueUrl=at, AttributeNames=["All"])["Attributes"]
            return asked, of("sqs").list_queue_tags(QueueUrl=at).get("Tags")
        if kind == "topic":
            return of("sns").get_topic_attributes(TopicArn=at)["Attributes"], tags_of_topic(of("sns"), at)
        if kind == "subscription":
            return of("sns").get_subscription_attributes(SubscriptionArn=at)["Attributes"]
        if kind == "function":
            found = of("lambda").get_function(FunctionName=at)
            return found["Configuration"]["CodeSha256"], found["Configuration"].get("Environment"), found.get("Tags")
        if kind == "mapping":
            found = of("lambda").get_event_source_mapping(UUID=at)
            return {key: found[key] for key in ("EventSourceArn", "FunctionArn", "BatchSize")}
        if kind == "machine":
            found = of("stepfunctions").describe_state_machine(stateMachineArn=at)
            tags = of("stepfunctions").list_tags_for_resource(resourceArn=at)["tags"]
            return found["definition"], found["roleArn"], found["status"], tags
        if kind == "role":
            policies = of("iam").list_role_policies(RoleName=at)["PolicyNames"]
            held = [of("iam").get_role_policy(RoleName=at, PolicyName=each)["PolicyDocument"] for each in policies]
            return held, of("iam").list_role_tags(RoleName=at)["Tags"]
        return of("logs").list_tags_log_group(logGroupName=at).get("tags")

    def begin(self) -> None:
        """What is there now was there before: an embedded AWS may begin with roles of its own."""
        self._base = frozenset(self.look())

    def add_canaries(self) -> None:
        """Two of each kind: one that somebody made by hand, one of another learner who uses labcli."""
        self.begin()
        tags = {"labcli:owner": "ffffffffffffffff", "labcli:run": "aaaaaaaa", "labcli:lab": "every"}
        self._add("labcli-by-hand", {})
        self._add("labcli-every-aaaaaaaa-orders", tags)
        self.canaries = {
            name: self.details(kind_of(name), at) for name, at in self.look().items() if name not in self._base
        }
        kinds = [kind_of(name) for name in self.canaries]
        assert {kind: kinds.count(kind) for kind in KINDS} == dict.fromkeys(KINDS, 2) | {"queue": 4}

    def _add(self, name: str, tags: dict[str, str]) -> None:
        of, listed = self.of, [{"Key": key, "Value": value} for key, value in tags.items()]
        url = of("sqs").create_queue(QueueName=name, tags=tags)["QueueUrl"]
        of("sqs").send_message(QueueUrl=url, MessageBody="mine")
        fed = of("sqs").create_queue(QueueName=f"{name}-fed", tags=tags)["QueueUrl"]
        arn = of("sqs").get_queue_attributes(QueueUrl=fed, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        topic = of("sns").create_topic(Name=name, Tags=listed)["TopicArn"]
        of("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
        group = f"/aws/lambda/{name}"
        of("logs").create_log_group(logGroupName=group, tags=tags)
        role = of("iam").create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST), Tags=listed)["Role"]
        allow = {"Effect": "Allow", "Action": "sqs:*", "Resource": "*"}
        document = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
        of("iam").put_role_policy(RoleName=name, PolicyName="mine", PolicyDocument=document)
        of("lambda").create_function(
            FunctionName=name, Runtime="python3.12", Role=role["Arn"], Handler="work.handler",
            Code={"ZipFile": zipped()}, Tags=tags,
        )  # fmt: skip
        of("lambda").create_event_source_mapping(EventSourceArn=arn, FunctionName=name, Tags=tags)
        of("stepfunctions").create_state_machine(
            name=name, definition=json.dumps(WAITS), roleArn=role["Arn"],
            tags=[{"key": key, "value": value} for key, value in tags.items()],
        )  # fmt: skip

    def left(self) -> list[str]:
        """What is there and is no canary; every canary is there."""
        there = self.look()
        assert set(self.canaries) <= set(there), f"a canary is gone: {set(self.canaries) - set(there)}"
        return sorted(set(there) - set(self.canaries) - self._base)

    def untouched(self) -> bool:
        """Whether the canaries are what they were, down to tags and messages."""
        there = self.look()
        return {name: self.details(kind_of(name), there[name]) for name in self.canaries} == self.canaries

    def close(self) -> None:
        for client in self.clients.values():
            client.close()


TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": each}, "Action": "sts:AssumeRole"}
        for each in ("lambda.amazonaws.com", "states.amazonaws.com")
    ],
}


def kind_of(name: str) -> str:
    return name.partition(" ")[0]


def last(arn: str) -> str:
    return arn.replace("/", ":").rsplit(":", 1)[-1]


def tags_of_topic(sns: Any, arn: str) -> Any:
    return sns.list_tags_for_resource(ResourceArn=arn)["Tags"]
