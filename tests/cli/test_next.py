"""Every command that labcli prints for a person to type carries what the run was given: else it does something else."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from labcli.local.shells import Shell
from labcli.run.ledger.ledger import read
from tests.cli.terminal import Terminal
from tests.conftest import Cli

LAB = """
lab: own
title: "A function of one's own"
resources: {greet: {function: functions/greet.py}, box: {queue: standard}}
steps:
- create: [greet, box]
- title: Call it
  do: lambda.invoke
  with: {FunctionName: "${greet.name}", Payload: {name: ann}}
  expect: {Payload: hello}
checks:
- title: box hides a message for 30 s
  do: sqs.get_queue_attributes
  with: {QueueUrl: "${box.url}", AttributeNames: [VisibilityTimeout]}
  expect: {"Attributes.VisibilityTimeout": "30"}
"""


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "functions").mkdir()
    (tmp_path / "functions" / "greet.py").write_text("def handler(event, context):\n    return 'hello'\n", "utf-8")
    (tmp_path / "my own").mkdir()
    (tmp_path / "my own" / "greet.py").write_text("def handler(event, context):\n    return 'wrong'\n", "utf-8")
    (tmp_path / "own.yaml").write_text(LAB, "utf-8")
    return tmp_path / "own.yaml"


def next_of(said: str) -> list[str]:
    """The words of the command that the last line names, behind ``labcli``."""
    last = said.rstrip().splitlines()[-1]
    assert last.startswith("Next: labcli "), last
    return shlex.split(last.removeprefix("Next: labcli ").partition("      (")[0])


def test_a_run_with_a_function_of_ones_own_goes_on_with_it(cli: Cli, own: Path) -> None:
    failed = cli("day", "own.yaml", "run", "--with", "greet=my own/greet.py")
    assert failed.exit_code == 1
    words = next_of(failed.out)
    assert words == ["day", "own.yaml", "run", "--from", "2", "--with", "greet=my own/greet.py"]
    again = cli(*words)
    assert again.exit_code == 1, "the lab's own function would pass"
    assert next_of(again.out) == words


@pytest.mark.parametrize("asked", [(), ("status",)])
def test_where_one_is_says_how_to_go_on_with_it(cli: Cli, own: Path, asked: tuple[str, ...]) -> None:
    cli("day", "own.yaml", "run", "--with", "greet=my own/greet.py", "--cleanup")
    cli("day", "own.yaml", "run", "--with", "greet=my own/greet.py")
    assert next_of(cli(*asked).out) == ["day", "own.yaml", "run", "--from", "2", "--with", "greet=my own/greet.py"]


def test_a_run_that_cleans_up_and_fails_goes_on_as_one_that_cleans_up(cli: Cli, own: Path) -> None:
    failed = cli("day", "own.yaml", "run", "--with", "greet=my own/greet.py", "--cleanup")
    assert next_of(failed.out)[-2:] == ["greet=my own/greet.py", "--cleanup"]


def test_a_run_without_ones_own_function_says_so_after_one_that_had_it(cli: Cli, own: Path) -> None:
    cli("day", "own.yaml", "run", "--with", "greet=my own/greet.py")
    passed = cli("day", "own.yaml", "run", "--from", "2")
    assert passed.exit_code == 0
    assert "The last run had functions of yours: greet (greet.py). This one has the lab's." in passed.err
    assert "--with 'greet=my own/greet.py'" in passed.err
    assert "functions of yours" not in cli("day", "own.yaml", "run").err, "it is said once"


def test_a_plan_goes_on_to_the_run_that_was_planned(cli: Cli, own: Path) -> None:
    planned = cli("day", "own.yaml", "plan", "--with", "greet=my own/greet.py", "--region", "eu-west-1")
    assert next_of(planned.out) == [
        "day", "own.yaml", "run", "--with", "greet=my own/greet.py", "--target", "aws", "--region", "eu-west-1",
    ]  # fmt: skip


def test_what_a_run_was_given_stands_in_its_ledger(cli: Cli, own: Path) -> None:
    cli("day", "own.yaml", "run", "--with", "greet=my own/greet.py")
    ledger = next((cli.home / "runs").glob("own-*.jsonl"))
    assert read(ledger).header["with"] == {"greet": str(own.parent / "my own" / "greet.py")}


def test_who_asked_for_words_goes_on_with_words(cli: Cli, own: Path) -> None:
    assert next_of(cli("--plain", "day", "own.yaml", "run").out)[:2] == ["--plain", "verify"]
    assert next_of(cli("status").out)[0] == "verify"


def test_a_guided_run_that_stops_goes_on_guided(own_home: Path, own: Path) -> None:
    on = Terminal(
        own_home, "day", "own.yaml", "run", "--guided", "--with", "greet=my own/greet.py", columns=120, cwd=own.parent
    )
    on.sees("Press any key")
    on.type(" ")
    assert on.ends() == 1
    assert "run --from 2 --with 'greet=my own/greet.py' --guided" in on.last
    where = Terminal(own_home, columns=120, cwd=own.parent)
    assert where.ends() == 0
    assert where.last.rstrip().endswith("day own.yaml run --from 2 --with 'greet=my own/greet.py' --guided")


@pytest.mark.parametrize(
    ("shell", "word", "said"),
    [
        ("sh", "a b", "'a b'"),
        ("sh", "it's", "'it'\"'\"'s'"),
        ("sh", "$HOME", "'$HOME'"),
        ("fish", "it's \\", "'it\\'s \\\\'"),
        ("powershell", "it's", "'it''s'"),
        ("powershell", "C:\\my labs\\mon.yaml", "'C:\\my labs\\mon.yaml'"),
        ("cmd", "C:\\my labs\\", '"C:\\my labs\\\\"'),
        ("cmd", 'say "x"', '"say \\"x\\""'),
        ("cmd", "a&b", '"a&b"'),
        *((shell, "plain-1.yaml", "plain-1.yaml") for shell in ("sh", "fish", "powershell", "cmd")),
    ],
)
def test_a_word_is_quoted_for_the_shell_that_is_there(shell: str, word: str, said: str) -> None:
    assert Shell(shell, "").quote(word) == said
