"""The embedded AWS against what AWS itself answered, as the recorded answers of AWS beside the checkout hold it."""

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


SCENARIOS = {"sqs": 21, "sns": 17, "lambda": 17}
KNOWN = {
    # A function can open the files beside it by this variable, so it names the folder they are really in.
    "context object and reserved environment": {"env LAMBDA_TASK_ROOT"},
}
"""What is not as the scenario wants it, and why."""


@pytest.mark.skipif(not RECORDED.is_dir(), reason="the recorded answers of AWS beside the checkout are not there")
@pytest.mark.parametrize("service", SCENARIOS)
def test_it_answers_as_aws_answered(
    service: str, endpoint: Endpoint, tmp_path: Path, figure: Callable[[str], None]
) -> None:
    given = {"FID_AKID": endpoint.access_key, "FID_SECRET": endpoint.secret_key, "PYTHONDONTWRITEBYTECODE": "1"}
    given["FID_IAM"] = "1"  # roles have rights, since IAM is on
    environ = {"PATH": os.environ["PATH"], "PYTHONPATH": str(RECORDED), "HOME": str(tmp_path), **given}
    command = [sys.executable, str(RECORDED / "core.py"), "labcli", endpoint.url, "-k", f"{service} "]
    played = subprocess.run(
        command, cwd=tmp_path, env=environ, capture_output=True, encoding="utf-8", timeout=120, check=False
    )
    assert played.returncode == 0, played.stderr[-2000:]
    results = json.loads((tmp_path / "result-labcli.json").read_text("utf-8"))
    ours = [result for result in results if result["service"] == service]
    equal = [result for result in ours if result["good"] == result["total"]]
    figure(f"{service}: {len(equal)} of {len(ours)} scenarios wholly equal")
    assert len(ours) == SCENARIOS[service]
    for result in ours:
        expected = KNOWN.get(result["title"], set())
        unlike = [fail for fail in result["fails"] if fail["check"] not in expected]
        assert unlike == [], result["title"]
