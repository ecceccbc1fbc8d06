"""References: what is one, what it walks, what it leaves alone."""

from __future__ import annotations

from typing import Any

import pytest

from labcli.lab.refs import BadRef, NoSuchValue, Ref, fill, find, parse, rename, walk
from tests.unit.conftest import Mistakes

VALUES = {"orders": {"url": "http://q", "n": 3}, "ids": ["a", {"b": True}], "count": 60, "flag": False}


def look(ref: Ref) -> Any:
    return walk(VALUES[ref.root], ref) if ref.root in VALUES else pytest.fail(f"asked for {ref.text}")


def filled(data: Any) -> Any:
    return fill(data, look)


# --- the grammar


@pytest.mark.parametrize(
    "text",
    ["$.total", "$$.Task.Token", "$", "$orders", "{orders}", "{{ orders }}", "{0.url}", "%(orders)s", "costs 5$"],
)
def test_only_dollar_brace_begins_a_reference(text: str) -> None:
    assert parse(text) == [text]
    assert filled(text) == text


def test_two_dollars_write_a_literal_dollar_brace() -> None:
    assert filled("$${orders.url}") == "${orders.url}"
    assert filled("a $${x} and ${count}") == "a ${x} and 60"


@pytest.mark.parametrize(
    "text",
    [
        "${}", "${ orders }", "${orders.url", "${.url}", "${orders.}", "${orders..url}", "${orders.url()}", "${a|b}",
        "${orders['url']}", "${orders[-1]}", "${orders[12345]}", "${1a}", "${a b}", "${${a}}", "${orders.url:>9}",
        "${a!r}", "${a+b}",
    ],
)  # fmt: skip
def test_what_does_not_follow_the_grammar_is_no_reference(text: str) -> None:
    with pytest.raises(BadRef, match="is not a reference"):
        parse(text)


def test_every_reference_is_found_with_its_place() -> None:
    found = list(find({"a": ["x ${ids[1].b}", {"b": "${count}"}]}))
    assert found == [
        (("a", 0), Ref("ids", (1, "b"), "${ids[1].b}", whole=False)),
        (("a", 1, "b"), Ref("count", (), "${count}", whole=True)),
    ]


# --- the walk


def test_a_whole_string_keeps_the_type_and_a_longer_one_is_text() -> None:
    assert filled("${count}") == 60
    assert filled("${flag}") is False
    assert filled("${ids}") == ["a", {"b": True}]
    assert filled("n=${count} ${flag}") == "n=60 false"


def test_references_are_filled_everywhere_in_the_values() -> None:
    assert filled({"a": ["${orders.url}"], "b": ("${ids[0]}", 5, None)}) == {"a": ["http://q"], "b": ["a", 5, None]}


def test_a_mapping_or_list_cannot_stand_inside_a_longer_string() -> None:
    with pytest.raises(NoSuchValue, match="only text and numbers"):
        filled("x ${ids}")


@pytest.mark.parametrize(
    "text",
    ["${orders.nope}", "${ids[9]}", "${ids.b}", "${orders[0]}", "${count.real}", "${orders.url.upper}",
     "${orders.__class__}", "${ids.__len__}", "${flag.x}"],
)  # fmt: skip
def test_the_walk_knows_mappings_and_lists_and_nothing_else(text: str) -> None:
    with pytest.raises(NoSuchValue, match="finds nothing"):
        filled(text)


# --- matrix variables


def test_a_variable_is_replaced_and_other_references_stay() -> None:
    assert rename("${q}", "q", "orders") == "orders"
    assert rename("${q.url}", "q", "orders") == "${orders.url}"
    assert rename("to ${q} by ${run.id} $${q}", "q", "orders") == "to orders by ${run.id} $${q}"
    assert rename("${queue} ${q.q}", "q", "a") == "${queue} ${a.q}"
    assert rename({"a": ["${q}", 5]}, "q", 3) == {"a": [3, 5]}


def test_a_bad_reference_is_left_for_the_check_to_report() -> None:
    assert rename("${q} ${", "q", "orders") == "${q} ${"


# --- in a lab


def read(attribute: str) -> str:
    return f"do: sqs.get_queue_attributes, with: {{QueueUrl: '{attribute}'}}"


@pytest.mark.parametrize(
    ("reference", "said"),
    [
        ("${orders}", "${orders} finds nothing; there is ${orders.name}, ${orders.url}, ${orders.arn}"),
        ("${orders.ulr}", "${orders.ulr} finds nothing; did you mean `url`?"),
        ("${orders.url.x}", "${orders.url.x} finds nothing; did you mean `url`?"),
        ("${order.url}", "${order.url}: no resource or saved value `order`; did you mean `orders`?"),
        ("${run.env}", "${run.env} finds nothing; there is ${run.id}, ${run.lab}"),
        ("${os.environ}", "${os.environ}: no resource or saved value `os`"),
        ("${}", "`${}` is not a reference; write ${name} or ${name.field}"),
        ("${orders.url", "`${orders.url` is not a reference; write ${name} or ${name.field}"),
        ("${orders.url()}", "`${orders.url()}` is not a reference: only .field and [0] may follow the name"),
        ("${orders.arn}", "`QueueUrl` wants ${orders.url}, not ${orders.arn}"),
        ("${orders.name}", "`QueueUrl` wants ${orders.url}, not ${orders.name}"),
    ],
)
def test_a_wrong_reference_says_what_would_be_right(step: Mistakes, reference: str, said: str) -> None:
    assert step(read(reference)) == [f"8:51 {said}"]


