"""References in what is said to a reader: filled where they can be, refused where they cannot, never silent."""

from __future__ import annotations

import pytest

from labcli.lab.refs import NoSuchValue, Ref, fill, literal, told, untold
from tests.unit.conftest import Check, Mistakes

SAVES = "- {send: {to: orders, bodies: [a]}, save: {n: sent_count}, %s}\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("say: '${n} of ${run.id}, ${orders.url}'", ""),
        ("differs: {local: '${n}'}", ""),
        ("title: 'to ${orders.name}'", ""),
        ("title: 'costs $${n}'", ""),
        ("title: '${n}'", "${n} is saved by this very step (2)"),
        ("ask: '${n}'", "${n} is saved by this very step (2)"),
        ("say: '${m}'", "${m} is saved by step 3, after this step (2)"),
        ("say: '${x}'", "${x}: no resource or saved value `x`"),
        ("say: 'x ${n'", "is not a reference"),
        ("differs: {aws: '${orders.urn}'}", "did you mean `url`?"),
        ("id: '${n}'", "`id` is a word of the lab: nothing is filled in it"),
        ("show: ['${n}']", "`${n}` is a path: ${n} is not filled in it"),
        ("show: [{'${n}': sent_count}]", "a reference is filled in values, never in a key"),
        ("expect: {'${n}.a': 1}", "`${n}.a`: a reference is filled in values, never in a key"),
        ("expect: {'length(''${n}'')': 1}", "a reference is filled in values, never in a key"),
        ("expect: {sent_count: {equals: {'${n}': 1}}}", "a reference is filled in values, never in a key"),
    ],
)
def test_a_reference_in_a_step_is_filled_or_refused(steps: Mistakes, text: str, said: str) -> None:
    found = steps(SAVES % text + "- {send: {to: orders, bodies: [a]}, save: {m: sent_count}}\n")
    assert any(said in each for each in found) if said else found == []


@pytest.mark.parametrize("part", ["title: 'all ${orders.name}'", "goals: ['${n}']", "notes: '${run.id}'"])
def test_what_is_said_before_a_run_takes_no_reference(mistakes: Mistakes, part: str) -> None:
    head = "lab: t\n" + ("" if part.startswith("title") else "title: T\n") + part + "\n"
    text = "resources: {orders: {queue: standard}}\nsteps:\n- {create: [orders], save: {n: created_count}}\n"
    (said,) = mistakes(head + text)
    assert said.endswith("is not filled here: this is said before a run knows it")
    assert mistakes(head.replace("${", "${HOME_") + text) == []


def test_a_matrix_says_all_its_values(good: Check) -> None:
    head = "lab: t\ntitle: T\nresources: {a: {queue: standard}, b: {queue: standard}}\nsteps:\n- create: [a, b]\n"
    lab = good(head + "- {matrix: {q: [a, b]}, title: 'Ask ${q}', say: '${q}.', consume: {from: '${q}', keep: true}}\n")
    assert (lab.steps[1].title, lab.steps[1].say) == ("Ask a, b", "a, b.")


def test_a_title_inside_a_block_never_says_a_receipt_handle(steps: Mistakes) -> None:
    receive = "{do: sqs.receive_message, with: {QueueUrl: '${orders.url}'}, save: {h: 'Messages[0].ReceiptHandle'}}"
    (said,) = steps(f"- in_order:\n    a: {receive}\n    b: {{wait: 1s, title: '${{h}}'}}\n")
    assert said.endswith("${h} may be a receipt handle or a task token: it is never shown")


def test_a_text_is_told_with_what_is_known() -> None:
    def known(ref: Ref) -> object:
        if ref.root == "none":
            raise NoSuchValue
        return {"n": 3, "l": ["a", "b"], "t": "${n}", "long": "x" * 999}[ref.root]

    assert told("there were ${n}: ${l}, ${none.x}, $${n}, ${t}", known) == "there were 3: a b, ‹none.x›, ${n}, ${n}"
    assert len(told("${long}", known)) == 201
    assert untold("there were ${n}") == "there were ‹n›"
    assert untold("broken ${") == "broken ${"


def test_what_comes_from_outside_is_never_taken_for_a_reference() -> None:
    data = ["${run.id}", {"a": "$${b}"}, 5]
    assert fill(literal(data), lambda ref: "taken") == data


# --- bodies by reference


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("send: {to: orders, bodies: '${list}'}", ""),
        ("send: {to: orders, bodies: '${any.x}'}", ""),
        ("send: {to: orders, bodies: '${count}'}", "`bodies` is a list; ${count} is a number"),
        ("send: {to: orders, bodies: '${orders.url}'}", "`bodies` is a list; ${orders.url} is a value"),
        ("send: {to: orders, bodies: '${nope}'}", "no resource or saved value `nope`"),
        ("send: {to: orders, bodies: 'x ${list}'}", "`bodies` is a list (`- …`), not text"),
        ("send: {to: pay, bodies: '${list}'}", "its messages need a group"),
    ],
)
def test_bodies_can_be_a_list_that_a_step_saved(steps: Mistakes, text: str, said: str) -> None:
    first = "- {send: {to: orders, count: 3}, save: {list: ids, count: sent_count, any: \"from_json('{}')\"}}\n"
    found = steps(f"{first}- {{{text}}}\n")
    assert any(said in each for each in found) if said else found == []
