"""Faults at random, reads that are stale and a full disk, with every kind of resource."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from labcli.local import life
from tests.conftest import Cli, Result
from tests.faults.conftest import Time
from tests.faults.everything import Census, everything
from tests.faults.faulty import Dice, Ruled, aws_error
from tests.faults.points import FULL, seeds
from tests.faults.test_disk import FullDisk

TRIES = 3

ABSENT = {
    "sqs.get_queue_attributes": "QueueDoesNotExist",
    "sns.get_topic_attributes": "NotFound",
    "sns.get_subscription_attributes": "NotFound",
    "lambda.get_function_configuration": "ResourceNotFoundException",
    "lambda.get_event_source_mapping": "ResourceNotFoundException",
    "stepfunctions.describe_state_machine": "StateMachineDoesNotExist",
    "iam.get_role": "NoSuchEntity",
}
"""The reads by which each kind but a log group, which is listed, is believed gone, and what they say then."""
ABOUT_TOPICS = {"sns.get_topic_attributes"}
"""A subscription is asked through it whose it is."""


@pytest.fixture
def census(boto: Callable[[str], Any]) -> Iterator[Census]:
    found = Census(boto)
    found.add_canaries()
    yield found
    assert found.untouched()
    found.close()


def clean(cli: Cli, **changes: Any) -> Result:
    return cli("cleanup", "--all", **{**Time().given, **changes})


def lies(census: Census, result: Result, seed: int) -> list[str]:
    """What a receipt says against what an independent client sees."""
    left, says_nothing = census.left(), "Nothing is left" in result.out
    found = [f"seed {seed}: says nothing is left, and there are {left}"] if says_nothing and left else []
    if says_nothing != (result.exit_code == 0) or result.exit_code == 5:
        found.append(f"seed {seed}: exit {result.exit_code}: {result.both}")
    return found


@seeds(few=2, many=6, full=60)
def test_faults_at_random_leak_nothing_of_any_kind(
    cli: Cli, census: Census, tmp_path: Path, figure: Callable[[str], None], seeds: range
) -> None:
    lab, wrong, failed, needed = str(everything(tmp_path)), [], 0, []
    for seed in seeds:
        dice = Dice(random.Random(seed).uniform(0.02, 0.3), seed)
        ran = cli("day", lab, "run", "-q", through=dice.through)
        wrong += [f"seed {seed}: the run: {ran.both}"] if ran.exit_code not in (0, 1) else []
        wrong += lies(census, clean(cli, through=dice.through), seed)
        failed += dice.failed
        tries = 1
        while (result := clean(cli)).exit_code and tries < TRIES:
            tries += 1
        needed.append(tries)
        wrong += lies(census, result, seed)
        for path in (cli.home / "runs").glob("*.jsonl"):
            path.unlink()
    figure(f"{len(seeds)} seeds with every kind, {failed} calls failed: {len(wrong)} leaks or lies")
    assert wrong == []
    assert max(needed) == 1, "one cleanup that nothing disturbs is enough"
    assert failed > len(seeds)


@pytest.fixture
def account(cli: Cli, census: Census, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """``account(ruled, "day", …)``: on the target ``aws``; the embedded AWS stands in for the account."""
    endpoint = life.find(cli.home)
    assert endpoint is not None
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", endpoint.access_key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", endpoint.secret_key)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))

    passing = Time(lambda: time.sleep(0.02))  # noqa: TID251 - the engine needs a moment until a mapping is ready

    def call(ruled: Ruled, *arguments: str) -> Result:
        ruled.account = endpoint.account
        options = ["--target", "aws", "--region", endpoint.region, "--yes", "--account", endpoint.account]
        given = {
            **(passing if "run" in arguments else Time()).given,
            "account_endpoint": endpoint.url,
            "through": ruled.through,
        }
        return cli(*arguments, *options, **given)

    return call


def test_what_reads_as_absent_now_and_then_is_not_believed_gone(
    census: Census, account: Callable[..., Result], tmp_path: Path
) -> None:
    """Stale reads: two of three reads of a thing that exists say that it does not."""
    ran = account(Ruled(), "day", str(everything(tmp_path)), "run", "-q")
    assert ran.exit_code == 0, ran.both
    counts: dict[str, int] = {}

    def rule(name: str, params: Mapping[str, Any]) -> Exception | None:
        if name not in ABSENT or name in ABOUT_TOPICS or ":event-source-mapping:" in str(params):
            return None
        about = f"{name} {params}"
        counts[about] = counts.get(about, 0) + 1
        return aws_error(name, ABSENT[name]) if counts[about] % 3 else None

    result = account(Ruled(rule), "cleanup", "--all")
    assert (result.exit_code, census.left()) == (0, []), result.both
    assert {each.split()[0] for each in counts} == set(ABSENT) - ABOUT_TOPICS


@seeds(few=1, many=2, full=12)
def test_reads_that_are_stale_at_random_leak_nothing(
    census: Census, account: Callable[..., Result], tmp_path: Path, seeds: range
) -> None:
    lab = str(everything(tmp_path))
    for seed in seeds:
        rng = random.Random(seed)

        def rule(name: str, params: Mapping[str, Any], rng: random.Random = rng) -> Exception | None:
            return aws_error(name, ABSENT[name]) if name in ABSENT and rng.random() < 0.1 else None

        ran = account(Ruled(rule), "day", lab, "run", "-q")
        assert ran.exit_code in (0, 1), ran.both
        assert lies(census, account(Ruled(rule), "cleanup", "--all"), seed) == []
        result = account(Ruled(), "cleanup", "--all")
        assert (result.exit_code, census.left()) == (0, []), (seed, result.both)


@pytest.mark.parametrize("step", [18, pytest.param(1 if FULL else 6, marks=pytest.mark.faults)], ids=["few", "many"])
def test_a_disk_that_is_full_costs_no_kind(
    cli: Cli, census: Census, tmp_path: Path, figure: Callable[[str], None], step: int
) -> None:
    lab = str(everything(tmp_path))
    assert cli("day", lab, "run", "-q").exit_code == 0
    (ledger,) = (cli.home / "runs").glob("*.jsonl")
    ends = [0]
    for line in ledger.read_bytes().splitlines(keepends=True):
        ends.append(ends[-1] + len(line))
    assert clean(cli).exit_code == 0
    rooms = [end + 40 for end in (ends if step == 1 else ends[1::step])]
    wrong = []
    for room in rooms:
        ran = cli("day", lab, "run", "-q", disk=FullDisk(room))
        if ran.exit_code not in (0, 1):
            wrong.append(f"{room}: exit {ran.exit_code}: {ran.both}")
        result = clean(cli, disk=FullDisk(0))
        if result.exit_code or (left := census.left()):
            wrong.append(f"{room}: cleanup on the full disk: exit {result.exit_code}, {left}: {result.both}")
        for path in (cli.home / "runs").glob("*.jsonl"):
            path.unlink()
    figure(f"every kind, full after {len(rooms)} different numbers of bytes: {len(wrong)} leaks")
    assert wrong == []
