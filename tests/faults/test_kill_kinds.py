"""Promise 1 for every kind: killed anywhere, then cleaned: nothing is left in any service, and others' is untouched."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Cli
from tests.faults.conftest import Nursery, Time
from tests.faults.everything import Census, everything
from tests.faults.points import FULL, KILLED, Points, anywhere, each_point, few

pytestmark = pytest.mark.skipif(os.name != "posix", reason="SIGKILL and fork")


@pytest.fixture
def census(boto: Callable[[str], Any]) -> Iterator[Census]:
    found = Census(boto)
    found.add_canaries()
    yield found
    assert found.untouched()
    found.close()


@pytest.fixture
def kinds(cli: Cli, tmp_path: Path) -> Iterator[Nursery]:
    made = Nursery(cli, everything(tmp_path))
    yield made
    made.close()


class Leaks:
    """What a cleanup left in any service, point by point."""

    def __init__(self, cli: Cli, census: Census, *arguments: str) -> None:
        self.cli = cli
        self.census = census
        self.arguments = arguments
        self.found: list[str] = []
        self._known: set[str] = set()
        self._warm: list[Any] = []

    def run(self, *arguments: str, **changes: Any) -> Any:
        """A command in this process, whose clients are made once. Only a cleanup waits for nothing."""
        given = Time().given if "cleanup" in arguments else {}
        return self.cli(*arguments, **{**given, "through": self._through, **changes})

    def _through(self, aws: Any) -> Any:
        self._warm.append(aws)
        return self._warm[0]

    def look(self, point: str) -> None:
        result = self.run(*self.arguments)
        left = set(self.census.left()) - self._known
        if result.exit_code or left or "Nothing is left" not in result.out:
            self.found.append(f"{point}: exit {result.exit_code}, {sorted(left)}, {result.both}")
            self._known |= left
        self.forget()

    def forget(self) -> None:
        for path in (self.cli.home / "runs").glob("*.jsonl"):
            path.unlink()


def said(what: str, count: tuple[int, int], leaks: Leaks) -> str:
    return f"{count[0]} points of {what} with every kind, killed at {count[1]}: {len(leaks.found)} leaks"


@anywhere(8)
def test_a_run_killed_anywhere_leaves_nothing(
    cli: Cli, census: Census, kinds: Nursery, tmp_path: Path, figure: Callable[[str], None], points: Points
) -> None:
    leaks = Leaks(cli, census, "cleanup")
    lab = str(everything(tmp_path))
    count = each_point(kinds, ["day", lab, "run", "-q"], points, lambda: None, leaks.look)
    figure(said("a run", count, leaks))
    assert leaks.found == []
    assert count[0] > 200


@anywhere(4)
def test_a_cleanup_killed_anywhere_leaves_nothing(
    cli: Cli, census: Census, kinds: Nursery, tmp_path: Path, figure: Callable[[str], None], points: Points
) -> None:
    leaks = Leaks(cli, census, "cleanup")
    lab = str(everything(tmp_path))
    count = each_point(kinds, ["cleanup"], points, lambda: leaks.run("day", lab, "run", "-q"), leaks.look)
    figure(said("a cleanup", count, leaks))
    assert leaks.found == []
    assert count[0] > 120


@anywhere(8)
def test_a_cleanup_without_ledgers_killed_anywhere_leaves_nothing(
    cli: Cli, census: Census, kinds: Nursery, tmp_path: Path, figure: Callable[[str], None], points: Points
) -> None:
    leaks = Leaks(cli, census, "cleanup", "--all")
    lab = str(everything(tmp_path))

    def run_and_lose_the_ledger() -> None:
        assert leaks.run("day", lab, "run", "-q").exit_code == 0
        leaks.forget()

    count = each_point(kinds, ["cleanup", "--all"], points, run_and_lose_the_ledger, leaks.look)
    figure(said("a cleanup without ledgers", count, leaks))
    assert leaks.found == []
    assert count[0] > 60


@anywhere(0)
def test_a_request_that_lands_after_the_process_died_leaves_nothing(
    cli: Cli, census: Census, kinds: Nursery, tmp_path: Path, figure: Callable[[str], None], points: Points
) -> None:
    """It lands in the first pause that cleanup makes, or after it ended."""
    leaks = Leaks(cli, census, "cleanup")
    argv = ["day", str(everything(tmp_path)), "run", "-q"]
    code, names = kinds.run(*argv)
    assert code == 0
    leaks.look("nowhere")
    calls = [n for n in points(names) if names[n].startswith("before ") and "." in names[n]]
    for number in calls:
        assert kinds.run(*argv, fatal=number, late=True)[0] == KILLED
        landing = [kinds.land]
        passing = Time(lambda landing=landing: landing and landing.pop()())  # type: ignore[misc]
        result = leaks.run("cleanup", **passing.given)
        if landing:
            landing.pop()()
        left = census.left()
        if result.exit_code or left:
            leaks.found.append(f"{number} {names[number]}: exit {result.exit_code}, {left}")
            leaks.run("cleanup", "--all")
        leaks.forget()
    figure(f"{len(calls)} calls of every kind that landed after the death: {len(leaks.found)} leaks")
    assert leaks.found == []
    assert len(calls) >= (1 if points is few else 40 if FULL else 10)
