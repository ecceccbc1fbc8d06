"""What a ledger names and is not ours: tags and delete go by one thing, and the owner counts, for every kind."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from labcli.aws.resources import KINDS
from labcli.context import Aws
from labcli.run.ledger.ledger import line_of
from tests.conftest import Cli, Result
from tests.faults.conftest import Time
from tests.faults.everything import Census, everything, kind_of

ANOTHER = "ffffffffffffffff"
"""An owner who is not the one of these tests."""


@pytest.fixture
def census(boto: Callable[[str], Any]) -> Iterator[Census]:
    found = Census(boto)
    found.add_canaries()
    yield found
    found.close()


@pytest.fixture
def ran(cli: Cli, census: Census, tmp_path: Path) -> Path:
    """The ledger of a run of every kind."""
    result = cli("day", str(everything(tmp_path)), "run", "-q")
    assert result.exit_code == 0, result.both
    (ledger,) = (cli.home / "runs").glob("*.jsonl")
    return ledger


def clean(cli: Cli, *options: str, **changes: Any) -> Result:
    return cli("cleanup", *options, **{**Time().given, **changes})


def rewrite(ledger: Path, change: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    """Write a ledger anew, as a hand with an editor and the checksum's rule would."""
    events = [json.loads(line)["event"] for line in ledger.read_bytes().splitlines()]
    ledger.write_bytes(b"".join(line_of(change(event)) for event in events))


def theirs(kind: str) -> str:
    """The canary of a kind that another learner made; it has all three tags."""
    name = "labcli-every-aaaaaaaa-orders"
    both = {"subscription": f"{name}/{name}-fed", "mapping": f"{name}-fed/{name}"}
    return both.get(kind, f"/aws/lambda/{name}" if kind == "log_group" else name)


def known(census: Census, name: str) -> dict[str, str]:
    """All that anybody could write down of a thing: its ARN, its URL, its id."""
    kind, at = kind_of(name), census.look()[name]
    of = census.of
    if kind == "queue":
        asked = of("sqs").get_queue_attributes(QueueUrl=at, AttributeNames=["QueueArn"])
        return {"url": at, "arn": asked["Attributes"]["QueueArn"]}
    if kind == "mapping":
        return {"uuid": at, "arn": of("lambda").get_event_source_mapping(UUID=at)["EventSourceMappingArn"]}
    if kind == "role":
        return {"arn": of("iam").get_role(RoleName=at)["Role"]["Arn"]}
    if kind == "log_group":
        (group,) = of("logs").describe_log_groups(logGroupNamePrefix=at)["logGroups"]
        return {"arn": group["arn"].removesuffix(":*")}
    return {"arn": at}


def of_kind(kind: str, there: Mapping[str, str], run: str) -> str:
    """One of ours."""
    return next(each for each in there if kind_of(each) == kind and run in each)


def made(ledger: Path, ours: str) -> int:
    """The number of the event that meant to create it."""
    events = [json.loads(line)["event"] for line in ledger.read_bytes().splitlines()]
    creates = [each for each in events if each["type"] == "intent" and each["does"] == "create"]
    return next(int(each["n"]) for each in creates if each["name"] == ours.partition(" ")[2])


@pytest.mark.parametrize("kind", list(KINDS))
def test_a_ledger_that_pairs_our_arn_with_a_strangers_name_deletes_nothing(
    cli: Cli, census: Census, ran: Path, kind: str
) -> None:
    run, before = ran.stem.rpartition("-")[2], census.look()
    ours = of_kind(kind, before, run)
    number = made(ran, ours)
    paired = {**known(census, ours), "name": ours.partition(" ")[2]}

    def pair(event: dict[str, Any]) -> dict[str, Any]:
        if event.get("n") == number:
            return {**event, "name": theirs(kind)}
        if event.get("of") == number:
            return {**event, "attributes": paired}
        if event["type"] == "run":
            return event
        return {"n": event["n"], "at": event["at"], "type": "note"}  # nothing else is left of the run

    rewrite(ran, pair)
    result = clean(cli)
    assert result.exit_code == 4, result.both
    assert "its tags say that it is not of this run" in result.both.replace("\n", " ")
    assert census.look() == before, "neither theirs nor ours"
    assert census.untouched()
    assert clean(cli, "--all").exit_code == 4, "what the ledger names is kept, and is said"
    assert census.left() == [], "what is ours is found by its tags"
    assert census.untouched()


