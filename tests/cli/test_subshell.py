"""`labcli shell`: real shells and the real aws CLI inside, start-up files of a user's, and no way to AWS itself."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from labcli.local import life
from labcli.local.subshell.inside import HARMLESS
from tests.conftest import REPO, Cli

if sys.platform == "win32":
    pytest.skip("a pseudo-terminal is POSIX", allow_module_level=True)

from tests.cli.terminal import Terminal

HIDDEN = {
    "AWS_PROFILE": "work", "AWS_ACCESS_KEY_ID": "AKIAREAL", "AWS_SECRET_ACCESS_KEY": "theirs", "AWS_SESSION_TOKEN": "t",
    "AWS_ENDPOINT_URL_SQS": "https://sqs.example", "AWS_CONFIG_FILE": "/theirs", "AWS_ROLE_ARN": "arn:theirs",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.0.0.1:1", "LABCLI_BEFORE_AWS_SECRET_ACCESS_KEY": "theirs",
    "LABCLI_ENV": "1",
}  # fmt: skip
OLD_REGIONS = ("us-east-1", "eu-west-1", "cn-north-1", "us-gov-west-1")
"""Where version 1 of the aws CLI sends `aws sqs` to AWS itself: some of the list in its overridesslcommonname.py."""
needs_aws = pytest.mark.skipif(shutil.which("aws") is None, reason="the aws CLI is not installed")

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def inside(home: Path, tmp_path: Path) -> Run:
    """Run `labcli shell -- …` without a terminal."""

    def run(*words: str, **env: str) -> subprocess.CompletedProcess[str]:
        world = {
            "PATH": os.environ["PATH"], "HOME": str(tmp_path), "LABCLI_HOME": str(home), "PYTHONPATH": str(REPO), **env,
        }  # fmt: skip
        return subprocess.run(
            [sys.executable, "-m", "labcli", "shell", *words], env=world, cwd=tmp_path, stdin=subprocess.DEVNULL,
            capture_output=True, encoding="utf-8", timeout=120, check=False,
        )  # fmt: skip

    return run


def dumped(run: Run, **env: str) -> dict[str, str]:
    done = run("--", sys.executable, "-c", "import json, os; print(json.dumps(dict(os.environ)))", **env)
    assert done.returncode == 0, done.stderr
    found: dict[str, str] = json.loads(done.stdout)
    return found


def test_nothing_of_the_users_aws_is_seen_inside(inside: Run, home: Path) -> None:
    found = dumped(inside, **HIDDEN, AWS_PAGER="less", NO_PROXY="a.example")
    assert not {"theirs", "work", "AKIAREAL", "/theirs", "arn:theirs"} & set(found.values())
    keys = life.keys(home)
    assert (found["AWS_ENDPOINT_URL"], found["AWS_ACCESS_KEY_ID"]) == (keys.url, keys.access_key)
    assert found["AWS_PAGER"] == "less"
    assert found["NO_PROXY"] == "a.example,127.0.0.1,localhost"
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        assert Path(found[name]).is_relative_to(home)
    assert {name for name in found if name.startswith("LABCLI_BEFORE_") or name == "LABCLI_ENV"} == set()


def test_boto3_inside_talks_to_the_local_aws_though_the_users_variables_lead_elsewhere(
    inside: Run, boto: Callable[[str], Any]
) -> None:
    make = "import boto3; boto3.client('sqs').create_queue(QueueName='by-boto3')"
    done = inside("--", sys.executable, "-c", make, **HIDDEN)
    assert done.returncode == 0, done.stderr
    assert boto("sqs").list_queues()["QueueUrls"][0].endswith("/by-boto3")


class Proxy:
    """A proxy that notes who came; a call that leaves for AWS has to come here first."""

    def __init__(self) -> None:
        self.seen: list[bytes] = []
        self._sock = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._sock.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            guest, _ = self._sock.accept()
            with guest:
                first = guest.recv(200)
                if first == b"end":
                    return
                self.seen.append(first)

    def close(self) -> None:
        with socket.create_connection(self._sock.getsockname()) as end:
            end.sendall(b"end")
        self._thread.join()
        self._sock.close()


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    found = Proxy()
    yield found
    found.close()


@needs_aws
def test_the_stock_aws_cli_stays_local_in_every_region(
    inside: Run, proxy: Proxy, boto: Callable[[str], Any], home: Path
) -> None:
    each = "aws --region $r sqs create-queue --queue-name from-$r --output text || exit 9"
    script = f"for r in {' '.join(OLD_REGIONS)}; do {each}; done; aws sqs list-queues --region us-east-1 --output json"
    done = inside("--", "sh", "-c", script, **HIDDEN, HTTP_PROXY=proxy.url, HTTPS_PROXY=proxy.url)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count(life.keys(home).url) >= len(OLD_REGIONS)
    assert "from-us-east-1" in done.stdout
    assert proxy.seen == []
    boto("sqs").list_queues()  # what was made here is taken away after the test


@needs_aws
def test_an_endpoint_that_is_typed_still_counts(inside: Run, proxy: Proxy) -> None:
    done = inside("--", "aws", "--endpoint-url", proxy.url, "sqs", "list-queues", AWS_MAX_ATTEMPTS="1")
    assert done.returncode != 0
    assert proxy.seen


def test_without_the_aws_cli_it_says_so(inside: Run, tmp_path: Path) -> None:
    few = tmp_path / "few"
    few.mkdir()
    (few / "sh").symlink_to(shutil.which("sh") or "/bin/sh")
    done = inside("--", "aws", "sqs", "list-queues", PATH=str(few))
    assert done.returncode == 127
    assert "the AWS CLI is not installed" in done.stderr


def test_a_command_gives_its_exit_code_and_is_given_its_words_as_they_are(inside: Run) -> None:
    assert inside("--", "sh", "-c", "exit 7").returncode == 7
    done = inside("--", "printf", "%s|", "--plain", "", "a b", "--output=json")
    assert done.stdout == "--plain||a b|--output=json|"
    assert inside("--", "sh", "-c", "kill -TERM $$").returncode == -15


def test_a_command_whose_reader_has_gone_ends_as_in_any_shell(inside: Run) -> None:
    done = inside("--", "sh", "-c", "yes | head -1")
    assert (done.returncode, done.stdout, done.stderr) == (0, "y\n", "")


def test_a_command_that_is_not_there_exits_2(inside: Run) -> None:
    done = inside("--", "no-such-command")
    assert (done.returncode, done.stdout) == (2, "")
    assert "no command `no-such-command`" in done.stderr


def test_without_a_terminal_it_starts_nothing_and_names_the_other_way(cli: Cli) -> None:
    said = cli("shell")
    assert said.exit_code == 2
    assert "no terminal" in said.err
    assert "labcli shell -- COMMAND" in said.err


FILES = {
    ".bashrc": "export AWS_PROFILE=evil AWS_ENDPOINT_URL=http://127.0.0.1:1 PATH=ELSEWHERE:$PATH\n"
    "alias aws='aws --profile evil'\nPS1='mine> '\nMINE=read\n",
    ".zshrc": "export AWS_PROFILE=evil AWS_ENDPOINT_URL=http://127.0.0.1:1 PATH=ELSEWHERE:$PATH\n"
    "alias aws='aws --profile evil'\nPS1='mine> '\nMINE=$ENVED\n",
    ".zshenv": "ENVED=read\n",
    ".shrc": "export AWS_PROFILE=evil AWS_ENDPOINT_URL=http://127.0.0.1:1 PATH=ELSEWHERE:$PATH\n"
    "alias aws='aws --profile evil'\nPS1='mine> '\nMINE=read\n",
    ".config/fish/config.fish": "set -gx AWS_PROFILE evil\nset -gx AWS_ENDPOINT_URL http://127.0.0.1:1\n"
    "set -gx PATH ELSEWHERE $PATH\nset MINE read\nfunction fish_prompt; echo -n 'mine> '; end\n",
}


@pytest.fixture
def person(tmp_path: Path) -> Path:
    """A home folder with start-up files that lead elsewhere, and an ``aws`` in front of PATH that tells its words."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    fake = elsewhere / "aws"
    fake.write_text('#!/bin/sh\necho "aws:$*"\n', "utf-8")
    fake.chmod(0o755)
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.replace("ELSEWHERE", str(elsewhere)), "utf-8")
    return tmp_path


