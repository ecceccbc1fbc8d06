"""The pages are true: fresh, complete, linked, and every command and message that they print exists."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from docs.generate import DOCS, main, stale
from docs.reference.commands import tree
from docs.reference.verbs import lab_keys
from labcli.aws.resources import KINDS
from labcli.aws.services import SERVICES
from labcli.local.pointing import DROPPED, SET
from labcli.steps.language import VERBS
from tests.cli.by_hand import LAB as HAND
from tests.conftest import REPO, Cli

PAGES = sorted([REPO / "README.md", REPO / "CHANGELOG.md", *DOCS.glob("*.md")])
EXAMPLES = sorted((DOCS / "examples").glob("*.yaml"))
COMMANDS = dict(tree())

by_name = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)


def _text(name: str) -> str:
    return (REPO / name).read_text("utf-8")


def _headings(page: Path) -> list[str]:
    return re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)


def _blocks(page: Path) -> Iterator[str]:
    """The code blocks of a page that show commands."""
    yield from re.findall(r"^```(?:\w*)\n(.*?)^```", page.read_text("utf-8"), re.DOTALL | re.MULTILINE)


def test_the_generated_pages_are_fresh() -> None:
    assert not stale(), "make docs"
    assert main(["--check"]) == 0


def test_check_names_the_page_that_is_stale(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("docs.generate.DOCS", tmp_path)
    assert main(["--check"]) == 1
    assert "docs/verbs.md is stale: make docs" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_every_command_is_documented_with_every_option() -> None:
    page = _text("docs/commands.md")
    for path, command in COMMANDS.items():
        _, heading, rest = page.partition(f"\n## {path}\n")
        assert heading, path
        section = rest.partition("\n## ")[0]
        for option in (name for each in command.params for name in each.opts if name.startswith("-")):
            assert f"`{option}" in section, f"{path} {option}"


def test_every_verb_kind_and_operation_is_documented() -> None:
    assert set(VERBS) <= set(_headings(DOCS / "verbs.md"))
    assert set(KINDS) <= set(_headings(DOCS / "resources.md"))
    operations = _text("docs/operations.md")
    for service in SERVICES.values():
        assert all(f"`{service.name}.{name}`" in operations for name in service.effects)


def test_every_key_of_a_lab_is_documented() -> None:
    page = _text("docs/labs.md")
    assert [key for key in lab_keys() if f"| `{key}` |" not in page] == []


@by_name
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text("utf-8")):
        if target.startswith("https://"):
            continue
        name, _, anchor = target.partition("#")
        linked = (page.parent / name).resolve() if name else page
        assert linked.is_file(), target
        if anchor:
            anchors = {re.sub(r"[^\w -]", "", each.lower()).replace(" ", "-") for each in _headings(linked)}
            assert anchor in anchors, target


@by_name
def test_nothing_of_a_machine_or_a_registry_is_in_a_page(page: Path) -> None:
    text = page.read_text("utf-8").lower()
    assert re.findall(r"(?<!\w)/(?:work|root|opt|tmp|home)/|pypi|pythonhosted|artifactory|index-url", text) == []


@by_name
def test_commands_in_a_page_exist(page: Path) -> None:
    for block in _blocks(page):
        for line in re.findall(r"(?:^|\$ |\(|\| )(labcli [^\n|)\"]*)", block, re.MULTILINE):
            _assert_command(line)
        for target in re.findall(r"^make (\w+)", block, re.MULTILINE):
            assert re.search(rf"^{target}:", _text("Makefile"), re.MULTILINE), target


def _assert_command(line: str) -> None:
    words = shlex.split(line, comments=True)
    if "[OPTIONS]" in line or "[COMMAND]" in line or "..." in line:  # the usage lines of the reference
        return
    if words[1:2] == ["day"]:
        words[2] = "DAY"
    plain = [word for word in words if not word.startswith("-")]
    path = next((" ".join(plain[:n]) for n in range(len(plain), 0, -1) if " ".join(plain[:n]) in COMMANDS), "")
    assert path and (path != "labcli" or len(words) == 1), line
    known = {name for each in COMMANDS[path].params for name in each.opts}
    assert [word for word in words if word.startswith("-") and word not in known] == [], line


def test_every_variable_of_local_env_is_documented() -> None:
    page = _text("docs/safety.md")
    assert [name for name in (*SET, *sorted(DROPPED)) if f"`{name}`" not in page] == []


def test_the_picture_fetches_nothing() -> None:
    picture = _text("docs/run.svg").replace('xmlns="http://www.w3.org/2000/svg"', "")
    assert re.findall(r"https?:|//|@import|url\((?!#)|<script|<image|href", picture) == []
    assert "labcli day mon run" in re.sub(r"<[^>]+>|&#160;", " ", picture).replace("  ", " ")


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_the_examples_are_valid(example: Path, cli: Cli) -> None:
    assert cli("lab", "check", str(example)).exit_code == 0


def test_the_first_lab_stands_in_the_page_as_it_is() -> None:
    lab = (DOCS / "examples" / "first.yaml").read_text("utf-8")
    assert f"```yaml\n{lab}```" in _text("docs/labs.md")
    assert f"one of {len(lab.splitlines())} lines" in _text("README.md")


BROKEN = """
lab: my
title: Broken on purpose
resources:
  inbox: {queue: standard, vissibility: 3}
  pay: {queue: fifo}
  q: {queue: standard, visibility: 2}
  f: {function: ../x.py, timeout: 5s}
  feed: {mapping: q, to: f}
  a_function_with_a_long_long_name: {function: functions/x.py}
