"""Promise 2: what labcli did not create is never adopted and never deleted, not even a twin with the same name."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from labcli.errors import AwsError
from labcli.run.day import new_run_id
from tests.faults.conftest import SMALL, Stage, Time, small
from tests.faults.faulty import Ruled, denied, fails, no_answer
from tests.look import Look

FIXED = "0badcafe42"
RUN = new_run_id(lambda size: FIXED)


@pytest.fixture(autouse=True)
def afresh(look: Look) -> None:
    """Every run here has the same id, and SQS gives a name again after a minute: so the next test gets a new AWS."""
    look.changed = True


def name_of(key: str) -> str:
    return f"labcli-small-{RUN}-{key}" + (".fifo" if key == "pay" else "")


def twin_of(stage: Stage, key: str, **tags: str) -> Ruled:
    """Somebody who makes the very queue, with equal attributes, the moment before labcli does."""

    def rule(name: str, params: Mapping[str, Any]) -> None:
        if name == "sqs.create_queue" and params["QueueName"] == name_of(key):
            url = stage.sqs.create_queue(**{**params, "tags": tags})["QueueUrl"]
            group = {"MessageGroupId": "g"} if key == "pay" else {}
            stage.sqs.send_message(QueueUrl=url, MessageBody="theirs", **group)

    return Ruled(rule)


def run_beside(stage: Stage, tmp_path: Path, key: str, **tags: str) -> str:
    """Run into the twin; its URL."""
    twin = twin_of(stage, key, **tags)
    ran = stage.cli("day", str(small(tmp_path)), "run", random=lambda size: FIXED, through=twin.through)
    assert ran.exit_code == 1
    assert "not ours" in ran.both.replace("\n", " ")
    return str(stage.sqs.get_queue_url(QueueName=name_of(key))["QueueUrl"])


def depth(stage: Stage, url: str) -> str:
    name = "ApproximateNumberOfMessages"
    return str(stage.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[name])["Attributes"][name])


def rows(stage: Stage, **changes: Any) -> tuple[int, dict[str, Any], dict[str, Any]]:
    """Exit code, document, and its resources by name."""
    result = stage.clean("--output", "json", **changes)
    document = json.loads(result.out)
    return result.exit_code, document, {row["name"]: row for row in document["resources"]}


@pytest.mark.parametrize("key", SMALL)
@pytest.mark.parametrize("tags", [{}, {"labcli:run": "aaaaaaaa", "labcli:owner": "local"}], ids=["untagged", "tagged"])
def test_a_twin_that_was_there_first_is_never_adopted_and_never_deleted(
    stage: Stage, tmp_path: Path, key: str, tags: dict[str, str]
) -> None:
    twin = run_beside(stage, tmp_path, key, **tags)
    for _ in range(2):
        code, _, found = rows(stage)
        assert code == 4
        assert (found[key]["how"], found[key]["seen_gone"]) == ("foreign", False)
        assert all(row["seen_gone"] for name, row in found.items() if name != key)
    assert depth(stage, twin) == "1"
    assert stage.left() == [name_of(key)]
    said = stage.clean()
    assert "kept: not ours" in said.out
    assert "Nothing is left" not in said.out


def test_the_next_run_is_not_held_up_by_a_twin_of_the_last(stage: Stage, tmp_path: Path) -> None:
    twin = run_beside(stage, tmp_path, "dlq")
    assert stage.cli("day", str(small(tmp_path)), "run").exit_code == 0
    assert depth(stage, twin) == "1"


def test_a_twin_is_forgotten_once_it_is_gone(stage: Stage, tmp_path: Path) -> None:
    twin = run_beside(stage, tmp_path, "dlq")
    assert stage.clean().exit_code == 4
    stage.sqs.delete_queue(QueueUrl=twin)
    assert stage.clean().exit_code == 0
    assert rows(stage)[2] == {}


def test_a_twin_with_other_attributes_is_kept_too(stage: Stage, tmp_path: Path) -> None:
    twin = stage.sqs.create_queue(QueueName=name_of("orders"), Attributes={"DelaySeconds": "7"})["QueueUrl"]
    stage.sqs.send_message(QueueUrl=twin, MessageBody="theirs", DelaySeconds=0)
    ran = stage.cli("day", str(small(tmp_path)), "run", random=lambda size: FIXED)
    assert ran.exit_code == 1
    code, _, found = rows(stage)
    assert (code, found["orders"]["how"]) == (4, "foreign")
    assert (stage.left(), depth(stage, twin)) == ([name_of("orders")], "1")


def orders(stage: Stage, tmp_path: Path) -> str:
    """Run the small lab; the URL of its orders."""
    assert stage.cli("day", str(small(tmp_path)), "run", "-q", random=lambda size: FIXED).exit_code == 0
    return str(stage.sqs.get_queue_url(QueueName=name_of("orders"))["QueueUrl"])


def test_a_queue_whose_tags_were_changed_is_kept_until_they_are_put_back(stage: Stage, tmp_path: Path) -> None:
    url = orders(stage, tmp_path)
    before = stage.sqs.list_queue_tags(QueueUrl=url)["Tags"]
    stage.sqs.tag_queue(QueueUrl=url, Tags={"labcli:run": "somebody"})
    for _ in range(2):
        code, _, found = rows(stage)
        assert (code, found["orders"]["how"]) == (4, "foreign")
        assert stage.left() == [name_of("orders")]
    stage.sqs.tag_queue(QueueUrl=url, Tags=before)
    assert stage.clean().exit_code == 0
    assert stage.left() == []


@pytest.mark.parametrize("error", [denied, no_answer], ids=["denied", "no answer"])
def test_what_cannot_be_asked_whose_it_is_is_not_deleted(
    stage: Stage, tmp_path: Path, error: Callable[[str], Exception]
) -> None:
    orders(stage, tmp_path)
    ruled = Ruled(fails("sqs.list_queue_tags", error=error))
    result = stage.clean(through=ruled.through)
    assert result.exit_code == 4
    assert "sqs.delete_queue" not in ruled.names()
    assert "Nothing is left" not in result.out
    said = result.out.replace("\n", "")
    for key in SMALL:
        assert re.search(rf"aws sqs delete-queue --queue-url\s+\S+/{name_of(key)}\b", said), said
    assert sorted(stage.left()) == sorted(name_of(key) for key in SMALL)


def test_the_command_that_is_printed_deletes_the_queue(stage: Stage, tmp_path: Path) -> None:
    orders(stage, tmp_path)
    ruled = Ruled(fails("sqs.list_queue_tags", error=denied))
    _, _, found = rows(stage, through=ruled.through)
    for row in found.values():
        assert row["by_hand"].startswith(
            '(eval "$(labcli local env)"; aws sqs delete-queue --queue-url http://127.0.0.1:'
        )
        stage.sqs.delete_queue(QueueUrl=row["by_hand"].split("--queue-url ")[1].split()[0])
    assert stage.left() == []


def test_a_run_that_cannot_read_the_tags_back_does_not_use_the_queue(stage: Stage, tmp_path: Path) -> None:
    ruled = Ruled(fails("sqs.list_queue_tags", error=denied))
    ran = stage.cli("day", str(small(tmp_path)), "run", through=ruled.through, **Time().given)
    assert ran.exit_code == 1
    assert "sqs.send_message" not in ruled.names()
    assert stage.clean().exit_code == 0
    assert stage.left() == []


def test_a_sweep_touches_nothing_that_it_cannot_ask_and_still_takes_the_rest(stage: Stage, tmp_path: Path) -> None:
    orders(stage, tmp_path)
    stage.forget()

    def rule(name: str, params: Mapping[str, Any]) -> AwsError | None:
        asked = name == "sqs.list_queue_tags" and str(params["QueueUrl"]).endswith("-orders")
        return denied(name) if asked else None

    code, document, _ = rows(stage, through=Ruled(rule).through)
    assert code == 4
    assert "orders" in document["not_verified"][0]
    assert stage.left() == [name_of("orders")]
    assert stage.clean().exit_code == 0
