"""`labcli lab schema`: what editors are told of the lab language; it finds slips, and never a fault that is none."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from labcli.lab.new import new_lab
from labcli.lab.schema import schema
from labcli.lab.source import read
from labcli.steps.language import LANGUAGE
from tests.cli.by_hand import LAB
from tests.conftest import LABS, REPO, Cli

FILES = sorted((*LABS.glob("*/*.yaml"), *(REPO / "docs" / "examples").glob("*.yaml")))


@cache
def _validator() -> Draft7Validator:
    return Draft7Validator(schema(LANGUAGE))


def _problems(file: Path) -> list[str]:
    return [
        f"{'/'.join(map(str, each.absolute_path))}: {each.message}" for each in _validator().iter_errors(_data(file))
    ]


def _data(file: Path) -> Any:
    return json.loads(json.dumps(read(file).data))


def test_it_is_printed_and_is_a_schema(cli: Cli) -> None:
    result = cli("lab", "schema")
    assert result.exit_code == 0
    printed = json.loads(result.out)
    Draft7Validator.check_schema(printed)
    assert printed == schema(LANGUAGE)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_lab_of_ours_is_valid(file: Path) -> None:
    assert _problems(file) == []


def test_a_new_lab_and_one_with_tasks_are_valid(tmp_path: Path) -> None:
    tasks = tmp_path / "hand.yaml"
    tasks.write_text(LAB, "utf-8")
    assert _problems(new_lab("first", tmp_path)) == _problems(tasks) == []


@pytest.mark.parametrize(
    "text",
    [
        "- {matrix: {n: [1, 2]}, in_order: {fill: {send: {to: q, count: '${n}'}}}}",
        "- {wait: {local: 0s, aws: 60s}}",
        "- {wait: 2}",
        "- {delete: {every: queue}}",
        "- {delete: q}",
        "- {consume: {from: q, until: empty, rate: 10/s, fail_on: a}, show: [completed, {count: completed_count}]}",
        "- {execute: {wait_for: '${x}'}}",
        "- {execute: flow, input: [1, 2]}",
        "- {execute: flow, input: '${x}'}",
        "- {update: flow, to: {machine: {StartAt: A}, may: [send q]}}",
        "- {do: sqs.list_queues, with:, fails: X, differs: {aws-like: x}, invite: {say: x, do: sqs.list_queues}}",
    ],
)  # fmt: skip
def test_every_form_of_a_step_is_valid(tmp_path: Path, text: str) -> None:
    file = tmp_path / "a.yaml"
    file.write_text(f"lab: a\ntitle: A\nsteps:\n{text}\n", "utf-8")
    assert _problems(file) == []


GOOD = "lab: a\ntitle: A\nresources:\n  q: {queue: standard, visibility: 5s}\nsteps:\n- {create: [q], title: x}\n"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("visibility", "visibilty"), ("standard", "standart"), ("create", "creat"), ("title: x", "titel: x"),
        ("title: x", "wait: 1s"), ("title: x", "title: 5"), ("title: A", "goal: A"), ("5s", "5 parsecs"),
        ("{queue: standard, visibility: 5s}", "{visibility: 5s}"), ("{create: [q], title: x}", "{title: x}"),
        ("create: [q]", "create: [q], with: {a: 1}"), ("create: [q]", "together: {a b: {wait: 1s}}"),
        ("queue: standard", "topic: standard"),
    ],
)  # fmt: skip
def test_a_slip_is_found(tmp_path: Path, old: str, new: str) -> None:
    file = tmp_path / "a.yaml"
    file.write_text(GOOD, "utf-8")
    assert _problems(file) == []
    file.write_text(GOOD.replace(old, new), "utf-8")
    assert _problems(file)