@pytest.mark.parametrize("kind", list(KINDS))
def test_a_name_of_ours_with_a_strangers_arn_takes_ours_and_never_theirs(
    cli: Cli, census: Census, ran: Path, kind: str
) -> None:
    run = ran.stem.rpartition("-")[2]
    ours = of_kind(kind, census.look(), run)
    paired, number = known(census, f"{kind} {theirs(kind)}"), made(ran, ours)
    rewrite(ran, lambda event: {**event, "attributes": paired} if event.get("of") == number else event)
    result = clean(cli)
    assert result.exit_code == 0, result.both
    assert census.left() == []
    assert census.untouched()


@pytest.mark.parametrize("kind", list(KINDS))
@pytest.mark.parametrize("options", [(), ("--all",)], ids=["ledger", "sweep"])
def test_what_another_owner_has_is_kept_though_its_run_has_the_same_id(
    cli: Cli, census: Census, kind: str, options: tuple[str, ...]
) -> None:
    """Another learner's run of this very id: the ledger names what is theirs, and its tags say whose it is."""
    ledger = cli.home / "runs" / "every-aaaaaaaa.jsonl"
    ledger.parent.mkdir(parents=True, mode=0o700, exist_ok=True)
    header = {
        "type": "run", "run": "aaaaaaaa", "lab": "every", "week": 10, "target": "local", "owner": "local", "version": 1,
    }  # fmt: skip
    name = theirs(kind)
    intent = {"type": "intent", "does": "create", "kind": kind, "key": "it", "name": name, "target": "local"}
    outcome = {"type": "outcome", "of": 2, "ok": True, "attributes": known(census, f"{kind} {name}")}
    events = [header, intent, outcome]
    ledger.write_bytes(b"".join(line_of({"n": n, "at": 1.0, **each}) for n, each in enumerate(events, 1)))
    result = clean(cli, *options)
    assert result.exit_code == 4, result.both
    assert f"it ({kind}) is still there: its tags say that it is another owner's" in result.out.replace("\n", " ")
    assert census.untouched()


TAGS = frozenset(
    {
        "sqs.list_queue_tags", "sns.list_tags_for_resource", "lambda.list_tags", "stepfunctions.list_tags_for_resource",
        "iam.list_role_tags", "logs.list_tags_for_resource",
    }
)  # fmt: skip


class Fading:
    """An AWS that shows what is deleted for some reads more, without its tags."""

    def __init__(self, reads: int) -> None:
        self.reads = reads
        self.deleted: dict[str, int] = {}
        self.last: dict[tuple[str, str], dict[str, Any]] = {}
        self.shown: set[str] = set()

    def __call__(self, aws: Aws) -> Aws:
        self._aws = aws
        return self

    def call(self, service: str, operation: str, params: Mapping[str, Any]) -> dict[str, Any]:
        name, about = f"{service}.{operation}", str(next(iter(params.values()), ""))
        if operation in ITSELF:
            left = self.deleted.get(about, 0)
            if left:
                self.deleted[about] = left - 1
                self.shown.add(name)
                return self.last[name, about]
        if name in TAGS and any(about == each or about.endswith(f":{each}") for each in self.deleted):
            return {"Tags": [] if service in ("sns", "iam") else {}, "tags": [] if service == "stepfunctions" else {}}
        answer = self._aws.call(service, operation, params)
        if operation in ITSELF:
            self.last[name, about] = answer
        if operation in DELETES:
            self.deleted.setdefault(about, self.reads)
        return answer


ITSELF = frozenset(
    {
        "get_queue_attributes", "get_topic_attributes", "get_subscription_attributes", "get_function_configuration",
        "get_event_source_mapping", "describe_state_machine", "get_role", "describe_log_groups",
    }
)  # fmt: skip
DELETES = frozenset(
    {
        "delete_queue", "delete_topic", "unsubscribe", "delete_function", "delete_event_source_mapping",
        "delete_state_machine", "delete_role", "delete_log_group",
    }
)  # fmt: skip


def test_what_is_shown_without_tags_after_its_delete_is_waited_for_and_proved_gone(
    cli: Cli, census: Census, ran: Path
) -> None:
    fading = Fading(7)
    result = clean(cli, through=fading)
    assert result.exit_code == 0, result.both
    assert {each.split(".")[1] for each in fading.shown} == ITSELF
    assert "kept: not ours" not in result.out
    assert census.left() == []
    assert census.untouched()
