"""Histories as AWS writes them, read: retries, catches, branches, items, ends; and histories that nobody wrote."""

from __future__ import annotations

import random
import time
from typing import Any

import pytest

from labcli.machines.executions import document_of, why
from labcli.machines.history import read_history
from labcli.steps.evidence.pictures import PICTURES
from tests.unit.machines.histories import CHARGE, LARGE, Story, always, flaky, items, large, parallel, slow


def _document(events: list[dict[str, Any]], definition: Any = None, **described: Any) -> dict[str, Any]:
    return document_of(described, events, definition)


def test_a_path_is_the_states_of_the_top_in_order() -> None:
    document = _document(large(), LARGE)
    assert document["path"] == ["ProcessStep1", "HighValue", "QueueForReview"]
    assert (document["status"], document["seconds"], document["error"]) == ("SUCCEEDED", 0.84, None)
    assert document["input"] == {"orderId": "o-2", "amount": 2000}
    assert document["attempts"] == {"ProcessStep1": 1, "HighValue": 1, "QueueForReview": 1}
    assert document["gaps"] == {} and document["branches"] == [] and document["spread"] is None


def test_a_state_that_is_tried_again_stands_in_the_path_once_and_its_gaps_grow() -> None:
    document = _document(always(), CHARGE)
    assert document["path"] == ["Charge", "Stuck"]
    assert document["attempts"]["Charge"] == 4
    assert document["gaps"] == {"Charge": [1.0, 2.0, 4.0]}
    assert (document["status"], document["error"], document["cause"]) == ("FAILED", "OrderStuck", "retries exhausted")
    assert why(document) == "FAILED in Stuck · OrderStuck: retries exhausted"


def test_a_caught_error_is_told_by_its_name_and_the_execution_goes_on() -> None:
    charge, after = read_history(slow(), CHARGE).visits
    assert (charge.status, charge.error, charge.caught) == ("FAILED", "States.Timeout", True)
    assert (after.name, after.status, after.error) == ("AskThePerson", "SUCCEEDED", "")
    charge, _ = read_history(flaky()).visits
    assert (charge.status, charge.error, [each.error for each in charge.attempts]) == (
        "SUCCEEDED", "", ["TransientError", "TransientError", ""],
    )  # fmt: skip


def test_branches_are_told_apart_though_their_events_are_mixed() -> None:
    document = _document(parallel())
    assert [(b["name"], b["index"], b["seconds"], b["status"]) for b in document["branches"]] == [
        ("Charge", 0, 1.0, "SUCCEEDED"), ("Reserve", 1, 0.6, "SUCCEEDED"), ("Email", 2, 0.3, "SUCCEEDED"),
    ]  # fmt: skip
    assert document["spread"] == 1.0
    assert document["path"] == ["Fan"]


def test_the_definition_tells_branches_apart_where_the_events_do_not() -> None:
    names = ("Charge", "Reserve", "Email")
    branches = [{"StartAt": name, "States": {name: {"Type": "Task", "End": True}}} for name in reversed(names)]
    definition = {"StartAt": "Fan", "States": {"Fan": {"Type": "Parallel", "Branches": branches, "End": True}}}
    without = [{**event, "previousEventId": None} for event in parallel()]
    history = read_history(without, definition)
    # Charge began first, and stands last: branches are in the order of the definition, as the results of a Parallel
    assert [(b.index, b.visits[0].name) for b in history.branches] == list(enumerate(reversed(names)))
    assert [visit.name for visit in history.visits] == ["Fan"]


def test_a_branch_that_fails_stops_the_others() -> None:
    history = read_history(parallel("Failed"))
    assert {branch.visits[0].name: branch.status for branch in history.branches} == {
        "Charge": "ABORTED", "Reserve": "ABORTED", "Email": "FAILED",
    }  # fmt: skip
    assert (history.visits[0].status, history.visits[0].error) == ("FAILED", "NoMail")


