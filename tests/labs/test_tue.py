"""The promises of Tuesday: what each experiment must show, read from the document of one real run."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.conftest import LABS
from tests.labs.conftest import Walk

pytestmark = pytest.mark.xdist_group("tue")


@pytest.fixture
def tuesday(walk: Callable[..., Walk]) -> Walk:
    return walk(LABS / "week10" / "tue.yaml")


def rows(tuesday: Walk, title: str) -> list[dict[str, Any]]:
    """The evidence of a step: each row by its headings; a list of one is that one."""
    shown = tuesday.step(title)["evidence"]
    plain = [[cell[0] if isinstance(cell, list) and len(cell) == 1 else cell for cell in row] for row in shown["rows"]]
    return [dict(zip(shown["columns"], row, strict=True)) for row in plain]


def calls(tuesday: Walk, operation: str) -> list[Any]:
    """The parameters of the calls of a run to one operation."""
    return [each.params for each in tuesday.run.calls if f"{each.service}.{each.operation}" == operation]


def test_nobody_hears_what_was_published_before_they_subscribed(tuesday: Walk) -> None:
    assert rows(tuesday, "Publish to nobody")[0]["message"]
    late = rows(tuesday, "Too late for the first order")[0]
    assert (late["message in audit"], late["visible"], late["in flight"]) == (None, 0, 0)


def test_one_publish_is_seen_by_one_id_in_the_queue_the_receipt_and_the_log(tuesday: Walk) -> None:
    seen = {row["place"]: row["id"] for row in rows(tuesday, "Publish once")}
    assert list(seen) == ["publish", "audit", "receipts", "log"]
    assert len(set(seen.values())) == 1


def test_a_broken_subscriber_fails_alone(tuesday: Walk) -> None:
    seen = {row["place"]: row["id"] for row in rows(tuesday, "One subscriber is down")}
    assert list(seen) == ["publish", "audit", "receipts", "log"]
    assert len(set(seen.values())) == 1
    assert set(seen.values()).isdisjoint(row["id"] for row in rows(tuesday, "Publish once"))


def test_a_queue_without_a_policy_stays_silent_until_it_is_written(tuesday: Walk) -> None:
    silent, policy = rows(tuesday, "A silent queue")
    assert (silent["message"], silent["visible"], policy["policy"]) == (None, 0, None)
    assert rows(tuesday, "Let the topic in")[0]["permission for"] == "to_billing"
    written = rows(tuesday, "What was written")[0]
    assert (written["who"], written["may"]) == ("sns.amazonaws.com", "sqs:SendMessage")
    assert written["for this topic"].endswith("-orders")
    assert rows(tuesday, "Now it arrives")[0]["got by billing"] == "o-4"


def test_every_policy_is_about_one_topic_and_one_queue(tuesday: Walk) -> None:
    written = [json.loads(each["Attributes"]["Policy"]) for each in calls(tuesday, "sqs.set_queue_attributes")]
    assert len(written) == 13
    for policy in written:
        (one,) = policy["Statement"]
        assert one["Condition"]["ArnEquals"]["aws:SourceArn"].split(":")[2] == "sns"
        assert one["Resource"].split(":")[2] == "sqs"
    topics = [each["SourceArn"].rsplit("-", 1)[-1] for each in calls(tuesday, "lambda.add_permission")]
    assert topics == ["orders", "orders"]


def test_eight_filters_and_four_messages_are_a_table(tuesday: Walk) -> None:
    table = {row.pop("message"): row for row in rows(tuesday, "Who heard what")}
    heard = {message: [queue for queue, mark in row.items() if mark == "✔"] for message, row in table.items()}
    assert heard == {
        "o-1": ["all", "order", "paid", "real", "europe"],
        "o-2": ["all", "order", "paid", "big", "real", "gold"],
        "r-1": ["all", "paid"],
        "x-1": ["all"],
    }
    assert list(table["o-1"]) == ["all", "order", "paid", "big", "real", "europe", "gold", "nobody"]


def test_the_filters_can_be_read_before_the_table_is_shown(tuesday: Walk) -> None:
    shown = rows(tuesday, "Eight subscribers, eight filters")
    said = {row["its subscription"]: row["from, to, filter"] for row in shown}
    assert len(said) == 8
    assert "kind: order, amount: >= 100" in said["to_big"]
    assert "customer.tier: gold (in the body)" in said["to_gold"]


def test_raw_delivery_is_the_message_and_no_envelope(tuesday: Walk) -> None:
    boxed, bare = (json.loads(row["body"]) for row in rows(tuesday, "With the envelope, and without"))
    assert (boxed["Type"], json.loads(boxed["Message"])) == ("Notification", {"orderId": "o-5"})
    assert bare == {"orderId": "o-5"}


def test_a_fifo_topic_keeps_the_order_and_drops_the_copy(tuesday: Walk) -> None:
    seen = rows(tuesday, "In order, and once")
    assert seen[0]["published"] == 4
    assert [row["got by ticker, in order"] for row in seen] == ["P1", "P2", "P3"]


def test_one_listener_fewer_changes_nothing_for_the_others(tuesday: Walk) -> None:
    seen = rows(tuesday, "Unsubscribe")[0]
    assert seen["published"] == seen["got by boxed"]
    assert seen["got by bare"] == 0


def test_five_to_eight_checks_hold_after_a_clean_run(tuesday: Walk) -> None:
    asked = tuesday.verify.document["checks"]
    assert 5 <= len(asked) <= 8
    assert {check["state"] for check in asked} == {"held"}


def test_it_is_quick_enough_to_be_run_at_the_start_of_a_lesson(tuesday: Walk, figure: Callable[[str], None]) -> None:
    seconds = sum(step["seconds"] for step in tuesday.run.document["steps"])
    figure(f"tue: {seconds:.1f} s for all steps (at most 40 s)")
    assert seconds < 40
