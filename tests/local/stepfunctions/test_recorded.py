"""Step Functions against the scenarios recorded from AWS, where they are beside the checkout (README.md there)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from labcli.local.life import Endpoint
from tests.conftest import REPO

RECORDED = REPO.parent / "shared" / "recorded"
FLOOR = 560
"""Scenarios that are wholly equal, at least: a busy machine may be late for one or another (docs/fidelity.md)."""


@pytest.mark.skipif(not (RECORDED / "run.py").is_file(), reason="../shared/recorded is not beside the checkout")
def test_step_functions_answers_as_recorded(endpoint: Endpoint, tmp_path: Path, figure: Callable[[str], None]) -> None:
    given = {"AWS_ACCESS_KEY_ID": endpoint.access_key, "AWS_SECRET_ACCESS_KEY": endpoint.secret_key}
    given |= {"AWS_REGION": endpoint.region, "PATH": os.environ["PATH"], "HOME": str(tmp_path)}
    command = [sys.executable, "-B", str(RECORDED / "run.py"), endpoint.url, "--json", "-j", "8"]
    done = subprocess.run(
        command, cwd=tmp_path, env=given, capture_output=True, encoding="utf-8", timeout=500, check=False
    )
    results = json.loads(done.stdout)
    total, equal = Counter[str](), Counter[str]()
    for result in results:
        total[result["group"]] += 1
        equal[result["group"]] += result["equal"]
    for group in sorted(total):
        figure(f"recorded {group}: {equal[group]} of {total[group]}")
    figure(f"recorded Step Functions: {sum(equal.values())} of {len(results)} wholly equal")
    differing = [(result["name"], result["differences"][:1]) for result in results if not result["equal"]]
    assert sum(equal.values()) >= FLOOR * len(results) // 566, differing
