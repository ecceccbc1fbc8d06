"""The promises of Friday: eight messages accounted for, a burst with and without a queue, and a week taken away."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import LABS, Cli, Result
from tests.holding import held
from tests.labs.conftest import Walk
from tests.look import Look

pytestmark = pytest.mark.xdist_group("fri")
FRI = LABS / "week10" / "fri.yaml"


@pytest.fixture
def friday(walk: Callable[..., Walk]) -> Walk:
    return walk(FRI)


def rows(step: dict[str, Any]) -> list[dict[str, Any]]:
    """The table under a step, each row by its headings."""
    shown = step["evidence"]
    table = next(each for each in shown.get("parts", [shown]) if "columns" in each)
    return [dict(zip(table["columns"], row, strict=True)) for row in table["rows"]]


def by_first(step: dict[str, Any]) -> dict[str, list[Any]]:
    """The rest of each row by its first cell."""
    return {row[0]: row[1:] for row in step["evidence"]["rows"]}


# -- Friday alone ------------------------------------------------------------------------------------------------------


def test_five_executions_run_and_one_of_them_fails(friday: Walk) -> None:
    seen = {row["execution"]: row["status"] for row in rows(friday.step("Five executions, started by the function"))}
    assert seen == {f"order-o-{n}": "FAILED" if n == 4 else "SUCCEEDED" for n in range(1, 6)}


def test_order_3_was_tried_again_and_order_4_was_not(friday: Walk) -> None:
    drawn = friday.step("Order 3 had a bad moment, order 4 was none")["evidence"]["executions"]
    tried = {each["label"]: [len(row["attempts"]) for row in each["rows"] if row["state"] == "Price"] for each in drawn}
    assert tried == {"order_3": [2], "order_4": [1]}


def test_each_of_the_eight_messages_is_accounted_for(friday: Walk) -> None:
    step = friday.step("Account for all eight")
    heard = by_first(step)
    assert step["evidence"]["columns"] == ["message", "audit", "ship", "review", "dlq"]
    assert {message: "".join(cells) for message, cells in heard.items()} == {
        "o-1": "✔✔··", "o-2": "✔·✔·", "o-3": "✔✔··", "o-4": "✔···", "o-5": "✔✔··", "o-6": "✔···", "{no json": "✔··✔",
    }  # fmt: skip
    seen = {each["path"]: each["seen"] for each in step["expectations"]}
    assert seen["audit.completed_count"] == 8
    assert [seen[path] for path in seen if path.startswith("length([ship")] == [6]


def test_without_a_queue_what_has_no_place_is_refused(friday: Walk) -> None:
    row = rows(friday.step("Ten at once, and no queue"))[0]
    assert row["asked"] == row["served"] + row["refused (429)"] == 10
    assert row["served"] == row["on packed"] > 0
    assert row["refused (429)"] > 3
    assert row["the error"] == "Lambda.TooManyRequestsException"


def test_with_a_queue_none_is_refused_and_the_burst_becomes_time(friday: Walk) -> None:
    step = friday.step("The same ten, through a queue")
    seen = {each["path"]: each["seen"] for each in step["expectations"]}
    assert seen["packed.completed_count"] == 10
    assert seen["packed.seconds"] > 3
    waiting = [depth for _, depth in step["evidence"]["points"]]
    assert max(waiting) > 3
    assert waiting[-1] == 0


def test_the_three_columns_of_the_inventory(friday: Walk) -> None:
    counted = by_first(friday.step("Three ways to ask what is there"))
    assert counted["all"][0] == counted["all"][1] == 25
    assert {kind: cells[1] for kind, cells in counted.items() if kind != "all"} == {
        "queue": 7, "topic": 1, "subscription": 2, "function": 3, "mapping": 2, "machine": 2, "role": 5, "log_group": 3,
    }  # fmt: skip
    assert counted["role"][2] == counted["subscription"][2] == 0 < counted["queue"][2]
    assert by_first(friday.step("The same three questions again")) == {"all": [0, 0, 0]}


def test_the_wrong_order_leaves_the_mapping_and_keeps_the_role(friday: Walk) -> None:
    row = rows(friday.step("The wrong order, once, to see it"))[0]
    assert row["mapping"]
    assert row["its function"] == "ResourceNotFoundException"
    refused = rows(friday.step("A role that still holds a policy"))[0]
    assert refused["error"] == "DeleteConflict"


def test_the_log_outlives_its_function(friday: Walk) -> None:
    row = rows(friday.step("What a function leaves behind"))[0]
    assert row["log group"].endswith("-start")
    assert row["it still says"].startswith("DUPLICATE o-1")


def test_everything_goes_from_the_entrance_to_the_permissions(friday: Walk) -> None:
    order = (
        "delete_topic", "delete_event_source_mapping", "delete_state_machine", "delete_function", "delete_log_group",
        "delete_queue", "delete_role",
    )  # fmt: skip
    deletes = [call for call in friday.run.calls if call.operation in order]
    wrong = deletes.pop(1)  # the function start, before its mapping: on purpose
    assert (wrong.operation, wrong.params["FunctionName"][-6:]) == ("delete_function", "-start")
    refused = next(call for call in deletes if call.operation == "delete_role")
    assert sum(call == refused for call in deletes) == 2, "refused first, gone after its policy"
    told = [order.index(call.operation) for call in deletes]
    assert told == sorted(told)
    assert "unsubscribe" not in [call.operation for call in friday.run.calls], "topics take subscriptions along"
    queues = [call.params["QueueUrl"].rpartition("-")[2] for call in deletes if call.operation == "delete_queue"]
    assert queues.index("ingest") < queues.index("dlq")


def test_verify_holds_after_all_is_gone_and_cleanup_has_nothing_to_do(friday: Walk) -> None:
    asked = friday.verify.document["checks"]
    assert 5 <= len(asked) <= 8
    assert {check["state"] for check in asked} == {"held"}
    assert [call.operation for call in friday.cleanup.calls if call.operation.startswith("delete")] == []


# -- the other days are live ----------------------------------------------------------------------------------------

DAYS = {
    "mon": """
