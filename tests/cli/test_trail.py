"""``labcli local trail``: what came from outside is shown as it is, as it comes, as a document and as a policy."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from labcli.context import Context
from labcli.local import life
from tests.conftest import REPO, Cli
from tests.local.conftest import client, posix

Boto = Callable[[str], Any]
AWS = shutil.which("aws")
real_cli = pytest.mark.skipif(AWS is None, reason="there is no `aws` command on this machine")


@pytest.fixture
def running(home: Path) -> life.Endpoint:
    world = Context()
    life.reset(home, world.sleep, world.monotonic)  # the trail of other tests
    return life.ensure(home, world.sleep, world.monotonic)


def aws(endpoint: life.Endpoint, *arguments: str) -> subprocess.CompletedProcess[str]:
    assert AWS is not None
    env = {
        "PATH": os.environ["PATH"], "HOME": os.environ["HOME"], "AWS_ACCESS_KEY_ID": endpoint.access_key,
        "AWS_SECRET_ACCESS_KEY": endpoint.secret_key, "AWS_DEFAULT_REGION": endpoint.region,
        "AWS_ENDPOINT_URL": endpoint.url, "AWS_PAGER": "",
    }  # fmt: skip
    return subprocess.run([AWS, *arguments], env=env, capture_output=True, encoding="utf-8", timeout=120, check=False)


@real_cli
def test_what_the_aws_cli_does_is_shown_with_its_name_and_its_mistake(cli: Cli, running: life.Endpoint) -> None:
    made = aws(running, "sqs", "create-queue", "--queue-name", "inbox", "--attributes", "VisibilityTimeout=20")
    assert made.returncode == 0, made.stderr
    url = json.loads(made.stdout)["QueueUrl"]
    failed = aws(running, "sqs", "delete-message", "--queue-url", url, "--receipt-handle", "AQEBcut")
    assert failed.returncode != 0
    said = cli("local", "trail").out
    assert [line for line in said.splitlines() if "create_queue" in line and "inbox" in line and "aws\u00a0CLI" in line]
    assert "delete_message" in said and "ReceiptHandleIsInvalid" in said
    assert "2 calls, 1 refused" in said
    assert max(map(len, said.splitlines())) <= 80
    for lost in (url.rpartition("/")[0], running.secret_key):
        assert lost not in said


def test_labclis_own_commands_leave_no_trail(cli: Cli, running: life.Endpoint) -> None:
    assert cli("day", str(REPO / "docs" / "examples" / "first.yaml"), "run", "-q").exit_code == 0
    assert cli("cleanup", "--all").exit_code == 0
    said = cli("local", "trail")
    assert "No call was made from outside yet." in said.out and said.exit_code == 0


def test_the_region_is_shown_where_it_is_not_the_usual_one(cli: Cli, running: life.Endpoint, boto: Boto) -> None:
    client(running, region_name="eu-west-1").create_queue(QueueName="astray")
    boto("sqs").list_queues()
    said = cli("local", "trail").out
    assert "(eu-west-1)" in said
    assert "eu-central-2" not in said


def test_with_plain_each_call_is_a_line_of_words(cli: Cli, running: life.Endpoint, boto: Boto) -> None:
    boto("sqs").create_queue(QueueName="inbox")
    said = cli("--plain", "local", "trail").out
    assert "✔" not in said and "─" not in said
    assert "sqs create_queue" in said


def test_odd_text_is_shown_escaped(cli: Cli, running: life.Endpoint, boto: Boto) -> None:
    from botocore.exceptions import ClientError

    with pytest.raises(ClientError):
        boto("sqs").create_queue(QueueName="\x1b[31mred\u202e")
    said = cli("local", "trail")
    assert "\x1b[31m" not in said.out and "\u202e" not in said.out
    assert said.exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--as", "poem"), "cannot be read as `poem`"),
        (("--as", "policy", "-f"), "Leave -f out"),
        (("--output", "xml"), "no output format `xml`"),
        (("--as", "policy"), "no call was made that needs a right"),
    ],
)
def test_a_trail_that_cannot_be_had_is_said(
    cli: Cli, running: life.Endpoint, arguments: tuple[str, ...], says: str
) -> None:
    said = cli("local", "trail", *arguments)
    assert (said.exit_code, says in said.err) == (2, True), said.err


@posix
@pytest.mark.parametrize("output", ["table", "json"])
def test_who_follows_sees_a_call_when_it_is_made_until_ctrl_c(
    home: Path, running: life.Endpoint, boto: Boto, output: str
) -> None:
    boto("sqs").list_queues()
    command = [sys.executable, "-m", "labcli", "local", "trail", "-f", "--output", output]
    env = {"PATH": os.environ["PATH"], "HOME": os.environ["HOME"], "LABCLI_HOME": str(home)}
    with subprocess.Popen(
        command, env=env, cwd=REPO, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8"
    ) as follower:
        assert follower.stdout is not None and follower.stderr is not None
        guard = threading.Timer(60, follower.kill)
        guard.start()
        first = follower.stdout.readline()
        boto("sqs").create_queue(QueueName="inbox")
        second = follower.stdout.readline()
        follower.send_signal(signal.SIGINT)
        assert follower.wait(20) == 0
        guard.cancel()
        rest, errors = follower.stdout.read(), follower.stderr.read()
    assert "list_queues" in first and "create_queue" in second and "inbox" in second
    assert (rest, errors) == ("", "")
    if output == "json":
        assert json.loads(second)["params"] == {"QueueName": "inbox"}


@posix
def test_who_follows_ends_when_nobody_reads_any_more(home: Path, running: life.Endpoint, boto: Boto) -> None:
    boto("sqs").list_queues()
    command = [sys.executable, "-m", "labcli", "local", "trail", "-f"]
    env = {"PATH": os.environ["PATH"], "HOME": os.environ["HOME"], "LABCLI_HOME": str(home)}
    with subprocess.Popen(
        command, env=env, cwd=REPO, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8"
    ) as follower:
        assert follower.stdout is not None and follower.stderr is not None
        guard = threading.Timer(60, follower.kill)
        guard.start()
        follower.stdout.readline()
        follower.stdout.close()
        boto("sqs").list_queues()
        follower.wait(30)
        guard.cancel()
        assert "Traceback" not in follower.stderr.read()
