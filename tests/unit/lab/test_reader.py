"""Reading a mapping key by key: types, ranges, and the nearest known name."""

from __future__ import annotations

from typing import Any

import pytest

from labcli.lab.model import Where
from labcli.lab.problem import Problem
from labcli.lab.reader import LONGEST, MANY, Findings, Reader, kind_of, seconds
from labcli.rules.near import nearest


class Places:
    def problem(self, where: Where, message: str, key: bool = False) -> Problem:
        return Problem("f", 1, 1, f"{'.'.join(map(str, where))}{' (key)' if key else ''}: {message}")


def reader(data: Any) -> Reader:
    return Reader(data, (), Findings(Places()), "a thing")


def said(read: Reader) -> list[str]:
    return [each.message for each in read.findings.problems]


@pytest.mark.parametrize(
    ("text", "value"),
    [(3, 3.0), (0.5, 0.5), ("3", 3.0), ("3s", 3.0), ("0.5s", 0.5), ("500ms", 0.5), ("2m", 120.0), ("1h", 3600.0),
     ("4d", 345600.0), ("3 s", 3.0)],
)  # fmt: skip
def test_times(text: Any, value: float) -> None:
    assert seconds(text) == value


@pytest.mark.parametrize(
    "text", ["", "s", "3x", "-3s", "1e3", "3s s", "soon", True, None, [], {}, "3 s 4 s", "0x3", ".5s"]
)
def test_what_is_no_time(text: Any) -> None:
    assert seconds(text) is None


def test_a_time_of_a_thousand_digits_is_out_of_range_and_said_in_a_few_words() -> None:
    read = reader({"t": "9" * 5000})
    assert read.duration("t", 0, 10) is None
    assert len(said(read)[0]) <= LONGEST


@pytest.mark.parametrize(
    ("call", "data", "problem"),
    [
        (lambda r: r.text("a"), {"a": 5}, 'a: `a` is text: quote it ("5")'),
        (lambda r: r.text("a"), {"a": True}, 'a: `a` is text: quote it ("true")'),
        (lambda r: r.text("a"), {"a": ["x"]}, "a: `a` is text, not a list"),
        (lambda r: r.text("a"), {"a": {"x": 1}}, "a: `a` is text, not a mapping"),
        (lambda r: r.text("a", required=True), {}, ": a thing has no `a`"),
        (lambda r: r.text("a", required=True), {"a": ""}, ": a thing has no `a`"),
        (lambda r: r.choice("a", ["one", "two"]), {"a": "tow"},
         "a: `a` is one of one, two, not `tow`; did you mean `two`?"),
        (lambda r: r.integer("a", 1, 9), {"a": 10}, "a: `a` is from 1 to 9, not 10"),
        (lambda r: r.integer("a", 1, 9), {"a": "3"}, "a: `a` is a whole number, not text"),
        (lambda r: r.integer("a", 1, 9), {"a": 3.0}, "a: `a` is a whole number, not a number"),
        (lambda r: r.integer("a", 0, 9), {"a": True}, "a: `a` is a whole number, not true or false"),
        (lambda r: r.flag("a"), {"a": "no"}, "a: `a` is true or false, not text"),
        (lambda r: r.flag("a"), {"a": 1}, "a: `a` is true or false, not a number"),
        (lambda r: r.duration("a", 1, 9), {"a": "10s"}, "a: `a` is from 1 to 9 seconds, not 10"),
        (lambda r: r.duration("a", 1, 9), {"a": "x"}, "a: `a` is a time such as 3s, 0.5s or 2m, not `x`"),
        (lambda r: r.texts("a"), {"a": ["x", 5]}, "a.1: `a` is a list of texts, not a number"),
        (lambda r: r.mapping("a"), {"a": []}, "a: `a` is a mapping (`key: value`), not a list"),
        (lambda r: r.items("a"), {"a": {}}, "a: `a` is a list (`- …`), not a mapping"),
        (lambda r: r.inner("a", "an a"), {"a": 5}, "a: an a is a mapping (`key: value`), not a number"),
    ],
)  # fmt: skip
def test_a_wrong_value_is_said_at_its_place(call: Any, data: Any, problem: str) -> None:
    read = reader(data)
    call(read)
    assert said(read) == [problem]


@pytest.mark.parametrize("data", [None, 5, "text", ["a"], True])
def test_what_is_no_mapping_is_said_once_and_reading_goes_on(data: Any) -> None:
    read = reader(data)
    assert (read.text("a", required=True), read.integer("b", 0, 1, 7), read.mapping("c"), read.items("d")) == (
        "", 7, {}, [],
    )  # fmt: skip
    read.done()
    assert said(read) == [f": a thing is a mapping (`key: value`), not {kind_of(data)}"]


def test_unknown_keys_are_all_named_each_with_the_nearest_known_one() -> None:
    read = reader({"vissibility": 1, "xyzzy": 2, "queue": "q"})
    read.text("queue")
    read.raw("visibility")
    read.done()
    assert said(read) == [
        "vissibility (key): unknown key `vissibility` in a thing; did you mean `visibility`?",
        "xyzzy (key): unknown key `xyzzy` in a thing; it has queue, visibility",
    ]


def test_nearest_offers_what_is_near_and_nothing_else() -> None:
    assert nearest("send_mesage", ["send_message", "purge_queue"]) == "; did you mean `send_message`?"
    assert nearest("xyzzy", ["send_message"]) == ""
    assert nearest("", ["a"]) == ""


def test_a_message_never_grows_with_a_hostile_file() -> None:
    read = reader({"x" * 100_000: 1})
    read.done()
    assert len(said(read)[0].split(": ", 1)[1]) < LONGEST


def test_there_is_an_end_to_looking() -> None:
    findings = Findings(Places())
    for _ in range(MANY):
        assert not findings.enough
        findings.add((), "x")
    assert findings.enough
