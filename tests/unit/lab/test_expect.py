"""Expectations and matchers: what holds, what does not, and what can never crash."""

from __future__ import annotations

import warnings
from typing import Any

import pytest

from labcli.lab.expect import LONGEST, look, matcher_error, seek, syntax_error
from tests.unit.conftest import Mistakes


def holds(expected: Any, seen: Any) -> bool:
    (held,) = look({"x": expected}, {"x": seen})
    assert (held.expected, held.seen) == (expected, seen)
    return held.met


# --- values


@pytest.mark.parametrize(
    ("expected", "seen"),
    [
        ("a", "a"),
        (1, 1),
        (1, 1.0),
        (True, True),
        (None, None),
        ([1, {"a": 2}], [1.0, {"a": 2}]),
        ({"a": 1, "b": 2},) * 2,
    ],
)
def test_equal_values_hold(expected: Any, seen: Any) -> None:
    assert holds(expected, seen)


@pytest.mark.parametrize(
    ("expected", "seen"),
    [("1", 1), (1, "1"), (True, 1), (1, True), (0, False), (None, ""), (None, 0), (None, []), ([1], [1, 2]),
     ([1, 2], [2, 1]), ({"a": 1}, {"a": 1, "b": 2}), ("a", None), ([True], [1])],
)  # fmt: skip
def test_nothing_is_coerced(expected: Any, seen: Any) -> None:
    assert not holds(expected, seen)


def test_null_expects_nothing_there() -> None:
    (missing,) = look({"a.b[0].c": None}, {"a": {}})
    assert missing.met
    assert not look({"a": None}, {"a": "here"})[0].met


# --- matchers


@pytest.mark.parametrize(
    ("matcher", "yes", "no"),
    [
        ({"present": True}, [0, "", False, []], [None]),
        ({"present": False}, [None], [0, "", "a"]),
        ({"equals": {"present": True}}, [{"present": True}], ["a", None]),
        ({"not": "a"}, ["b", None, 1], ["a"]),
        ({"not": None}, ["b", 0], [None]),
        ({"lt": 5}, [4, "4", "-1", 4.9, " 3 "], [5, "5", "a", None, True, [1], "nan"]),
        ({"lte": 5}, [5, "5", 4, 5.0], [6, "a", None, True]),
        ({"gte": "5"}, [5, "5.0", 6], [4.9, "", None, {}, True]),
        ({"gt": "5"}, [6, "5.1", "1e9"], [5, "5", "", None, {}, False]),
        ({"contains": "b"}, ["abc", ["a", "b"], {"b": 1}], ["ac", ["ab"], {"a": "b"}, None, 5]),
        ({"contains": 1}, [[1.0]], [[True], ["1"], "1"]),
        ({"matches": "^a.c$"}, ["abc"], ["xabc", None, 5, ["abc"]]),
    ],
)
def test_a_matcher_holds_for_these_and_not_for_those(matcher: Any, yes: list[Any], no: list[Any]) -> None:
    assert [each for each in yes if not holds(matcher, each)] == []
    assert [each for each in no if holds(matcher, each)] == []


def test_a_mapping_of_two_keys_or_of_another_key_is_a_value() -> None:
    assert holds({"gt": 1, "lt": 3}, {"gt": 1, "lt": 3})
    assert not holds({"gt": 1, "lt": 3}, 2)
    assert holds({"orderId": "o-1"}, {"orderId": "o-1"})


@pytest.mark.parametrize("value", [5, None, "[", "(" * 300, "a{99999999999}", ["a"], "x" * (LONGEST + 1)])
def test_a_pattern_that_came_by_reference_and_is_none_matches_nothing(value: Any) -> None:
    assert not holds({"matches": value}, "text [")


# --- paths


