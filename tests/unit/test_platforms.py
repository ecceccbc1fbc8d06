"""docs/platforms.md says what was run where: the scripts that ran it write its rows."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

REPO = Path(__file__).resolve().parents[2]
PAGE = REPO / "docs" / "platforms.md"


def rows(page: Path) -> list[list[str]]:
    lines = page.read_text("utf-8").partition("\n## ")[0].splitlines()
    return [line.strip("| ").split(" | ") for line in lines if line.startswith("| ")][2:]


def test_every_row_names_a_script_that_writes_rows() -> None:
    assert rows(PAGE)
    for _, by, _ in rows(PAGE):
        assert ".ci/ran " in (REPO / by.strip("`")).read_text("utf-8")


def test_a_row_is_replaced_by_the_next_run_and_the_rest_stays(tmp_path: Path) -> None:
    (tmp_path / ".ci").mkdir()
    (tmp_path / "docs").mkdir()
    script = Path(shutil.copy(REPO / ".ci" / "ran", tmp_path / ".ci"))
    page = Path(shutil.copy(PAGE, tmp_path / "docs"))
    before = rows(page)
    for what in ("a day", "the week"):
        subprocess.run([sys.executable, str(script), "A place", ".ci/windows", what], check=True)
    assert rows(page) == sorted([*before, ["A place", "`.ci/windows`", "the week"]])
    assert page.read_text("utf-8").endswith(PAGE.read_text("utf-8").rpartition("| ")[2].partition("\n")[2])
