"""Ledgers lost, or the embedded AWS's state lost: what is ours is still found, and what was lost is said."""

from __future__ import annotations

import json
import os
import shutil
import signal
from pathlib import Path

import pytest

from labcli.context import Context
from labcli.local import life
from labcli.local.process import ours
from tests.conftest import Cli, Result
from tests.faults.conftest import SMALL, Stage, small


def test_without_ledgers_the_tags_show_what_is_ours_and_others_are_counted(stage: Stage, tmp_path: Path) -> None:
    stage.add_canaries()
    assert stage.cli("day", str(small(tmp_path)), "run", "-q").exit_code == 0
    own = stage.sqs.create_queue(QueueName="my-own-queue")["QueueUrl"]
    stage.sqs.send_message(QueueUrl=own, MessageBody="mine")
    shutil.rmtree(stage.cli.home / "runs")
    before = stage.clean("--dry-run")
    assert (before.exit_code, len(stage.left())) == (0, len(SMALL) + 1)
    result = stage.clean("--output", "json")
    document = json.loads(result.out)
    assert (result.exit_code, document["owned"], document["gone"], document["others"]) == (0, len(SMALL), len(SMALL), 2)
    assert all(row["found_by_tag"] for row in document["resources"])
    assert stage.left() == ["my-own-queue"]


def test_cleanup_without_all_sweeps_nothing(stage: Stage, tmp_path: Path) -> None:
    assert stage.cli("day", str(small(tmp_path)), "run", "-q").exit_code == 0
    shutil.rmtree(stage.cli.home / "runs")
    assert stage.cli("cleanup").exit_code == 0
    assert len(stage.left()) == len(SMALL)
    assert stage.clean().exit_code == 0


@pytest.fixture
def alone(own_home: Path, tmp_path: Path) -> tuple[Cli, str]:
    """A run on an embedded AWS of its own."""
    cli, lab = Cli(own_home), str(small(tmp_path))
    assert cli("day", lab, "run", "-q").exit_code == 0
    return cli, lab


def says_lost(result: Result) -> bool:
    said = result.err.replace("\n", " ")
    return "The local AWS lost 3 of 3 resources of small: dlq, orders, pay." in said and "small.yaml run" in said


def and_then_all_is_consistent(cli: Cli, lab: str) -> None:
    """After it was said once: verify and status say lost, cleanup has nothing to do, a fresh run works."""
    verified = cli("verify", lab)
    assert (verified.exit_code, "lost" in verified.out) == (1, True)
    assert "lost" in cli("status").out
    assert all(run["lost"] for run in json.loads(cli("status", "--output", "json").out)["runs"])
    for _ in range(2):
        result = cli("cleanup", "--all")
        assert (result.exit_code, "Nothing is left" in result.out) == (0, True)
        assert result.err == "", "it is said once"
        assert json.loads(cli("cleanup", "--all", "--output", "json").out)["owned"] == 0
    assert cli("day", lab, "run", "-q").exit_code == 0
    assert cli("verify", lab).exit_code == 0
    assert cli("cleanup", "--all").exit_code == 0


def test_a_reset_is_said_and_a_fresh_run_offered(alone: tuple[Cli, str]) -> None:
    cli, lab = alone
    reset = cli("local", "reset", "--yes")
    assert reset.exit_code == 0
    assert says_lost(reset)
    and_then_all_is_consistent(cli, lab)


@pytest.mark.skipif(os.name != "posix", reason="SIGKILL")
@pytest.mark.parametrize(
    "command", [["verify", "FILE"], ["cleanup", "--all"], ["local", "start"], ["day", "FILE", "run"]]
)
def test_a_killed_server_whose_state_is_gone_is_said_by_the_next_command(
    alone: tuple[Cli, str], command: list[str]
) -> None:
    cli, lab = alone
    world = Context()
    server = life.find(cli.home)
    assert server is not None
    os.kill(server.pid, signal.SIGKILL)
    while ours.alive(server.pid):
        world.sleep(0.01)
    shutil.rmtree(cli.home / "local" / "state")
    result = cli(*[lab if each == "FILE" else each for each in command])
    assert says_lost(result), result.both
    if command[0] != "day":
        and_then_all_is_consistent(cli, lab)
    else:
        assert result.exit_code == 0


def test_a_comparison_that_failed_is_made_again(alone: tuple[Cli, str]) -> None:
    from tests.faults.faulty import Ruled, fails

    cli, _ = alone
    life.reset(cli.home, Context().sleep, Context().monotonic)
    first = cli("local", "start", through=Ruled(fails("sqs.get_queue_attributes")).through)
    assert not says_lost(first)
    assert says_lost(cli("local", "start"))
    assert not says_lost(cli("local", "start"))


def test_new_keys_are_a_new_and_empty_aws_and_cleanup_is_not_stuck(alone: tuple[Cli, str]) -> None:
    cli, lab = alone
    life.stop(cli.home, Context().sleep, Context().monotonic)
    (cli.home / "local" / "keys.json").rename(cli.home / "local" / "old-keys.json")
    assert says_lost(cli("cleanup", "--all"))
    assert cli("cleanup", "--all").exit_code == 0
    assert cli("day", lab, "run", "-q").exit_code == 0
