"""Hostile text in labs, bodies and tags: shown literally everywhere and never obeyed; and encodings without symbols."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Cli, Result

HOSTILE = r"""
lab: hostile
title: "[red]x[/red] [/oops] \e[31mESC \x9b1m C1 \0 NUL \u202ebidi \u2066 \ufeff \U000E0041"
goals: ["[/oops] \e[1m {0} %s ${x}"]
notes: "# [bold]\e[31m \u202e\n\n[click](http://x) `\x9b` ![i](http://y) <b>\e]8;;http://z\a</b>\n\n    \e[2J\n"
resources:
  q: {queue: standard}
steps:
- create: [q]
  title: "[red]create[/red][/oops]\e[31m\x9b\u202e\0"
  say: "[/oops] \e[31m\x9b\u202e\0\n- a\tb\r"
  id: "[/x]\e[31m"
  ask: "[/x]\e[31m"
  differs: {local: "[/x]\e[31m", aws: "\e]0;title\a"}
- send: {to: q, bodies: [{a: "\e[31m\0[/oops]\u202e\x9b"}, "[red]x[/red][/oops]\x9b\u202e"]}
- title: get
  do: sqs.receive_message
  with: {QueueUrl: "${q.url}", MaxNumberOfMessages: 10, WaitTimeSeconds: 1}
  within: 5s
  expect: {"length(Messages)": 2}
  show: [messages, depth, "[/oops]\e[31m": "Messages[0].Body"]
- send: {to: q, bodies: ["[/oops]\u202e\x9b"]}
- consume: {from: q, until: 1, fail_on: "\e[31m", within: 5s}
checks:
- title: "[red]c[/red][/oops]\e[31m\x9b\u202e\0"
  do: sqs.get_queue_attributes
  with: {QueueUrl: "${q.url}", AttributeNames: [VisibilityTimeout]}
  expect: {"Attributes.VisibilityTimeout": "[/x]\e[31m\x9b\u202e"}
"""
FAILING = r"""
lab: failing
title: T
resources: {q: {queue: standard}}
steps:
- create: [q]
- title: "[/oops]\e[31m"
  do: sqs.get_queue_attributes
  with: {QueueUrl: "${q.url}", AttributeNames: [VisibilityTimeout]}
  expect:
    "Attributes.VisibilityTimeout": "[/x]\e[31m\x9b\u202e"
    "from_json('{}').\"[/y]\\u001b\\u202e\"": {matches: "\e\\["}
