"""What a person is told stays true when things happened in between: a step left out, a run under way, a kill."""

from __future__ import annotations

import io
import json
import os
import signal
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from labcli.context import Aws, Context
from labcli.errors import ExitCode
from labcli.local import life
from labcli.run.ledger.locks import locked
from tests.conftest import Cli

LAB = """
lab: honest
title: Honest
resources:
  orders: {queue: standard}
steps:
- create: [orders]
- title: Send
  send: {to: orders, bodies: [a]}
- title: Look
  do: sqs.get_queue_attributes
  with: {QueueUrl: "${orders.url}", AttributeNames: [All]}
  expect: {Attributes.DelaySeconds: "0"}
checks:
- title: orders holds a message
  do: sqs.get_queue_attributes
  with: {QueueUrl: "${orders.url}", AttributeNames: [ApproximateNumberOfMessages]}
  expect: {Attributes.ApproximateNumberOfMessages: "1"}
"""


def test_a_check_that_stands_on_a_step_left_out_does_not_blame_a_person(cli: Cli, lab: Callable[..., Path]) -> None:
    file = str(lab(LAB, "honest.yaml"))
    assert cli("day", file, "run", "--from", "3").exit_code == 0
    result = cli("verify", file)
    assert result.exit_code == 1
    assert "this run left steps out (2)" in result.out
    assert "by hand" not in result.out
    assert f"Next: labcli day {file} run" in result.out.replace("\n", " ").replace("  ", " ")


def test_a_check_that_was_edited_after_the_run_does_not_blame_a_person(cli: Cli, lab: Callable[..., Path]) -> None:
    file = lab(LAB, "honest.yaml")
    assert cli("day", str(file), "run").exit_code == 0
    file.write_text(LAB.replace('Messages: "1"', 'Messages: "2"'), encoding="utf-8")
    result = cli("verify", str(file))
    assert result.exit_code == 1
    assert "the lab file was changed after the run" in result.out


def test_a_run_under_way_is_shown_as_running_and_the_local_aws_is_not_taken_from_it(
    cli: Cli, lab: Callable[..., Path]
) -> None:
    file = lab(LAB, "honest.yaml")
    assert cli("day", str(file), "run").exit_code == 0
    (ledger,) = (cli.home / "runs").glob("*.jsonl")
    kept = [line for line in ledger.read_bytes().splitlines(keepends=True) if b'"type":"end"' not in line]
    ledger.write_bytes(b"".join(kept))
    context = cli.context()
    with locked(context, "local", "honest"):
        assert f"running now (process {os.getpid()})" in cli("status").out.replace("\n", " ")
        for command in ("stop", "reset"):
            refused = cli("local", command, *(["--yes"] if command == "reset" else []))
            assert refused.exit_code == 1
            assert "busy: another labcli works on honest" in refused.err
    assert "did not end" in cli("status").out


@pytest.mark.skipif(os.name != "posix", reason="SIGKILL")
def test_what_a_receipt_proved_stays_gone_when_the_embedded_aws_is_killed_at_once(
    own_home: Path, lab: Callable[..., Path]
) -> None:
    cli, world = Cli(own_home), Context()
    file = str(lab(LAB, "honest.yaml"))
    assert cli("day", file, "run").exit_code == 0
    life.stop(own_home, world.sleep, world.monotonic)  # what the run made is saved
    assert cli("cleanup", "honest").exit_code == 0
    server = life.find(own_home)
    assert server is not None
    os.kill(server.pid, signal.SIGKILL)
    swept = cli("cleanup", "--all", "--output", "json")
    assert json.loads(swept.out)["owned"] == 0
    assert "back" not in swept.err


@pytest.mark.skipif(os.name != "posix", reason="SIGKILL")
def test_what_came_back_after_a_kill_is_said_and_taken_away(own_home: Path, lab: Callable[..., Path]) -> None:
    cli, world = Cli(own_home), Context()
    file = str(lab(LAB, "honest.yaml"))
    assert cli("day", file, "run").exit_code == 0
    life.stop(own_home, world.sleep, world.monotonic)
    saved = {path: path.read_bytes() for path in (own_home / "local" / "state").rglob("*") if path.is_file()}
    assert cli("cleanup", "honest").exit_code == 0
    server = life.find(own_home)
    assert server is not None
    os.kill(server.pid, signal.SIGKILL)
    for path, data in saved.items():  # as if the kill had come before the save
        path.write_bytes(data)
    said = cli("cleanup", "honest")
    assert "they are back" in said.err.replace("\n", " ")
    assert said.exit_code == 0
    assert "1 of 1 gone" in said.out


def test_output_that_a_full_disk_swallowed_is_not_a_success(cli: Cli) -> None:
    class Full(io.StringIO):
        def write(self, text: str) -> int:
            raise OSError(28, "No space left on device")

    result = cli("status", "--output", "json", stdout=Full())
    assert result.exit_code == ExitCode.FAILED
    assert "cannot be written" in result.err


def test_a_folder_that_may_not_be_written_is_no_bug(cli: Cli) -> None:
    def read_only(_: int) -> str:
        raise OSError(30, "Read-only file system", str(cli.home))

    result = cli("day", "mon", "run", random=read_only)
    assert result.exit_code == ExitCode.FAILED
    assert "Read-only file system" in result.err
    assert "LABCLI_HOME" in result.err


def test_an_interrupt_outside_a_run_lists_what_is_live(cli: Cli, lab: Callable[..., Path]) -> None:
    assert cli("day", str(lab(LAB, "honest.yaml")), "run").exit_code == 0

    class Interrupts:
        def __init__(self, aws: Aws) -> None:
            self.aws = aws

        def call(self, service: str, operation: str, params: Mapping[str, Any]) -> dict[str, Any]:
            if operation == "delete_queue":
                raise KeyboardInterrupt
            return self.aws.call(service, operation, params)

    stopped = cli("cleanup", "--all", through=Interrupts)
    assert stopped.exit_code == 130
    assert "Live: orders (honest)" in stopped.err
    assert "go on: labcli cleanup --all" in stopped.err
    assert "go on: labcli cleanup honest" in cli("cleanup", "honest", through=Interrupts).err
    assert cli("cleanup", "--all").exit_code == 0