def opened(home: Path, person: Path, program: str, *words: str) -> Terminal:
    env = {"SHELL": program, "HOME": str(person), "ENV": str(person / ".shrc"), **HIDDEN}
    return Terminal(home, "shell", *words, columns=160, cwd=person, **env)


def says(terminal: Terminal, line: str, *expected: str) -> None:
    terminal.child.send(f"{line}\r")
    for each in expected:
        terminal.sees(each)


def contents(person: Path, names: Sequence[str]) -> list[tuple[str, float]]:
    return [((person / name).read_text("utf-8"), (person / name).stat().st_mtime) for name in names]


@pytest.mark.parametrize("name", ["bash", "zsh", "fish", "sh"])
def test_a_shell_reads_its_users_files_and_then_talks_to_the_local_aws(name: str, home: Path, person: Path) -> None:
    program = shutil.which(name)
    if program is None:
        pytest.skip(f"{name} is not installed")
    before = contents(person, list(FILES))
    url = life.ensure(home, *_time()).url
    terminal = opened(home, person, program)
    terminal.sees("`exit` leaves it")
    terminal.sees("(labcli) mine>")
    says(terminal, 'echo "=$MINE=$AWS_PROFILE=$AWS_ENDPOINT_URL="', f"=read=={url}=")
    says(terminal, "aws sqs list-queues", f"aws:--endpoint-url {url} sqs list-queues")
    says(terminal, "sh -c 'aws sns list-topics'", f"aws:--endpoint-url {url} sns list-topics")
    says(terminal, "false")
    says(terminal, "echo code=$status;" if name == "fish" else "echo code=$?", "code=1")
    says(terminal, "exit 3")
    assert terminal.ends() == 3
    assert contents(person, list(FILES)) == before


def test_a_shell_that_nobody_knows_becomes_sh(home: Path, person: Path) -> None:
    terminal = opened(home, person, "/no/such/shell")
    terminal.sees("(labcli) mine>")
    says(terminal, "exit 0")
    assert terminal.ends() == 0


def test_who_is_in_it_already_is_told_so(home: Path, person: Path) -> None:
    terminal = opened(home, person, shutil.which("sh") or "/bin/sh")
    terminal.sees("(labcli) mine>")
    says(terminal, f"{sys.executable} -m labcli shell; echo code=$?", "talks to the local AWS already", "code=0")
    says(terminal, "exit")
    assert terminal.ends() == 0


def test_what_stays_of_the_users_variables_says_nothing_of_where_and_who() -> None:
    assert not [name for name in HARMLESS if any(word in name for word in ("URL", "KEY", "PROFILE", "TOKEN", "REGION"))]


def _time() -> tuple[Any, Any]:
    import time

    return time.sleep, time.monotonic  # noqa: TID251 - a real server starts
