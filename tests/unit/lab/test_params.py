"""Parameters of calls, held against botocore's own models."""

from __future__ import annotations

from typing import Any

import pytest

from labcli.lab.params import encode, may_perish
from labcli.lab.paths import NoSuchMember, find
from tests.unit.conftest import CATALOG, Mistakes

URL = "QueueUrl: '${orders.url}'"
SEND = CATALOG.operation("sqs", "send_message")
RECEIVE = CATALOG.operation("sqs", "receive_message")


def call(operation: str, params: str) -> str:
    return f"do: sqs.{operation}, with: {{{params}}}"


# --- the parameters exist, and are of their type


@pytest.mark.parametrize(
    ("operation", "params", "said"),
    [
        ("send_message", "MessageBody: x", ["sqs.send_message needs `QueueUrl`"]),
        ("send_message", f"{URL}, MessageBody: x, DelaySecond: 3",
         ["sqs.send_message has no parameter `DelaySecond`; did you mean `DelaySeconds`?"]),
        ("send_message", f"{URL}, Body: x",
         ["sqs.send_message needs `MessageBody`", "sqs.send_message has no parameter `Body`; it has MessageBody"]),
        ("send_message", f"{URL}, MessageBody: x, DelaySeconds: '5'", ["`DelaySeconds` is a number, not text"]),
        ("send_message", f"{URL}, MessageBody: x, DelaySeconds: 2.5", ["`DelaySeconds` is a whole number, not 2.5"]),
        ("send_message", f"{URL}, MessageBody: x, DelaySeconds: true",
         ["`DelaySeconds` is a number, not true or false"]),
        ("send_message", f"{URL}, MessageBody: 5", ['`MessageBody` is text: quote it ("5")']),
        ("send_message", f"{URL}, MessageBody: true", ['`MessageBody` is text: quote it ("true")']),
        ("send_message", f"{URL}, MessageBody: null", ["`MessageBody` is text"]),
        ("send_message", f"{URL}, MessageBody: x, MessageAttributes: [a]",
         ["`MessageAttributes` is a mapping, not a list"]),
        ("send_message", f"{URL}, MessageBody: x, MessageAttributes: {{a: text}}", ["`a` is a mapping, not text"]),
        ("send_message",
         f"{URL}, MessageBody: x, MessageAttributes: {{a: {{DataTyp: S, DataType: String, StringValue: v}}}}",
         ["`a` has no parameter `DataTyp`; did you mean `DataType`?"]),
        ("get_queue_attributes", f"{URL}, AttributeNames: All", ["`AttributeNames` is a list, not text"]),
        ("get_queue_attributes", f"{URL}, AttributeNames: [RedrivPolicy]",
         ["`AttributeNames` cannot be `RedrivPolicy`; did you mean `RedrivePolicy`?"]),
        ("get_queue_attributes", f"{URL}, AttributeNames: [Xyzzyqq]",
         ["`AttributeNames` cannot be `Xyzzyqq`; it is one of"]),
        ("receive_message", f"{URL}, AttributeNames: ['${{orders.url}}', 5]",
         ['`AttributeNames` is text: quote it ("5")']),
    ],
)  # fmt: skip
def test_a_wrong_parameter_is_named_with_what_is_right(
    step: Mistakes, operation: str, params: str, said: list[str]
) -> None:
    found = [each.split(" ", 1)[1] for each in step(call(operation, params))]
    assert len(found) == len(said), found
    assert all(got.startswith(wanted) for got, wanted in zip(found, said, strict=True)), found


def test_with_that_is_no_mapping_is_said_once_where_it_stands(step: Mistakes) -> None:
    assert step("do: sqs.list_queues, with: [a]") == ["8:31 `with` is a mapping (`key: value`), not a list"]


def test_an_operation_without_parameters_takes_none(step: Mistakes) -> None:
    assert step("do: sts.get_caller_identity") == []
    (said,) = step("do: sts.get_caller_identity, with: {a: b}")
    assert "sts.get_caller_identity has no parameter `a`" in said


