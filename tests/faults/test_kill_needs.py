"""Two days, one of which changes the other: killed anywhere, what was changed is put back, or goes with its owner."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Cli
from tests.faults.conftest import Nursery, Time
from tests.faults.everything import Census
from tests.faults.pair import flow, of_lab, pair
from tests.faults.points import KILLED, Points, anywhere, each_point

pytestmark = pytest.mark.skipif(os.name != "posix", reason="SIGKILL and fork")


class Days:
    """The two days, their commands, and what went wrong at which point."""

    def __init__(self, cli: Cli, census: Census, files: tuple[str, str]) -> None:
        self.cli, self.census = cli, census
        self.a, self.b = files
        self.wrong: list[str] = []
        self._warm: list[Any] = []

    def run(self, *arguments: str) -> None:
        """A command in this process that has to work."""
        result = self.cli(*arguments, through=self._through, **Time().given)
        assert result.exit_code == 0, (arguments, result.both)

    def _through(self, aws: Any) -> Any:
        self._warm.append(aws)
        return self._warm[0]

    def want(self, point: str, what: str, found: Any, wanted: Any) -> None:
        if found != wanted:
            self.wrong.append(f"{point}: {what}: {found} is not {wanted}")

    def nothing(self, point: str) -> None:
        """One cleanup, and nothing is left."""
        self.run("cleanup")
        self.want(point, "left", self.census.left(), [])
        for path in (self.cli.home / "runs").glob("*.jsonl"):
            path.unlink()


@pytest.fixture
def days(cli: Cli, boto: Callable[[str], Any], tmp_path: Path) -> Iterator[Days]:
    census = Census(boto)
    census.begin()
    yield Days(cli, census, pair(tmp_path))
    census.close()


@pytest.fixture
def two(cli: Cli, days: Days) -> Iterator[Nursery]:
    made = Nursery(cli, Path(days.b))
    yield made
    made.close()


def figures(what: str, count: tuple[int, int], days: Days) -> str:
    return f"{count[0]} points of {what}, killed at {count[1]}: {len(days.wrong)} not as before"


@anywhere(10)
def test_a_run_that_changes_another_day_is_killed_anywhere(
    days: Days, two: Nursery, figure: Callable[[str], None], points: Points
) -> None:
    days.run("day", days.a, "run", "-q")
    before, made = flow(days.census), of_lab(days.census, "a")

    def after(point: str) -> None:
        days.run("cleanup", "b")
        days.want(point, "a.flow", flow(days.census), before)
        days.want(point, "left", days.census.left(), made)

    count = each_point(two, ["day", days.b, "run", "-q"], points, lambda: None, after)
    figure(figures("a run that changes another day", count, days))
    days.nothing("the end")
    assert days.wrong == []
    assert count[0] > 50


@anywhere(10)
def test_the_cleanup_that_puts_back_is_killed_anywhere(
    days: Days, two: Nursery, figure: Callable[[str], None], points: Points
) -> None:
    days.run("day", days.a, "run", "-q")
    before, made = flow(days.census), of_lab(days.census, "a")

    def after(point: str) -> None:
        days.run("cleanup", "b")
        days.want(point, "a.flow", flow(days.census), before)
        days.want(point, "left", days.census.left(), made)

    count = each_point(two, ["cleanup", "b"], points, lambda: days.run("day", days.b, "run", "-q"), after)
    figure(figures("a cleanup that puts another day back", count, days))
    days.nothing("the end")
    assert days.wrong == []
    assert count[0] > 20


@anywhere(4)
def test_the_cleanup_of_a_day_and_of_what_uses_it_is_killed_anywhere(
    days: Days, two: Nursery, figure: Callable[[str], None], points: Points
) -> None:
    def before() -> None:
        days.run("day", days.b, "run", "-q")  # it makes the resources of a, too

    count = each_point(two, ["cleanup", "a"], points, before, days.nothing)
    figure(figures("a cleanup of a day and of what uses it", count, days))
    assert days.wrong == []
    assert count[0] > 60


@anywhere(4)
def test_a_run_that_makes_the_other_day_is_killed_anywhere(
    days: Days, two: Nursery, figure: Callable[[str], None], points: Points
) -> None:
    turn: list[str] = []

    def after(point: str) -> None:
        """Every other time it is run again, on what the killed one left."""
        turn.append(point)
        if len(turn) % 2:
            days.run("day", days.b, "run", "-q")
            days.run("verify", days.b)
        days.nothing(point)

    count = each_point(two, ["day", days.b, "run", "-q"], points, lambda: None, after)
    figure(figures("a run that makes another day's resources", count, days))
    assert days.wrong == []
    assert count[0] > 120


@anywhere(4)
def test_a_day_that_was_killed_anywhere_can_be_used_by_another(
    days: Days, two: Nursery, figure: Callable[[str], None], points: Points
) -> None:
    argv = ["day", days.a, "run", "-q"]
    code, names = two.run(*argv)
    assert code == 0
    days.nothing("nowhere")
    killed = points(names)
    for number in killed:
        assert two.run(*argv, fatal=number)[0] == KILLED
        days.run("day", days.b, "run", "-q")
        days.run("verify", days.b)
        days.nothing(f"{number} {names[number]}")
    figure(figures("a run that another day then uses", (len(names), len(killed)), days))
    assert days.wrong == []
