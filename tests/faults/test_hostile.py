"""Hostile filters, policies, queries and requests: while each is at work, others are answered, and all can be ended."""

from __future__ import annotations

import json
import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from labcli.local import life
from tests.local.conftest import WORLD, client, end, ensure, linux, until
from tests.local.functions.calls import Lambdas
from tests.local.sns.test_delivery import policy

ANSWER = 10.0
"""Seconds in which another client has its answer; on an idle machine it takes milliseconds."""
LARGEST = 300
"""MB that the embedded AWS may take."""
THREADS = 100
STARS = "*a" * 120 + "*b"
LONG = "a" * 200_000


@dataclass
class Watched:
    """A server, and the most that it ever took. It is ended when it takes three times what it may."""

    endpoint: life.Endpoint
    memory: int = 0
    threads: int = 0
    over: threading.Event = field(default_factory=threading.Event)

    def watch(self) -> None:
        while not self.over.wait(0.05):
            with suppress(OSError):
                lines = Path(f"/proc/{self.endpoint.pid}/status").read_text("utf-8").splitlines()
                found = dict(line.split(":", 1) for line in lines if ":" in line)
                self.memory = max(self.memory, int(found.get("VmRSS", "0 kB").split()[0]) // 1024)
                self.threads = max(self.threads, int(found.get("Threads", "0")))
            if self.memory > 3 * LARGEST:
                os.kill(self.endpoint.pid, signal.SIGKILL)
                return


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    found = Watched(ensure(tmp_path / "home"))
    watching = threading.Thread(target=found.watch)
    watching.start()
    yield found
    found.over.set()
    watching.join()
    end(tmp_path / "home")


def subscribed(lambdas: Lambdas, scope: str, rule: Any) -> tuple[str, str]:
    topic = str(lambdas.sns.create_topic(Name="t")["TopicArn"])
    url, queue = lambdas.queue()
    lambdas.sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy(queue, topic)})
    attributes = {"FilterPolicyScope": scope, "FilterPolicy": json.dumps({"a": [rule]}), "RawMessageDelivery": "true"}
    lambdas.sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue, Attributes=attributes)
    return topic, url


def by_attribute(lambdas: Lambdas, rule: Any) -> None:
    topic, url = subscribed(lambdas, "MessageAttributes", rule)
    for text in (LONG, "aab"):
        given = {"a": {"DataType": "String", "StringValue": text}}
        lambdas.sns.publish(TopicArn=topic, Message=text[:3], MessageAttributes=given)
    assert len(lambdas.received(url, 1)) <= 2


def by_body(lambdas: Lambdas, rule: Any) -> None:
    topic, url = subscribed(lambdas, "MessageBody", rule)
    bodies = [{"a": LONG}, {"a": ["a" * 1000] * 200}, {"a": [["a"]] * 20_000}, "[" * 200_000]
    for body in bodies:
        lambdas.sns.publish(TopicArn=topic, Message=body if isinstance(body, str) else json.dumps(body))
    assert len(lambdas.received(url, 1)) <= len(bodies)


def by_mapping(lambdas: Lambdas, rule: Any) -> None:
    name = lambdas.function("def handler(event, context): pass\n", "sqs:*", "logs:*")
    url, queue = lambdas.queue()
    criteria = {"Filters": [{"Pattern": json.dumps({"body": {"a": [rule]}})}]}
    lambdas.api.create_event_source_mapping(EventSourceArn=queue, FunctionName=name, FilterCriteria=criteria)
    for body in (json.dumps({"a": LONG}), json.dumps({"a": ["a" * 1000] * 200}), "[" * 200_000):
        lambdas.sqs.send_message(QueueUrl=url, MessageBody=body)
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]

    def empty() -> bool:
        found = lambdas.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
        return not any(int(value) for value in found.values())

    until(empty, "the queue to be empty")


def by_policy(lambdas: Lambdas, rule: Any) -> None:
    """A queue's policy with as many stars as the filter."""
    pattern = str(next(iter(rule.values())))
    topic = str(lambdas.sns.create_topic(Name="a" * 250)["TopicArn"])
    url, queue = lambdas.queue()
    condition = {"ArnLike": {"aws:SourceArn": pattern}, "StringLike": {"aws:SourceArn": pattern + "?"}}
    lambdas.sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy(queue, topic, **condition)})
    lambdas.sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue)
    lambdas.sns.publish(TopicArn=topic, Message="x")
    assert lambdas.received(url, 1) == []


def by_query(lambdas: Lambdas, rule: Any) -> None:
    now = int(WORLD.clock())
    lambdas.logs.create_log_group(logGroupName="g")
    lambdas.logs.create_log_stream(logGroupName="g", logStreamName="s")
    event = {"timestamp": now * 1000, "message": LONG}
    lambdas.logs.put_log_events(logGroupName="g", logStreamName="s", logEvents=[event])
    for expression in ("/(a+)+b/", "/(a|aa)*b/", "/^(.*)*$b/"):
        query = f"filter @message like {expression}"
        given = {"logGroupName": "g", "startTime": now - 60, "endTime": now + 60, "queryString": query}
        with pytest.raises(ClientError):
            lambdas.logs.start_query(**given)
    found = lambdas.logs.filter_log_events(logGroupName="g", filterPattern=str(next(iter(rule.values()))))
    assert found["events"] == []


RULES: list[Any] = [
    {"wildcard": STARS},
    {"anything-but": {"wildcard": STARS}},
    {"prefix": "a" * 100_000 + "b"},
    {"suffix": "b" + "a" * 100_000},
    {"equals-ignore-case": "A" * 100_000},
    {"cidr": "10.0.0.0/8"},
    {"numeric": [">", -1e9, "<", 1e9]},
]
WAYS = [by_attribute, by_body, by_mapping]
MEMBERS: list[tuple[Callable[[Lambdas, Any], None], Any]] = [
    *((way, rule) for way in WAYS for rule in RULES[:2]),
    *((by_body, rule) for rule in RULES[2:]),
    (by_policy, RULES[0]),
    (by_query, RULES[0]),
]


@linux
@pytest.mark.parametrize(("way", "rule"), MEMBERS, ids=[f"{way.__name__}-{next(iter(rule))}" for way, rule in MEMBERS])
def test_others_are_answered_and_all_can_be_ended(
    watched: Watched, tmp_path: Path, way: Callable[[Lambdas, Any], None], rule: Any
) -> None:
    endpoint, over = watched.endpoint, threading.Event()
    lambdas, failed = Lambdas(endpoint), list[BaseException]()

    def attack() -> None:
        try:
            way(lambdas, rule)
        except (AssertionError, ClientError, BotoCoreError) as error:
            failed.append(error)
        over.set()

    from botocore.config import Config

    patient = Config(read_timeout=ANSWER, connect_timeout=ANSWER, retries={"max_attempts": 0}, proxies={})
    other, attacking = client(endpoint, config=patient), threading.Thread(target=attack)
    attacking.start()
    while True:
        last = over.is_set()
        other.list_queues()
        if last:
            break
        over.wait(0.05)
    attacking.join()
    other.close()
    lambdas.close()
    assert failed == []
    assert watched.memory < LARGEST and watched.threads < THREADS, (watched.memory, watched.threads)
    assert life.stop(tmp_path / "home", WORLD.sleep, WORLD.monotonic) is life.Ending.SAVED
