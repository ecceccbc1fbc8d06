"""A function declares a runtime, and this machine's Python runs it: that is said where one looks."""

from __future__ import annotations

import json
import platform
import sys
from collections.abc import Callable
from pathlib import Path

from tests.conftest import Cli

LAB = """
lab: old
title: A function
resources: {greet: {function: greet.py, runtime: RUNTIME}}
steps:
- create: [greet]
"""


def test_inspect_and_doctor_say_which_python_runs_a_function(
    cli: Cli, lab: Callable[..., Path], tmp_path: Path
) -> None:
    (tmp_path / "greet.py").write_text("def handler(event, context):\n    return 1\n", "utf-8")
    assert cli("day", str(lab(LAB.replace("RUNTIME", "python3.12"))), "run").exit_code == 0
    seen = json.loads(cli("inspect", "greet", "--output", "json").out)["facts"]["Runtime"]
    assert seen == f"python3.12 (run here by Python {platform.python_version()})"
    findings = json.loads(cli("doctor", "--output", "json").out)["findings"]
    (said,) = [each["seen"] for each in findings if each["subject"] == "functions"]
    assert said == f"declared as python3.12, run here by Python {platform.python_version()}"
    assert cli("cleanup", "--all", "--yes").exit_code == 0


def test_syntax_that_this_python_cannot_read_is_said_to_be_newer(
    cli: Cli, lab: Callable[..., Path], tmp_path: Path
) -> None:
    (tmp_path / "greet.py").write_text("def handler(event, context):\n    return ¿\n", "utf-8")
    minor = sys.version_info.minor
    reason = f"read by Python 3.{minor}: what only python3.14 understands cannot run on this machine"
    newer = cli("lab", "check", str(lab(LAB.replace("RUNTIME", "python3.14"))))
    same = cli("lab", "check", str(lab(LAB.replace("RUNTIME", "python3.11"))))
    assert newer.exit_code == same.exit_code == 2
    assert (reason in " ".join(newer.both.split())) == (minor < 14)
    assert "read by Python" not in same.both
