"""`labcli day DAY try`, `hint`, `verify --tasks`: the learner builds, labcli sees, says what is wrong, remembers."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from tests.cli.by_hand import LAB
from tests.conftest import Cli

Write = Callable[..., Path]


@pytest.fixture
def hand(lab: Write) -> str:
    """The small lab with tasks."""
    return str(lab(LAB, "hand.yaml"))


@pytest.fixture
def sqs(learner: Callable[[str], Any]) -> Any:
    """A learner's client."""
    return learner("sqs")


def _rows(cli: Cli, hand: str, *more: str) -> dict[str, Any]:
    """What `try --output json` says of the task that was looked at."""
    result = cli("day", hand, "try", *more, "--output", "json")
    looked: dict[str, Any] = json.loads(result.out)["looked_at"]
    assert result.exit_code == (0 if looked["done"] else 1)
    return looked


def test_a_learner_builds_is_told_what_is_wrong_and_done_is_remembered(cli: Cli, hand: str, sqs: Any) -> None:
    first = cli("day", hand, "try")
    assert first.exit_code == 1
    assert "✘ inbox is a Standard queue" in first.out
    sqs.create_queue(QueueName="Inbox")
    assert "names are case-sensitive" in _rows(cli, hand)["rows"][0]["said"]
    url = sqs.create_queue(QueueName="inbox")["QueueUrl"]
    row = _rows(cli, hand)["rows"][1]
    assert (row["state"], row["seen"], row["wanted"]) == ("not", "30 s", "20 s")
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "20"})
    done = cli("day", hand, "try")
    assert done.exit_code == 0
    assert "AWS takes 30 s if you say nothing." in done.out
    sqs.set_queue_attributes(
        QueueUrl=url, Attributes={"VisibilityTimeout": "5"}
    )  # what breaks later takes nothing away
    assert "✔" in next(line for line in cli("day", hand, "try").out.splitlines() if "A queue of your own" in line)
    asked = cli("verify", hand, "--tasks")
    assert asked.exit_code == 1
    cli.env["LABCLI_LABS"] = str(Path(hand).parent)
    assert "1 of 4" in next(line for line in cli().out.splitlines() if line.startswith(" hand "))
    assert "1 of 4 tasks done by hand" in asked.out
    assert "since then: “a received message stays hidden for 20 s”: wanted 20 s, seen 5 s" in " ".join(
        asked.out.split()
    )


def test_calls_are_seen_in_any_form_and_a_proof_decides(cli: Cli, hand: str, sqs: Any) -> None:
    url = sqs.create_queue(QueueName="inbox", Attributes={"VisibilityTimeout": "20"})["QueueUrl"]
    assert _rows(cli, hand)["done"]
    begun = _rows(cli, hand)
    assert [row["state"] for row in begun["rows"]] == ["not", "not", "waiting"]
    sqs.send_message_batch(QueueUrl=url, Entries=[{"Id": "1", "MessageBody": "o-3"}])
    assert [row["state"] for row in _rows(cli, hand)["rows"]] == ["not", "held", "waiting"]
    sqs.send_message_batch(QueueUrl=url, Entries=[{"Id": "1", "MessageBody": "o-2"}])
    rows = _rows(cli, hand)["rows"]
    assert [row["state"] for row in rows] == ["held", "not", "waiting"]
    assert rows[1]["said"] == "Three wait in inbox, wanted two."
    assert rows[0]["client"] == "boto3"


def test_a_near_miss_of_a_call_is_said(cli: Cli, hand: str, sqs: Any) -> None:
    url = sqs.create_queue(QueueName="inbox", Attributes={"VisibilityTimeout": "20"})["QueueUrl"]
    assert _rows(cli, hand)["done"]
    _rows(cli, hand)
    sqs.purge_queue(QueueUrl=url)
    assert _rows(cli, hand)["rows"][0]["said"] == "The queue was purged."


def test_labcli_sets_the_scene_once_and_afresh_when_asked(cli: Cli, hand: str, sqs: Any) -> None:
    assert not _rows(cli, hand, "mend")["done"]
    [url] = sqs.list_queues(QueueNamePrefix="labcli-hand-")["QueueUrls"]
    assert not _rows(cli, hand, "mend")["done"]
    assert sqs.list_queues(QueueNamePrefix="labcli-hand-")["QueueUrls"] == [url]
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "60"})
    assert _rows(cli, hand, "3")["done"]
    assert cli("cleanup", "hand").exit_code == 0
    assert "QueueUrls" not in sqs.list_queues(QueueNamePrefix="labcli-hand-")


