"""The views of a whole block: ``matrix`` (who got what) and ``ids`` (one id in several places)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labcli.steps.evidence.evidence import Table
from labcli.steps.evidence.proof import prove
from tests.unit.conftest import Check

ONE, TWO, OTHER = (f"{number}f1c9e02-1111-4222-8333-444455556666" for number in (1, 2, 3))
HEAD = "lab: t\ntitle: T\nresources: {all: {queue: standard}, big: {queue: standard}}\nsteps:\n- create: [all, big]\n"
MATRIX = "- {matrix: {q: [all, big]}, consume: {from: '${q}', until: empty}, show: matrix}\n"
BLOCK = """\
- in_order:
    published: {send: {to: all, bodies: [a]}}
    look:
      together:
        queue: {consume: {from: all, until: 1}}
        copy: {consume: {from: big, until: 1}}
  show: ids
"""


def gave(**document: Any) -> Mapping[str, Any]:
    return {"calls": 1, "seconds": 0.1, **document}


def shown(good: Check, step: str, document: Mapping[str, Any]) -> Any:
    return prove(good(HEAD + step).steps[1], document)


def test_a_matrix_has_a_row_for_each_message_and_a_column_for_each_queue(good: Check) -> None:
    document = gave(all=gave(received=["b", "a", "b"]), big=gave(received=["b"]))
    table = shown(good, MATRIX, document)
    assert table == Table(("message", "all", "big"), (("a", "✔", "·"), ("b", "✔", "✔")))


def test_a_queue_that_got_nothing_has_its_column(good: Check) -> None:
    assert shown(good, MATRIX, gave(all=gave(received=["a"]), big=gave(received=[]))).rows == (("a", "✔", "·"),)
    assert shown(good, MATRIX, gave(all=gave(received=[]), big=gave(received=[]))) == Table(
        ("message", "all", "big"), ()
    )


def test_a_matrix_looks_into_the_blocks_of_its_arms(good: Check) -> None:
    step = "- {matrix: {q: [all, big]}, in_order: {c: {consume: {from: '${q}', until: empty}}}, show: matrix}\n"
    document = gave(all=gave(c=gave(received=["a"])), big=gave(c=gave(received=[])))
    assert shown(good, step, document).rows == (("a", "✔", "·"),)


def test_the_id_that_places_have_in_common_is_shown_for_each_of_them(good: Check) -> None:
    queue = gave(completed=[ONE], events=[{"id": OTHER, "label": ONE}])
    log = gave(events=[{"message": f"RECEIVED {ONE} of a request {TWO}"}])
    table = shown(good, BLOCK, gave(published=gave(ids=[ONE]), look=gave(queue=queue, copy=log)))
    assert table == Table(("place", "id"), (("published", ONE), ("queue", ONE), ("copy", ONE)))


def test_several_ids_and_a_place_without_one(good: Check) -> None:
    document = gave(
        published=gave(ids=[ONE, TWO]), look=gave(queue=gave(completed=[ONE, TWO]), copy=gave(completed=[]))
    )
    rows = (("published", ONE), ("", TWO), ("queue", ONE), ("", TWO), ("copy", "nothing"))
    assert shown(good, BLOCK, document).rows == rows


def test_without_an_id_in_common_the_block_shows_what_it_shows_otherwise(good: Check) -> None:
    facts = {"ids": [ONE], "sent_count": 1}
    queue = {"completed": ["a"], "copies": 0, "failures": 0, "longest_wait": 0.1, "completed_count": 1}
    document = gave(published=gave(**facts), look=gave(queue=gave(**queue), copy=gave(**queue)))
    assert "completed" in shown(good, BLOCK, document).columns


def test_the_ids_of_a_send_can_be_shown_by_their_own_name(good: Check) -> None:
    table = shown(good, "- {send: {to: all, bodies: [a, b]}, show: [ids]}\n", gave(ids=[ONE, TWO], sent_count=2))
    assert table == Table(("ids",), ((ONE,), (TWO,)))
