"""Calls of a run as one would type them: whole or said to be cut, and no secret among them."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest

from labcli.context import Context
from labcli.lab.model import Call
from labcli.show.run.commands import LONGEST, Typed
from labcli.show.screen import Screen

TOKEN = "AQCEAAAAKgAAAAMAAAAAAAAAAbcdefghijklmnopqrstuvwxyz"
QUEUE = "http://127.0.0.1:4566/1/q"
Drawn = Callable[..., list[str]]


@pytest.fixture
def drawn() -> Drawn:
    """The lines that show a call, or a few of several."""

    def draw(*calls: Call, shell: str = "sh") -> list[str]:
        out = io.StringIO()
        typed = Typed(Screen(Context(stdout=out, stderr=io.StringIO(), env={"COLUMNS": "60", "LABCLI_SHELL": shell})))
        if len(calls) == 1:
            typed.draw(calls[0])
        else:
            typed.draw_few(calls)
        return [line.strip() for line in out.getvalue().splitlines()]

    return draw


def send(body: str, **more: Any) -> Call:
    return Call("sqs", "send_message", {"QueueUrl": QUEUE, "MessageBody": body, **more})


def test_a_command_stands_on_one_line_however_narrow_the_terminal_is(drawn: Drawn) -> None:
    body = "x" * 200
    assert drawn(send(body)) == [f"$ aws sqs send-message --queue-url {QUEUE} --message-body {body}"]


def test_a_long_body_is_cut_and_says_so(drawn: Drawn) -> None:
    lines = drawn(send("x" * (LONGEST + 1)))
    assert lines[-1] == "# cut: not to be copied"
    assert len(lines[0]) < LONGEST + 100


def test_a_task_token_is_not_shown_neither_alone_nor_inside_of_a_body(drawn: Drawn) -> None:
    alone = drawn(Call("stepfunctions", "send_task_success", {"taskToken": TOKEN, "output": "{}"}))
    inside = drawn(send('{"taskToken": "' + TOKEN + '"}'))
    for lines in (alone, inside):
        assert TOKEN not in " ".join(lines)
        assert lines[-1] == "# cut: not to be copied"


def test_a_zip_is_named_and_not_shown(drawn: Drawn) -> None:
    lines = drawn(Call("lambda", "create_function", {"FunctionName": "f", "Code": {"ZipFile": b"PK\xff"}}))
    assert lines == [
        "$ aws lambda create-function --function-name f --zip-file fileb://function.zip", "# function.zip is not shown"
    ]  # fmt: skip


def test_in_powershell_a_body_goes_through_a_file(drawn: Drawn) -> None:
    lines = drawn(send('{"a": 1}'), shell="powershell")
    assert lines[0].startswith("$ [IO.File]::WriteAllText(")
    assert lines[1].endswith("--message-body file://message-body.json")


def test_of_a_step_a_few_sorts_of_acting_calls_are_shown(drawn: Drawn) -> None:
    reads = [Call("sqs", "list_queues", {})] * 3
    handles = [Call("sqs", "delete_message", {"QueueUrl": QUEUE, "ReceiptHandle": f"h{n}"}) for n in range(5)]
    lines = drawn(send("a"), *reads, *handles)
    assert [line.split()[3] for line in lines if line.startswith("$")] == ["send-message", "delete-message"]
    assert lines[-1] == "# and 7 more calls: run -v shows each"
    assert drawn(*reads)[0] == "$ aws sqs list-queues"
