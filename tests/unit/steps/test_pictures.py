"""Which documents a picture is made of: one step's, all arms', those inside a block; and those that it is not for."""

from __future__ import annotations

from typing import Any

import pytest

from labcli.lab.model import Step
from labcli.machines.executions import document_of
from labcli.machines.picture import Bars, Timeline, Tree
from labcli.steps.evidence.evidence import Several, Table
from labcli.steps.evidence.proof import prove
from tests.unit.machines.histories import CHARGE, LARGE, always, flaky, large, parallel

CONSUMED = {
    "completed": ["A1"], "completed_count": 1, "failures": 0, "longest_wait": 0.1,
    "events": [{"at": 0.1, "what": "completed", "worker": "worker1", "label": "A1", "id": "i", "receives": 1}],
}  # fmt: skip


def _step(verb: str, *show: str, name: str = "", args: Any = None, **more: Any) -> Step:
    columns = tuple((each, "") for each in show)
    return Step("1", name or "A title", verb, args, ("steps", 0), name=name, show=columns, **more)


def _done(events: list[dict[str, Any]], definition: Any = None) -> dict[str, Any]:
    return {"machine": "flow", **document_of({}, events, definition)}


def test_a_step_shows_its_own_execution() -> None:
    found = prove(_step("execute", "timeline"), _done(large(), LARGE))
    assert isinstance(found, Timeline)
    (execution,) = found.executions
    assert (execution.label, execution.name, execution.status) == ("", "flow", "SUCCEEDED")
    assert [state.what for state in execution.states] == [
        "Task → lambda", "$.total ≥ 1000 → QueueForReview", "sqs:sendMessage",
    ]  # fmt: skip


def test_a_matrix_shows_its_arms_by_their_names() -> None:
    arms = tuple(_step("execute", name=name) for name in ("flaky", "always"))
    document = {"flaky": _done(flaky(), CHARGE), "always": _done(always(), CHARGE), "calls": 9}
    found = prove(_step("execute", "timeline", arms=arms), document)
    assert isinstance(found, Timeline)
    assert [each.label for each in found.executions] == ["flaky", "always"]
    found = prove(_step("execute", "branches", arms=arms), document)
    assert isinstance(found, Bars)
    assert [(bar.label, bar.seconds) for bar in found.bars] == [("flaky", 3.3), ("always", 7.4)]
    assert (found.work, found.elapsed) == (pytest.approx(10.7), 7.4)


def test_a_block_shows_what_its_steps_show_and_tells_executions_from_consumers() -> None:
    work = _step("consume", name="work")
    go = _step("execute", "timeline", name="go")
    document = {"go": _done(large(), LARGE), "work": CONSUMED}
    inner = prove(_step("in_order", steps=(go, work)), document)
    assert isinstance(inner, Timeline) and inner.executions[0].label == "go"
    outer = prove(_step("together", "timeline", steps=(go, work)), document)
    assert isinstance(outer, Timeline) and len(outer.executions) == 1
    for order in ((go, work), (work, go)):
        told = {step.name: document[step.name] for step in order}
        found = prove(_step("together", "deliveries", "attempts", steps=order), told)
        assert isinstance(found, Table) and "A1" in str(found.rows)


def test_a_picture_and_columns_stand_below_each_other() -> None:
    found = prove(_step("execute", "timeline", "branches", "spread"), _done(parallel()))
    assert isinstance(found, Several)
    assert [type(part) for part in found.parts] == [Timeline, Bars, Table]
    assert isinstance(found.parts[-1], Table) and found.parts[-1].rows == ((1.0,),)


def test_a_history_of_aws_is_enough_for_a_timeline() -> None:
    found = prove(_step("do", "timeline"), {"events": large()})
    assert isinstance(found, Timeline)
    assert [state.name for state in found.executions[0].states] == ["ProcessStep1", "HighValue", "QueueForReview"]


def test_a_definition_is_a_tree_whoever_gives_it() -> None:
    for document in ({"name": "flow", "definition": LARGE}, {"definitions": {"flow": LARGE}}, _done(large(), LARGE)):
        found = prove(_step("do", "tree"), document)
        assert isinstance(found, Tree) and found.title == "flow"
        assert [node.name for node in found.nodes] == ["ProcessStep1", "HighValue"]


@pytest.mark.parametrize("show", ["timeline", "branches", "tree", "deliveries", "attempts"])
def test_a_view_of_something_else_shows_nothing_and_breaks_nothing(show: str) -> None:
    for document in (
        {},
        {"events": []},
        {"events": "x"},
        {"events": [5]},
        {"definition": "no JSON"},
        {"events": large()},
    ):
        prove(_step("wait", show), document)
