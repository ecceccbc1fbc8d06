"""`labcli lab test`: a lab proves itself, and one that lies is found out."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.cli.by_hand import HEAD, LAB
from tests.conftest import Cli

Write = Callable[..., Path]


def test_a_lab_that_holds_proves_itself_and_leaves_nothing(cli: Cli, lab: Write) -> None:
    result = cli("lab", "test", str(lab(LAB, "hand.yaml")))
    assert result.exit_code == 0, result.both
    assert "✔ hand  task own" in result.out
    assert "✔ hand  nothing of the learner's is left" in result.out
    assert not (cli.home / "runs").exists()  # it had an AWS of its own


def _task(**changed: str) -> str:
    parts = {
        "yours": "{inbox: {queue: standard, visibility: 20}}", "solution": "[{create: [inbox]}]",
        "hints": "[a, b, c]", "because": "b", "title": "t", "text": "t", **changed,
    }  # fmt: skip
    body = "".join(f"  {key}: {value}\n" for key, value in parts.items() if value)
    return f"{HEAD}tasks:\n- task: own\n{body}"


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (
            {"given": "[{create: [x]}]", "resources": "{x: {queue: standard}}", "yours": "",
             "solution": "[{wait: 0.1s}]",
             "checks": "[{title: c, do: sqs.list_queues, with: {}, expect: {QueueUrls: {present: true}}}]"},
            "it holds before anybody did anything",
        ),
        ({"solution": "[{wait: 0.1s}]"}, "its solution does not solve it: “inbox is a Standard queue”"),
        (
            {"checks": "[{title: always, do: sqs.list_queues, with: {QueueNamePrefix: zz}, "
                       "expect: {QueueUrls: null}}]"},
            "its check “always” holds in an empty AWS, before the solution and after it",
        ),
        ({}, "still there after the last task: inbox"),
        (
            {"proof": "[{title: p, do: sqs.get_queue_attributes, with: {QueueUrl: '${inbox.url}', "
                      "AttributeNames: [All]}, expect: {Attributes.VisibilityTimeout: '21'}}]"},
            "its solution does not solve it: “p”: wanted 21, seen 20",
        ),
    ],
)  # fmt: skip
def test_a_lab_that_lies_is_found_out(cli: Cli, lab: Write, changed: dict[str, str], said: str) -> None:
    result = cli("lab", "test", str(lab(_task(**changed), "hand.yaml")), "--output", "json")
    assert result.exit_code == 1
    whys = [each["why"] or "" for each in json.loads(result.out)["results"]]
    assert any(why.startswith(said) for why in whys), whys


def test_results_are_junit_too(cli: Cli, lab: Write) -> None:
    result = cli("lab", "test", str(lab(_task(), "hand.yaml")), "--output", "junit")
    suite = ElementTree.fromstring(result.out).find("testsuite")
    assert suite is not None
    assert (suite.attrib["name"], suite.attrib["failures"]) == ("hand", "1")
