"""The verb ``publish``: what a lab may say, the calls that it becomes, what it gives; what it shares with ``send``."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from labcli.aws.resources.base import Place
from labcli.aws.targets import Target
from labcli.errors import LabcliError
from labcli.lab.check import checked
from labcli.lab.model import Call, Effect, Lab
from labcli.lab.reader import Findings
from labcli.lab.scope import Scope
from labcli.run.resume import start_at
from labcli.steps.language import LANGUAGE
from labcli.steps.verb import Result
from labcli.steps.verbs.publish import Publish
from labcli.steps.world import World
from tests.conftest import LABS
from tests.unit.conftest import CATALOG, Check, Mistakes

HEAD = """\
lab: t
title: T
resources: {news: {topic: standard}, prices: {topic: fifo}, sums: {topic: fifo, dedup: content},
  audit: {queue: standard}, s: {subscription: news, to: audit}}
steps:
- create: [news, prices, sums, audit, s]
"""
"""Six lines and a step: what a test adds is step 2, on line 7."""


@pytest.fixture
def said(mistakes: Mistakes) -> Mistakes:
    """The mistakes of one step, as ``column message``."""
    return lambda text: [each.split(":", 1)[1] for each in mistakes(f"{HEAD}- {{publish: {{{text}}}}}\n")]


class Port:
    """A run's side of a step that publishes: it answers as told, and remembers the calls."""

    def __init__(self, *answers: Mapping[str, Any]) -> None:
        self.answers = list(answers)
        self.calls: list[Call] = []

    def call(self, call: Call, aws: Any, about: str) -> dict[str, Any]:
        self.calls.append(call)
        return dict(self.answers.pop(0)) if self.answers else {"MessageId": "m"}

    def attributes(self, name: str) -> Mapping[str, Any]:
        return {"arn": f"arn:{name}", "url": f"http://{name}"}

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"no step that publishes needs {name}")


@pytest.fixture
def published(good: Check) -> Callable[..., tuple[Result, list[Call]]]:
    """What a publish gives, and the calls that it makes."""

    def run(text: str, *answers: Mapping[str, Any]) -> tuple[Result, list[Call]]:
        lab, port = good(f"{HEAD}- {{publish: {{{text}}}}}\n"), Port(*answers)
        target = Target("local", Place("1", "r"), owner="local")
        world = World(port, Nobody(), target, CATALOG, lab, {}, time.monotonic, no_sleep, lambda waiting: None)
        return Publish().run(lab.steps[1], world), port.calls

    return run


class Nobody:
    def call(self, service: str, operation: str, params: Mapping[str, Any]) -> dict[str, Any]:
        raise AssertionError("calls go through the port")


def no_sleep(seconds: float) -> None:
    raise AssertionError("a publish waits for nothing")


# --- what a lab may say


@pytest.mark.parametrize(
    "text",
    [
        "to: news, bodies: [a, {b: 1}]",
        "to: news, count: 25",
        "to: news, messages: [{body: a, subject: Hello, attributes: {kind: order, amount: 4.5, tags: [x, y]}}]",
        "to: sums, groups: {A: [a]}",
        "to: prices, messages: [{body: a, group: g, dedup: d}]",
    ],
)
def test_a_publish_is_said(said: Mistakes, text: str) -> None:
    assert said(text) == []


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ("to: new, bodies: [a]", "18 no resource `new` in this lab; did you mean `news`?"),
        ("to: audit, bodies: [a]", "18 `audit` is a queue, not a topic"),
        ("bodies: [a]", "13 `publish` has no `to`"),
        ("to: news", "13 `publish` has one of `bodies`, `groups`, `count` and `messages`"),
        ("to: news, bodies: []", "32 `publish` has nothing to send"),
        ("to: news, messages: [{body: a, delay: 2}]",
         "45 unknown key `delay` in a message; it has attributes, body, dedup, group, subject"),
        ("to: news, messages: [{body: a, attributes: {x: true}}]",
         "60 an attribute is text or a number or a list of texts"),
        ("to: news, messages: [{body: a, attributes: {x: [1]}}]", "60 an attribute that is a list holds texts"),
        ("to: news, messages: [{body: a, dedup: d}]", "3 `news` is a Standard topic: it does not deduplicate"),
        ("to: sums, bodies: [a]", "3 `sums` is a FIFO topic: its messages need a group (`groups: {A: […]}`)"),
        ("to: prices, groups: {A: [a]}",
         "3 `prices` does not deduplicate by content: its messages need a `dedup` id"),
    ],
)  # fmt: skip
def test_a_mistake_in_a_publish_is_named(said: Mistakes, text: str, mistake: str) -> None:
    assert [each.split(" ", 1)[1] for each in said(text)] == [mistake.split(" ", 1)[1]]


def test_a_subject_is_one_short_line(said: Mistakes) -> None:
    for subject in ("x" * 100, '"a\\nb"', '"a\\u200bb"'):
        found = said(f"to: news, messages: [{{body: a, subject: {subject}}}]")
        assert [each.split(" ", 1)[1] for each in found] == ["a `subject` is one line of at most 99 characters"]


def test_a_list_as_an_attribute_is_for_topics_only(mistakes: Mistakes) -> None:
    found = mistakes(f"{HEAD}- {{send: {{to: audit, messages: [{{body: a, attributes: {{x: [y]}}}}]}}}}\n")
    assert [each.split(" ", 1)[1] for each in found] == ["an attribute is text or a number"]


