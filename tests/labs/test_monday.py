"""The promises of Monday: what each experiment must show, read from the document of one real run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.conftest import LABS
from tests.labs.conftest import Walk

pytestmark = pytest.mark.xdist_group("mon")
DEPTH = ("visible", "in flight", "delayed")


@pytest.fixture
def monday(walk: Callable[..., Walk]) -> Walk:
    return walk(LABS / "week10" / "mon.yaml")


def rows(monday: Walk, title: str) -> list[dict[str, Any]]:
    """The evidence of a step: each row by its headings; a list of one is that one."""
    shown = monday.step(title)["evidence"]
    plain = [[cell[0] if isinstance(cell, list) and len(cell) == 1 else cell for cell in row] for row in shown["rows"]]
    return [dict(zip(shown["columns"], row, strict=True)) for row in plain]


def by_first(monday: Walk, title: str) -> dict[str, dict[str, Any]]:
    """The evidence by the first cell of each row."""
    first = monday.step(title)["evidence"]["columns"][0]
    return {row[first]: row for row in rows(monday, title)}


def depth(row: dict[str, Any]) -> tuple[int, int, int]:
    return tuple(row[name] for name in DEPTH)  # type: ignore[return-value]


def test_four_queues_are_created_and_what_is_special_about_each_is_said(monday: Walk) -> None:
    queues = by_first(monday, "Create four queues")
    assert [(name, row["kind"]) for name, row in queues.items()] == [
        ("dlq", "Standard"), ("orders", "Standard"), ("pay", "FIFO"), ("buffer", "Standard"),
    ]  # fmt: skip
    assert "dlq" in queues["orders"]["what is special about it"]
    assert "content" in queues["pay"]["what is special about it"]


def test_a_received_message_is_in_flight_and_hidden(monday: Walk) -> None:
    sent = rows(monday, "Send one order")[0]
    received = by_first(monday, "Receive it")
    assert depth(sent) == (1, 0, 0)
    assert received["receive"]["message"] == sent["message"]
    assert received["receive again"]["message"] is None
    assert [depth(row) for row in received.values()] == [(0, 1, 0), (0, 1, 0)]


def test_one_message_is_delivered_again_handed_back_taken_and_deleted(monday: Walk) -> None:
    title = "Forget to delete it, hand it back, then delete it"
    seen = by_first(monday, title)
    sent = rows(monday, "Send one order")[0]["message"]
    assert {seen["the timeout ends"]["message"], seen["take it at once"]["message"]} == {sent}
    assert [seen[row]["receives"] for row in ("the timeout ends", "take it at once")] == ["2", "3"]
    assert [depth(row) for row in seen.values()] == [(0, 1, 0), (1, 0, 0), (0, 1, 0), (0, 0, 0)]
    assert any("ReceiptHandle" in each["path"] and "not" in each["expected"] for each in _expected(monday, title))


def test_no_receipt_handle_is_shown(monday: Walk) -> None:
    evidence = [step["evidence"] for step in monday.run.document["steps"]]
    assert "AQEB" not in str(evidence)


def test_a_long_poll_needs_one_call_where_a_short_poll_needs_many(monday: Walk) -> None:
    seen = by_first(monday, "Short polling against long polling")
    assert seen["receive calls"]["short_poll"] > 5
    assert seen["receive calls"]["long_poll"] == 1
    assert all(1.5 < seen["seconds until it came"][queue] < 5 for queue in ("short_poll", "long_poll"))


def test_a_delayed_message_is_delayed_then_arrives(monday: Walk) -> None:
    seen = by_first(monday, "A delayed message")
    assert depth(seen["send, delayed 2 s"]) == (0, 0, 1)
    assert seen["receive at once"]["message"] is None
    assert seen["wait for it"]["message"] == seen["send, delayed 2 s"]["message"]
    assert seen["wait for it"]["seconds"] > 1
    assert depth(seen["delete it"]) == (0, 0, 0)


def test_after_a_crash_standard_overtakes_and_fifo_blocks_the_group(monday: Walk) -> None:
    at_once, later = rows(monday, "A consumer crashes half way")
    assert at_once["orders"] == "(A1: worker dies) A2 A3 B1"
    assert later["orders"] == "A1 (2nd receive)"
    assert at_once["pay"] == "(A1: worker dies) B1"
    assert later["pay"] == "A1 (2nd receive) A2 A3"


def test_standard_takes_a_duplicate_as_a_new_message_and_fifo_drops_it(monday: Walk) -> None:
    seen = by_first(monday, "The same order is sent three times")
    ids = [seen[f"id from the {nth} send"] for nth in ("1st", "2nd", "3rd")]
    assert len({row["orders"] for row in ids}) == 3
    assert len({row["pay"] for row in ids}) == 1
    assert (seen["messages delivered"]["orders"], seen["messages delivered"]["pay"]) == (3, 1)


def test_a_message_in_flight_blocks_its_group_only(monday: Walk) -> None:
    seen = rows(monday, "An order in flight blocks its group")
    assert [row["body"] for row in seen] == ["C1", "D1", None, "C2"]


def test_a_poison_message_holds_nobody_up_and_ends_in_the_dead_letter_queue(monday: Walk) -> None:
    tried = rows(monday, "A poison message")
    poison = [row for row in tried if row["result"] == "failed"]
    good = [row for row in tried if row["result"] == "completed"]
    assert [row["receive"] for row in poison] == ["1st", "2nd", "3rd"]
    assert [row["body"] for row in good] == ["o-5", "o-6"]
    assert max(float(row["at, s"]) for row in good) < float(poison[1]["at, s"])

    dead = rows(monday, "Find it in the dead-letter queue")[0]
    assert {row["message"] for row in poison} == {dead["message"]}
    assert depth(dead) == (1, 0, 0)
    source = next(e for e in _expected(monday, "Find it in the dead-letter queue") if "SourceArn" in e["path"])
    assert source["seen"].endswith("-orders")


def test_a_timeout_that_is_too_short_does_the_work_twice(monday: Walk) -> None:
    seen = by_first(monday, "A visibility timeout that is too short")
    assert seen["1st delivery"]["timeout_1s"] == seen["2nd delivery"]["timeout_1s"]
    assert seen["2nd delivery"]["timeout_30s"] is None
    assert (seen["packed"]["timeout_1s"], seen["packed"]["timeout_30s"]) == (["o-7", "o-7"], "o-7")


def test_sends_succeed_while_no_consumer_runs(monday: Walk) -> None:
    closed, opened = rows(monday, "The warehouse is closed, the shop goes on")
    assert (closed["messages"], depth(closed)) == (20, (20, 0, 0))
    assert (opened["messages"], depth(opened)) == (20, (0, 0, 0))
    assert opened["waited, s"] > 0.5


def test_the_queue_absorbs_a_burst_and_the_depth_falls_to_nothing(monday: Walk) -> None:
    plot = monday.step("Load levelling")["evidence"]
    waiting = [y for _, y in plot["points"]]
    top = waiting.index(max(waiting))
    assert max(waiting) > 30
    assert waiting[-1] == 0
    assert waiting[top:] == sorted(waiting[top:], reverse=True)
    assert len(waiting) > 6
    assert [note.split(":")[0] for note in plot["notes"]] == ["burst", "worker"]


def test_a_redrive_takes_the_dead_letter_back_to_its_queue_as_a_new_message(monday: Walk) -> None:
    title = "Redrive, back to where it came from"
    shown = [dict(row) for row in rows(monday, title)]
    moved, back = (next(row for row in shown if row.get(key)) for key in ("moved", "body"))
    dead = rows(monday, "Find it in the dead-letter queue")[0]
    assert (moved["status"], moved["moved"]) == ("COMPLETED", 1)
    assert (back["body"], back["receives"]) == (dead["body"], "1")
    assert back["message"] != dead["message"]


def test_five_to_eight_checks_hold_after_a_clean_run(monday: Walk) -> None:
    asked = monday.verify.document["checks"]
    assert 5 <= len(asked) <= 8
    assert {check["state"] for check in asked} == {"held"}


def _expected(monday: Walk, title: str) -> list[dict[str, Any]]:
    return list(monday.step(title)["expectations"])