@pytest.mark.parametrize(
    "path", ["a.b", "a[0]", "a[*].b", "from_json(a).b", "length(a)", "sum(a)", "a | b", "join(',', a)", "max(a)",
             "a[::0]", "ceil(to_number('inf'))", "to_number('nan')", "a[99999999999999999999]", "sort_by(a, &b)"],
)  # fmt: skip
@pytest.mark.parametrize("document", [{}, {"a": None}, {"a": 5}, {"a": "text"}, {"a": [1, "b"]}, {"a": {"b": [None]}}])
def test_a_path_that_does_not_fit_finds_nothing_and_never_crashes(path: str, document: Any) -> None:
    assert syntax_error(path) == ""
    seek(path, document)


def test_a_type_error_is_nothing_there() -> None:
    assert look({"length(a)": None}, {"a": 5})[0].met
    assert look({"sum(a)": {"present": False}}, {"a": "x"})[0].met


def test_from_json_reads_text_that_holds_json() -> None:
    assert seek("from_json(a).b[0]", {"a": '{"b": [3]}'}) == 3
    assert seek("from_json(a)", {"a": '"x"'}) == "x"


@pytest.mark.parametrize("text", [None, "", "{", "[" * 200_000, "9" * 5000, 5, ["{}"], "NaN"])
def test_from_json_finds_nothing_in_anything_else(text: Any) -> None:
    assert seek("from_json(a)", {"a": text}) is None


def test_from_json_gives_nothing_that_json_cannot_say() -> None:
    assert seek("from_json(a)", {"a": "[NaN, -Infinity, 1]"}) == [None, None, 1]


def test_from_json_is_the_only_function_added(step: Mistakes) -> None:
    assert syntax_error("from_json(a)") == ""
    assert syntax_error("from_jsn(a)") == "there is no function `from_jsn`; did you mean `from_json`?"
    assert "there is no function `lenght`; did you mean `length`?" in syntax_error("a[?lenght(b) > `1`]")
    assert syntax_error("env(HOME)") == "there is no function `env`"


@pytest.mark.parametrize(
    ("path", "said"),
    [("a.", "it ends too soon"), ("Messages[0", "it ends too soon"), ("", "it is empty"),
     ("a b", "`b` is not expected"),
     ("foo-bar", "`-` is not expected at character 4"), ("${x}", "`$` is not expected at character 1"),
     ('"a', '`"a` is not expected'), ("a" * (LONGEST + 1), f"longer than {LONGEST} characters")],
)  # fmt: skip
def test_what_is_no_jmespath_is_said_in_a_few_words(path: str, said: str) -> None:
    assert said in syntax_error(path)


@pytest.mark.parametrize("path", ["(" * 250 + "a" + ")" * 250, "[" * 500, "!" * 500, "a" + "[0]" * 166, "&" * 500])
def test_a_nested_path_never_crashes(path: str) -> None:
    syntax_error(path)
    seek(path, {"a": [1]})


def test_old_spellings_make_no_warning() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        syntax_error("a[?b == `old`]")
        matcher_error({"matches": "[[a]"})


# --- in a lab

SENT = "do: sqs.send_message, with: {QueueUrl: '${orders.url}', MessageBody: x}, expect: {"


@pytest.mark.parametrize(
    ("expect", "said"),
    [
        ("MesageId: x", "8:86 `MesageId`: the answer has no `MesageId`; did you mean `MessageId`?"),
        ("'MessageId[': x", "8:86 `MessageId[` is not a JMESPath: it ends too soon"),
        ("'lenght(MessageId)': 1", "8:86 `lenght(MessageId)` is not a JMESPath: there is no function `lenght`; "
         "did you mean `length`?"),
        ("MessageId: {present: yes}", "8:97 `present` wants true or false"),
        ("MessageId: {gt: a}", "8:97 `gt` wants a number"),
        ("MessageId: {gte: a}", "8:97 `gte` wants a number"),
        ("MessageId: {lt: true}", "8:97 `lt` wants a number"),
        ("MessageId: {contains: null}", "8:97 `contains` wants what must be in it"),
        ("MessageId: {matches: '['}", "8:97 `matches` wants a regular expression: unterminated character set at "
         "position 0"),
        ("MessageId: {matches: 5}", "8:97 `matches` wants a regular expression: it is text; quote it"),
        ("MessageId: '${nope}'", "8:97 ${nope}: no resource or saved value `nope`"),
    ],
)  # fmt: skip
def test_a_wrong_expectation_is_found_where_it_stands(step: Mistakes, expect: str, said: str) -> None:
    assert step(f"{SENT}{expect}}}") == [said]


