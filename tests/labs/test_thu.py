"""The promises of Thursday, from the document of one real run; and what becomes of Wednesday's machine."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest

from tests.conftest import LABS, Cli
from tests.labs.conftest import Walk
from tests.labs.evidence import executions, path, rows
from tests.look import Look

pytestmark = pytest.mark.xdist_group("thu")
DONE = ("charge", "reserve", "email")


@pytest.fixture
def thursday(walk: Callable[..., Walk]) -> Walk:
    return walk(LABS / "week10" / "thu.yaml")


def test_a_small_order_is_approved_and_the_queue_stays_empty(thursday: Walk) -> None:
    small = executions(thursday, "A small order")["small"]
    assert path(small) == ["AmountIsRight", "ProcessStep1", "HighValue", "AutoApprove"]
    assert small["output"]["decision"] == "approved"
    assert rows(thursday, "A small order")[0]["messages on review"] == "0"


def test_bad_amounts_are_turned_away_before_the_function_is_called(thursday: Walk) -> None:
    seen = executions(thursday, "Two that make no sense")
    assert [each["input"]["amount"] for each in seen.values()] == [-5, "2000"]
    assert all(path(each) == ["AmountIsRight", "Rejected"] for each in seen.values())
    assert all(each["status"] == "FAILED" and "InvalidAmount" in each["error"] for each in seen.values())


def test_a_large_order_leaves_one_message_and_its_id_is_in_two_places(thursday: Walk) -> None:
    title = "A large order, and the message that it leaves"
    large = executions(thursday, title)["large"]
    assert path(large) == ["AmountIsRight", "ProcessStep1", "HighValue", "QueueForReview"]
    seen = rows(thursday, title)
    assert [row["place"] for row in seen] == ["large", "received"]
    assert {row["id"] for row in seen} == {large["output"]["queued"]["MessageId"]}


def test_parallel_takes_as_long_as_its_slowest_branch_and_a_sequence_the_sum(thursday: Walk) -> None:
    seen = executions(thursday, "One after the other, and all at once")
    worked = seen["at_once"]["output"]["results"]
    assert tuple(each["work"] for each in worked) == DONE
    assert max(each["start"] for each in worked) < min(each["end"] for each in worked)
    in_order = [seen["in_sequence"]["output"][key]["done"] for key in ("charged", "reserved", "emailed")]
    assert all(before["end"] <= after["start"] for before, after in pairwise(in_order))
    assert seen["in_sequence"]["seconds"] > 1.9
    fan = seen["at_once"]["rows"][0]
    assert 1.0 <= fan["seconds"] < seen["in_sequence"]["seconds"]


def test_a_branch_that_fails_stops_the_others_and_is_compensated(thursday: Walk) -> None:
    failed = executions(thursday, "A branch fails")["at_once"]
    assert path(failed) == ["Fan", "Compensate"]
    status = {row["state"]: row["status"] for row in failed["rows"] if row["in"]}
    assert (status["Charge"], status["Reserve"]) == ("ABORTED", "FAILED")
    assert failed["output"]["compensated"] == {"done": "refund"}


def test_a_map_with_a_limit_of_two_works_in_two_waves(thursday: Walk) -> None:
    bars = thursday.step("A list of four, two at a time")["evidence"]["bars"]
    starts, ends = sorted(bar["start"] for bar in bars), sorted(bar["start"] + bar["seconds"] for bar in bars)
    assert len(bars) == 4
    assert starts[1] < ends[0] <= starts[2] + 0.01


def test_an_execution_waits_and_an_answer_lets_it_go_on(thursday: Walk) -> None:
    waits = rows(thursday, "An execution waits for a person")[0]
    assert (waits["last event"], waits["status"], waits["output"]) == ("TaskSubmitted", "RUNNING", None)
    assert rows(thursday, "The person answers")[0]["order"] == "o-2"
    after = executions(thursday, "And the execution goes on")["approval"]
    assert path(after) == ["AskThePerson", "Approved"]
    assert after["output"]["answer"] == {"approved": True, "by": "you"}


def test_nobody_answers_and_the_order_is_escalated(thursday: Walk) -> None:
    late = executions(thursday, "Nobody answers")["approval"]
    assert path(late) == ["AskThePerson", "Escalated"]
    assert late["seconds"] >= 2


def test_no_task_token_is_told(thursday: Walk) -> None:
    tokens = {each.params["taskToken"] for each in thursday.run.calls if each.operation == "send_task_success"}
    assert len(tokens) == 1
    assert tokens.pop() not in json.dumps(thursday.run.document)


def test_five_to_eight_checks_hold_after_a_clean_run(thursday: Walk) -> None:
    asked = thursday.verify.document["checks"]
    assert 5 <= len(asked) <= 8
    assert {check["state"] for check in asked} == {"held"}


def test_the_run_is_over_in_less_than_a_minute(thursday: Walk) -> None:
    assert thursday.run.document["seconds"] < 60


class Machine:
    """Wednesday's machine as an independent client sees it: its definition, and what its role may do."""

    def __init__(self, boto: Callable[[str], Any]) -> None:
        self._states, self._iam = boto("stepfunctions"), boto("iam")

    def look(self) -> tuple[dict[str, Any], dict[str, Any]]:
        listed = self._states.list_state_machines()["stateMachines"]
        arn = next(each["stateMachineArn"] for each in listed if each["name"].endswith("-flow"))
        found = self._states.describe_state_machine(stateMachineArn=arn)
        role = found["roleArn"].rpartition("/")[2]
        policy = self._iam.get_role_policy(RoleName=role, PolicyName="labcli")["PolicyDocument"]
        return json.loads(found["definition"]), policy


def _said(cli: Cli, *arguments: str) -> dict[str, Any]:
    result = cli(*arguments, "--output", "json")
    assert result.exit_code == 0, result.both
    document: dict[str, Any] = json.loads(result.out)
    return document


def _states(document: dict[str, Any]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for each in document["checks"]:
        found.setdefault(each["day"], set()).add(each["state"])
    return found


def test_thursday_changes_a_live_wednesday_and_puts_it_back(cli: Cli, boto: Callable[[str], Any], look: Look) -> None:
    _said(cli, "day", "wed", "run")
    machine = Machine(boto)
    before = machine.look()

    run = _said(cli, "day", "thu", "run")
    assert run["notes"] == []
    definition, policy = machine.look()
    assert "QueueForReview" in definition["States"]
    assert "sqs:SendMessage" in json.dumps(policy)
    assert _states(_said(cli, "verify", "wed", "thu")) == {"wed": {"held"}, "thu": {"held"}}

    assert _said(cli, "cleanup", "thu")["put_back"] == ["wed.flow"]
    assert machine.look() == before
    assert _states(_said(cli, "verify", "wed")) == {"wed": {"held"}}

    _said(cli, "cleanup", "--all")
    assert look.left() == []


def test_thursday_alone_makes_what_it_needs_and_taking_wednesday_away_takes_both(
    cli: Cli, boto: Callable[[str], Any], look: Look
) -> None:
    run = _said(cli, "day", "thu", "run")
    assert ["resources were made first" in note for note in run["notes"]] == [True]
    assert "QueueForReview" in Machine(boto).look()[0]["States"]
    assert _states(_said(cli, "verify", "thu")) == {"thu": {"held"}}

    taken = _said(cli, "cleanup", "wed")
    assert {each["day"] for each in taken["resources"]} == {"wed", "thu"}
    assert look.left() == []