resources:
  dlq: {queue: standard}
  jobs: {queue: standard, dead_letter: {to: dlq, after: 3}}
  orders: {queue: standard}
steps:
- create: [dlq, jobs, orders]
""",
    "tue": """
resources:
  orders: {topic: standard}
  audit: {queue: standard}
  notify: {function: work.py}
  to_audit: {subscription: orders, to: audit}
  to_notify: {subscription: orders, to: notify}
steps:
- create: [to_audit, to_notify]
""",
    "wed": """
resources:
  work: {function: work.py}
  flow:
    machine: {StartAt: Wait, States: {Wait: {Type: Wait, Seconds: 600, End: true}}}
    may: [invoke work]
steps:
- create: [work, flow]
- do: stepfunctions.start_execution
  with: {stateMachineArn: "${flow.arn}", input: {}}
""",
    "thu": """
needs: [wed]
resources:
  review: {queue: standard}
  feed: {mapping: review, to: work}
  work: {function: work.py}
steps:
- create: [feed]
- update: wed.flow
  to:
    machine: {StartAt: Done, States: {Done: {Type: Succeed}}}
""",
}
"""The other days in small: every kind of resource, an execution that runs, a machine that another day has changed."""


@dataclass(frozen=True)
class Week:
    """Four other days in small, live; a lab of another week, live too."""

    cli: Cli
    folder: Path
    look: Look

    def run(self, day: str) -> Result:
        return self.cli("day", str(self.folder / f"{day}.yaml"), "run", "-q")

    def left(self) -> list[str]:
        return self.look.left()

    def live(self) -> set[str]:
        """The days of which anything is live."""
        said = " ".join(self.left())
        return {day for day in (*DAYS, "fri", "other") if f"labcli-{day}-" in said}


@pytest.fixture
def week(home: Path, look: Look, tmp_path: Path) -> Iterator[Week]:
    folder = tmp_path / "week10"
    folder.mkdir()
    (folder / "work.py").write_text("def handler(event, context):\n    return {}\n", "utf-8")
    for day, text in DAYS.items():
        (folder / f"{day}.yaml").write_text(f"lab: {day}\ntitle: A day\nweek: 10\n{text.lstrip()}", "utf-8")
    other = "resources:\n  orders: {queue: standard}\nsteps:\n- create: [orders]\n"
    (folder / "other.yaml").write_text(f"lab: other\ntitle: Another week\nweek: 11\n{other}", "utf-8")
    week = Week(Cli(home), folder, look)
    for day in (*DAYS, "other"):
        result = week.run(day)
        assert result.exit_code == 0, result.both
    assert week.live() == {*DAYS, "other"}
    yield week


def said(result: Result) -> dict[str, Any]:
    return dict(json.loads(result.out))


def test_friday_takes_the_other_days_away_and_nothing_of_another_week(week: Week) -> None:
    result = week.cli("day", str(FRI), "run", "--output", "json")
    document = said(result)
    steps = {step["title"]: step for step in document["steps"]}
    assert result.exit_code == 0, [step for step in document["steps"] if step["state"] != "passed"]
    assert week.live() == {"other"}
    assert len(week.left()) == 1

    counted = by_first(steps["Three ways to ask what is there"])
    assert counted["all"][0] == counted["all"][1] == 25 + 3 + 7 + 5 + 5
    days = [row["day"] for row in rows(steps["Queues, each before its dead-letter queue"])]
    assert days == ["fri", "mon", "tue", "thu"]
    gone = {row["day"]: row["deleted"] for row in rows(steps["And the subscriptions"])}
    assert gone == {"fri": "was gone", "tue": "was gone"}

    checks = said(week.cli("verify", str(FRI), "--output", "json"))["checks"]
    assert {check["state"] for check in checks} == {"held"}
    for day in DAYS:
        assert "taken away" in week.cli("verify", str(week.folder / f"{day}.yaml")).out
    receipt = said(week.cli("cleanup", "--all", "--output", "json"))
    assert [each["name"] for each in receipt["resources"]] == ["orders"], "the other week's; the rest is gone already"
    assert week.left() == []


def test_a_day_that_runs_again_after_friday_is_seen_by_its_check(week: Week) -> None:
    assert week.cli("day", str(FRI), "run", "-q", "--from", "24").exit_code == 0
    assert week.cli("verify", str(FRI)).exit_code == 0
    assert week.run("mon").exit_code == 0
    states = [check["state"] for check in said(week.cli("verify", str(FRI), "--output", "json"))["checks"]]
    assert states[0] == "not"
    assert set(states[1:]) == {"held"}, "of Friday itself nothing is there"
    assert week.cli("cleanup", "mon").exit_code == 0
    assert week.cli("verify", str(FRI)).exit_code == 0


def test_what_was_deleted_by_hand_does_not_stop_friday(week: Week) -> None:
    topic = next(each["TopicArn"] for each in week.look.client("sns").list_topics()["Topics"])
    week.look.client("sns").delete_topic(TopicArn=topic)
    result = week.cli("day", str(FRI), "run", "--output", "json", "--from", "11")
    document = said(result)
    assert result.exit_code == 0, [step for step in document["steps"] if step["state"] == "failed"]
    counted = by_first(next(step for step in document["steps"] if step["title"] == "Three ways to ask what is there"))
    assert (counted["topic"], counted["subscription"][:2]) == ([2, 1, 1], [4, 2])
    assert week.live() == {"other"}


def test_a_day_at_which_somebody_works_stops_friday_and_loses_nothing(week: Week) -> None:
    with held(week.cli, "tue"):
        result = week.cli("day", str(FRI), "run", "--from", "12")
        assert result.exit_code == 1
        assert "busy" in result.both
        assert week.live() == {*DAYS, "fri", "other"}, "tue still has its topic"
    assert week.cli("day", str(FRI), "run", "-q", "--from", "12").exit_code == 0
    assert week.live() == {"other"}
