"""`labcli local env`: what a shell evaluates, and what `--unset` brings back. Real shells evaluate it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from labcli.local import life
from labcli.local.pointing import DROPPED, SET
from labcli.local.process.keyring import Keys
from labcli.show.shell import KEPT, MARK, exports, restores
from tests.conftest import Cli

KEYS = Keys("LABCLIABCDEFGHJKLMNP", "secret", 21_000, "123456789012", "us-east-1")
NASTY = """it's "quoted" $HOME `id` \\ and
two lines; \t é ’ ‘ !x %y ~"""
HOSTILE_NAMES = {"AWS_ENDPOINT_URL_X;touch pwned": "1", f"{KEPT}X;touch pwned": "1", f"{KEPT}PATH": "/evil", "A B": "1"}

bash = pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed")
fish = pytest.mark.skipif(shutil.which("fish") is None, reason="fish is not installed")
powershell = pytest.mark.skipif(shutil.which("pwsh") is None, reason="PowerShell is not installed")

DUMP = f"{sys.executable} -c 'import json, os; print(json.dumps(dict(os.environ)))'"


@pytest.fixture
def shell(home: Path) -> Callable[..., list[dict[str, str]]]:
    """Run a script in a shell; ``DUMP`` in it gives back the environment that a program would see there."""

    def run(script: str, before: Mapping[str, str], program: str = "bash") -> list[dict[str, str]]:
        life.ensure(home, *_time())
        base = {"PATH": os.environ["PATH"], "HOME": os.environ["HOME"], "LABCLI_HOME": str(home)}
        labcli = f"{sys.executable} -m labcli"
        done = subprocess.run(
            [program, "-c", script.replace("LABCLI", labcli).replace("DUMP", DUMP)], env={**base, **before},
            capture_output=True, encoding="utf-8", timeout=60, cwd=home.parent, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        # which shell was taken, and how to choose another, is said where nobody evaluates it
        assert all(
            re.match(r"For \w+: your shell is \w+\. For another: --shell ", line) for line in done.stderr.splitlines()
        )
        return [_ours(json.loads(line)) for line in done.stdout.splitlines()]

    return run


def _time() -> tuple[Any, Any]:
    import time

    return time.sleep, time.monotonic  # noqa: TID251 - a real server starts


def _ours(env: Mapping[str, str]) -> dict[str, str]:
    wanted = (*SET, *DROPPED, MARK)
    return {name: value for name, value in env.items() if name in wanted or name.startswith(("AWS_", "LABCLI_BEFORE"))}


BEFORE: list[dict[str, str]] = [
    {},
    {"AWS_REGION": "", "NO_PROXY": "", "AWS_PROFILE": "", "AWS_ENDPOINT_URL": ""},
    {
        "AWS_ENDPOINT_URL": "https://x.example", "AWS_ENDPOINT_URL_SQS": "https://sqs.example", "AWS_PROFILE": "work",
        "AWS_DEFAULT_PROFILE": "old", "AWS_SESSION_TOKEN": "token", "AWS_SECURITY_TOKEN": "token",
        "AWS_ACCESS_KEY_ID": "AKIA", "AWS_SECRET_ACCESS_KEY": "s", "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true", "AWS_CREDENTIAL_EXPIRATION": "2020-01-01T00:00:00Z",
        "AWS_USE_FIPS_ENDPOINT": "true", "AWS_USE_DUALSTACK_ENDPOINT": "true", "NO_PROXY": "a.example, b.example",
        "no_proxy": "*", "AWS_MAX_ATTEMPTS": "4",
    },
    {"AWS_PROFILE": NASTY, "AWS_SECRET_ACCESS_KEY": NASTY, "AWS_ENDPOINT_URL_S3": "\n\n", "NO_PROXY": NASTY},
]  # fmt: skip


@bash
@pytest.mark.parametrize("before", BEFORE, ids=["nothing", "empty", "everything", "nasty"])
def test_unset_restores_exactly_what_stood_before(shell: Callable[..., Any], before: dict[str, str]) -> None:
    script = """DUMP; eval "$(LABCLI local env)"; DUMP; eval "$(LABCLI local env --unset)"; DUMP"""
    first, inside, after = shell(script, before)
    assert after == first
    assert {name for name in inside if name.startswith("AWS_")} - {"AWS_MAX_ATTEMPTS"} == {
        "AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION", "AWS_REGION",
        "AWS_DISABLE_HOST_PREFIX_INJECTION",
    }  # fmt: skip
    assert inside["AWS_DISABLE_HOST_PREFIX_INJECTION"] == "true"
    assert inside["AWS_ENDPOINT_URL"].startswith("http://127.0.0.1:")
    for name in ("NO_PROXY", "no_proxy"):
        assert "127.0.0.1" in inside[name].split(",") or before.get(name) == "*"


@bash
@pytest.mark.parametrize("before", BEFORE, ids=["nothing", "empty", "everything", "nasty"])
def test_a_second_time_keeps_what_was_saved_first(shell: Callable[..., Any], before: dict[str, str]) -> None:
    script = (
        """DUMP; eval "$(LABCLI local env)"; eval "$(LABCLI local env)"; eval "$(LABCLI local env --unset)"; DUMP"""
    )
    first, after = shell(script, before)
    assert after == first


@bash
def test_what_was_set_between_two_times_is_kept_too(shell: Callable[..., Any]) -> None:
    script = """eval "$(LABCLI local env)"; export AWS_PROFILE=new; eval "$(LABCLI local env)"; DUMP
    eval "$(LABCLI local env --unset)"; DUMP"""
    inside, after = shell(script, {})
    assert "AWS_PROFILE" not in inside
    assert after == {"AWS_PROFILE": "new"}


@bash
def test_unset_without_env_changes_nothing(shell: Callable[..., Any]) -> None:
    first, after = shell("""DUMP; eval "$(LABCLI local env --unset)"; DUMP""", BEFORE[2])
    assert after == first


@bash
def test_names_that_are_no_names_are_never_evaluated(shell: Callable[..., Any], home: Path) -> None:
    shell("""eval "$(LABCLI local env)"; eval "$(LABCLI local env --unset)"; DUMP""", HOSTILE_NAMES)
    assert not (home.parent / "pwned").exists()
    assert "pwned" not in exports("sh", KEYS, HOSTILE_NAMES) + restores("sh", {**HOSTILE_NAMES, MARK: "1"})
    assert "/evil" not in restores("sh", {**HOSTILE_NAMES, MARK: "1"})


@fish
@pytest.mark.parametrize("before", BEFORE, ids=["nothing", "empty", "everything", "nasty"])
def test_fish_restores_what_stood_before(shell: Callable[..., Any], before: dict[str, str]) -> None:
    script = "DUMP; LABCLI local env --shell fish | source; LABCLI local env --shell fish --unset | source; DUMP"
    first, after = shell(script, before, "fish")
    assert after == first


@powershell
def test_powershell_restores_what_stood_before(shell: Callable[..., Any]) -> None:
    each = "LABCLI local env --shell powershell {} | Out-String | Invoke-Expression"
    script = f"DUMP; {each.format('')}; {each.format('--unset')}; DUMP"
    first, after = shell(script, BEFORE[2], "pwsh")
    assert after == first


def test_fish_and_powershell_quote_as_those_shells_do() -> None:
    before = {"AWS_PROFILE": "it's \\ ’quoted’", "AWS_ENDPOINT_URL_SQS": "x"}
    said = exports("fish", KEYS, before)
    assert f"set -gx {KEPT}AWS_PROFILE 'it\\'s \\\\ ’quoted’';" in said
    assert "set -e AWS_ENDPOINT_URL_SQS;" in said
    said = exports("powershell", KEYS, before)
    assert f"$env:{KEPT}AWS_PROFILE = 'it''s \\ ’’quoted’’'" in said
    assert "Remove-Item Env:AWS_PROFILE -ErrorAction SilentlyContinue" in said
    assert "$env:AWS_ENDPOINT_URL = 'http://127.0.0.1:21000'" in said
    kept = {MARK: "1", f"{KEPT}AWS_PROFILE": "it's", "AWS_ENDPOINT_URL": "x"}
    assert "$env:AWS_PROFILE = 'it''s'" in restores("powershell", kept)
    assert "set -gx AWS_PROFILE 'it\\'s';" in restores("fish", kept)


def test_a_value_that_is_no_text_is_refused_before_anything_is_lost(cli: Cli) -> None:
    cli.env["AWS_PROFILE"] = "x\udcff"
    said = cli("local", "env")
    assert said.exit_code == 2
    assert said.out == ""
    assert "AWS_PROFILE holds bytes that are no text" in said.err


def test_an_unknown_shell_exits_2_and_names_those_there_are(cli: Cli) -> None:
    said = cli("local", "env", "--shell", "csh")
    assert said.exit_code == 2
    assert "sh, fish, powershell" in said.err


@bash
def test_plain_boto3_works_and_its_queue_survives_a_cleanup(
    shell: Callable[..., Any], cli: Cli, boto: Callable[[str], Any], lab: Callable[..., Path]
) -> None:
    make = "import boto3; boto3.client('sqs').create_queue(QueueName='QUEUE')"
    hostile = {**BEFORE[2], "HTTP_PROXY": "http://127.0.0.1:1", "HTTPS_PROXY": "http://127.0.0.1:1", "no_proxy": ""}
    script = f"""eval "$(LABCLI local env)"; {sys.executable} -c "{make}" """
    shell(script.replace("QUEUE", "mine"), hostile)
    shell(script.replace("QUEUE", "labcli-mon-mine"), {})
    text = "lab: try\nweek: 1\ntitle: One queue\nresources:\n  q: {queue: standard}\nsteps:\n- create: [q]\n"
    assert cli("day", str(lab(text)), "run").exit_code == 0
    cleaned = cli("cleanup", "--all")
    assert cleaned.exit_code == 0
    names = sorted(url.rsplit("/", 1)[-1] for url in boto("sqs").list_queues()["QueueUrls"])
    assert names == ["labcli-mon-mine", "mine"]


@bash
@pytest.mark.skipif(shutil.which("aws") is None, reason="the aws CLI is not installed")
@pytest.mark.parametrize("options", ["", '--endpoint-url "$AWS_ENDPOINT_URL"'], ids=["plain", "endpoint-url"])
def test_the_stock_aws_cli_works(shell: Callable[..., Any], boto: Callable[[str], Any], options: str) -> None:
    shell(f"""eval "$(LABCLI local env)"; aws sqs create-queue --queue-name by-hand {options} >/dev/null""", BEFORE[2])
    assert boto("sqs").list_queues()["QueueUrls"][0].endswith("/by-hand")
