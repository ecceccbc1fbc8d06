"""The ledgers of a lab that ships are deleted before its cleanup: all that it declares is still found, by its tags."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import LABS, Cli
from tests.faults.conftest import Time
from tests.faults.everything import Census

SHIPPED = sorted(LABS.glob("*/*.yaml"))


@pytest.fixture
def census(boto: Callable[[str], Any]) -> Iterator[Census]:
    found = Census(boto)
    found.add_canaries()
    yield found
    assert found.untouched()
    found.close()


def only_its_resources(lab: Path, folder: Path) -> Path:
    """The lab with one step, which creates everything; the labs that it needs beside it, the same."""
    data = yaml.safe_load(lab.read_text("utf-8"))
    data = {key: value for key, value in data.items() if key in ("lab", "week", "title", "needs", "resources")}
    path = folder / lab.name
    path.write_text(yaml.safe_dump({**data, "steps": [{"create": list(data["resources"])}]}), "utf-8")
    for name in data.get("needs", []):
        only_its_resources(lab.with_name(f"{name}.yaml"), folder)
    return path


@pytest.mark.parametrize("shipped", SHIPPED, ids=lambda path: path.stem)
def test_without_ledgers_all_of_a_lab_goes(cli: Cli, census: Census, tmp_path: Path, shipped: Path) -> None:
    shutil.copytree(shipped.parent / "functions", tmp_path / "functions")
    lab = only_its_resources(shipped, tmp_path)
    ran = cli("day", str(lab), "run", "-q", **Time().given)
    assert ran.exit_code == 0, ran.both
    made = census.left()
    assert len(made) >= len(yaml.safe_load(lab.read_text("utf-8"))["resources"])
    shutil.rmtree(cli.home / "runs")
    shown = cli("cleanup", "--all", "--dry-run", **Time().given)
    assert (shown.exit_code, census.left()) == (0, made)
    result = cli("cleanup", "--all", **Time().given)
    assert result.exit_code == 0, result.both
    assert f"{len(made)} of {len(made)} gone" in result.out
    assert census.left() == []
