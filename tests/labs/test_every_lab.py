"""Every lab that ships, run for real on the embedded AWS through the real command line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.labs.conftest import EVERY, Walk


@pytest.mark.parametrize("path", EVERY)
def test_a_lab_runs_holds_its_checks_and_leaves_nothing(path: Path, walk: Callable[[Path], Walk]) -> None:
    done = walk(path)
    assert done.run.exit_code == 0, [step for step in done.run.document["steps"] if step["state"] != "passed"]
    assert bool(done.run.document["live"]) == (path.stem != "fri"), "Friday takes everything away itself"

    assert done.verify.exit_code == 0, done.verify.document
    assert done.verify.document["asked"] > 0

    assert done.cleanup.exit_code == 0, done.cleanup.document
    assert done.left == []


@pytest.mark.parametrize("path", EVERY)
def test_every_step_of_a_lab_proves_something_and_shows_it(path: Path, walk: Callable[[Path], Walk]) -> None:
    for step in walk(path).run.document["steps"]:
        assert step["expectations"], step["title"]
        assert all(each["held"] for each in step["expectations"]), step["title"]
        assert step["evidence"], step["title"]