def test_a_scene_made_afresh_has_other_names_as_sqs_gives_a_name_again_only_after_a_minute(
    cli: Cli, hand: str, sqs: Any, look: Any
) -> None:
    look.changed = True
    _rows(cli, hand, "mend")
    [before] = sqs.list_queues(QueueNamePrefix="labcli-hand-")["QueueUrls"]
    _rows(cli, hand, "--again", "mend")
    [after] = sqs.list_queues(QueueNamePrefix="labcli-hand-")["QueueUrls"]
    assert before != after
    assert cli("cleanup", "hand").exit_code == 0
    assert "QueueUrls" not in sqs.list_queues(QueueNamePrefix="labcli-hand-")


def test_a_scene_that_could_not_be_set_to_its_end_is_set_from_its_beginning(
    cli: Cli, lab: Write, sqs: Any, look: Any
) -> None:
    look.changed = True
    late = "given: [{create: [shop]}, {send: {to: inbox, bodies: [o-1]}}]"
    hand = str(lab(LAB.replace("given: [{create: [shop]}]", late), "hand.yaml"))
    assert cli("day", hand, "try", "mend").exit_code == 1
    sqs.create_queue(QueueName="inbox")
    assert not _rows(cli, hand, "mend")["done"]
    assert len(sqs.list_queues(QueueNamePrefix="labcli-hand-")["QueueUrls"]) == 1


def test_running_the_day_leaves_the_scenes_of_its_tasks_alone(cli: Cli, hand: str, sqs: Any) -> None:
    _rows(cli, hand, "mend")
    assert cli("day", hand, "run").exit_code == 0
    assert len(sqs.list_queues(QueueNamePrefix="labcli-hand-")["QueueUrls"]) == 1
    assert cli("cleanup", "--all").exit_code == 0


def test_hints_come_one_after_the_other_and_name_the_right_name(cli: Cli, hand: str) -> None:
    said = [cli("day", hand, "hint").out.splitlines() for _ in range(4)]
    assert [lines[0] for lines in said] == [f"Hint {n} of 3 · own" for n in (1, 2, 3, 3)]
    assert "For inbox: VisibilityTimeout=…" in said[2][1]
    assert json.loads(cli("day", hand, "try", "--output", "json").out)["tasks"][0]["hints"] == 3


def test_tasks_are_one_junit_suite_a_day(cli: Cli, hand: str) -> None:
    result = cli("verify", hand, "--tasks", "--output", "junit")
    suite = ElementTree.fromstring(result.out).find("testsuite")
    assert suite is not None
    assert suite.attrib == {"name": "hand", "tests": "4", "failures": "0", "skipped": "4"}
    assert result.exit_code == 1


def test_a_solution_that_labcli_performed_does_a_task_that_wants_calls(
    cli: Cli, hand: str, sqs: Any, look: Any
) -> None:
    look.changed = True
    sqs.create_queue(QueueName="inbox", Attributes={"VisibilityTimeout": "20"})
    assert _rows(cli, hand)["done"]
    assert cli("day", hand, "solve", "send", "--do").exit_code == 0
    looked = _rows(cli, hand, "send")
    assert looked["done"]
    assert (looked["rows"][0]["state"], looked["rows"][0]["seen"]) == ("unseen", "labcli made it")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("try", "owm"), "hand has no task `owm`; did you mean `own`?"),
        (("hint", "5"), "hand has no task `5`"),
        (("try", "send"), "`send` builds on `own`, which is not done yet"),
        (("try", "--watch"), "--watch needs a person at a terminal"),
        (("solve", "own", "--as", "java"), "a solution cannot be written as `java`"),
        (("solve", "send"), "`send` builds on `own`, which is not done yet"),
        (("hint", "send"), "`send` builds on `own`, which is not done yet"),
        (("try", "own", "--again", "mend"), "--again mend looks at that task, not at own"),
    ],
)
def test_what_cannot_be_meant_is_said(cli: Cli, hand: str, arguments: tuple[str, ...], said: str) -> None:
    result = cli("day", hand, *arguments)
    assert result.exit_code == 2
    assert said in result.err


def test_a_day_without_tasks_says_so(cli: Cli, lab: Write) -> None:
    plain = str(lab("lab: bare\ntitle: Bare\nsteps:\n- wait: 1s\n", "bare.yaml"))
    for command in ("try", "hint"):
        result = cli("day", plain, command)
        assert (result.exit_code, "bare has no tasks by hand" in result.err) == (2, True)


