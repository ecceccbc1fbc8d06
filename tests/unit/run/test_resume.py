"""Where ``run --from STEP`` starts: a step never waits for what only a step before it could have brought."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from labcli.aws.catalog import BotoCatalog
from labcli.errors import ExitCode, LabcliError
from labcli.lab.check import checked
from labcli.lab.model import Lab
from labcli.run.resume import start_at
from labcli.steps.language import LANGUAGE

LAB = """
lab: try
title: resume
resources:
  dlq: {queue: standard}
  orders: {queue: standard, visibility: 1, dead_letter: {to: dlq, after: 1}}
  other: {queue: standard}
steps:
- create: [orders, other]
- title: send
  send: {to: orders, bodies: [a, b]}
- title: look
  id: look
  do: sqs.get_queue_attributes
  with: {QueueUrl: "${orders.url}", AttributeNames: [All]}
  save: {policy: Attributes.RedrivePolicy}
- title: receive
  do: sqs.receive_message
  with: {QueueUrl: "${orders.url}"}
- title: work
  consume: {from: orders, until: 2, within: 5s}
- title: dead
  do: sqs.receive_message
  with: {QueueUrl: "${dlq.url}"}
- title: on its own
  in_order:
    fill: {send: {to: other, bodies: [x]}}
    work: {consume: {from: other, until: 1, within: 5s}}
- title: compare
  do: sqs.get_queue_attributes
  with: {QueueUrl: "${orders.url}", AttributeNames: [All]}
  expect: {Attributes.RedrivePolicy: "${policy}"}
"""


@pytest.fixture
def the_lab(lab: Callable[..., Path]) -> Lab:
    return checked(lab(LAB), LANGUAGE, BotoCatalog())


@pytest.fixture
def without_the_end(lab: Callable[..., Path]) -> Lab:
    return checked(lab(LAB.split("- title: compare", maxsplit=1)[0]), LANGUAGE, BotoCatalog())


def test_a_step_that_stands_alone_is_where_it_starts(without_the_end: Lab) -> None:
    assert start_at(without_the_end, "7") == 6


def test_a_step_that_takes_a_message_starts_where_it_was_sent(without_the_end: Lab) -> None:
    assert start_at(without_the_end, "4") == 1
    assert start_at(without_the_end, "5") == 1


def test_a_step_that_takes_from_a_dead_letter_queue_starts_where_its_source_was_filled(without_the_end: Lab) -> None:
    assert start_at(without_the_end, "6") == 1


def test_a_step_whose_successor_needs_a_saved_value_starts_where_it_was_saved(the_lab: Lab) -> None:
    assert start_at(the_lab, "8") == 1  # what the third step saves; it, in turn, stands before a receive


def test_an_id_names_a_step_too(without_the_end: Lab) -> None:
    assert start_at(without_the_end, "look") == start_at(without_the_end, "3") == 1


def test_an_unknown_step_is_refused_with_the_list(the_lab: Lab) -> None:
    with pytest.raises(LabcliError) as refused:
        start_at(the_lab, "99")
    assert refused.value.exit_code is ExitCode.USAGE
    assert "3 (look)" in refused.value.hint


def test_monday_goes_on_at_any_step_without_waiting_for_a_message_that_nobody_sends() -> None:
    monday = checked(Path(__file__).resolve().parents[3] / "labs/week10/mon.yaml", LANGUAGE, BotoCatalog())
    starts = {step.number: start_at(monday, step.number) + 1 for step in monday.steps}
    waits = {"3": 2, "4": 2}  # for the order of step 2
    waits |= dict.fromkeys(("12", "13", "14", "15", "16"), 11)  # for its poison message, which the last step moves back
    assert starts == {number: waits.get(number, int(number)) for number in starts}


def test_the_input_of_an_execution_counts_as_a_use_of_a_saved_value(tmp_path: Path) -> None:
    (tmp_path / "in.yaml").write_text(
        """
lab: in
title: resume
resources:
  q: {queue: standard}
  flow: {machine: {StartAt: A, States: {A: {Type: Pass, End: true}}}}
steps:
- create: [q, flow]
- do: sqs.get_queue_attributes
  with: {QueueUrl: "${q.url}", AttributeNames: [All]}
  save: {arn: Attributes.QueueArn}
- wait: 0s
- {execute: flow, input: {queue: "${arn}"}}
- {execute: flow, name: "${run.id}", input: {}}
""",
        "utf-8",
    )
    lab = checked(tmp_path / "in.yaml", LANGUAGE, BotoCatalog())
    assert start_at(lab, "4") == 1
    assert start_at(lab, "5") == 4
