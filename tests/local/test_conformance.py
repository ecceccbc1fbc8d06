"""SQS against what AWS itself answered, as the recorded answers of AWS beside the checkout hold it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from labcli.local.life import Endpoint

RECORDED = Path(__file__).resolve().parents[2].parent / "shared" / "conformance"


@pytest.mark.skipif(not RECORDED.is_dir(), reason="the recorded answers of AWS beside the checkout are not there")
def test_sqs_answers_as_aws_answered(endpoint: Endpoint, tmp_path: Path, figure: Callable[[str], None]) -> None:
    given = {"FID_AKID": endpoint.access_key, "FID_SECRET": endpoint.secret_key, "PYTHONDONTWRITEBYTECODE": "1"}
    environ = {"PATH": os.environ["PATH"], "PYTHONPATH": str(RECORDED), "HOME": str(tmp_path), **given}
    command = [sys.executable, str(RECORDED / "core.py"), "labcli", endpoint.url, "-k", "sqs"]
    played = subprocess.run(
        command, cwd=tmp_path, env=environ, capture_output=True, text=True, timeout=120, check=False
    )
    assert played.returncode == 0, played.stderr[-2000:]
    results = json.loads((tmp_path / "result-labcli.json").read_text())
    ours = [result for result in results if result["service"] == "sqs"]
    equal = [result for result in ours if result["good"] == result["total"]]
    figure(f"SQS: {len(equal)} of {len(ours)} scenarios wholly equal")
    assert len(ours) == 21
    assert [result["fails"] for result in ours if result not in equal] == []