# --- encoding: only where the model says string or blob


def test_a_mapping_or_list_is_json_where_the_model_says_text(step: Mistakes) -> None:
    assert step(call("send_message", f"{URL}, MessageBody: {{a: [1, 'é', true]}}")) == []
    assert SEND is not None
    filled = {"QueueUrl": "u", "MessageBody": {"a": [1, "é", True]}, "DelaySeconds": 3}
    assert encode(SEND.input, filled) == {"QueueUrl": "u", "MessageBody": '{"a": [1, "é", true]}', "DelaySeconds": 3}


def test_structures_maps_and_lists_are_encoded_inside_and_kept_outside() -> None:
    operation = CATALOG.operation("sqs", "set_queue_attributes")
    assert operation is not None
    given = {"QueueUrl": "u", "Attributes": {"Policy": {"Version": "2012-10-17"}, "DelaySeconds": "5"}}
    assert encode(operation.input, given)["Attributes"] == {
        "Policy": '{"Version": "2012-10-17"}', "DelaySeconds": "5",
    }  # fmt: skip


@pytest.mark.parametrize("value", [5, 2.5, True, None, "text"])
def test_nothing_else_is_coerced(value: Any) -> None:
    assert SEND is not None
    assert encode(SEND.input, {"MessageBody": value}) == {"MessageBody": value}
    assert encode(None, {"a": {"b": value}}) == {"a": {"b": value}}


def test_references_inside_an_encoded_body_are_checked_where_they_stand(step: Mistakes) -> None:
    assert step(call("send_message", f"{URL}, MessageBody: {{a: ['${{nope}}']}}")) == [
        "8:78 ${nope}: no resource or saved value `nope`"
    ]


# --- raw ARNs and URLs


@pytest.mark.parametrize(
    "raw",
    ["https://sqs.eu-west-1.amazonaws.com/111122223333/q", "http://127.0.0.1:4566/1/q", "HTTPS://x/1/q", " arn:aws:x",
     "https://x/1/${orders.name}"],
)  # fmt: skip
def test_a_raw_arn_or_url_is_refused_also_for_a_read(step: Mistakes, raw: str) -> None:
    for operation, more in (("send_message", ", MessageBody: x"), ("get_queue_attributes", ""), ("purge_queue", "")):
        (said,) = step(call(operation, f"QueueUrl: '{raw}'{more}"))
        assert "`QueueUrl` names a resource by reference, such as ${orders.url}" in said


def test_a_url_in_a_body_is_just_text(step: Mistakes) -> None:
    assert step(call("send_message", f"{URL}, MessageBody: 'https://example.com'")) == []


# --- what a path finds


def shape_of(path: str) -> str:
    assert RECEIVE is not None
    assert RECEIVE.output is not None
    return find(path, RECEIVE.output)[0].kind


def test_a_path_is_typed() -> None:
    assert shape_of("Messages") == "list"
    assert shape_of("Messages[0]") == "structure"
    assert shape_of("Messages[-1].MessageId") == "string"
    assert shape_of("Messages[0].Attributes.SentTimestamp") == "string"
    assert shape_of("Messages[0].MessageAttributes.any.BinaryValue") == "blob"
    assert shape_of("length(Messages)") == "integer"
    assert shape_of("Messages[?Body=='x'].Body | [0]") == "string"
    assert shape_of("sort_by(Messages, &Body)[].MessageId") == "list"
    assert shape_of("from_json(Messages[0].Body).orderId") == "any"
    assert shape_of("Messages[0].Body == 'x' && length(Messages) > `1`") == "boolean"
    assert shape_of("*[].Body") == "list"


