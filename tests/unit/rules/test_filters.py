"""The filter of a subscription: what SNS would refuse is named, all that it takes is known, and told in words."""

from __future__ import annotations

import pytest

from labcli.aws.resources.filters import in_words
from tests.unit.conftest import Mistakes

HEAD = """\
lab: t
title: T
resources:
  news: {topic: standard}
  audit: {queue: standard}
"""


@pytest.fixture
def sub(mistakes: Mistakes) -> Mistakes:
    """The mistakes of the subscription ``s``, said as ``column message``."""

    def find(text: str) -> list[str]:
        found = mistakes(f"{HEAD}  s: {{{text}}}\nsteps:\n- create: [s]\n")
        return [each.split(":", 1)[1] for each in found]

    return find


@pytest.mark.parametrize(
    ("filter_", "said"),
    [
        ("{kind: order}", "the values of a filter are a list: kind: [order]"),
        ("{kind: []}", "`kind` has no values: nothing would match"),
        ("{kind: [[order]]}", "a value of `kind` is text, a number or an operator, not a list"),
        ("{kind: [{prefx: o}]}", "no operator `prefx` in a filter; did you mean `prefix`?"),
        ("{kind: [{anything_but: [o]}]}", "no operator `anything_but` in a filter; did you mean `anything-but`?"),
        ("{kind: {prefix: o}}", "the values of a filter are a list: kind: [{…}]"),
        ("{amount: [{'>=': 100}]}", 'numbers are compared like this: {numeric: [">=", 100]}'),
        ("{amount: [{numeric: ['=>', 100]}]}", "no comparison `=>`; did you mean `>=`?"),
        ("{amount: [{numeric: ['>=', '100']}]}",
         '`numeric` is a comparison and a number, or two of each: {numeric: [">=", 1, "<", 9]}'),
        ("{amount: [{numeric: ['<', 9, '>', 1]}]}",
         'a range says its lower end first: {numeric: [">=", 1, "<", 9]}'),
        ("{amount: [2000000000]}", "a number in a filter is from -1 to 1 thousand million"),
        ("{kind: [{exists: 'yes'}]}", "`exists` is true or false, not text"),
        ("{kind: [{prefix: 5}]}", "`prefix` takes a text, not a number"),
        ("{kind: [{prefix: a, suffix: b}]}",
         "one operator in each value: [{prefix: a}, {prefix: b}], not 2 in one"),
        ("{kind: [{anything-but: {numeric: 3}}]}",
         "`anything-but` takes values, or one such as {anything-but: {prefix: eu-}}"),
        ("{customer: {tier: [gold]}}",
         "`customer` holds keys, and attributes have none: `scope: body` looks into the body"),
        ("{a: [1], b: [1], c: [1], d: [1], e: [1], f: [1]}", "a filter has at most 5 keys, not 6"),
        ("{$or: [{a: [1]}]}", "`$or` lists two or more filters: $or: [{kind: [order]}, {env: [test]}]"),
    ],
)  # fmt: skip
def test_a_filter_that_sns_would_refuse_is_named(sub: Mistakes, filter_: str, said: str) -> None:
    found = sub(f"subscription: news, to: audit, filter: {filter_}")
    assert [each.split(" ", 1)[1] for each in found] == [said]


@pytest.mark.parametrize(
    "filter_",
    [
        "{kind: [order, {prefix: re}, {suffix: d}, {equals-ignore-case: X}, {wildcard: 'a*'}, null, true, 3]}",
        "{amount: [{numeric: ['>', 0, '<=', 150]}, {numeric: ['=', 3.5]}], env: [{anything-but: test}]}",
        "{env: [{anything-but: [test, 3]}, {anything-but: {prefix: t}}], kind: [{exists: false}]}",
        "{ip: [{cidr: 10.0.0.0/8}]}",
        "{$or: [{a: [1]}, {b: [{prefix: x}]}]}",
    ],
)
def test_every_operator_of_sns_is_known(sub: Mistakes, filter_: str) -> None:
    assert sub(f"subscription: news, to: audit, filter: {filter_}") == []


def test_a_filter_of_the_body_can_be_nested(sub: Mistakes) -> None:
    text = "subscription: news, to: audit, scope: body, filter: {customer: {tier: [gold], age: [{numeric: ['>', 17]}]}}"
    assert sub(text) == []


def test_too_many_combinations_are_refused(sub: Mistakes) -> None:
    values = ", ".join(str(number) for number in range(13))
    found = sub(f"subscription: news, to: audit, filter: {{a: [{values}], b: [{values}]}}")
    assert found[0].endswith("the values of a filter make at most 150 combinations, not 169")


def test_a_filter_is_told_in_words() -> None:
    policy = {
        "kind": ["order", "refund"], "amount": [{"numeric": [">=", 100]}], "c": {"tier": ["gold"]},
        "env": [{"anything-but": ["test"]}, {"exists": False}], "r": [{"prefix": "eu-"}, {"suffix": "-1"}, None, True],
        "$or": [{"a": [1]}, {"b": [{"wildcard": "x*"}]}],
    }  # fmt: skip
    assert in_words(policy) == (
        "kind: order or refund, amount: >= 100, c.tier: gold, env: not test or not there, "
        "r: eu-… or …-1 or null or true, (a: 1) or (b: wildcard x*)"
    )