def test_numeric_strings_and_references_may_stand_in_matchers(step: Mistakes) -> None:
    assert step(SENT + "MessageId: {gt: '5'}, MD5OfMessageBody: {not: '${orders.name}'}}") == []
    assert step(SENT + "MessageId: {matches: '${orders.name}'}, MD5OfMessageBody: {lt: '${run.id}'}}") == []


def test_an_answer_that_can_never_be_found_says_how_to_find_it(step: Mistakes) -> None:
    read = "do: sqs.%s, with: {QueueUrl: '${orders.url}'}, expect: {%s: x}"
    (said,) = step(read % ("receive_message", "Messages.MessageId"))
    assert said.endswith("`Messages` is a list: write `Messages[0].MessageId`")
    (said,) = step(read % ("get_queue_attributes", "Attributes.RedrivePolicy.maxReceiveCount"))
    assert said.endswith("is text; when it is JSON: `from_json(Attributes.RedrivePolicy).maxReceiveCount`")
    assert step(read % ("receive_message", "'Messages[*].Attributes.SenderId | [0]'")) == []


def test_the_error_of_a_call_that_must_fail_can_be_expected(step: Mistakes) -> None:
    text = "do: sqs.get_queue_url, with: {QueueName: nope}, fails: QueueDoesNotExist"
    assert step(text + ", expect: {error.code: {present: true}}") == []


# --- what a verb gives

