"""Promise 2 for every kind: a twin of somebody else's is never adopted, and stays when all of ours goes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from labcli.run.day import new_run_id
from tests.conftest import Cli, Result
from tests.faults.conftest import Time
from tests.faults.everything import Census, everything
from tests.faults.faulty import Ruled, denied, fails
from tests.look import Look

FIXED = "0badcafe42"
PREFIX = f"labcli-every-{new_run_id(lambda size: FIXED)}"

CREATES = {
    "queue": ("sqs.create_queue", f"{PREFIX}-orders"),
    "topic": ("sns.create_topic", f"{PREFIX}-news"),
    "role": ("iam.create_role", f"{PREFIX}-work-role"),
    "log_group": ("logs.create_log_group", f"/aws/lambda/{PREFIX}-work"),
    "function": ("lambda.create_function", f"{PREFIX}-work"),
    "mapping": ("lambda.create_event_source_mapping", f"{PREFIX}-orders/{PREFIX}-work"),
    "machine": ("stepfunctions.create_state_machine", f"{PREFIX}-flow"),
}
DELETES = {
    "queue": lambda of, at: of("sqs").delete_queue(QueueUrl=at),
    "topic": lambda of, at: of("sns").delete_topic(TopicArn=at),
    "role": lambda of, at: of("iam").delete_role(RoleName=at),
    "log_group": lambda of, at: of("logs").delete_log_group(logGroupName=at),
    "function": lambda of, at: of("lambda").delete_function(FunctionName=at),
    "mapping": lambda of, at: of("lambda").delete_event_source_mapping(UUID=at),
    "machine": lambda of, at: of("stepfunctions").delete_state_machine(stateMachineArn=at),
}
TAG_READS = {
    "queue": "sqs.list_queue_tags",
    "topic": "sns.list_tags_for_resource",
    "role": "iam.list_role_tags",
    "log_group": "logs.list_tags_for_resource",
    "function": "lambda.list_tags",
    "machine": "stepfunctions.list_tags_for_resource",
}


@pytest.fixture(autouse=True)
def afresh(look: Look) -> None:
    """Every run here has the same id, and SQS gives a name again after a minute: so the next test gets a new AWS."""
    look.changed = True


def run(cli: Cli, lab: Path, **changes: Any) -> Result:
    return cli("day", str(lab), "run", "-q", **{**Time().given, "random": lambda size: FIXED, **changes})


def clean(cli: Cli, *options: str, **changes: Any) -> Result:
    return cli("cleanup", "--all", *options, **{**Time().given, **changes})


def twin(census: Census, kind: str, ours: bool = False) -> Ruled:
    """Somebody who makes the very thing, with the same definition, the moment before labcli does.

    ``ours``: with the same tags too, as a first try whose answer was lost.
    """
    create, name = CREATES[kind]
    service, _, operation = create.partition(".")
    made: list[str] = []

    def rule(call: str, params: Mapping[str, Any]) -> None:
        theirs = {key: value for key, value in params.items() if ours or key not in ("tags", "Tags")}
        if call == create and not made and (kind == "mapping" or name in [*map(str, theirs.values())]):
            made.append(name)
            getattr(census.of(service), operation)(**theirs)

    return Ruled(rule)


@pytest.mark.parametrize("kind", CREATES)
def test_a_twin_that_was_there_first_is_never_adopted_and_never_deleted(
    cli: Cli, census: Census, tmp_path: Path, kind: str
) -> None:
    lab, (_, name) = everything(tmp_path), CREATES[kind]
    ran = run(cli, lab, through=twin(census, kind).through)
    assert ran.exit_code == 1, ran.both
    theirs = f"{kind} {name}"
    kept = census.details(kind, census.look()[theirs])
    for _ in range(2):
        result = clean(cli, "--output", "json")
        rows = {row["aws_name"]: row for row in json.loads(result.out)["resources"]}
        assert (result.exit_code, rows[name]["how"], rows[name]["seen_gone"]) == (4, "foreign", False)
        assert census.left() == [theirs]
    assert "Nothing is left" not in clean(cli).out
    assert census.details(kind, census.look()[theirs]) == kept
    assert run(cli, lab, random=lambda size: "1badcafe42").exit_code == 0, "it is in nobody's way"
    DELETES[kind](census.of, census.look()[theirs])
    assert clean(cli).exit_code == 0
    assert census.left() == []


@pytest.mark.parametrize("kind", CREATES)
def test_a_create_whose_answer_was_lost_and_that_was_sent_again_is_ours(
    cli: Cli, census: Census, tmp_path: Path, kind: str
) -> None:
    ran = run(cli, everything(tmp_path), through=twin(census, kind, ours=True).through)
    assert ran.exit_code == 0, ran.both
    assert clean(cli).exit_code == 0
    assert census.left() == []


def test_what_somebody_hung_on_ours_or_ours_on_somebodys_is_told_apart(
    cli: Cli, census: Census, tmp_path: Path
) -> None:
    """A subscription is whose its topic is."""
    assert run(cli, everything(tmp_path)).exit_code == 0
    there, sns = census.look(), census.of("sns")
    own = there[f"topic {PREFIX}-news"]
    arn = f"{own.rsplit(':', 1)[0].replace(':sns:', ':sqs:')}:"
    census.of("sqs").create_queue(QueueName="mine")
    mine = sns.create_topic(Name="labcli-by-hand")["TopicArn"]
    sns.subscribe(TopicArn=mine, Protocol="sqs", Endpoint=f"{arn}{PREFIX}-orders")
    sns.subscribe(TopicArn=own, Protocol="sqs", Endpoint=f"{arn}mine")
    kept = ["queue mine", f"subscription labcli-by-hand/{PREFIX}-orders", "topic labcli-by-hand"]
    result = clean(cli)
    assert result.exit_code == 0, result.both
    assert [name for name in census.left() if not name.startswith("subscription labcli-every")] == kept
    sns.delete_topic(TopicArn=mine)
    census.of("sqs").delete_queue(QueueUrl=census.look()["queue mine"])
    assert clean(cli).exit_code == 0


@pytest.mark.parametrize("kind", TAG_READS)
def test_what_cannot_be_asked_whose_it_is_is_not_deleted(cli: Cli, census: Census, tmp_path: Path, kind: str) -> None:
    assert run(cli, everything(tmp_path)).exit_code == 0
    before = {name for name in census.left() if name.startswith(f"{kind} ")}
    result = clean(cli, through=Ruled(fails(TAG_READS[kind], error=denied)).through)
    assert result.exit_code == 4
    assert "Nothing is left" not in result.out
    assert before <= set(census.left())
    for path in (cli.home / "runs").glob("*.jsonl"):
        path.unlink()
    result = clean(cli, through=Ruled(fails(TAG_READS[kind], error=denied)).through)
    assert (result.exit_code, "not verified" in result.out) == (4, True)
    assert before <= set(census.left())
    assert clean(cli).exit_code == 0
    assert census.left() == []
