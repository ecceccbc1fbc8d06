"""Filter policies of SNS: what AWS refuses, in its words; every rule has a sentence for authors."""

from __future__ import annotations

import json
from typing import Any

import pytest

from labcli.aws.resources.filters import said
from labcli.rules.filters import ATTRIBUTES, BODY, Code, count, read, read_text
from labcli.rules.finding import Finding

RANGE = "Value must be between -1.0E9 and 1.0E9, inclusive"
REFUSED: list[tuple[str, Code, str]] = [
    ('["kind"]', Code.OBJECT, "Filter is not an object"),
    ('{"a": ["b"],}', Code.JSON, "failed to parse JSON."),
    ('{"a": [NaN]}', Code.JSON, "failed to parse JSON."),
    ('{"a": "b"}', Code.LIST, '"a" must be an object or an array'),
    ('{"a": []}', Code.EMPTY, "Empty arrays are not allowed"),
    ('{"a": [["b"]]}', Code.VALUE, "Match value must be String, number, true, false, or null"),
    ('{"a": [{}]}', Code.SEVERAL, "Empty objects are not allowed"),
    ('{"a": [{"prefix": "b", "suffix": "c"}]}', Code.SEVERAL, "Only one key allowed in match expression"),
    ('{"a": [{"prefix": "b", "like": "c"}]}', Code.SEVERAL, "Unrecognized match type like"),
    ('{"a": [{"like": "b"}]}', Code.OPERATOR, "Unrecognized match type like"),
    ('{"a": [{"prefix": 1}]}', Code.TEXT, "prefix match pattern must be a string"),
    ('{"a": [{"wildcard": null}]}', Code.TEXT, "wildcard match pattern must be a string"),
    ('{"a": [{"exists": "yes"}]}', Code.EXISTS, "exists match pattern must be either true or false."),
    ('{"a": [{"cidr": 1}]}', Code.CIDR, "prefix match pattern must be a string"),
    ('{"a": [{"cidr": "10.0.0.0"}]}', Code.CIDR, "Malformed CIDR, one '/' required"),
    ('{"a": [{"cidr": "10.0.0.0/x"}]}', Code.CIDR, "Malformed CIDR, mask bits must be an integer"),
    ('{"a": [{"cidr": "ten/8"}]}', Code.CIDR, "Nonstandard IP address: ten"),
    ('{"a": [{"anything-but": []}]}', Code.ANYTHING_BUT, "Empty arrays are not allowed"),
    ('{"a": [{"anything-but": {"cidr": "10.0.0.0/8"}}]}', Code.ANYTHING_BUT, "Unsupported anything-but pattern: cidr"),
    ('{"a": [{"anything-but": {"prefix": ""}}]}', Code.ANYTHING_BUT, "Null prefix not allowed"),
    ('{"a": [{"anything-but": [null]}]}', Code.ANYTHING_BUT, "Inside anything but list, start|null|boolean is not "
     "supported."),
    ('{"a": [{"anything-but": true}]}', Code.ANYTHING_BUT, "Value of anything-but must be an array or single "
     "string/number value."),
    ('{"a": [{"numeric": 1}]}', Code.NUMERIC, "Value of numeric must be an array."),
    ('{"a": [{"numeric": []}]}', Code.NUMERIC, "Invalid member in numeric match: ]"),
    ('{"a": [{"numeric": ["=>", 1]}]}', Code.COMPARISON, "Unrecognized numeric range operator: =>"),
    ('{"a": [{"numeric": ["=", "1"]}]}', Code.NUMERIC, "Value of equals must be numeric"),
    ('{"a": [{"numeric": [">", true]}]}', Code.NUMERIC, "Value of > must be numeric"),
    ('{"a": [{"numeric": ["<", 1, ">", 3]}]}', Code.RANGE, "Too many elements in numeric expression"),
    ('{"a": [{"numeric": [">", 1, 2]}]}', Code.NUMERIC, "Bad value in numeric range: 2"),
    ('{"a": [{"numeric": [">", 1, ">", 2]}]}', Code.RANGE, "Bad numeric range operator: >"),
    ('{"a": [{"numeric": [">", 1, "<"]}]}', Code.NUMERIC, "Value of < must be numeric"),
    ('{"a": [{"numeric": [">", 3, "<", 3]}]}', Code.RANGE, "Bottom must be less than top"),
    ('{"a": [{"numeric": [">", 1, "<", 3, 4]}]}', Code.NUMERIC, "Too many terms in numeric range expression"),
    ('{"a": [{"numeric": [">", 1000000001]}]}', Code.NUMBER, RANGE),
    ('{"a": [-1e10]}', Code.NUMBER, RANGE),
    ('{"$or": [{"a": [1]}]}', Code.OR, "Unrecognized match type a"),
    ('{"$or": [{"a": [1]}, {"prefix": ["x"]}]}', Code.OR, "Unrecognized match type a"),
    ('{"a":[1],"b":[1],"c":[1],"d":[1],"e":[1],"f":[1]}', Code.KEYS, "Filter policy can not have more than 5 keys"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "code", "message"), REFUSED)
