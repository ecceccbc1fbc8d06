"""Step Functions against what AWS itself answered, as the recorded answers of AWS beside the checkout hold it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from labcli.local.life import Endpoint
from tests.local.test_conformance import RECORDED


@pytest.mark.skipif(not RECORDED.is_dir(), reason="the recorded answers of AWS beside the checkout are not there")
def test_it_answers_as_aws_answered(endpoint: Endpoint, tmp_path: Path, figure: Callable[[str], None]) -> None:
    given = {"FID_AKID": endpoint.access_key, "FID_SECRET": endpoint.secret_key, "FID_IAM": "1"}
    environ = {"PATH": os.environ["PATH"], "PYTHONPATH": str(RECORDED), "HOME": str(tmp_path), **given}
    command = [sys.executable, "-B", str(RECORDED / "core.py"), "labcli", endpoint.url, "-k", "sfn"]
    played = subprocess.run(
        command, cwd=tmp_path, env=environ, capture_output=True, encoding="utf-8", timeout=180, check=False
    )
    assert played.returncode == 0, played.stderr[-2000:]
    results = json.loads((tmp_path / "result-labcli.json").read_text("utf-8"))
    equal = [result for result in results if result["good"] == result["total"]]
    figure(f"Step Functions: {len(equal)} of {len(results)} scenarios wholly equal")
    assert len(results) == 30
    assert {r["title"]: {fail["check"] for fail in r["fails"]} for r in results if r not in equal} == {}