def test_the_items_of_a_map_have_their_states_and_their_times() -> None:
    history = read_history(items(3))
    assert [visit.name for visit in history.visits] == ["Each"]
    assert [[visit.name for visit in branch.visits] for branch in history.branches] == [["Look", "Pack"]] * 3
    assert [(branch.index, branch.start, branch.end) for branch in history.branches] == [
        (0, 0.0, 0.2), (1, 0.2, 0.4), (2, 0.4, 0.6),
    ]  # fmt: skip


def test_a_map_that_is_tried_again_begins_anew() -> None:
    """AWS writes MapStateStarted again, after an event of the item that failed, and nothing else."""
    story = Story()
    story.enter("Map", "Each")
    begun = story.last
    for attempt in range(3):
        story.at(attempt * 2.0).add("MapStateStarted", "mapStateStarted", after=begun, length=1)
        story.add("MapIterationStarted", "mapIterationStarted", name="Each", index=0)
        begun = story.enter("Fail", "Broken")
        story.at(attempt * 2.0 + 0.5).add("MapIterationFailed", "mapIterationFailed", name="Each", index=0)
    story.add("MapStateFailed", after=begun)
    events = story.end("Failed", error="NoItem", cause="why")
    document = _document(events)
    assert document["attempts"] == {"Each": 3, "Broken": 3}
    assert document["gaps"] == {"Each": [1.5, 1.5]}
    assert [branch["status"] for branch in document["branches"]] == ["FAILED"] * 3
    assert read_history(events).visits[0].error == "NoItem"


def test_a_parallel_inside_a_map_inside_a_parallel() -> None:
    story = Story()
    story.enter("Parallel", "Outer")
    begun = story.add("ParallelStateStarted")
    story.enter("Map", "Middle", after=begun)
    begun = story.add("MapStateStarted", "mapStateStarted", length=1)
    story.add("MapIterationStarted", "mapIterationStarted", after=begun, name="Middle", index=0)
    story.enter("Parallel", "Inner")
    begun = story.add("ParallelStateStarted")
    story.enter("Pass", "Leaf", after=begun)
    story.at(1.0).exit("Pass", "Leaf")
    story.exit("Parallel", "Inner")
    story.add("MapIterationSucceeded", "mapIterationSucceeded", name="Middle", index=0)
    story.exit("Map", "Middle")
    story.exit("Parallel", "Outer")
    history = read_history(story.end(output="[]"))
    assert [(visit.name, visit.depth, visit.status) for visit in history.every] == [
        ("Outer", 0, "SUCCEEDED"), ("Middle", 1, "SUCCEEDED"), ("Inner", 2, "SUCCEEDED"), ("Leaf", 3, "SUCCEEDED"),
    ]  # fmt: skip


@pytest.mark.parametrize(("end", "status"), [("TimedOut", "TIMED_OUT"), ("Aborted", "ABORTED")])
def test_a_state_shares_the_end_of_its_execution(end: str, status: str) -> None:
    story = Story()
    story.enter("Wait", "Nap")
    events = story.at(5.0).end(end, error="States.Timeout")
    document = _document(events)
    assert (document["status"], document["path"], document["seconds"]) == (status, ["Nap"], 5.0)
    assert read_history(events).visits[0].status == status


def test_an_execution_that_runs_has_an_open_state() -> None:
    story = Story()
    story.enter("Task", "Charge")
    story.add("TaskScheduled", "taskScheduled", resourceType="sqs", resource="sendMessage.waitForTaskToken")
    history = read_history(story.events)
    assert (history.status, history.visits[0].status, history.visits[0].end) == ("RUNNING", "RUNNING", None)


def test_a_function_called_by_its_arn_has_events_of_its_own() -> None:
    story = Story()
    story.enter("Task", "Price")
    for start, error in ((0.0, "KeyError"), (1.0, "")):
        story.at(start).add(
            "LambdaFunctionScheduled", "lambdaFunctionScheduled", resource="arn:aws:lambda:r:1:function:f"
        )
        story.add("LambdaFunctionStarted")
        if error:
            story.add("LambdaFunctionFailed", "lambdaFunctionFailed", error=error, cause="{}")
        else:
            story.add("LambdaFunctionSucceeded", "lambdaFunctionSucceeded", output="{}")
    story.exit("Task", "Price")
    visit = read_history(story.end(output="{}")).visits[0]
    assert (visit.resource, visit.tries, visit.gaps, visit.status) == ("lambda", 2, [1.0], "SUCCEEDED")


