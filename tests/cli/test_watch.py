"""`try --watch`: a person in a terminal, the calls as they come, keys, and a terminal given back as it was."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.by_hand import LAB
from tests.cli.terminal import Terminal
from tests.conftest import Cli

Write = Callable[..., Path]
Learner = Callable[[str], Any]

pytestmark = pytest.mark.skipif("sys.platform == 'win32'", reason="Windows has no pseudo-terminals for pexpect")


def test_calls_appear_checks_turn_and_the_end_is_said(cli: Cli, lab: Write, learner: Learner) -> None:
    sqs = learner("sqs")
    watch = Terminal(cli.home, "day", str(lab(LAB, "hand.yaml")), "try", "--watch", rows=40)
    watch.sees("✘ inbox is a Standard queue")
    sqs.create_queue(QueueName="Inbox")
    watch.sees("names are case-sensitive")
    watch.sees("boto3  sqs create-queue")
    watch.type("h")
    watch.sees("Hint 1 of 3")
    url = sqs.create_queue(QueueName="inbox", Attributes={"VisibilityTimeout": "20"})["QueueUrl"]
    watch.sees("AWS takes 30 s if you say nothing.")
    watch.type("n")
    watch.sees("The order o-1 waits in inbox")
    with pytest.raises(sqs.exceptions.ReceiptHandleIsInvalid):
        sqs.delete_message(QueueUrl=url, ReceiptHandle="abc")
    watch.sees("✘ ReceiptHandleIsInvalid")
    sqs.send_message(QueueUrl=url, MessageBody="o-2")
    watch.sees("✔ one of them is o-2")
    watch.type("q")
    assert watch.ends() == 1  # two tasks are left
    watch.sees("Next: labcli day")


def test_ctrl_c_leaves_at_once_and_what_was_done_stays(cli: Cli, lab: Write) -> None:
    file = str(lab(LAB, "hand.yaml"))
    watch = Terminal(cli.home, "day", file, "try", "--watch", rows=40)
    watch.sees("✘ inbox is a Standard queue")
    watch.type("\x03")
    assert watch.ends() == 130
    assert cli("day", file, "try").exit_code == 1


def test_who_hears_the_screen_gets_what_changed_as_lines(cli: Cli, lab: Write, learner: Learner) -> None:
    sqs = learner("sqs")
    watch = Terminal(cli.home, "--plain", "day", str(lab(LAB, "hand.yaml")), "try", "--watch", rows=40)
    watch.sees("inbox is a Standard queue")
    sqs.create_queue(QueueName="inbox", Attributes={"VisibilityTimeout": "20"})
    watch.sees("Task 1 is done.")
    watch.type("q")
    assert watch.ends() == 1