def test_after_a_reset_the_scenes_are_set_anew_and_what_was_done_stays(cli: Cli, hand: str, sqs: Any) -> None:
    sqs.create_queue(QueueName="inbox", Attributes={"VisibilityTimeout": "20"})
    assert _rows(cli, hand)["done"]
    _rows(cli, hand, "mend")
    assert cli("local", "reset", "--yes").exit_code == 0
    again = json.loads(cli("day", hand, "try", "mend", "--output", "json").out)
    assert again["tasks"][0]["done_at"] is not None
    assert [row["state"] for row in again["looked_at"]["rows"]] == ["not"]


def test_cleanup_names_what_the_learner_made_and_takes_it_only_when_asked(cli: Cli, hand: str, sqs: Any) -> None:
    other = sqs.create_queue(QueueName="other")["QueueUrl"]
    _rows(cli, hand)
    url = sqs.create_queue(QueueName="inbox")["QueueUrl"]
    _rows(cli, hand, "mend")
    kept = cli("cleanup", "hand")
    assert kept.exit_code == 0
    assert "inbox (queue)" in kept.out
    assert "aws sqs delete-queue --queue-url" in kept.out
    assert {url, other} <= set(sqs.list_queues()["QueueUrls"])
    taken = cli("cleanup", "hand", "--mine")
    assert (taken.exit_code, "Yours, and goes too: inbox (queue)" in taken.err) == (0, True)
    assert sqs.list_queues()["QueueUrls"] == [other]


def test_what_was_there_before_the_tasks_began_is_never_taken(cli: Cli, hand: str, sqs: Any) -> None:
    url = sqs.create_queue(QueueName="inbox")["QueueUrl"]
    _rows(cli, hand)
    assert "inbox" not in cli("cleanup", "hand", "--mine").both
    assert sqs.list_queues()["QueueUrls"] == [url]


def test_what_the_learner_made_is_theirs_in_the_next_round_too(cli: Cli, hand: str, sqs: Any) -> None:
    _rows(cli, hand, "mend")
    sqs.create_queue(QueueName="inbox")
    assert cli("cleanup", "hand").exit_code == 0  # ends that ledger
    _rows(cli, hand, "mend")
    assert cli("cleanup", "hand", "--mine").exit_code == 0
    assert "QueueUrls" not in sqs.list_queues()


def test_a_solution_is_said_as_commands_with_real_values_and_that_it_was_seen_is_remembered(
    cli: Cli, hand: str, sqs: Any
) -> None:
    said = cli("day", hand, "solve", "own", "--as", "cli")
    assert said.exit_code == 0
    assert "aws sqs create-queue --queue-name inbox --attributes VisibilityTimeout=20" in said.out
    assert "--queue-name   the name of the new queue" in said.out
    mend = cli("day", hand, "solve", "mend", "--as", "cli").out
    [url] = sqs.list_queues(QueueNamePrefix="labcli-hand-")["QueueUrls"]
    assert url in mend  # one line is one command
    assert json.loads(cli("day", hand, "try", "--output", "json").out)["tasks"][0]["solution"] is True


def test_a_solution_in_python_runs_as_it_is_printed(cli: Cli, hand: str, learner: Any) -> None:
    said = cli("day", hand, "solve", "own", "--as", "boto3").out
    script = said.partition("\n\n")[2].rpartition("\nNext:")[0]
    lines = [line for line in cli("local", "env", "--shell", "sh").out.splitlines() if line.startswith("export ")]
    env = dict(line.removeprefix("export ").split("=", 1) for line in lines)
    done = subprocess.run(
        [sys.executable, "-c", script], env={**os.environ, **{name: each.strip("'") for name, each in env.items()}},
        capture_output=True, encoding="utf-8", check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert _rows(cli, hand, "own")["done"]


def test_do_performs_a_solution_and_changes_nothing_where_something_of_that_name_is(
    cli: Cli, hand: str, sqs: Any
) -> None:
    url = sqs.create_queue(QueueName="inbox")["QueueUrl"]
    refused = cli("day", hand, "solve", "own", "--do")
    assert (refused.exit_code, "inbox is there already: nothing was changed" in refused.err) == (1, True)
    asked = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["VisibilityTimeout"])
    assert asked["Attributes"]["VisibilityTimeout"] == "30"
    assert cli("day", hand, "solve", "mend", "--do").exit_code == 0
    assert _rows(cli, hand, "mend")["done"]
