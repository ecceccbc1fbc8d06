"""Start-up is short: what a command does not need is not imported. And it can be interrupted."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import REPO

HEAVY = (
    "rich",
    "boto3",
    "botocore",
    "yaml",
    "questionary",
    "jmespath",
    "prompt_toolkit",
    "plotext",
    "ministack",
)


@pytest.mark.parametrize(
    ("arguments", "allowed"),
    [
        (["--help"], ()),
        (["--version"], ()),
        (["verify", "--help"], ()),
        (["day", "mon"], ("rich", "yaml")),
        ([], ("rich", "yaml")),
        (["status"], ("rich", "yaml")),
    ],
    ids=lambda value: " ".join(value) or "bare",
)
def test_a_command_imports_only_what_it_needs(arguments: list[str], allowed: tuple[str, ...], tmp_path: Path) -> None:
    code = (
        "import sys, json, atexit\n"
        f"heavy = {HEAVY!r}\n"
        "from labcli.cli.main import run\n"
        "from labcli.context import Context\n"
        f"code = run({arguments!r}, Context())\n"
        "sys.stderr.write(json.dumps([code, [name for name in heavy if name in sys.modules]]))\n"
    )
    env = {"LABCLI_HOME": str(tmp_path / "home"), "HOME": os.environ["HOME"], "PATH": os.environ["PATH"]}
    done = subprocess.run(
        [sys.executable, "-c", code], env=env, cwd=REPO, capture_output=True, encoding="utf-8", check=True
    )
    exit_code, imported = json.loads(done.stderr)
    assert exit_code == 0
    assert set(imported) <= set(allowed)


def test_an_interrupt_before_the_program_is_loaded_is_no_traceback() -> None:
    code = (
        "import sys, labcli.__main__ as begin\n"
        "class Interrupts:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name == 'labcli.cli.main': raise KeyboardInterrupt\n"
        "sys.meta_path.insert(0, Interrupts())\n"
        "begin.main()\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8", timeout=60, check=False)
    assert (done.returncode, done.stderr) == (130, "")
