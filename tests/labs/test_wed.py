"""The promises of Wednesday: what each experiment must show, read from the document of one real run."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest

from tests.conftest import LABS
from tests.labs.conftest import Walk
from tests.labs.evidence import executions, path, rows

pytestmark = pytest.mark.xdist_group("wed")


@pytest.fixture
def wednesday(walk: Callable[..., Walk]) -> Walk:
    return walk(LABS / "week10" / "wed.yaml")


def gaps(execution: dict[str, Any]) -> list[float]:
    """Seconds between the end of an attempt at Charge and the start of the next one."""
    tries = execution["rows"][0]["attempts"]
    return [after["start"] - before["start"] - before["seconds"] for before, after in pairwise(tries)]


def test_a_call_that_works_can_tell_of_a_function_that_failed(wednesday: Walk) -> None:
    good, bad = rows(wednesday, "Call it, with an order and without")
    assert (good["status code"], good["FunctionError"], good["answer"]) == (200, None, 110.0)
    assert (bad["status code"], bad["FunctionError"], bad["answer"]) == (200, "Unhandled", "KeyError")


def test_started_is_not_done_and_a_second_start_of_the_same_is_the_first(wednesday: Walk) -> None:
    start, look, again, done = rows(wednesday, "Start an order that takes two seconds")
    assert start["took, s"] < 1.5 and again["took, s"] < 1.5
    assert (look["status"], look["total"]) == ("RUNNING", None)
    assert (done["status"], done["total"]) == ("SUCCEEDED", 110.0)
    same = [each for each in wednesday.run.calls if each.params.get("name") == "order-1"]
    assert [each.operation for each in same] == ["start_execution"] * 3  # the third is for another order
    expected = wednesday.step("Start an order that takes two seconds")["expectations"]
    arn = next(each for each in expected if each["path"] == "again: executionArn")
    assert arn["seen"].endswith(":order-1")


def test_a_name_is_used_once(wednesday: Walk) -> None:
    seen = rows(wednesday, "A name is used once")[0]
    assert seen["error"] == "ExecutionAlreadyExists"
    assert ":order-1" in seen["message"]


def test_a_history_is_events_that_follow_each_other(wednesday: Walk) -> None:
    seen = rows(wednesday, "Read the history")
    events = [row["event"] for row in seen]
    assert (events[0], events[-1]) == ("ExecutionStarted", "ExecutionSucceeded")
    assert events.index("TaskStateEntered") < events.index("TaskStateExited")
    assert [row["no."] for row in seen] == sorted(row["no."] for row in seen)
    assert all(row["comes after"] < row["no."] for row in seen)


def test_result_selector_and_result_path_shape_the_output(wednesday: Walk) -> None:
    plain, selected, beside = rows(wednesday, "Shape what comes out")
    assert "customer" not in plain["the output has"] and "Payload" in plain["the output has"]
    assert (selected["the output has"], selected["the total is at"]) == ("total", "total")
    assert (beside["the output has"], beside["the total is at"]) == ("customer, order, pricing", "pricing.total")


def test_retries_wait_longer_each_time_and_only_for_the_error_that_they_name(wednesday: Walk) -> None:
    seen = executions(wednesday, "Three payments")
    assert {name: each["status"] for name, each in seen.items()} == {
        "flaky": "SUCCEEDED", "always": "FAILED", "declined": "SUCCEEDED"
    }  # fmt: skip
    assert [len(seen[name]["rows"][0]["attempts"]) for name in ("flaky", "always", "declined")] == [3, 4, 1]
    assert gaps(seen["flaky"]) == pytest.approx([1, 2], abs=0.9)
    assert gaps(seen["always"]) == pytest.approx([1, 2, 4], abs=0.9)
    assert path(seen["always"]) == ["Charge", "Stuck"] and "OrderStuck" in seen["always"]["error"]
    assert path(seen["declined"]) == ["Charge", "Cancelled"]


def test_a_timeout_ends_the_waiting_and_not_the_function(wednesday: Walk) -> None:
    title = "A bank that does not answer"
    slow = executions(wednesday, title)["slow"]
    assert path(slow) == ["Charge", "AskTheBank"]
    assert slow["rows"][0]["attempts"][0]["error"] == "States.Timeout"
    assert 1.9 < slow["seconds"] < 4
    assert rows(wednesday, title)[0]["the log of ChargeCard"].strip() == "CHARGED slow"


def test_a_choice_sends_two_orders_two_ways(wednesday: Walk) -> None:
    seen = executions(wednesday, "A small order and a large one")
    assert {name: path(each)[1:] for name, each in seen.items()} == {
        "small": ["HighValue", "Small"], "large": ["HighValue", "Large"]
    }  # fmt: skip
    assert [seen[name]["output"]["total"] for name in ("small", "large")] == [110.0, 2200.0]


def test_the_failed_execution_is_found_by_its_status(wednesday: Walk) -> None:
    failed, succeeded, why = [row["answer"] for row in rows(wednesday, "Look for what went wrong")]
    assert failed == "pay-always"
    assert succeeded == "pay-declined, pay-flaky, pay-slow"
    assert why.startswith("OrderStuck")


def test_five_to_eight_checks_hold_after_a_clean_run(wednesday: Walk) -> None:
    asked = wednesday.verify.document["checks"]
    assert 5 <= len(asked) <= 8
    assert {check["state"] for check in asked} == {"held"}


def test_the_run_is_over_in_less_than_a_minute(wednesday: Walk) -> None:
    assert wednesday.run.document["seconds"] < 60
