"""``--with NAME=PATH``: a learner's own file in the place of a function's source."""

from __future__ import annotations

from pathlib import Path

import pytest

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
  expect: {Payload: {present: true}}
  show: [answer: Payload]
"""


@pytest.fixture
def own(tmp_path: Path) -> Path:
    (tmp_path / "functions").mkdir()
    (tmp_path / "functions" / "greet.py").write_text(
        "def handler(event, context):\n    return 'the shipped one'\n", "utf-8"
    )
    (tmp_path / "own.yaml").write_text(LAB, "utf-8")
    return tmp_path / "own.yaml"


def test_a_file_of_the_learners_runs_in_the_place_of_the_shipped_one(cli: Cli, own: Path, tmp_path: Path) -> None:
    mine = tmp_path / "elsewhere" / "mine.py"
    mine.parent.mkdir()
    mine.write_text("def handler(event, context):\n    return 'hello ' + event['name']\n", "utf-8")
    assert "the shipped one" in cli("day", str(own), "run", "--cleanup").out
    ran = cli("day", str(own), "run", "--with", f"greet={mine}", "--cleanup")
    assert ran.exit_code == 0
    assert "hello ann" in ran.out and "the shipped one" not in ran.out
    assert "mine.py" in ran.out, "it says whose code it is"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("greet", "--with greet: a function's name and a file"),
        ("=mine.py", "--with =mine.py: a function's name and a file"),
        ("great=mine.py", "own has no function `great`; did you mean `greet`?"),
        ("box=mine.py", "own has no function `box`"),
        ("greet=nowhere.py", "there is no file `nowhere.py`"),
        ("greet=own.yaml", "a source is a Python file (.py) or a folder, not `own.yaml`"),
    ],
)
def test_what_cannot_stand_there_is_said_before_anything_is_made(
    cli: Cli, own: Path, monkeypatch: pytest.MonkeyPatch, given: str, said: str
) -> None:
    monkeypatch.chdir(own.parent)
    for command in ("run", "plan"):
        refused = cli("day", str(own), command, "--with", given)
        assert refused.exit_code == 2
        assert said in " ".join(refused.err.split())
    assert not list((cli.home / "runs").glob("*.jsonl"))
