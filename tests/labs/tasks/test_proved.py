"""`labcli lab test` of the days: each task does not hold before its solution, holds after it, and nothing is left."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.conftest import LABS, Cli

DAYS = ("mon", "tue", "wed", "thu", "fri")


@pytest.mark.parametrize("day", [pytest.param(day, marks=pytest.mark.xdist_group(f"tasks-{day}")) for day in DAYS])
def test_a_day_proves_itself(tmp_path: Path, day: str) -> None:
    result = Cli(tmp_path / "labcli")("lab", "test", str(LABS / "week10" / f"{day}.yaml"), "--output", "json")
    wrong = [each for each in json.loads(result.out)["results"] if each["why"]]
    assert (wrong, result.exit_code) == ([], 0)