"""
OBEYED = set("\x1b\x9b\x00\x07\r\u202e\u2066\ufeff\U000e0041")


def shown(result: Result, code: int) -> Result:
    assert result.exit_code == code, result
    assert not OBEYED & set(result.both), [line for line in result.both.splitlines() if OBEYED & set(line)]
    assert "Traceback" not in result.both
    return result


def test_hostile_text_is_shown_literally_by_every_command(cli: Cli, lab: Callable[..., Path]) -> None:
    file = str(lab(HOSTILE))
    shown(cli("lab", "check", file), 0)
    day = shown(cli("day", file), 0).out
    assert "[red]x[/red] [/oops] \\x1b[31mESC \\x9b1m C1 \\x00 NUL \\u202ebidi" in day
    assert "[/oops] \\x1b[1m {0} %s ${x}" in day
    assert "[red]create[/red][/oops]\\x1b[31m\\x9b\\u202e\\x00" in shown(cli("day", file, "plan"), 0).out
    for flags in ((), ("-q",), ("-v",)):
        ran = shown(cli("day", file, "run", *flags), 0)
        assert "[red]create[/red][/oops]\\x1b[31m\\x9b\\u202e\\x00" in ran.out
    verified = shown(cli("verify", file), 1).out
    assert "[/oops]\\x1b[31m\\x9b\\u202e\\x00" in verified
    for command in (("status",), (), ("inspect", "q"), ("cleanup", "--dry-run"), ("cleanup", "--all")):
        shown(cli(*command), 0)


def test_documents_hold_it_as_data_in_ascii(cli: Cli, lab: Callable[..., Path]) -> None:
    file = str(lab(HOSTILE))
    for command in (("day", file, "plan"), ("day", file, "run"), ("verify", file), ("status",), ("inspect", "q"),
                    ("cleanup", "--all")):  # fmt: skip
        result = cli(*command, "--output", "json")
        assert result.out.isascii()
        assert not OBEYED & set(result.both)
        document = json.loads(result.out)
        assert document["exit_code"] == result.exit_code
        if command[-1] == "run":
            assert document["steps"][0]["title"] == "[red]create[/red][/oops]\x1b[31m\x9b\u202e\0"


def test_a_failure_shows_it_literally(cli: Cli, lab: Callable[..., Path]) -> None:
    ran = shown(cli("day", str(lab(FAILING)), "run"), 1)
    assert "[/x]\\x1b[31m\\x9b\\u202e" in ran.out
    assert "[/oops]\\x1b[31m" in ran.out


def test_the_tags_of_what_somebody_made_by_hand_are_shown_literally(cli: Cli, boto: Callable[[str], Any]) -> None:
    sqs = boto("sqs")
    for name, owner in (("labcli-x-1", "local"), ("labcli-x-2", "\u202e[/oops]\x9b"), ("labcli-x-3", "local")):
        tags = {"labcli:owner": owner, "labcli:run": "[red]\u202e\x9b[/oops]", "labcli:lab": "\u2066[/x]"}
        sqs.create_queue(QueueName=name, tags=tags)
    shown(cli("cleanup", "--all", "--dry-run"), cli("cleanup", "--all", "--dry-run").exit_code)
    for command in (("inspect", "labcli-x-1"), ("status",), ("cleanup", "--all"), ("verify",)):
        result = cli(*command)
        assert result.exit_code in (0, 1, 2, 4)
        shown(result, result.exit_code)
    sqs.delete_queue(QueueUrl=sqs.get_queue_url(QueueName="labcli-x-2")["QueueUrl"])


def test_a_hostile_body_and_an_empty_label_are_just_labels(cli: Cli, lab: Callable[..., Path]) -> None:
    file = lab(
        """
lab: labels
title: labels
resources:
  orders: {queue: standard, visibility: 1}
steps:
- create: [orders]
- title: send
  send: {to: orders, bodies: ["DEEP", {note: ""}]}
- title: work
  consume: {from: orders, label: note, until: 2, within: 10s}
  expect: {completed_count: 2, failures: 0, deliveries: 2}
""".replace("DEEP", "[" * 100_000),
        "labels.yaml",
    )
    result = cli("day", str(file), "run", "--output", "json")
    assert json.loads(result.out)["state"] == "passed", result.out[-2000:]


# --- encodings


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "cp437", "latin-1"])
def test_nothing_crashes_where_an_encoding_lacks_the_symbols(cli: Cli, lab: Callable[..., Path], encoding: str) -> None:
    file = str(lab(HOSTILE.replace("title: get", "title: get é \u4f60 \U0001f600")))
    failing = str(lab(FAILING, "failing.yaml"))
    said = ""
    for command, code in (
        (("lab", "check", file), 0), (("day", file), 0), (("day", file, "plan"), 0), (("day", file, "run"), 0),
        (("verify", file), 1), (("status",), 0), ((), 0), (("inspect", "q"), 0), (("day", failing, "run"), 1),
        (("local", "status"), 0), (("local", "env"), 0), (("cleanup", "--all"), 0), (("day", "mon\u4f60"), 2),
    ):  # fmt: skip
        streams = [io.TextIOWrapper(io.BytesIO(), encoding=encoding) for _ in range(2)]
        result = cli(*command, stdout=streams[0], stderr=streams[1])
        assert result.exit_code == code, (command, result)
        for stream in streams:
            stream.flush()
            text = stream.buffer.getvalue().decode(encoding)  # type: ignore[attr-defined]
            assert not set("\x1b\x00\u202e") & set(text)
            said += text
    assert "ok" in said
    assert "NO" in said
    assert "✔" not in said