def test_a_member_that_the_answer_does_not_have_is_named_with_the_nearest() -> None:
    with pytest.raises(NoSuchMember, match="did you mean `MessageId`"):
        shape_of("Messages[0].MesageId")
    with pytest.raises(NoSuchMember, match="there is Messages"):
        shape_of("xyzzy")


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("Messages[?Bdy=='x']", "did you mean `Body`"),
        ("Messages[].MesageId", "did you mean `MessageId`"),
        ("length(Mesages)", "did you mean `Messages`"),
        ("sort_by(Messages, &MesageId)[0]", "did you mean `MessageId`"),
        ("Messages[0].[Body, Bodi]", "did you mean `Body`"),
        ("{n: Mesages}", "did you mean `Messages`"),
        ("Messages[0].MessageId || Messages[0].Bdy", "did you mean `Body`"),
        ("Messages | [0].Bdy", "did you mean `Body`"),
        ("*[].Bdy", "did you mean `Body`"),
        ("Messages[0].Attributes.SentTimestmp", "`Messages[0].Attributes` has no `SentTimestmp`; did you mean"),
        ("length(Messages).x", "`length(Messages)` is a number: there is no `x` in it"),
        ("Messages[0][0]", "`Messages[0]` is a mapping, not a list"),
        ("Messages[0].Body[0]", "is text, not a list"),
        ("sum(Messages[0].Body)", "`sum` finds nothing in text"),
        ("length(length(Messages))", "`length` finds nothing in a number"),
        ("keys(Messages)", "`keys` finds nothing in a list"),
    ],
)
def test_a_path_that_can_never_find_anything_is_refused(path: str, said: str) -> None:
    with pytest.raises(NoSuchMember) as raised:
        shape_of(path)
    assert said in str(raised.value)


# --- what perishes


@pytest.mark.parametrize(
    "path",
    ["Messages[0].ReceiptHandle", "Messages[*].ReceiptHandle", "Messages[0]", "Messages", "@", "*",
     "Messages[?Body=='x'] | [0]", "Messages[?Body=='x']", "Messages[0].{a: ReceiptHandle}", "Messages[?Body].{a: @}",
     "[Messages]", "sort_by(Messages, &Body)", "{a: Messages}", "Messages[0].[ReceiptHandle]", "reverse(Messages)[0]"],
)  # fmt: skip
def test_a_receipt_handle_is_not_saved_for_a_later_step(step: Mistakes, path: str) -> None:
    assert RECEIVE is not None
    assert RECEIVE.output is not None
    assert may_perish(find(path, RECEIVE.output)[0], path)
    assert step(call("receive_message", URL) + f', save: {{h: "{path}"}}') == [
        "8:74 `h` would hold a receipt handle or a task token: use it inside one `in_order` step"
    ]


@pytest.mark.parametrize(
    "path",
    ["Messages[0].MessageId", "Messages[*].MessageId", "Messages[?Body=='x'].Body", "Messages[?Body=='x'].Body | [0]",
     "length(Messages)", "from_json(Messages[0].Body).orderId", "Messages[0].Attributes"],
)  # fmt: skip
def test_what_does_not_perish_may_be_saved(step: Mistakes, path: str) -> None:
    assert step(call("receive_message", URL) + f', save: {{h: "{path}"}}') == []


def test_a_receipt_handle_is_used_inside_one_in_order_and_does_not_leave_it(steps: Mistakes) -> None:
    text = """\
- in_order:
    get:
      do: sqs.receive_message
      with: {QueueUrl: "${orders.url}"}
      save: {h: "Messages[0].ReceiptHandle"}
    done: {do: sqs.delete_message, with: {QueueUrl: "${orders.url}", ReceiptHandle: "${h}"}}
"""
    assert steps(text) == []
    for path in ("get.Messages[0].ReceiptHandle", "get", "get.Messages", "@", "*", "{a: get}"):
        assert len(steps(f'{text}  save: {{out: "{path}"}}\n')) == 1, path
    assert steps(f'{text}  save: {{out: "get.Messages[0].MessageId"}}\n') == []
