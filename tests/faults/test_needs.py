"""A day that needs another: it is found or made, changed and put back, and goes before what it uses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from labcli.run.ledger.ledger import line_of
from tests.conftest import Cli
from tests.faults.conftest import Time, plain, write_lab
from tests.faults.everything import Census
from tests.faults.pair import AGAIN, flow, of_lab, pair
from tests.holding import held


@pytest.fixture
def labs(tmp_path: Path) -> tuple[str, str]:
    return pair(tmp_path)


def ledger_of(cli: Cli, lab: str) -> Path:
    (found,) = (cli.home / "runs").glob(f"{lab}-*.jsonl")
    return found


def test_what_a_day_changed_of_another_is_put_back(cli: Cli, census: Census, labs: tuple[str, str]) -> None:
    a, b = labs
    assert cli("day", a, "run", "-q").exit_code == 0
    before, made = flow(census), of_lab(census, "a")
    assert cli("day", b, "run", "-q").exit_code == 0
    assert flow(census) != before
    assert of_lab(census, "a") == made
    assert cli("verify", b).exit_code == 0
    changed = cli("verify", a)
    assert (changed.exit_code, "labcli cleanup b puts it back" in plain(changed.out)) == (1, True)
    result = cli("cleanup", "b")
    assert result.exit_code == 0, result.both
    assert "a.flow" in result.out
    assert flow(census) == before
    assert (of_lab(census, "a"), of_lab(census, "b")) == (made, [])
    assert cli("verify", a).exit_code == 0
    assert cli("cleanup", "--all").exit_code == 0
    assert census.left() == []


def test_running_it_again_puts_back_and_changes_once_more(cli: Cli, census: Census, labs: tuple[str, str]) -> None:
    a, b = labs
    assert cli("day", a, "run", "-q").exit_code == 0
    before = flow(census)
    for _ in range(2):
        assert cli("day", b, "run", "-q").exit_code == 0
    assert cli("cleanup", "b").exit_code == 0
    assert flow(census) == before
    assert cli("cleanup").exit_code == 0


def test_cleaning_a_day_takes_those_that_use_it_first(cli: Cli, census: Census, labs: tuple[str, str]) -> None:
    for each in labs:
        assert cli("day", each, "run", "-q").exit_code == 0
    result = cli("cleanup", "a")
    assert result.exit_code == 0
    assert "b uses what goes here, and goes with it" in plain(result.err)
    assert census.left() == []
    assert (cli("cleanup").exit_code, cli("cleanup", "--all").exit_code) == (0, 0)


def test_running_a_day_again_takes_those_that_use_it_first(cli: Cli, census: Census, labs: tuple[str, str]) -> None:
    a, _ = labs
    for each in labs:
        assert cli("day", each, "run", "-q").exit_code == 0
    result = cli("day", a, "run", "-q")
    assert result.exit_code == 0
    assert "b uses a, and was taken away before it" in plain(result.err)
    assert of_lab(census, "b") == []
    assert cli("verify", a).exit_code == 0
    assert cli("cleanup", "--all").exit_code == 0
    assert census.left() == []


def test_without_the_other_day_its_resources_are_made_and_nothing_of_it_is_run(
    cli: Cli, census: Census, labs: tuple[str, str]
) -> None:
    a, b = labs
    result = cli("day", b, "run", "-q")
    assert result.exit_code == 0
    assert "a is not live: its resources were made first" in plain(result.err)
    assert "resources only" in plain(cli().out)
    assert "resources only" in plain(cli("status").out)
    assert "not run" in cli("verify", a).out
    assert cli("verify", b).exit_code == 0
    assert cli("cleanup", "b").exit_code == 0
    assert census.left() == [], "what was made for it goes with it"


def test_a_part_that_is_gone_is_made_afresh(cli: Cli, census: Census, labs: tuple[str, str]) -> None:
    a, b = labs
    assert cli("day", a, "run", "-q").exit_code == 0
    ledger = ledger_of(cli, "a")
    name = next(name for name in of_lab(census, "a") if name.startswith("queue"))
    census.of("sqs").delete_queue(QueueUrl=census.look()[name])
    gone = {"n": 99, "at": 1.0, "type": "gone", "name": name.split()[1]}
    ledger.write_bytes(ledger.read_bytes() + line_of(gone))
    result = cli("day", b, "run", "-q")
    assert result.exit_code == 0, result.both
    assert cli("cleanup").exit_code == 0
    assert census.left() == []


def test_a_day_is_needed_twice_over(cli: Cli, census: Census, labs: tuple[str, str], tmp_path: Path) -> None:
    steps = [{"create": ["last"]}, {**AGAIN, "to": {**AGAIN["to"], "may": []}}]
    c = str(write_lab(tmp_path, "c", {"last": {"queue": "standard"}}, steps, needs=["b", "a"]))
    assert cli("day", labs[0], "run", "-q").exit_code == 0
    before = flow(census)
    for _ in range(2):
        result = cli("day", c, "run", "-q")
        assert result.exit_code == 0, result.both
    assert cli("cleanup", "b").exit_code == 0
    assert (of_lab(census, "b"), of_lab(census, "c")) == ([], [])
    assert flow(census) == before
    assert cli("day", c, "run", "-q").exit_code == 0
    assert cli("cleanup", "a").exit_code == 0
    assert census.left() == []


def test_a_busy_day_that_is_needed_is_refused_cleanly(cli: Cli, census: Census, labs: tuple[str, str]) -> None:
    a, b = labs
    assert cli("day", a, "run", "-q").exit_code == 0
    before = flow(census)
    with held(cli, "a") as other:
        result = cli("day", b, "run", "-q")
        assert (result.exit_code, f"busy: another labcli works on a (process {other.pid})" in plain(result.err)) == (
            1,
            True,
        )
        assert (of_lab(census, "b"), flow(census)) == ([], before)
    assert cli("cleanup").exit_code == 0


def test_a_run_that_gives_up_while_a_day_is_busy_puts_nothing_back_under_it(
    cli: Cli, census: Census, labs: tuple[str, str]
) -> None:
    """An update is undone only while nobody else works on the day that was changed."""
    for each in labs:
        assert cli("day", each, "run", "-q").exit_code == 0
    changed = flow(census)
    with held(cli, "a"):
        for arguments in (["cleanup", "b"], ["day", labs[1], "run", "-q"]):
            result = cli(*arguments)
            assert (result.exit_code, "busy" in result.err) == (1, True), result.both
            assert flow(census) == changed
    assert cli("cleanup").exit_code == 0
    assert census.left() == []


def test_put_back_fails_and_is_said_and_made_up_for(cli: Cli, census: Census, labs: tuple[str, str]) -> None:
    from tests.faults.faulty import Ruled, denied, fails

    assert cli("day", labs[0], "run", "-q").exit_code == 0
    before = flow(census)
    assert cli("day", labs[1], "run", "-q").exit_code == 0
    for call in ("stepfunctions.update_state_machine", "iam.put_role_policy", "stepfunctions.describe_state_machine"):
        result = cli("cleanup", "b", through=Ruled(fails(call, error=denied)).through, **Time().given)
        assert (result.exit_code, "a.flow" in result.out) == (4, True), result.both
        assert "Nothing is left" not in result.out
    assert cli("cleanup", "b").exit_code == 0
    assert flow(census) == before
    assert json.loads(cli("cleanup", "b", "--output", "json").out)["owned"] == 0
    assert cli("cleanup").exit_code == 0
