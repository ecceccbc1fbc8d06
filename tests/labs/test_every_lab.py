"""Every lab that ships, run for real on the embedded AWS through the real command line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import LABS, Cli

EVERY = sorted(LABS.glob("*/*.yaml"))


@pytest.mark.parametrize("path", EVERY, ids=lambda path: path.stem)
def test_a_lab_runs_holds_its_checks_and_leaves_nothing(path: Path, cli: Cli, boto: Callable[[str], Any]) -> None:
    ran = cli("day", str(path), "run", "--output", "json")
    document = json.loads(ran.out)
    assert ran.exit_code == 0, [step for step in document["steps"] if step["state"] != "passed"]
    assert document["live"]

    verified = cli("verify", str(path), "--output", "json")
    assert verified.exit_code == 0, verified.out
    assert json.loads(verified.out)["asked"] > 0

    cleaned = cli("cleanup", path.stem, "--output", "json")
    assert cleaned.exit_code == 0, cleaned.out
    assert boto("sqs").list_queues().get("QueueUrls", []) == []