# --- the calls


def test_one_message_is_one_call(published: Callable[..., tuple[Result, list[Call]]]) -> None:
    attributes = "{kind: order, amount: 42, rate: 0.5, tags: [a, b], own: {DataType: Binary, BinaryValue: x}}"
    text = f"to: news, messages: [{{body: {{id: 1}}, subject: Hi, attributes: {attributes}}}]"
    ran, calls = published(text, {"MessageId": "m-1"})
    assert [str(call) for call in calls] == ["sns.publish"]
    assert calls[0].params == {
        "TopicArn": "arn:news", "Message": '{"id": 1}', "Subject": "Hi",
        "MessageAttributes": {
            "kind": {"DataType": "String", "StringValue": "order"},
            "amount": {"DataType": "Number", "StringValue": "42"},
            "rate": {"DataType": "Number", "StringValue": "0.5"},
            "tags": {"DataType": "String.Array", "StringValue": '["a", "b"]'},
            "own": {"DataType": "Binary", "BinaryValue": "x"},
        },
    }  # fmt: skip
    assert ran.document == {"ids": ["m-1"], "sent_count": 1, "distinct_ids": 1, "sequence_numbers": []}


def test_more_are_batches_of_ten_and_the_ids_are_in_order(published: Callable[..., tuple[Result, list[Call]]]) -> None:
    def answer(numbers: range) -> dict[str, Any]:
        return {"Successful": [{"Id": f"m{n}", "MessageId": f"id-{n}"} for n in reversed(numbers)], "Failed": []}

    ran, calls = published("to: news, count: 12", answer(range(1, 11)), answer(range(11, 13)))
    assert [len(call.params["PublishBatchRequestEntries"]) for call in calls] == [10, 2]
    assert calls[1].params["PublishBatchRequestEntries"][0] == {"Id": "m11", "Message": "11"}
    assert ran.document["ids"] == [f"id-{number}" for number in range(1, 13)]


def test_groups_and_deduplication_ids_go_to_a_fifo_topic(published: Callable[..., tuple[Result, list[Call]]]) -> None:
    _, calls = published("to: prices, messages: [{body: a, group: g, dedup: d}]")
    assert calls[0].params["MessageGroupId"] == "g"
    assert calls[0].params["MessageDeduplicationId"] == "d"
    _, calls = published("to: news, groups: {g: [a]}")
    assert "MessageGroupId" not in calls[0].params  # on a Standard topic a group is no order


def test_a_message_that_a_batch_refuses_ends_the_step(published: Callable[..., tuple[Result, list[Call]]]) -> None:
    answer = {
        "Successful": [{"Id": "m1", "MessageId": "a"}],
        "Failed": [{"Id": "m2", "Code": "InvalidParameter", "Message": "Message too long", "SenderFault": True}],
    }
    with pytest.raises(LabcliError) as error:
        published("to: news, bodies: [a, b]", answer)
    assert error.value.message == "sns.publish_batch: message m2: InvalidParameter: Message too long"


@pytest.mark.parametrize(("text", "times"), [("bodies: [a]", 1), ("count: 10", 1), ("count: 11", 2)])
def test_a_publish_keeps_what_its_shape_promised(
    good: Check, published: Callable[..., tuple[Result, list[Call]]], text: str, times: int
) -> None:
    lab = good(f"{HEAD}- {{publish: {{to: news, {text}}}}}\n")
    planned = Publish().shape(lab.steps[1], scope_of(lab))
    _, calls = published(f"to: news, {text}", *([] if "bodies" in text else [{"Successful": []}] * 2))
    assert [(str(each.call), each.times.most, each.effect) for each in planned] == [(str(calls[0]), times, Effect.DATA)]
    assert len(calls) == times


def scope_of(lab: Lab) -> Scope:
    return Scope(lab, LANGUAGE.kinds, CATALOG, Findings(Places()))


class Places:
    def problem(self, where: Any, message: str, key: bool = False) -> Any:
        raise AssertionError(message)


# --- where a run goes on


@pytest.mark.parametrize(
    "publish",
    ["publish: {to: news, bodies: [a]}", "do: sns.publish, with: {TopicArn: '${news.arn}', Message: a}"],
)
def test_a_run_goes_on_where_the_message_is_published(good: Check, publish: str) -> None:
    lab = good(f"{HEAD}- {{{publish}}}\n- {{consume: {{from: audit, until: 1}}}}\n")
    assert start_at(lab, "3") == 1


def test_a_publish_to_another_topic_is_not_repeated(good: Check) -> None:
    lab = good(f"{HEAD}- {{publish: {{to: sums, groups: {{g: [a]}}}}}}\n- {{consume: {{from: audit, until: empty}}}}\n")
    assert start_at(lab, "3") == 2


def test_a_run_goes_on_with_the_block_in_which_something_is_permitted(good: Check) -> None:
    lab = good(f"{HEAD}- in_order: {{a: {{permit: [s]}}}}\n- {{wait: 1}}\n")
    assert start_at(lab, "3") == 1


def test_tuesday_goes_on_at_any_step() -> None:
    tuesday = checked(LABS / "week10" / "tue.yaml", LANGUAGE, CATALOG)
    starts = {step.number: start_at(tuesday, step.number) + 1 for step in tuesday.steps}
    needs = {"3": 2, "4": 2, "16": 15}  # who comes too late for step 2; the four messages of step 15
    assert starts == {number: needs.get(number, int(number)) for number in starts}