steps:
- create: [inbox]
- do: sqs.send_message
  with: {QueueUrl: "${inbox.arn}", Body: hi}
- do: sqs.send_message
  with: {QueueUrl: "https://sqs.us-east-1.amazonaws.com/1/other", MessageBody: 42}
- do: sqs.create_queue
  with: {QueueName: mine}
- do: s3.put_object
  with: {Bucket: b, Key: k}
- do: sqs.send_message
  with: {QueueUrl: "${inbox.url}", MessageBody: "${sent_id}"}
  within: 3s
- send: {to: "${inbox.url}", bodies: [a]}
  save: {sent_id: "ids[0]"}
- do: sqs.receive_message
  with: {QueueUrl: "${inbox.url}"}
  save: {handle: "Messages[0].ReceiptHandle"}
- do: sqs.get_queue_attributes
  with: {QueueUrl: "${inbox.url}"}
  expect: {Attribute.VisibilityTimeout: "3"}
- do: sqs.get_queue_url
  with: {QueueName: "${inbox.name}"}
  fails: QueueDoesNotExists
- send: {to: pay, bodies: [a]}
- in_order:
    a: {do: sqs.get_queue_url, with: {QueueName: "${inbox.name}"}, save: {u: QueueUrl}}
- do: sqs.get_queue_attributes
  with: {QueueUrl: "${u}"}
- create: [pay]
  delete: [pay]
- send: {to: inbox, bodies: [{orderId: o-1}]}
  expect: {sent_count: "1", ids: {between: [1, 2]}}
- consume: {from: inbox, label: ordreId}
checks:
- do: sqs.receive_message
  with: {QueueUrl: "${inbox.url}"}
  expect: {Messages: null}
"""


def test_the_messages_in_the_page_are_those_of_lab_check(cli: Cli, lab: Callable[..., Path]) -> None:
    said = cli("lab", "check", str(lab(BROKEN))).err
    shown = re.findall(r"^\|.*\| (``.*``) \|$", _text("docs/labs.md"), re.MULTILINE)
    assert len(shown) > 12
    for message in shown:
        words = message.strip("` ") if message.count("``") == 2 else message
        pattern = re.sub(r"\d+", r"\\d+", re.escape(words.removeprefix("``").removesuffix("``").strip()))
        assert re.search(pattern, said), message


OPEN = re.compile(r"(facts|tags|policy|params|answer|evidence\.rows|evidence\.points)\b.*")
"""Mappings and lists whose inside belongs to AWS or to a lab."""


def _fields(value: Any, way: str = "") -> Iterator[str]:
    if way and OPEN.fullmatch(way.rsplit("[].", maxsplit=1)[-1]):
        yield way
    elif isinstance(value, dict):
        for key, each in value.items():
            yield from _fields(each, f"{way}.{key}" if way else key)
    elif isinstance(value, list) and any(isinstance(each, dict) for each in value):
        for each in value:
            yield from _fields(each, f"{way}[]")
    else:
        yield way


def test_every_field_of_every_document_is_in_the_page(cli: Cli, lab: Callable[..., Path]) -> None:
    first = str(DOCS / "examples" / "first.yaml")
    hand = str(lab(HAND, "hand.yaml"))
    documents = [
        cli(*words, "--output", "json")
        for words in (
            ("day", first, "plan"), ("day", "mon", "quiz"), ("day", first, "run"), ("verify", first), ("status",),
            ("inspect", "inbox"),
            ("local", "trail"), ("local", "status"), ("doctor",),
            ("day", hand, "try"), ("verify", hand, "--tasks"), ("lab", "test", hand),
            ("cleanup", "--all"), ("day", str(lab(BROKEN)), "run"),
        )
    ]  # fmt: skip
    page = _text("docs/json.md")
    head, *sections = re.split(r"^## (\w+)$", page, flags=re.MULTILINE)
    known = dict(zip(sections[::2], sections[1::2], strict=True))
    assert sorted(known) == sorted(json.loads(each.out)["document"] for each in documents)
    for each in documents:
        document = json.loads(each.out)
        section = head + known[document["document"]]
        for field in set(_fields(document)):
            same = re.sub(r"^(verify|cleanup)\[\]", "steps[].calls[]", field)
            said = rf"`({re.escape(same)}|{re.escape(field)})(\[\])?[.`]"  # of an empty list, what would be in it
            assert re.search(said, section), f"{document['document']}: {field}"
