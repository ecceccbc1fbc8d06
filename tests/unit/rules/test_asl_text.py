"""The check of state machine definitions as JSON text, and as whatever a stranger may send."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Iterator
from typing import Any

import pytest

from labcli.rules.asl.diagnose import Diagnostic, diagnose, diagnose_text
from labcli.rules.asl.quotas import DEFINITION

ORDER = {
    "Comment": "An order",
    "StartAt": "Price",
    "TimeoutSeconds": 300,
    "States": {
        "Price": {
            "Type": "Task", "Resource": "arn:aws:states:::lambda:invoke",
            "Parameters": {"FunctionName": "price", "Payload.$": "$", "Id.$": "States.Format('{}-{}', $.id, $$.State)"},
            "ResultSelector": {"total.$": "$.Payload.total"}, "ResultPath": "$.price", "TimeoutSeconds": 10,
            "Retry": [
                {"ErrorEquals": ["Lambda.ServiceException"], "IntervalSeconds": 1, "MaxAttempts": 3, "BackoffRate": 2},
                {"ErrorEquals": ["States.ALL"], "MaxAttempts": 1, "JitterStrategy": "FULL", "MaxDelaySeconds": 9},
            ],
            "Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": "Failed"}],
            "Next": "Big",
        },
        "Big": {
            "Type": "Choice",
            "Choices": [
                {"Variable": "$.price.total", "NumericGreaterThanEquals": 1000, "Next": "Ask"},
                {"And": [{"Variable": "$.vip", "IsPresent": True}, {"Not": {"Variable": "$.vip", "IsNull": True}}],
                 "Next": "Each"},
            ],
            "Default": "Nap",
        },
        "Ask": {
            "Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken", "HeartbeatSeconds": 60,
            "Parameters": {"QueueUrl": "https://q", "MessageBody": {"token.$": "$$.Task.Token", "order.$": "$"}},
            "Next": "Each",
        },
        "Each": {
            "Type": "Map", "ItemsPath": "$.items", "MaxConcurrency": 2, "ItemSelector": {"item.$": "$$.Map.Item.Value"},
            "ItemProcessor": {
                "ProcessorConfig": {"Mode": "INLINE"},
                "StartAt": "Pick", "States": {"Pick": {"Type": "Pass", "End": True}},
            },
            "ResultPath": None, "Next": "Both",
        },
        "Both": {
            "Type": "Parallel",
            "Branches": [
                {"StartAt": "Charge", "States": {"Charge": {"Type": "Pass", "Result": {"a": [1]}, "End": True}}},
                {"StartAt": "Ship", "States": {"Ship": {"Type": "Succeed", "OutputPath": "$.ship"}}},
            ],
            "Assign": {"done.$": "$[0]"}, "Next": "Nap",
        },
        "Nap": {"Type": "Wait", "Seconds": 1, "Next": "Done"},
        "Done": {"Type": "Succeed"},
        "Failed": {"Type": "Fail", "ErrorPath": "$.error.Error", "Cause": "see $.error"},
    },
}  # fmt: skip

JSONATA = {
    "QueryLanguage": "JSONata",
    "StartAt": "A",
    "States": {
        "A": {
            "Type": "Pass", "Assign": {"total": "{% $sum($states.input.items.price) %}"},
            "Output": {"n": "{% $count($states.input.items) %}", "l": ["{% 1 %}"]}, "Next": "B",
        },
        "B": {
            "Type": "Choice", "Choices": [{"Condition": "{% $total > 10 %}", "Next": "C", "Output": 1}], "Default": "D"
        },
        "C": {
            "Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "TimeoutSeconds": "{% $states.input.t %}",
            "Arguments": {"FunctionName": "f", "Payload": "{% $states.input %}"}, "End": True,
            "Catch": [{"ErrorEquals": ["States.ALL"], "Output": "{% $states.errorOutput %}", "Next": "D"}],
        },
        "D": {
            "Type": "Map", "Items": "{% $states.input.items %}", "MaxConcurrency": "{% 2 %}", "End": True,
            "ItemProcessor": {"StartAt": "E", "States": {"E": {"Type": "Wait", "Seconds": "{% 1 %}", "End": True}}},
        },
    },
}  # fmt: skip

JUNK: list[Any] = [
    None, True, False, 0, -1, 1.5, 10**30, float("inf"), float("nan"), "", "x", "$", "$.", "${a}", "{%", "{% %}",
    "{% ( %}", "States.", "States.Format(", [], [[]], {}, [None], {"": None}, {"a": {"b": []}}, "Price", "JSONata",
    "\ud800", "é" * 200,
]  # fmt: skip


def wrong(text: str) -> Diagnostic:
    (found,) = diagnose_text(text)
    assert found.code == "INVALID_JSON_DESCRIPTION"
    assert found.message.endswith(f"\n at {found.location}")
    return found


# --- JSON


def test_a_good_definition_is_good_as_data_and_as_text() -> None:
    for good in (ORDER, JSONATA):
        assert diagnose(good) == diagnose_text(json.dumps(good)) == diagnose_text(json.dumps(good, indent=2)) == []


@pytest.mark.parametrize("text", ["", "  \n", '"x"', "5", "null", "[]"])
def test_a_text_that_is_no_object_is_no_definition(text: str) -> None:
    (found,) = diagnose_text(text)
    assert (found.code, found.message, found.location) == (
        "SCHEMA_VALIDATION_FAILED", "Definition must be a valid JSON object", "",
    )  # fmt: skip


def test_a_text_that_is_no_json_is_said_as_aws_has_answered() -> None:
    found = wrong("not a definition")
    assert found.location == '[Source: (String)"not a definition"; line: 1, column: 4]'
    assert found.message == (
        "Unrecognized token 'not': was expecting "
        "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')"
        '\n at [Source: (String)"not a definition"; line: 1, column: 4]'
    )


@pytest.mark.parametrize(
    ("text", "words", "place"),
    [
        (
            "{'a':1}",
            "Unexpected character (''' (code 39)): was expecting double-quote to start field name",
            "1, column: 3",
        ),
        ('{"a":1,\n}', "Unexpected character ('}' (code 125)): was expecting double-quote", "2, column: 2"),
        ('{"a" 1}', "Unexpected character ('1' (code 49)): was expecting a colon", "1, column: 7"),
        ('{"a":[1 2]}', "Unexpected character ('2' (code 50)): was expecting comma to separate Array entries", "1"),
        ('{"a":1 "b":2}', "was expecting comma to separate Object entries", "1"),
        ('{"a":"[{" "b":2}', "was expecting comma to separate Object entries", "1"),
        ('{"a":NaN}', "Unrecognized token 'NaN': was expecting", "1"),
        ('{"a":', "Unexpected end-of-input", "1"),
        ('{"a":"b', "Unexpected end-of-input", "1"),
        ('{"a":"\t"}', "Illegal unquoted character ((CTRL-CHAR, code 9))", "1"),
        ('{"a":"\\q"}', "Unrecognized character escape 'q' (code 113)", "1"),
        ('{"a":' * 100_000, "The definition cannot be read: values are nested too deeply", "1"),
        ('{"a":' + "9" * 9_999 + "}", "The definition cannot be read: a number is too long", "1"),
    ],
)
def test_every_way_to_break_json_has_its_words(text: str, words: str, place: str) -> None:
    found = wrong(text)
    assert words in found.message
    assert f"; line: {place}" in found.location


def test_a_long_text_is_quoted_at_its_beginning() -> None:
    assert '"[truncated 502 chars]; line: 1, column: 2]' in wrong("x" + " " * 1_001).location


def test_text_after_the_definition_is_for_labcli_to_note() -> None:
    assert [each.code for each in diagnose_text(json.dumps(ORDER) + "\n")] == []
    assert [each.code for each in diagnose_text(json.dumps(ORDER) + " x")] == ["LABCLI"]


def test_a_definition_that_is_too_long_for_aws_is_refused() -> None:
    text = json.dumps({**ORDER, "Comment": "x" * DEFINITION})
    assert [each.message for each in diagnose_text(text)] == [
        "Definition must have length less than or equal to 1048576"
    ]


# --- strangers


def nested(levels: int) -> Any:
    inside: Any = {"Type": "Pass", "End": True}
    for level in range(levels):
        branch = {"StartAt": f"s{level}", "States": {f"s{level}": inside}}
        inside = {"Type": "Parallel", "Branches": [branch], "End": True}
    return {"StartAt": "A", "States": {"A": inside}}


def test_deep_definitions_are_read_and_bottomless_ones_refused() -> None:
    assert diagnose(nested(45)) == []
    assert [each.code for each in diagnose(nested(60))] == ["TOO_DEEPLY_NESTED"]
    bottomless: dict[str, Any] = {}
    bottomless["States"] = bottomless
    assert [each.code for each in diagnose(bottomless)] == ["TOO_DEEPLY_NESTED"]
    rule: Any = {"Variable": "$.x", "IsNull": True}
    for _ in range(190):
        rule = {"Not": rule}
    choice = {"Type": "Choice", "Choices": [{**rule, "Next": "Z"}], "Default": "Z"}
    assert diagnose({"StartAt": "A", "States": {"A": choice, "Z": {"Type": "Succeed"}}}) == []


def test_thousands_of_mistakes_are_found_in_no_time() -> None:
    states = {f"state{n}": {"Type": "Pass", "Next": f"gone{n}", f"Nxet{n}": 1} for n in range(5_000)}
    found = diagnose({"StartAt": "state0", "States": states})
    assert len([each for each in found if each.hint]) <= 20
    assert len(found) > 10_000


def test_keys_that_are_no_text_are_noted() -> None:
    assert [each.code for each in diagnose({"StartAt": "A", "States": {1: {}}})] == ["LABCLI"]


def ways(value: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield way
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in items:
        yield from ways(each, (*way, key))


def damaged(rng: random.Random) -> Any:
    whole = [copy.deepcopy(rng.choice([ORDER, JSONATA]))]
    for _ in range(rng.randint(1, 4)):
        way = rng.choice(list(ways(whole)))
        if not way:
            continue
        holder: Any = whole
        for step in way[:-1]:
            holder = holder[step]
        other: Any = whole
        for step in rng.choice(list(ways(whole))):
            other = other[step]
        match rng.randrange(4):
            case 0:
                holder[way[-1]] = copy.deepcopy(rng.choice(JUNK))
            case 1 if len(way) > 1:
                del holder[way[-1]]
            case 2 if isinstance(holder, dict):
                holder[rng.choice(["Next", "Type", "X", "Choices", "Catch", "a.$", "States", "Retry"])] = holder.pop(
                    way[-1]
                )
            case _:
                holder[way[-1]] = copy.deepcopy(other)
    return whole[0]


@pytest.mark.parametrize("part", range(5))
def test_a_damaged_definition_is_judged_and_never_breaks_the_judge(part: int) -> None:
    good = 0
    for seed in range(part * 200, part * 200 + 200):
        definition = damaged(random.Random(seed))
        try:
            found = diagnose(definition, random.Random(seed).choice(["STANDARD", "EXPRESS"]))
            for each in found:
                assert each.code and each.message and isinstance(each.location, str)
        except Exception as error:
            raise AssertionError(f"seed {seed}: {error!r}") from error
        good += not found
    assert good < 100


@pytest.mark.parametrize("seed", range(20))
def test_a_damaged_text_is_judged_and_never_breaks_the_judge(seed: int) -> None:
    rng = random.Random(seed)
    text = list(json.dumps(ORDER))
    for _ in range(25):
        text[rng.randrange(len(text))] = rng.choice('{}[]:,"\\ \n0x$\x00')
        assert all(each.message for each in diagnose_text("".join(text)))


@pytest.mark.parametrize(
    "text",
    ["$" + "[" * 500_000, "$" + "[" * 250_000 + "]" * 250_000, "$" + "'\"" * 250_000, "$." + "a.b[0]" * 90_000,
     "States.Array(" + "1," * 250_000 + "1)", "States.Array(" * 40_000, "States.Format('" + "\\" * 500_001,
     "{% " + "${" * 250_000 + " %}", "{% " + "(" * 500_000 + " %}", "{% " + "a+" * 9_000 + "a %}",
     "{% '" + "a" * 19_000 + "' %}", "{% " + "[" * 9_000 + " %}"],
    ids=range(12),
)  # fmt: skip
def test_a_hostile_value_is_judged_in_no_time(text: str) -> None:
    state = {"Type": "Pass", "ResultPath": text, "InputPath": text, "Parameters": {"v.$": text}, "End": True}
    diagnose({"StartAt": "A", "States": {"A": state}})
    diagnose(
        {"StartAt": "A", "QueryLanguage": "JSONata", "States": {"A": {"Type": "Pass", "Output": text, "End": True}}}
    )
