"""Two labs of one id, and a lab that has only its path: each command takes the one that is meant."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from labcli.run.ledger.runs import all_runs
from tests.conftest import Cli

LAB = """
lab: {id}
title: reviewed
resources:
  orders: {{queue: standard, visibility: 1}}
steps:
- create: [orders]
"""


def shelf(tmp_path: Path, *folders: str) -> dict[str, str]:
    for folder in folders:
        (tmp_path / "shelf" / folder).mkdir(parents=True)
        (tmp_path / "shelf" / folder / "dup.yaml").write_text(LAB.format(id="dup"), encoding="utf-8")
    return {"LABCLI_LABS": str(tmp_path / "shelf")}


def test_two_labs_of_one_id_keep_to_themselves(home: Path, tmp_path: Path, boto: Callable[[str], Any]) -> None:
    cli = Cli(home, shelf(tmp_path, "a", "b"))
    assert cli("day", "a/dup", "run").exit_code == 0
    other = cli("day", "b/dup", "run")
    assert other.exit_code == 0
    assert "taken away first" not in other.err
    assert len(boto("sqs").list_queues()["QueueUrls"]) == 2
    ambiguous = cli("cleanup", "dup")
    assert ambiguous.exit_code == 2
    assert "a/dup" in ambiguous.err
    assert cli("cleanup", "nowhere/dup").exit_code == 2
    assert cli("cleanup", "b/dup").exit_code == 0
    (left,) = [run for run in all_runs(cli.context()) if run.live]
    assert left.file is not None
    assert left.file.parent.name == "a"


def test_a_lab_run_by_its_path_is_cleaned_by_its_path(cli: Cli, lab: Callable[..., Path]) -> None:
    file = str(lab(LAB.format(id="other"), "named.yaml"))
    assert cli("day", file, "run").exit_code == 0
    assert cli("cleanup", file).exit_code == 0
    assert not [run for run in all_runs(cli.context()) if run.live]