def test_a_loop_enters_its_state_again_and_again() -> None:
    story = Story()
    for _ in range(3):
        story.enter("Wait", "Nap")
        story.exit("Wait", "Nap")
    document = _document(story.end(output="{}"))
    assert document["path"] == ["Nap"] * 3 and document["attempts"] == {"Nap": 3}


def test_a_history_in_reverse_is_the_same_history() -> None:
    assert _document(large()[::-1])["path"] == _document(large())["path"]


KINDS: list[Any] = [
    "ExecutionStarted", "ParallelStateEntered", "ParallelStateStarted", "ParallelStateFailed", "ParallelStateExited",
    "MapStateEntered", "MapStateStarted", "MapIterationStarted", "MapIterationFailed", "MapIterationSucceeded",
    "MapStateExited", "TaskStateEntered", "TaskScheduled", "TaskFailed", "TaskTimedOut", "TaskSucceeded",
    "TaskStateExited", "ChoiceStateEntered", "FailStateEntered", "ExecutionFailed", "EvaluationFailed", "", None, 5, [],
]  # fmt: skip
STAMPS: list[Any] = ["2026-11-25T09:00:00+00:00", "2026-11-25T09:00:07", "0001-01-01T00:00:00", "no time", None, 7, {}]


def _anything(seed: int, count: int) -> list[Any]:
    """Events that no AWS would write: fields of the wrong sort, ids that come twice, ways that lead in circles."""
    dice = random.Random(seed)
    events: list[Any] = []
    for number in range(1, count + 1):
        event: dict[str, Any] = {
            "id": number if seed % 2 else dice.choice([number, number - 3, None, "x", [0], True]),
            "previousEventId": dice.choice([0, number - 1, number - 1, number, number + 3, None, "z", -5, [1]]),
            "type": dice.choice(KINDS), "timestamp": dice.choice(STAMPS),
            "anyEventDetails": dice.choice([{"name": dice.choice("abc"), "index": dice.choice([0, -2, "x"])}, 5, None]),
        }  # fmt: skip
        for key in dice.sample(list(event), dice.choice([0, 0, 0, 1, 2])):
            del event[key]
        events.append(event)
    return [*events, None, 5, "x", {}, []]


@pytest.mark.parametrize("seed", range(40))
def test_a_history_that_nobody_wrote_is_read_and_drawn_all_the_same(seed: int) -> None:
    document = document_of({}, _anything(seed, 300), {"States": {"a": 5, "b": {"Branches": [{"States": 7}, None]}}})
    assert document["path"]
    for picture in PICTURES.values():
        picture({"": document, "other": document})


@pytest.mark.parametrize("shape", ["anything", "deep", "wide", "items", "tries", "loop", "ends"])
def test_ten_thousand_events_take_no_time(shape: str) -> None:
    events = _many(shape)
    assert len(events) >= 9000
    began = time.process_time()
    document = document_of({}, events, LARGE)
    for picture in PICTURES.values():
        picture({"": document})
    assert time.process_time() - began < 5.0


def _many(shape: str) -> list[Any]:
    story = Story()
    if shape == "anything":
        return _anything(1, 10_000)
    if shape == "items":
        return items(1500)
    if shape == "deep":
        for number in range(3000):
            story.enter("Parallel", f"p{number}")
            story.add("ParallelStateStarted")
        for number in range(3000):
            story.exit("Parallel", f"p{2999 - number}")
    elif shape == "wide":
        story.enter("Parallel", "Fan")
        for _ in range(9000):
            story.enter("Pass", "x", after=0)
    elif shape == "tries":
        story.enter("Task", "T")
        for number in range(3000):
            story.task(number, number + 0.5, "E")
    elif shape == "loop":
        for _ in range(4600):
            story.enter("Pass", "x")
            story.exit("Pass", "x")
    else:
        for number in range(9000):
            story.enter("Pass", "x") if number % 2 else story.end("Failed", error="E")
    return story.end(output="{}")
