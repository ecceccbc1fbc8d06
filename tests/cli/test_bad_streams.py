"""Readers who go, streams that are closed, disks that are full: the real program in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from labcli.run.ledger import ledger
from tests.conftest import Cli

RUN = """\
lab: reader
title: A reader who goes
resources: {q: {queue: standard}}
steps:
- create: [q]
- {wait: 0.5s}
- {send: {to: q, bodies: [a, b]}}
- {wait: 0.5s, say: The end}
"""
LABCLI = [sys.executable, "-m", "labcli"]


@pytest.fixture
def env(home: Path) -> dict[str, str]:
    return {**os.environ, "LABCLI_HOME": str(home), "PYTHONWARNINGS": "error"}


@pytest.fixture
def labcli(env: dict[str, str]) -> Callable[[str], subprocess.CompletedProcess[str]]:
    """Run a line of sh in which ``labcli`` is the program."""

    def run(line: str) -> subprocess.CompletedProcess[str]:
        line = line.replace("labcli ", f"'{sys.executable}' -m labcli ", 1)
        return subprocess.run(
            ["sh", "-c", line],
            env=env,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=60,
            check=False,
        )

    return run


def ended(home: Path, lab: str) -> str:
    """How the ledgered run of a lab ended; empty when its ledger has no end."""
    (path,) = (home / "runs").glob(f"{lab}-*.jsonl")
    ends = [event["state"] for event in ledger.read(path).events if event["type"] == "end"]
    return ends[-1] if ends else ""


@pytest.mark.parametrize("flags", [[], ["-v"], ["-q"], ["--output", "json"], ["--cleanup"]], ids=" ".join)
def test_a_reader_who_goes_ends_the_printing_and_not_the_run(
    env: dict[str, str], home: Path, lab: Callable[..., Path], flags: list[str]
) -> None:
    command = [*LABCLI, "day", str(lab(RUN)), "run", *flags]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env, encoding="utf-8"
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        if "json" not in flags:
            assert process.stdout.readline()
        process.stdout.close()
        said = process.stderr.read()
        assert process.wait(60) == 0
    assert "Traceback" not in said
    assert "Broken pipe" not in said
    assert "Exception ignored" not in said
    assert ended(home, "reader") == "passed"


@pytest.mark.parametrize(
    "command", ["-h", "", "status", "day mon", "day mon plan", "day mon plan --output json", "local env", "doctor"]
)
def test_head_is_quiet(labcli: Callable[[str], subprocess.CompletedProcess[str]], command: str) -> None:
    done = labcli(f"{{ labcli {command} ; echo code $? >&2; }} | head -c 1")
    assert done.stderr in ("code 0\n", "code 1\n"), done
    assert done.stderr == "code 0\n" or "doctor" in command
    assert len(done.stdout) == 1


@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&-", ">&- 2>&-", "<&- >&- 2>&-"])
@pytest.mark.parametrize(
    "command", ["status", "day mon", "--help", "--version", "status --output json", "dya", "local env"]
)
def test_closed_streams_are_no_error(
    labcli: Callable[[str], subprocess.CompletedProcess[str]], command: str, closed: str
) -> None:
    done = labcli(f"labcli {command} {closed}")
    assert done.returncode == (2 if command == "dya" else 0), done
    assert "Traceback" not in done.stderr + done.stdout
    assert "Exception ignored" not in done.stderr
    if "2>&-" in closed:
        assert done.stderr == ""
    if command == "status --output json" and " >&-" not in f" {closed}":
        assert json.loads(done.stdout)["document"] == "status"


def test_a_run_with_closed_streams_writes_nothing_into_its_ledger_but_the_run(
    labcli: Callable[[str], subprocess.CompletedProcess[str]], home: Path, lab: Callable[..., Path]
) -> None:
    done = labcli(f"labcli day {lab(RUN)} run <&- >&- 2>&-")
    assert done.returncode == 0, done
    assert ended(home, "reader") == "passed"
    (path,) = (home / "runs").glob("reader-*.jsonl")
    assert (ledger.read(path).broken, ledger.read(path).torn) == (0, False)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a disk that is always full")
@pytest.mark.parametrize("command", ["status", "day mon", "--help", "day mon plan --output json"])
def test_an_output_that_cannot_be_written_is_said_in_one_line(
    labcli: Callable[[str], subprocess.CompletedProcess[str]], command: str
) -> None:
    done = labcli(f"labcli {command} >/dev/full")
    assert "the output cannot be written" in done.stderr
    assert len(done.stderr.splitlines()) <= 2
    assert done.returncode in (0, 1)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a disk that is always full")
def test_a_run_goes_on_when_its_screen_cannot_be_written(
    labcli: Callable[[str], subprocess.CompletedProcess[str]], home: Path, lab: Callable[..., Path]
) -> None:
    done = labcli(f"labcli day {lab(RUN)} run >/dev/full")
    assert "Traceback" not in done.stderr
    assert ended(home, "reader") == "passed"


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_the_real_streams_speak_any_encoding(env: dict[str, str], encoding: str, lab: Callable[..., Path]) -> None:
    file = lab(RUN.replace("A reader", "\u4f60\u597d é A reader"))
    for command in (["-h"], ["day", str(file)], ["day", str(file), "run"], ["status"], ["dya"], ["cleanup", "--all"]):
        done = subprocess.run(
            [*LABCLI, *command], env={**env, "PYTHONIOENCODING": encoding}, capture_output=True, timeout=60, check=False
        )
        assert done.returncode == (2 if command == ["dya"] else 0), done
        text = (done.stdout + done.stderr).decode(encoding)
        assert "Traceback" not in text
        if command[-1] == "run":
            assert " ok " in text
            assert "\\u4f60\\u597d" in text
    assert Cli(Path(env["LABCLI_HOME"]))("status").exit_code == 0


# --- a real terminal: a wrong account typed (40)

TERMINAL = """\
import sys
from labcli.cli.main import run
from labcli.context import Context

class Account:
    def call(self, service, operation, params):
        if operation == "get_caller_identity":
            return {"Account": "111122223333", "Arn": "arn:aws:iam::111122223333:user/ann", "UserId": "AIDAEXAMPLE"}
        if operation == "list_account_aliases":
            return {"AccountAliases": ["training"]}
        raise SystemExit(99)

sys.exit(run(sys.argv[1:], Context(through=lambda aws: Account())))
"""


@pytest.mark.parametrize(("typed", "code"), [("999999999999\r", 3), ("\r", 3), ("\x03", 130)])
def test_a_wrong_account_at_a_real_terminal_does_nothing(
    env: dict[str, str], tmp_path: Path, typed: str, code: int
) -> None:
    pexpect = pytest.importorskip("pexpect")
    program = tmp_path / "program.py"
    program.write_text(TERMINAL, "utf-8")
    env = {
        **env, "AWS_ACCESS_KEY_ID": "AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret", "TERM": "xterm",
        "LABCLI_HOME": str(tmp_path / "state"),
    }  # fmt: skip
    env.pop("CI", None)
    env.pop("PYTHONWARNINGS")
    command = [str(program), "day", "mon", "run", "--target", "aws", "--region", "eu-west-1"]
    child = pexpect.spawn(sys.executable, command, env=env, dimensions=(40, 120), encoding="utf-8", timeout=60)
    child.expect("Type the account id")
    child.send(typed)
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == code, child.before
    assert "Traceback" not in child.before
    assert not (tmp_path / "state" / "runs").exists()
