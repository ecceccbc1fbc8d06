"""Bugs that a review found, each kept out by a test."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from labcli.context import Aws
from labcli.errors import AwsError, LabcliError
from labcli.run.ledger.runs import all_runs
from tests.conftest import Cli

LAB = """
lab: {id}
title: reviewed
resources:
  orders: {{queue: standard, visibility: 1}}
steps:
- create: [orders]
"""


def shelf(tmp_path: Path, *folders: str) -> dict[str, str]:
    for folder in folders:
        (tmp_path / "shelf" / folder).mkdir(parents=True)
        (tmp_path / "shelf" / folder / "dup.yaml").write_text(LAB.format(id="dup"), encoding="utf-8")
    return {"LABCLI_LABS": str(tmp_path / "shelf")}


def test_two_labs_of_one_id_keep_to_themselves(home: Path, tmp_path: Path, boto: Callable[[str], Any]) -> None:
    cli = Cli(home, shelf(tmp_path, "a", "b"))
    assert cli("day", "a/dup", "run").exit_code == 0
    other = cli("day", "b/dup", "run")
    assert other.exit_code == 0
    assert "taken away first" not in other.err
    assert len(boto("sqs").list_queues()["QueueUrls"]) == 2
    ambiguous = cli("cleanup", "dup")
    assert ambiguous.exit_code == 2
    assert "a/dup" in ambiguous.err
    assert cli("cleanup", "nowhere/dup").exit_code == 2
    assert cli("cleanup", "b/dup").exit_code == 0
    (left,) = [run for run in all_runs(cli.context()) if run.live]
    assert left.file is not None
    assert left.file.parent.name == "a"


def test_a_lab_run_by_its_path_is_cleaned_by_its_path(cli: Cli, lab: Callable[..., Path]) -> None:
    file = str(lab(LAB.format(id="other"), "named.yaml"))
    assert cli("day", file, "run").exit_code == 0
    assert cli("cleanup", file).exit_code == 0
    assert not [run for run in all_runs(cli.context()) if run.live]


def test_a_delete_that_is_refused_once_is_tried_again(cli: Cli, lab: Callable[..., Path]) -> None:
    assert cli("day", str(lab(LAB.format(id="again"), "again.yaml")), "run").exit_code == 0
    refused: list[str] = []

    class Throttled:
        def __init__(self, aws: Aws) -> None:
            self.aws = aws

        def call(self, service: str, operation: str, params: Mapping[str, Any]) -> dict[str, Any]:
            if operation == "delete_queue" and not refused:
                refused.append(operation)
                raise AwsError("sqs.delete_queue", "Throttling", "slow down", frozenset({"Throttling"}), 400)
            return self.aws.call(service, operation, params)

    result = cli("cleanup", "again", through=Throttled)
    assert refused
    assert result.exit_code == 0
    assert "1 of 1 gone" in result.out


def test_ledgers_that_cannot_be_listed_are_not_taken_for_none(cli: Cli) -> None:
    cli.home.mkdir(parents=True, exist_ok=True)
    place = cli.home / "runs"
    place.mkdir()
    if os.geteuid() == 0:
        pytest.skip("root may list every folder")
    place.chmod(0)
    try:
        with pytest.raises(LabcliError, match="cannot be read"):
            all_runs(cli.context())
    finally:
        place.chmod(0o700)


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


def test_an_interrupt_before_the_program_is_loaded_is_no_traceback() -> None:
    code = (
        "import sys, labcli.__main__ as begin\n"
        "class Interrupts:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name == 'labcli.cli.main': raise KeyboardInterrupt\n"
        "sys.meta_path.insert(0, Interrupts())\n"
        "begin.main()\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8", timeout=60, check=False)
    assert (done.returncode, done.stderr) == (130, "")