def test_the_known_roots_are_resources_the_run_and_saved_names(step: Mistakes, steps: Mistakes) -> None:
    assert step(read("${orders.url}")) == []
    assert step("do: sqs.get_queue_url, with: {QueueName: '${orders.name}'}") == []
    assert steps(
        "- {do: sqs.get_queue_url, with: {QueueName: '${pay.name}'}, save: {found: QueueUrl}}\n"
        "- {do: sqs.get_queue_attributes, with: {QueueUrl: '${found}', AttributeNames: ['All']}}\n"
        "- {send: {to: orders, bodies: ['by ${run.id} ${run.lab} ${found}']}}\n"
    ) == []  # fmt: skip


def test_a_saved_value_is_known_after_the_step_that_saves_it(steps: Mistakes) -> None:
    body = "with: {QueueUrl: '${orders.url}', MessageBody: '%s'}, save: {%s: MessageId}"
    assert steps(
        f"- {{do: sqs.send_message, {body % ('${b}', 'a')}}}\n- {{do: sqs.send_message, {body % ('${a} ${b}', 'b')}}}\n"
    ) == [
        "8:73 ${b} is saved by step 3, after this step (2)",
        "9:73 ${b} is saved by this very step (3)",
    ]


def test_what_a_sub_step_saves_is_seen_by_later_sub_steps_only(steps: Mistakes) -> None:
    text = """\
- in_order:
    one: {do: sqs.send_message, with: {QueueUrl: "${orders.url}", MessageBody: x}, save: {m: MessageId}}
    two: {send: {to: orders, bodies: ["${m}"]}}
- {send: {to: orders, bodies: ["${m}"]}}
- together:
    one: {do: sqs.send_message, with: {QueueUrl: "${orders.url}", MessageBody: x}, save: {n: MessageId}}
    two: {send: {to: orders, bodies: ["${n}"]}}
"""
    assert steps(text) == [
        "11:32 ${m} is saved inside step 2.one, and is known only there",
        "14:39 ${n} is saved by step 4.one, not before this step (4.two)",
    ]


def test_a_reference_is_typed_by_the_parameter_it_stands_in(steps: Mistakes) -> None:
    text = """\
- send: {to: orders, bodies: [a]}
- do: sqs.get_queue_attributes
  with: {QueueUrl: "${orders.url}", AttributeNames: [All]}
  save: {text: Attributes.VisibilityTimeout}
- do: sqs.receive_message
  with: {QueueUrl: "${orders.url}", VisibilityTimeout: "${text}", MaxNumberOfMessages: "${orders.name}"}
- do: sqs.receive_message
  with: {QueueUrl: "${orders.url}", VisibilityTimeout: "in ${text}"}
"""
    assert steps(text) == [
        "13:56 `VisibilityTimeout` is a number; ${text} is text",
        "13:88 `MaxNumberOfMessages` is a number; ${orders.name} is text",
        "15:56 `VisibilityTimeout` is a number, not text around ${text}",
    ]


def test_text_around_a_reference_is_no_whole_reference(step: Mistakes) -> None:
    (said,) = step("do: sqs.delete_queue, with: {QueueUrl: 'x${orders.url}'}")
    assert "acts on something: name a resource of this lab by reference" in said


def test_references_in_a_declaration_see_resources_and_the_run(mistakes: Mistakes) -> None:
    text = """\
lab: t
title: T
resources:
  a:
    queue: standard
    policy:
      Statement: {Effect: Allow, Principal: "${m}", Action: "${c.arn}", Resource: ["${a.arn}", "${b.anr}"]}
      Id: "${run.id}"
  b: {queue: standard}
steps:
- create: [a]
- {do: sqs.send_message, with: {QueueUrl: "${a.url}", MessageBody: x}, save: {m: MessageId}}
"""
    assert mistakes(text) == [
        "7:45 ${m} is saved by step 2: a declaration sees only resources",
        "7:61 ${c.arn}: no resource or saved value `c`",
        "7:96 ${b.anr} finds nothing; did you mean `arn`?",
    ]


def test_a_check_does_not_see_what_the_steps_saved(steps: Mistakes) -> None:
    text = """\
- {do: sqs.send_message, with: {QueueUrl: "${orders.url}", MessageBody: x}, save: {m: MessageId}}
checks:
- do: sqs.get_queue_attributes
  with: {QueueUrl: "${orders.url}", AttributeNames: [All]}
  expect: {Attributes.QueueArn: "${m}"}
"""
    assert steps(text) == [
        "12:33 ${m} is saved by step 2: a check is asked when the run is over, and sees only resources"
    ]
