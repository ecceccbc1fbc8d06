"""The other days of a week: what is live there, and how ``delete: {every: …}`` takes it, ledger by ledger."""

from __future__ import annotations

import errno
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from labcli.aws.resources.base import TAG_OWNER, TAG_RUN, Place
from labcli.aws.targets import Target
from labcli.context import Context, Disk
from labcli.errors import AwsError, LabcliError
from labcli.lab.model import Lab
from labcli.run.ledger.ledger import line_of, read
from labcli.run.ledger.locks import locked
from labcli.run.ledger.owned import State, owned
from labcli.run.removal.week import Week

TARGET = Target("local", Place("123456789012", "eu-west-1"), owner="local")
FRIDAY = Lab("fri", "Friday", 10, 0, 0, (), "", {}, (), (), "fri.yaml", "")


@dataclass
class Queues:
    """An AWS that knows queues by name, and whose they are."""

    of: dict[str, str]
    deleted: list[str] = field(default_factory=list)

    def call(self, service: str, operation: str, params: Mapping[str, Any]) -> dict[str, Any]:
        name = str(params.get("QueueName") or params["QueueUrl"].rsplit("/", 1)[-1])
        if name not in self.of:
            codes = frozenset({"QueueDoesNotExist"})
            raise AwsError(operation, "QueueDoesNotExist", "none", codes, 400)
        if operation == "delete_queue":
            self.deleted.append(name)
            del self.of[name]
            return {}
        tags = {TAG_RUN: self.of.get(name, ""), TAG_OWNER: "local"}
        arn = TARGET.place.arn("sqs", name)
        return {"QueueUrl": f"http://x/{name}", "Tags": tags, "Attributes": {"QueueArn": arn}}


@pytest.fixture
def context(tmp_path: Path) -> Context:
    return Context(env={"LABCLI_HOME": str(tmp_path / "home")})


@pytest.fixture
def aws() -> Queues:
    return Queues({})


def day(context: Context, aws: Queues, lab: str, *keys: str, **header: Any) -> Path:
    """The ledger of a run that made these queues."""
    run = f"{lab}1"
    first = {"n": 1, "at": 1.0, "type": "run", "run": run, "lab": lab, "week": 10, "target": "local", **header}
    events: list[dict[str, Any]] = [first]
    for number, key in enumerate(keys):
        name = f"labcli-{lab}-{run}-{key}"
        aws.of[name] = run
        create = {"type": "intent", "does": "create", "kind": "queue", "key": key, "name": name, "target": "local"}
        events.append({"n": 2 * number + 2, "at": 1.0, **create})
        made = {"url": f"http://x/{name}"}
        events.append(
            {"n": 2 * number + 3, "at": 1.0, "type": "outcome", "of": 2 * number + 2, "ok": True, "attributes": made}
        )
    path = context.home / "runs" / f"{lab}-{run}.jsonl"
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.write_bytes(b"".join(map(line_of, events)))
    return path


def states(path: Path) -> dict[str, State]:
    return {each.key: each.state for each in owned(read(path).events).values()}


def test_every_queue_of_the_other_days_goes_into_the_ledgers_that_own_them(context: Context, aws: Queues) -> None:
    monday, tuesday = day(context, aws, "mon", "orders", "dlq"), day(context, aws, "tue", "audit")
    done = Week(context, TARGET, FRIDAY).delete_every("queue", aws)
    assert done == {"mon.dlq": "deleted", "mon.orders": "deleted", "tue.audit": "deleted"}
    assert set(states(monday).values()) | set(states(tuesday).values()) == {State.GONE}
    assert aws.of == {}


def test_another_week_target_kind_or_version_is_left_alone(context: Context, aws: Queues) -> None:
    day(context, aws, "old", "orders", week=9)
    day(context, aws, "far", "orders", target="aws-1-x")
    day(context, aws, "new", "orders", version=2)
    day(context, aws, "fri", "orders")
    week = Week(context, TARGET, FRIDAY)
    assert week.delete_every("queue", aws) == {}
    assert week.delete_every("topic", aws) == {}
    assert aws.deleted == []


def test_what_is_live_of_some_labs(context: Context, aws: Queues) -> None:
    day(context, aws, "mon", "orders")
    day(context, aws, "tue", "audit")
    day(context, aws, "far", "orders", target="aws-1-x")
    week = Week(context, TARGET, FRIDAY)
    assert week.live(["mon", "far"]) == [("mon", "queue", "labcli-mon-mon1-orders")]
    assert week.live([]) == []


def test_what_is_not_of_that_run_stays_and_is_said(context: Context, aws: Queues) -> None:
    monday = day(context, aws, "mon", "orders")
    aws.of["labcli-mon-mon1-orders"] = "somebody"
    with pytest.raises(LabcliError, match=r"`mon\.orders` \(queue\) is still there: its tags say"):
        Week(context, TARGET, FRIDAY).delete_every("queue", aws)
    assert aws.deleted == []
    assert states(monday) == {"orders": State.FOREIGN}


def test_what_is_gone_already_was_gone(context: Context, aws: Queues) -> None:
    day(context, aws, "mon", "orders")
    aws.of.clear()
    assert Week(context, TARGET, FRIDAY).delete_every("queue", aws) == {"mon.orders": "was gone"}


def test_a_day_that_is_held_by_this_run_is_not_busy_and_another_is(context: Context, aws: Queues) -> None:
    day(context, aws, "mon", "orders")
    with locked(context, "local", "mon"):
        with pytest.raises(LabcliError, match="busy: another labcli works on mon"):
            Week(context, TARGET, FRIDAY).delete_every("queue", aws)
        assert aws.deleted == []
        assert Week(context, TARGET, FRIDAY, frozenset({"mon"})).delete_every("queue", aws) == {"mon.orders": "deleted"}


class Full(Disk):
    def append(self, fd: int, data: bytes) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")


def test_nothing_is_deleted_that_cannot_be_ledgered(context: Context, aws: Queues) -> None:
    monday = day(context, aws, "mon", "orders")
    with pytest.raises(LabcliError, match="cannot be written"):
        Week(replace(context, disk=Full()), TARGET, FRIDAY).delete_every("queue", aws)
    assert aws.deleted == []
    assert states(monday) == {"orders": State.LIVE}
