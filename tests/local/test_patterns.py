"""What filters want: a table of values of each type, and that no filter takes longer than its text."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

from labcli.local.patterns import MISSING, fits, parse, wanted
from labcli.rules.patterns import like

DEEP = 150


@pytest.mark.parametrize(
    ("pattern", "text", "holds"),
    [
        ("*", "", True),
        ("", "", True),
        ("", "a", False),
        ("a*b", "ab", True),
        ("a*b", "aXb\nb", True),
        ("a*a", "a", False),
        ("*ab*", "xxaby", True),
        ("*ab*ab*", "abab", True),
        ("*ab*ab*", "abXa", False),
        ("**a**", "bab", True),
        ("a?c", "a?c", True),
        ("a?c", "abc", False),
        ("[a]*", "[a]b", True),
        ("*.*", "a.b", True),
        ("*.*", "ab", False),
    ],
)
def test_a_star_stands_for_any_run_of_characters(pattern: str, text: str, holds: bool) -> None:
    assert like(text, pattern) is holds


def test_stars_and_marks_mean_what_trying_everything_says() -> None:
    def tried(text: str, pattern: str) -> bool:
        if not pattern:
            return not text
        if pattern[0] == "*":
            return any(tried(text[at:], pattern[1:]) for at in range(len(text) + 1))
        return bool(text) and pattern[0] in (text[0], "?") and tried(text[1:], pattern[1:])

    drawn = random.Random(7)
    for _ in range(3000):
        pattern = "".join(drawn.choices("ab*?", k=drawn.randrange(7)))
        text = "".join(drawn.choices("ab", k=drawn.randrange(8)))
        assert like(text, pattern, single=True) is tried(text, pattern), (pattern, text)


@pytest.mark.parametrize(
    "rule",
    [
        {"wildcard": "*a" * 20_000 + "*b"},
        {"wildcard": "a*" * 20_000 + "b"},
        {"wildcard": "*" + "ab" * 20_000 + "*c"},
        {"anything-but": {"wildcard": "*a" * 20_000 + "*"}},
    ],
)
def test_the_longest_filter_of_stars_is_answered(rule: Any) -> None:
    assert fits(rule, "a" * 200_000) is False


@pytest.mark.parametrize("single", ["*a?" * 500 + "*b", "*" + "?" * 1000 + "b"])
def test_the_longest_policy_of_stars_and_marks_is_answered(single: str) -> None:
    assert like("a" * 2_000, single, single=True) is False


@pytest.mark.parametrize(
    ("rule", "taken", "left"),
    [
        (None, [None], ["null", "", 0, False]),
        (True, [True], ["true", 1, "True"]),
        (False, [False], ["false", 0, None]),
        (1, [1, 1.0], ["1", True, 10**400]),
        ("1", ["1"], [1, 1.0]),
        ("", [""], [None]),
        ({"prefix": "a"}, ["ab"], ["ba", 1, None]),
        ({"suffix": "a"}, ["ba"], ["ab", 1]),
        ({"equals-ignore-case": "Ab"}, ["aB"], ["a", None]),
        ({"cidr": "10.0.0.0/24"}, ["10.0.0.9"], ["10.0.1.9", "no address", 10]),
        ({"cidr": "2001:db8::/32"}, ["2001:db8::1"], ["10.0.0.1"]),
        ({"numeric": [">", 1, "<=", 3]}, [2, 3], [1, "2", True, None, 10**400]),
        ({"numeric": ["=", 2]}, [2.0], ["2"]),
        ({"anything-but": "a"}, ["b", 1, True], ["a", None]),
        ({"anything-but": [1, "a"]}, ["b", 2, "1"], ["a", 1]),
        ({"anything-but": {"prefix": "a"}}, ["ba"], ["ab", 1]),
        ({"anything-but": {"suffix": "a"}}, ["ab"], ["ba"]),
        ({"anything-but": {"equals-ignore-case": "A"}}, ["b"], ["a"]),
        ({"anything-but": {"wildcard": "a*c"}}, ["abd"], ["abc"]),
    ],
)
def test_a_rule_takes_values_of_its_own_type(rule: Any, taken: list[Any], left: list[Any]) -> None:
    assert [value for value in taken if not fits(rule, value)] == []
    assert [value for value in left if fits(rule, value)] == []


@pytest.mark.parametrize(
    ("pattern", "taken", "left"),
    [
        (
            {"a": {"b": ["x"]}},
            [{"a": {"b": "x"}}, {"a": [{"b": "y"}, {"b": "x"}]}, {"a": [[{"b": "x"}]]}],
            [{"a": ["x"]}],
        ),
        ({"a": {"b": ["x"], "c": [1]}}, [{"a": [{"b": "x", "c": 1}]}], [{"a": [{"b": "x"}, {"c": 1}]}]),
        ({"a": ["x"]}, [{"a": ["y", "x"]}, {"a": [["x"]]}], [{"a": {"x": 1}}, {"a": []}, {}]),
        ({"a": [None]}, [{"a": None}, {"a": [1, None]}], [{"a": "null"}, {}, {"a": []}]),
        ({"$or": [{"a": ["x"]}, {"b": {"c": [1]}}]}, [{"a": "x"}, {"b": [{"c": 1}]}], [{"a": "y", "b": {"c": 2}}]),
        ({"$or": ["x"]}, [{"$or": "x"}], [{"a": "x"}]),
        ({"a": [{"exists": True}]}, [{"a": 0}, {"a": False}], [{"b": 1}, {"a": []}, {"a": ""}, {"a": None}]),
        ({"a": [{"exists": False}]}, [{"b": 1}, {"a": None}], [{"a": 1}, {}]),
        ({"a": ["x"], "b": ["y"]}, [{"a": "x", "b": "y"}], [{"a": "x"}, {"b": "y"}]),
    ],
)
def test_a_filter_looks_into_objects_and_arrays(pattern: Any, taken: list[Any], left: list[Any]) -> None:
    assert [value for value in taken if not wanted(pattern, value, blank_exists=False)] == []
    assert [value for value in left if wanted(pattern, value, blank_exists=False)] == []


def test_of_lambda_blank_values_exist() -> None:
    for blank in ("", None):
        assert wanted({"a": [{"exists": True}]}, {"a": blank}, blank_exists=True)
        assert not wanted({"a": [{"exists": False}]}, {"a": blank}, blank_exists=True)
    assert not wanted({"a": [{"exists": True}]}, {}, blank_exists=True)


def test_the_deepest_filter_that_aws_takes_is_held_against_the_deepest_message() -> None:
    pattern: Any = {"k": ["x"]}
    value: Any = {"k": "x"}
    for _ in range(DEEP):
        pattern, value = {"k": pattern}, {"k": [[value]]}
    assert wanted(pattern, value, blank_exists=False)


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 100_000, "1" * 100_000, "NaN", "", "{"])
def test_what_cannot_be_read_is_no_value(text: str) -> None:
    assert parse(text) is MISSING


def test_many_arrays_in_a_message_do_not_multiply() -> None:
    body = {str(key): [{"v": number} for number in range(200)] for key in range(5)}
    pattern = {str(key): {"v": [-1]} for key in range(5)}
    assert len(json.dumps(body)) < 256 * 1024
    assert not wanted(pattern, body, blank_exists=False)
