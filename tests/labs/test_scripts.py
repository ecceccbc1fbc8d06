"""Each day as a script (``labcli day DAY plan --as …``), run as it was printed: it ends well and leaves nothing.

They mostly wait, so those in Python run at the same time. Each command of a bash script is a process of a second: one
day is run with the faults, all with FULL=1. No PowerShell runs here: ``tests/unit`` looks at its text.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from labcli.local import life
from labcli.local.process.keyring import keys
from labcli.run.plan.script.languages import SCRIPTS
from tests.conftest import REPO, Cli
from tests.faults.points import FULL
from tests.look import Look

DAYS = ("mon", "tue", "wed", "thu", "fri")
with_aws = pytest.mark.skipif(
    shutil.which("aws") is None or shutil.which("bash") is None, reason="the aws CLI, or bash, is not installed"
)


@pytest.fixture
def ends(cli: Cli, home: Path, tmp_path: Path) -> Iterator[Callable[[str, list[str], tuple[str, ...]], dict[str, str]]]:
    """What scripts of these days said that did not end well, by day."""
    started: dict[str, subprocess.Popen[bytes]] = {}

    def run(reader: str, command: list[str], days: tuple[str, ...]) -> dict[str, str]:
        life.ensure(home, time.sleep, time.monotonic)  # noqa: TID251 - a real server starts
        for number, day in enumerate(days):
            file = tmp_path / f"script{number}"
            file.write_text(cli("day", day, "plan", "--as", reader).out, encoding="utf-8", newline="\n")
            with (tmp_path / f"said{number}").open("wb") as said:
                started[day] = subprocess.Popen([*command, str(file)], env=_env(home), stdout=said, stderr=said)
        codes = {day: process.wait(1200) for day, process in started.items()}
        said_by = {day: (tmp_path / f"said{number}").read_text("utf-8") for number, day in enumerate(days)}
        return {day: said_by[day] for day, code in codes.items() if code}

    yield run
    for process in started.values():
        process.kill()
        process.wait()


def _env(home: Path) -> dict[str, str]:
    """What ``labcli local env`` sets, and nothing that is a learner's own."""
    drawn = keys(home)
    plain = {name: os.environ[name] for name in ("PATH", "HOME", "SYSTEMROOT", "TEMP", "TMP") if name in os.environ}
    return {
        **plain, "AWS_ENDPOINT_URL": drawn.url, "AWS_ACCESS_KEY_ID": drawn.access_key, "AWS_REGION": drawn.region,
        "AWS_SECRET_ACCESS_KEY": drawn.secret_key, "AWS_DEFAULT_REGION": drawn.region, "NO_PROXY": "127.0.0.1",
        "PYTHONUTF8": "1", "AWS_DISABLE_HOST_PREFIX_INJECTION": "true",
    }  # fmt: skip


Ends = Callable[[str, list[str], tuple[str, ...]], dict[str, str]]


def test_every_day_as_a_script_in_python_ends_well_and_leaves_nothing(ends: Ends, look: Look) -> None:
    assert ends("boto3", [sys.executable], DAYS) == {}
    assert look.left() == []


@with_aws
def test_a_lab_as_a_script_of_aws_commands_ends_well_and_leaves_nothing(ends: Ends, look: Look) -> None:
    assert ends("cli", ["bash"], (str(REPO / "docs" / "examples" / "first.yaml"),)) == {}
    assert look.left() == []


@pytest.mark.faults
@with_aws
@pytest.mark.parametrize("day", DAYS if FULL else DAYS[2:3])
def test_a_day_as_a_script_of_aws_commands_ends_well_and_leaves_nothing(day: str, ends: Ends, look: Look) -> None:
    assert ends("cli", ["bash"], (day,)) == {}
    assert look.left() == []


def test_every_language_of_scripts_is_a_reader_of_the_plan(cli: Cli) -> None:
    said = cli("day", "mon", "plan", "--as", "script")
    assert all(word in said.err for word in SCRIPTS)
