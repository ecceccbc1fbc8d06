"""Promise 1: killed at every API-call and ledger boundary of a run and of a cleanup, then cleanup: nothing is left."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.conftest import Nursery, Stage, Time, monday, small
from tests.faults.points import KILLED, Points, anywhere, each_point

pytestmark = pytest.mark.skipif(os.name != "posix", reason="SIGKILL and fork")


class Leaks:
    """What cleanup left, point by point: one that only follows the ledgers, then one that sweeps too."""

    def __init__(self, stage: Stage, *cleanups: str) -> None:
        self.stage = stage
        self.cleanups = [each.split() for each in cleanups]
        self.found: list[str] = []

    def look(self, point: str) -> None:
        for arguments in self.cleanups:
            result = self.stage.cli(*arguments, **Time().given)
            left = self.stage.left()
            if result.exit_code or left or "Nothing is left" not in result.out:
                self.found.append(f"{point}: {arguments}: exit {result.exit_code}, {left}, {result.both}")
        for name in left:
            self.stage.sqs.delete_queue(QueueUrl=self.stage.sqs.get_queue_url(QueueName=name)["QueueUrl"])
        self.stage.forget()


BOTH = ("cleanup", "cleanup --all")


@anywhere(14)
def test_a_run_killed_anywhere_leaves_nothing_after_cleanup(
    stage: Stage, nursery: Nursery, tmp_path: Path, figure: Callable[[str], None], points: Points
) -> None:
    stage.add_canaries()
    leaks = Leaks(stage, *BOTH)
    count = each_point(nursery, ["day", str(monday(tmp_path)), "run"], points, lambda: None, leaks.look)
    figure(f"{count[0]} points of a run, killed at {count[1]}: {len(leaks.found)} leaks")
    assert leaks.found == []
    assert count[0] > 80


@anywhere(8)
def test_a_cleanup_killed_anywhere_leaves_nothing_after_another(
    stage: Stage, nursery: Nursery, tmp_path: Path, figure: Callable[[str], None], points: Points
) -> None:
    stage.add_canaries()
    leaks = Leaks(stage, *BOTH)
    lab = str(small(tmp_path))
    count = each_point(
        nursery, ["cleanup", "--all"], points, lambda: stage.cli("day", lab, "run", "-q", **Time().given), leaks.look
    )
    figure(f"{count[0]} points of a cleanup, killed at {count[1]}: {len(leaks.found)} leaks")
    assert leaks.found == []
    assert count[0] > 50


@anywhere(8)
def test_a_cleanup_without_ledgers_killed_anywhere_leaves_nothing_after_another(
    stage: Stage, nursery: Nursery, tmp_path: Path, figure: Callable[[str], None], points: Points
) -> None:
    stage.add_canaries()
    leaks = Leaks(stage, "cleanup --all")
    lab = str(small(tmp_path))

    def run_and_lose_the_ledger() -> None:
        stage.cli("day", lab, "run", "-q", **Time().given)
        stage.forget()

    count = each_point(nursery, ["cleanup", "--all"], points, run_and_lose_the_ledger, leaks.look)
    figure(f"{count[0]} points of a cleanup without ledgers, killed at {count[1]}: {len(leaks.found)} leaks")
    assert leaks.found == []
    assert count[0] > 20


@pytest.mark.parametrize("creates_only", [True, pytest.param(False, marks=pytest.mark.faults)])
def test_a_request_that_lands_after_the_process_died_leaves_nothing(
    stage: Stage, nursery: Nursery, tmp_path: Path, figure: Callable[[str], None], creates_only: bool
) -> None:
    """It lands as late as cleanup lets it: in the first pause that cleanup makes, or after it ended."""
    stage.add_canaries()
    argv = ["day", str(monday(tmp_path)), "run"]
    code, names = nursery.run(*argv)
    assert code == 0
    stage.clean()
    leaks: list[str] = []
    calls = [number for number, name in enumerate(names) if name.startswith("before sqs.")]
    if creates_only:
        calls = [number for number in calls if names[number] == "before sqs.create_queue"][:3]
    for number in calls:
        stage.forget()
        assert nursery.run(*argv, fatal=number, late=True)[0] == KILLED
        landing = [nursery.land]
        passing = Time(lambda landing=landing: landing and landing.pop()())  # type: ignore[misc]
        result = stage.clean(**passing.given)
        if landing:
            landing.pop()()
        left = stage.left()
        if result.exit_code or left:
            leaks.append(f"{number} {names[number]}: exit {result.exit_code}, {left}")
            stage.clean()
    figure(f"{len(calls)} calls that landed after the death: {len(leaks)} leaks")
    assert leaks == []
    assert sum(names[number] == "before sqs.create_queue" for number in calls) >= 3
