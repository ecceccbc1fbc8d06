"""A learner's own things beside the labs': told apart by name, counted, and left alone."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.small import quick
from tests.conftest import Cli

Boto = Callable[[str], Any]


@pytest.fixture
def own(boto: Boto) -> Iterator[str]:
    """A queue of the learner's with exactly the name that a lab has for one of its own."""
    url = boto("sqs").create_queue(QueueName="one")["QueueUrl"]
    yield url
    boto("sqs").delete_queue(QueueUrl=url)


@pytest.fixture
def ran(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cli:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "quick.yaml").write_text(quick(), "utf-8")
    assert cli("day", "quick.yaml", "run").exit_code == 0
    return cli


def test_a_name_that_a_lab_and_the_learner_have_is_asked_about(ran: Cli, own: str) -> None:
    asked = ran("inspect", "one")
    assert asked.exit_code == 2
    said = " ".join(asked.err.split())
    assert "`one` is of quick, and a queue that labcli did not make has exactly this AWS name" in said
    assert "Say which: labcli inspect quick.one, or labcli inspect aws:one" in said


@pytest.mark.parametrize("name", ["aws:one", "arn:aws:sqs:REGION:ACCOUNT:one"])
def test_each_of_the_two_can_be_named(ran: Cli, own: str, boto: Boto, name: str) -> None:
    lab = json.loads(ran("inspect", "quick.one", "--output", "json").out)
    assert (lab["lab"], lab["name"]) == ("quick", "one")
    arn = boto("sqs").get_queue_attributes(QueueUrl=own, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    region, account = arn.split(":")[3:5]
    mine = json.loads(
        ran("inspect", name.replace("REGION", region).replace("ACCOUNT", account), "--output", "json").out
    )
    assert (mine["lab"], mine["facts"]["url"]) == ("", own)


def test_a_name_that_only_a_lab_has_is_taken_at_once(ran: Cli) -> None:
    assert ran("inspect", "one").exit_code == 0


@pytest.mark.parametrize(
    "name", ["aws:", "aws:nobody", "arn:aws:sqs:eu-west-9:111111111111:one", "arn:aws:s3:::one", "arn:"]
)
def test_what_is_not_there_is_said_in_one_message(ran: Cli, name: str) -> None:
    asked = ran("inspect", name)
    assert asked.exit_code in (1, 2)
    assert "labcli status" in asked.err and "Traceback" not in asked.err


def test_a_cleanup_of_all_names_what_is_left_and_was_not_made_by_labcli(ran: Cli, own: str, boto: Boto) -> None:
    boto("sns").create_topic(Name="alarms")
    swept = ran("cleanup", "--all")
    assert swept.exit_code == 0
    assert "Not made by labcli, and left alone: 1 queue (one) and 1 topic (alarms)" in swept.out
    found = json.loads(ran("cleanup", "--all", "--output", "json").out)
    assert found["yours"] == {"queue": ["one"], "topic": ["alarms"]}
    assert boto("sqs").list_queues()["QueueUrls"] == [own], "nobody touched it"


def test_a_cleanup_of_all_says_nothing_of_what_is_not_there(ran: Cli) -> None:
    assert "Not made by labcli" not in ran("cleanup", "--all").out
