"""The mode on the command line: asked for, refused, shown, and the end of it with its process."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from labcli.local import life
from tests.conftest import Cli
from tests.local.conftest import WORLD

SIMULATED = "SIMULATED (seed 7)"


def test_it_is_a_fact_of_the_process_and_every_command_says_so(own_home: Path) -> None:
    cli = Cli(own_home)
    begun = cli("local", "start", "--aws-like", "7")
    assert begun.exit_code == 0
    assert SIMULATED in begun.out
    assert SIMULATED in cli("local", "status").out
    assert SIMULATED in cli("doctor").out
    assert json.loads(cli("local", "status", "--output", "json").out)["simulated"] == {"seed": 7}
    assert SIMULATED in cli().out
    assert SIMULATED in cli("local", "start").out, "who asks for no mode takes the one that runs"


def test_another_mode_than_the_one_that_runs_is_refused_with_the_way_to_it(own_home: Path) -> None:
    cli = Cli(own_home)
    assert cli("local", "start").exit_code == 0
    refused = cli("local", "start", "--aws-like", "7")
    assert refused.exit_code == 3
    assert "labcli local stop, then: labcli local start --aws-like 7" in refused.err
    assert Cli(own_home, {"LABCLI_AWS_LIKE": "7"})("doctor").exit_code == 3
    assert cli("local", "stop").exit_code == 0
    assert SIMULATED in cli("local", "start", "--aws-like", "7").out
    assert "seed 7; asked for is AWS-like with seed 8" in cli("local", "start", "--aws-like", "8").err


def test_a_variable_starts_it_so_and_what_is_typed_counts_before_it(own_home: Path) -> None:
    cli = Cli(own_home, {"LABCLI_AWS_LIKE": "8"})
    assert "SIMULATED (seed 8)" in cli("doctor").out
    assert cli("local", "stop").exit_code == 0
    assert SIMULATED in cli("local", "start", "--aws-like", "7").out


def test_it_ends_with_its_process_and_a_reset_keeps_it(own_home: Path) -> None:
    cli = Cli(own_home)
    cli("local", "start", "--aws-like", "7")
    assert cli("local", "reset", "--yes").exit_code == 0
    assert SIMULATED in cli("local", "status").out
    cli("local", "stop")
    assert "SIMULATED" not in cli().out
    assert "SIMULATED" not in cli("local", "start").out
    found = life.find(own_home)
    assert found is not None
    assert found.aws_like is None


@pytest.mark.parametrize("seed", ["x", "-1", "1.5", "1000000000", "9" * 5000, "²", "٧", " "])
def test_what_is_no_seed_is_refused(own_home: Path, seed: str) -> None:
    for refused in (
        Cli(own_home)("local", "start", f"--aws-like={seed}"),
        Cli(own_home, {"LABCLI_AWS_LIKE": seed})("doctor"),
        Cli(own_home, {"LABCLI_AWS_LIKE": seed})("day", "mon", "run"),
    ):
        assert refused.exit_code == 2
        assert "A seed is a whole number from 0 to 999999999" in refused.both
    assert life.find(own_home) is None


def test_the_same_seed_draws_the_same(tmp_path: Path) -> None:
    from labcli.local.awslike.chances import Chances
    from labcli.local.awslike.standard import Standard

    def order(seed: int) -> list[str]:
        standard = Standard(WORLD.clock, Chances(seed))
        return [message["body"] for message in standard.choose([{"body": str(n)} for n in range(10)], 10)]

    assert order(7) == order(7)
    assert order(7) != order(8)
