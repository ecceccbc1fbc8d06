"""One learner, and one embedded AWS, for the tests of a day's tasks."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.labs.tasks.learner import Learner


@pytest.fixture(scope="module")
def learner(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Learner]:
    """The learner of the day that the module is about, its ``DAY``."""
    found = Learner(tmp_path_factory.mktemp("hand") / "labcli", request.module.DAY)
    yield found
    found.close()