def test_what_aws_refuses_has_its_words_in_both_scopes(text: str, code: Code, message: str) -> None:
    for scope in (ATTRIBUTES, BODY):
        (found,) = read_text(text, scope)
        assert (found.code, found.message) == (code, message)
        assert said(found)


def test_only_the_body_has_keys_in_keys() -> None:
    policy = {"a": {"b": ["c"]}}
    assert read(policy, BODY) == []
    nested = "Filter policy scope MessageAttributes does not support nested filter policy"
    assert read(policy, ATTRIBUTES) == [Finding(Code.NESTED, nested, ("a",), {"b": ["c"]})]
    assert [each.message for each in read({"a": {}}, BODY)] == ["Empty objects are not allowed"]
    assert [each.path for each in read({"a": {"b": [{"like": 1}]}}, BODY)] == [("a", "b", 0)]


def test_keys_at_the_top_are_counted() -> None:
    assert read({"a": {letter: [1] for letter in "bcdefg"}}, BODY) == []
    assert read({"$or": [{letter: [1]} for letter in "abcdefg"]}, ATTRIBUTES) == []


@pytest.mark.parametrize(
    ("policy", "combinations"),
    [
        ({"a": [1, 2, 3], "b": [1], "c": [1, 2]}, 6),
        ({"a": {"b": {"c": [1, 2, 3, 4]}}, "d": {"e": [1, 2, 3]}}, 72),
        ({"a": {"b": {"c": [1, 2, 3, 4]}}, "d": {"e": [1, 2, 3]}, "f": [1, 2, 3]}, 216),
        ({"a": {"b": {"c": list(range(60))}}}, 180),
        ({"a": {"b": {"c": list(range(50))}}}, 150),
        ({"a": [1, 2], "$or": [{"b": [1, 2, 3]}, {"c": [1, 2], "d": [1, 2]}]}, 14),
    ],
)  # fmt: skip
def test_combinations_are_counted_as_the_guide_counts(policy: dict[str, Any], combinations: int) -> None:
    assert count(policy) == combinations
    refused = [each.message for each in read(policy, BODY)]
    assert refused == (["Filter policy is too complex"] if combinations > 150 else [])


def test_bottomless_policies_and_large_ones_are_refused() -> None:
    deep: dict[str, Any] = {"z": [1]}
    for _ in range(400):
        deep = {"a": deep}
    assert [each.code for each in read(deep, BODY)] == [Code.COMBINATIONS]
    assert [each.code for each in read_text('{"a":' * 100_000, BODY)] == [Code.JSON]
    assert [each.code for each in read_text(json.dumps({"a": ["x" * 262_144]}), ATTRIBUTES)] == [Code.SIZE]


def test_every_rule_has_a_sentence_for_authors() -> None:
    given: dict[Code, Any] = {
        Code.NESTED: {"b": [1]}, Code.SEVERAL: {}, Code.OPERATOR: {"like": 1}, Code.TEXT: {"prefix": 1},
        Code.EXISTS: {"exists": 1}, Code.COMPARISON: ["=>", 1],
    }  # fmt: skip
    for code in Code:
        assert said(Finding(code, "", ("a", 0), given.get(code)))
