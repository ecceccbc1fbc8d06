"""Proof of absence on an account: how often is read, who waits with whom, and what makes the counting begin again."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from labcli.aws.resources import KINDS
from labcli.aws.resources.base import TAG_OWNER, TAG_RUN, Place
from labcli.aws.targets import Target
from labcli.context import Context
from labcli.errors import AwsError
from labcli.run.ledger.owned import Owned, State
from labcli.run.removal.remove import Removal, Removed, Remover, Whose

TARGET = Target("aws", Place("123456789012", "eu-west-1"), "me", absent_reads=15, absent_gap=3.0, settle=90.0)
RUN = "k3f9x2a7"
ID = "4f0c0000-0000-0000-0000-000000000000"
NAMES = {
    "machine": "flow", "mapping": "orders/labcli-wed-k3f9x2a7-work", "subscription": "news/labcli-wed-k3f9x2a7-orders",
    "function": "work", "topic": "news", "queue": "orders", "role": "work-role", "log_group": "work",
}  # fmt: skip


def owned(kind: str, number: int = 0) -> Owned:
    folder = "/aws/lambda/" if kind == "log_group" else ""
    name = f"{folder}labcli-wed-{RUN}-{NAMES[kind]}{number or ''}"
    sub = f"arn:aws:sns:eu-west-1:123456789012:labcli-wed-{RUN}-news:{ID}"
    esm = f"arn:aws:lambda:eu-west-1:123456789012:event-source-mapping:{ID}"
    more = {"queue": {"url": f"https://sqs/123456789012/{name}"}, "subscription": {"arn": sub}}
    known = {**more, "mapping": {"uuid": ID, "arn": esm}}.get(kind, {})
    return Owned(name, kind, name, State.LIVE, known)


@dataclass
class Holding:
    """An AWS that holds a thing until its delete, and says so of every thing in its own words."""

    gone: set[str] = field(default_factory=set)
    calls: list[tuple[str, str]] = field(default_factory=list)
    shows_again: Callable[[int], bool] = lambda reads: False
    """Whether a read shows what is deleted once more; it is told how many reads there were."""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def call(self, service: str, operation: str, params: Mapping[str, Any]) -> dict[str, Any]:
        about = _about(params)
        with self._lock:
            self.calls.append((f"{service}.{operation}", about))
            reads = sum(about == each and not op.split(".")[1].startswith(ACTS) for op, each in self.calls)
            if operation.startswith(ACTS) and operation not in ("delete_role_policy", "stop_execution"):
                self.gone.add(about)
                return {}
            gone = about in self.gone and not self.shows_again(reads)
            if operation == "describe_log_groups":
                named = {"logGroupName": params["logGroupNamePrefix"]}
                return {"logGroups": [] if gone else [named]}
            if gone:
                raise AwsError(f"{service}.{operation}", "Gone", "it is not there", GONE, 404)
        return {**ANSWERS, "Attributes": {**_ENDS, "QueueArn": TARGET.place.arn("sqs", about)}}


ACTS = ("delete_", "unsubscribe", "stop_")
GONE = frozenset(
    {"ResourceNotFoundException", "NoSuchEntity", "StateMachineDoesNotExist", "ResourceNotFound", "NotFound",
     "QueueDoesNotExist"}
)  # fmt: skip
OURS = {TAG_RUN: RUN, TAG_OWNER: TARGET.owner}
_OF = f"labcli-wed-{RUN}"
_ENDS = {"TopicArn": TARGET.place.arn("sns", f"{_OF}-news"), "Endpoint": TARGET.place.arn("sqs", f"{_OF}-orders")}
ANSWERS: dict[str, Any] = {
    "Tags": OURS, "tags": OURS, "UUID": ID, "EventSourceMappingArn": "arn:mapping",
    "EventSourceArn": TARGET.place.arn("sqs", f"{_OF}-orders"), "FunctionArn": f"arn:function:{_OF}-work",
    "State": "Enabled",
}  # fmt: skip


def _about(params: Mapping[str, Any]) -> str:
    said = str(next(iter(params.values())))
    return "mapping" if said in (ID, "arn:mapping") else said.rsplit(":", 1)[-1].rsplit("/", 1)[-1]


class Lists(Holding):
    """The same, with tags as the services that list them as keys and values say them."""

    def call(self, service: str, operation: str, params: Mapping[str, Any]) -> dict[str, Any]:
        found = super().call(service, operation, params)
        if service in ("iam", "sns"):
            return {**found, "Tags": [{"Key": key, "Value": value} for key, value in OURS.items()]}
        listed = [{"key": key, "value": value} for key, value in OURS.items()]
        return {**found, "tags": listed} if service == "stepfunctions" else found


@dataclass
class Waits:
    """A clock that sleeping moves, one for each thread, and how long each slept."""

    each: dict[int, float] = field(default_factory=Counter)

    def sleep(self, seconds: float) -> None:
        self.each[threading.get_ident()] += seconds

    def monotonic(self) -> float:
        return self.each[threading.get_ident()]


def remove(aws: Holding, waits: Any, *wanted: Owned) -> list[Removed]:
    whose = Whose(RUN, frozenset({TARGET.owner}))
    by = Remover(aws, TARGET, Context(sleep=waits.sleep, monotonic=waits.monotonic))
    return by.remove_all([Removal(each, whose, None) for each in wanted])


@pytest.mark.parametrize("kind", list(KINDS))
def test_absence_is_read_15_times_of_a_queue_and_5_times_of_anything_else(kind: str) -> None:
    aws, waits = Lists(), Waits()
    [removed] = remove(aws, waits, owned(kind))
    assert removed.how == "deleted", removed
    deleted = next(n for n, (call, _) in enumerate(aws.calls) if call.split(".")[1] in DELETES)
    after = Counter(call for call, _ in aws.calls[deleted + 1 :])
    enough = 15 if kind == "queue" else 5
    assert set(after.values()) == {enough}, after
    assert sum(waits.each.values()) == enough * 3.0 - 3.0


DELETES = (
    "delete_queue", "delete_topic", "unsubscribe", "delete_function", "delete_event_source_mapping",
    "delete_state_machine", "delete_log_group", "delete_role",
)  # fmt: skip


def test_what_is_seen_once_more_is_deleted_once_more_and_counted_anew() -> None:
    aws, waits = Lists(shows_again=lambda reads: reads in (2 + 14 + 1, 2 + 14 + 2)), Waits()
    [removed] = remove(aws, waits, owned("queue"))
    assert removed.how == "deleted"
    calls = [call for call, _ in aws.calls]
    assert calls.count("sqs.delete_queue") == 2
    assert calls[::-1].index("sqs.delete_queue") == 15


class Together:
    """A sleep that ends when all sleep: nobody gets on who waits for another to be done."""

    def __init__(self, count: int) -> None:
        self._barrier = threading.Barrier(count, timeout=10)
        self._waits = Waits()
        self.monotonic = self._waits.monotonic

    def sleep(self, seconds: float) -> None:
        self._barrier.wait()
        self._waits.sleep(seconds)


@pytest.mark.parametrize("kind", sorted(set(KINDS) - {"mapping", "subscription"}))  # which have no names of their own
def test_those_of_a_kind_wait_together(kind: str) -> None:
    aws, together = Lists(), Together(4)
    ended = remove(aws, together, *(owned(kind, number) for number in range(1, 5)))
    assert [each.how for each in ended] == ["deleted"] * 4