SEND = "send: {to: orders, bodies: [a]}, expect: {"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("create: [dlq], expect: {creatd_count: 1}", "8:28 `creatd_count`: the answer has no `creatd_count`; did you "
         "mean `created_count`?"),
        ("consume: {from: orders}, save: {x: lngest_wait}", "8:39 `lngest_wait`: the answer has no `lngest_wait`; "
         "did you mean `longest_wait`?"),
        ("consume: {from: orders}, show: [completd]", "8:36 `completd`: the answer has no `completd`; did you "
         "mean `completed`?"),
        (SEND + "sent_counts: null}", "8:46 `sent_counts`: the answer has no `sent_counts`; did you "
         "mean `sent_count`?"),
        (SEND + "sent_counts: {not: 5}}", "8:46 `sent_counts`: the answer has no `sent_counts`; did you "
         "mean `sent_count`?"),
        ("update: f, to: {function: x}, expect: {updatd: f}", "`updatd`: the answer has no `updatd`; did you mean "
         "`updated`?"),
        ("delete: [dlq], expect: {deletd: [dlq]}", "did you mean `deleted`?"),
        ("delete: [dlq], expect: {days: null}", "the answer has no `days`"),
        ("permit: [dlq], expect: {permited: [dlq]}", "did you mean `permitted`?"),
        ("chart: {queue: orders}, within: 1s, expect: {'samples[0].visble': 1}", "did you mean `visible`?"),
        ("inventory: [t], expect: {rows.queu: [1]}", "did you mean `queue`?"),
        ("wait: 1s, expect: {waitd: 1}", "did you mean `waited`?"),
        ("wait: 1s, expect: {scnds: 1}", "did you mean `seconds`?"),
        ("wait: 1s, expect: {depth.visible: 1}", "the answer has no `depth`"),
        ("wait: 1s, expect: {error: null}", "the answer has no `error`"),
        ("in_order: {a: {wait: 1s}}, expect: {a.waitd: 1}", "did you mean `waited`?"),
        ("in_order: {a: {wait: 1s, expect: {waitd: 1}}}", "did you mean `waited`?"),
        ("together: {a: {wait: 1s}, b: {wait: 1s}}, expect: {'[a.waited, b.waitd]': [1, 1]}", "did you mean `waited`?"),
        ("either: {a: {wait: 1s}, b: {wait: 1s}}, expect: {chosn: a}", "did you mean `chosen`?"),
        ("either: {a: {wait: 1s}, b: {wait: 1s}}, expect: {chosen: c}", "`chosen`: it is never `c`"),
        ("matrix: {n: [1, 2]}, wait: 1s, expect: {'\"1\".waitd': 1}", "did you mean `waited`?"),
        ("matrix: {q: [orders, pay]}, consume: {from: '${q}'}, show: [completd]", "did you mean `completed`?"),
        ("matrix: {q: [orders, pay]}, consume: {from: '${q}'}, expect: {'*.completd': 1}", "did you mean `completed`?"),
        ("do: sqs.receive_message, with: {QueueUrl: '${orders.url}'}, within: 3s, expect: {seconds: {lt: 2}}",
         "`seconds` is known when the step is over"),
    ],
)  # fmt: skip
def test_a_path_into_what_a_verb_gives_is_held_against_it(step: Mistakes, text: str, said: str) -> None:
    found = [each for each in step(text) if said in each]
    assert len(found) == 1, step(text)


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ("sent_count: {zap: 1}", "8:58 there is no matcher `zap`; there is present, equals, not, lt, lte, gt, gte, "
         "contains, matches"),
        ("sent_count: {between: [1, 2]}", "there is no matcher `between`"),
        ("sent_count: {gtt: 1}", "there is no matcher `gtt`; did you mean `gt`?"),
        ("ids: {contians: x}", "there is no matcher `contians`; did you mean `contains`?"),
        ("ids: {contains: x, zap: 1}", "`contains` is a matcher, and stands alone; a mapping as a value is "
         "`{equals: {…}}`"),
        ("sent_count: {gt: 1, lt: 3}", "`gt` is a matcher, and stands alone"),
        ("sent_count: {matches: x}", "`matches` never holds of a number"),
        ("sent_count: {not: '5'}", "it is a number, never text"),
        ("sent_count: '5'", "it is a number, never text"),
        ("'ids[0]': 5", "it is text, never a number: quote it"),
        ("ids: x", "it is a list, never text"),
        ("ids: [1]", "it is text, never a number"),
        ("sent_count: {equals: {a: 1}}", "it is a number, never a mapping"),
    ],
)  # fmt: skip
def test_what_can_never_hold_is_refused(step: Mistakes, wanted: str, said: str) -> None:
    (found,) = step(SEND + wanted + "}")
    assert said in found


def test_a_mapping_is_a_value_where_a_mapping_is_found(step: Mistakes) -> None:
    read = "do: sqs.get_queue_attributes, with: {QueueUrl: '${orders.url}'}, expect: {%s}"
    assert step(read % "Attributes: {VisibilityTimeout: '30'}") == []
    assert step(read % "'from_json(Attributes.RedrivePolicy)': {maxReceiveCount: 3}") == []
    (said,) = step(read % "Attributes: {VisibilityTimout: '30'}")
    assert "it never has a `VisibilityTimout`; did you mean `VisibilityTimeout`?" in said
    (said,) = step(read % "'from_json(Attributes.RedrivePolicy)': {gtt: 3}")
    assert said.endswith("there is no matcher `gtt`; did you mean `gt`? A mapping as a value is `{equals: {…}}`")
    assert step(read % "'from_json(Attributes.RedrivePolicy)': {equals: {gtt: 3}}") == []


def test_a_name_of_which_only_a_run_can_tell_stands_somewhere_in_the_lab(steps: Mistakes) -> None:
    text = "- {send: {to: orders, bodies: [{orderId: o-1}]}}\n- consume: {from: orders, label: %s}\n"
    assert steps(text % "orderId") == []
    assert steps(text % "somethingElse") == []
    assert steps(text % "ordreId") == [
        "9:34 `ordreId`: nothing in this lab or beside it knows `ordreId`; did you mean `orderId`?"
    ]
