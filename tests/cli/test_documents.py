"""The JSON contract: exactly one document a command, its keys and types pinned, also after a failure or Ctrl-C."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from labcli import __version__
from tests.cli.by_hand import LAB as HAND
from tests.cli.small import FAILS, quick
from tests.conftest import REPO, Cli

Write = Callable[..., Path]
Boto = Callable[[str], Any]
NONE = type(None)
NUMBER = (int, float)

HELD = {"path": str, "expected": object, "seen": object, "held": bool}
CALL = {
    "service": str, "operation": str, "params": dict, "effect": str, "least": int, "most": int, "until": (str, NONE),
}  # fmt: skip
ENVELOPE = {"labcli": str, "document": str, "version": int, "exit_code": int}
LAB = {"id": str, "title": str, "week": int, "file": str}

ROW = {
    "title": str, "state": str, "part": str, "wanted": (str, NONE), "seen": (str, NONE), "said": (str, NONE),
    "at": (int, float, NONE), "client": (str, NONE),
}  # fmt: skip
"""One thing that a task wants."""
SHAPES: dict[str, Mapping[str, Any]] = {
    "run": {
        "run": str, "lab": LAB, "target": {"name": str, "account": str, "region": str}, "state": str,
        "seconds": NUMBER, "calls": int, "cost_on_aws": str, "stopped_at": (str, NONE), "notes": [str],
        "steps": [{
            "number": str, "id": (str, NONE), "title": str, "verb": str, "state": str, "seconds": NUMBER, "calls": int,
            "tries": int, "expectations": [HELD], "evidence": (dict, NONE), "error": (str, NONE), "near": (str, NONE),
        }],
        "made_first": dict, "live": [{"name": str, "kind": str, "aws_name": str, "sure": bool}],
    },
    "plan": {
        "lab": {"id": str, "title": str, "file": str}, "needed": [{"lab": str, "calls": [CALL]}],
        "steps": [{"number": str, "title": str, "calls": [CALL]}], "verify": [CALL], "cleanup": [CALL], "policy": dict,
        "cost": {"requests_at_most": int, "dollars_at_most": NUMBER, "prices_of": str},
    },
    "quiz": {
        "lab": {"id": str, "title": str, "file": str}, "seed": int,
        "questions": [{
            "number": int, "review": bool, "question": str, "options": [str], "answer": str, "because": (str, NONE),
            "source": (str, NONE),
        }],
    },
    "verify": {
        "target": str, "asked": int, "held": int,
        "checks": [{"day": str, "check": str, "state": str, "reason": (str, NONE), "at": (*NUMBER, NONE),
                    "expectations": [HELD]}],
    },
    "cleanup": {
        "target": str, "dry_run": bool, "owned": int, "gone": int, "others": int, "put_back": [str], "yours": dict,
        "mine": [{"kind": str, "aws_name": str, "day": str, "by_hand": str}],
        "elsewhere": [str],
        "warnings": [str], "not_verified": [str],
        "resources": [{
            "name": str, "kind": str, "day": str, "run": str, "aws_name": str, "how": str, "seen_gone": bool,
            "reason": (str, NONE), "by_hand": (str, NONE), "found_by_tag": bool, "age_seconds": (int, NONE),
        }],
    },
    "status": {
        "runs": [{
            "lab": str, "run": str, "target": str, "started": NUMBER, "state": (str, NONE), "stopped_at": (str, NONE),
            "lost": bool, "resources": [{"name": str, "kind": str, "aws_name": str, "state": str}],
        }],
    },
    "inspect": {"name": str, "resource_kind": str, "lab": str, "run": str, "facts": dict, "tags": dict},
    "doctor": {"findings": [{"subject": str, "good": bool, "seen": str, "mend": (str, NONE)}]},
    "local": {"running": bool, "url": str, "account": str, "region": str, "pid": int},
    "try": {
        "lab": str, "target": str,
        "tasks": [{"task": str, "number": int, "done_at": (int, float, NONE), "hints": int, "solution": bool}],
        "looked_at": {"task": str, "title": str, "text": str, "done": bool, "rows": [ROW]},
    },
    "tasks": {
        "tasks": [{
            "day": str, "task": str, "title": str, "state": str, "done_at": (int, float, NONE), "hints": int,
            "solution": bool, "rows": [ROW],
        }],
    },
    "test": {"results": [{"lab": str, "what": str, "held": bool, "why": (str, NONE), "seconds": NUMBER}]},
    "trail": {
        "calls": [{
            "number": int, "time": NUMBER, "client": str, "principal": str, "region": str, "service": str,
            "operation": str, "params": dict, "status": int, "error": str, "message": str, "answer": dict,
            "resource": str, "ok": bool,
        }],
    },
    "error": {"error": {"message": str, "hint": str}},
}  # fmt: skip


def fits(value: Any, shape: Any, where: str) -> None:
    """Exactly these keys, and these types."""
    if isinstance(shape, dict):
        assert isinstance(value, dict), where
        assert set(value) == set(shape), (where, set(value) ^ set(shape))
        for key, inner in shape.items():
            fits(value[key], inner, f"{where}.{key}")
    elif isinstance(shape, list):
        assert isinstance(value, list), where
        for index, each in enumerate(value):
            fits(each, shape[0], f"{where}[{index}]")
    else:
        assert isinstance(value, shape), (where, value)
        assert shape in (bool, object) or not isinstance(value, bool), (where, value)


def document(text: str, code: int, called: str) -> dict[str, Any]:
    """The one document of a command, held against its shape."""
    found, end = json.JSONDecoder().raw_decode(text)
    assert text[end:] == "\n", "more than one document"
    assert text.isascii()
    fits(found, {**ENVELOPE, **SHAPES[called]}, called)
    assert (found["labcli"], found["document"], found["version"]) == (__version__, called, 1)
    assert found["exit_code"] == code
    return dict(found)


def asked(cli: Cli, called: str, *arguments: str, **changes: Any) -> dict[str, Any]:
    said = cli(*arguments, "--output", "json", **changes)
    assert "{" not in said.err, said.err
    return document(said.out, said.exit_code, called)


def test_every_command_gives_one_document_of_its_shape(cli: Cli, lab: Write) -> None:
    path = str(lab(quick(), "quick.yaml"))
    assert asked(cli, "status", "status")["runs"] == []
    assert asked(cli, "plan", "day", path, "plan")["lab"]["id"] == "quick"
    assert len(asked(cli, "quiz", "day", "mon", "quiz")["questions"]) == 8
    ran = asked(cli, "run", "day", path, "run")
    assert (ran["state"], ran["exit_code"], [each["name"] for each in ran["live"]]) == ("passed", 0, ["one"])
    assert [step["state"] for step in ran["steps"]] == ["passed"] * 5
    assert asked(cli, "verify", "verify", path)["held"] == 1
    assert asked(cli, "inspect", "inspect", "one")["lab"] == "quick"
    assert len(asked(cli, "status", "status")["runs"]) == 1
    assert asked(cli, "cleanup", "cleanup", "quick", "--dry-run")["dry_run"] is True
    assert asked(cli, "cleanup", "cleanup", "quick")["gone"] == 1
    assert asked(cli, "cleanup", "cleanup", "quick")["owned"] == 0
    away = asked(cli, "verify", "verify", path)["checks"][0]
    assert (away["state"], away["reason"], away["at"] > 1e9) == ("taken away", None, True)
    assert asked(cli, "doctor", "doctor")["findings"]
    assert asked(cli, "local", "local", "status")["running"] is True
    assert isinstance(asked(cli, "trail", "local", "trail")["calls"], list)


def test_tasks_by_hand_have_documents_of_their_shapes(cli: Cli, lab: Write) -> None:
    path = str(lab(HAND, "hand.yaml"))
    assert asked(cli, "tasks", "verify", path, "--tasks")["tasks"][0]["state"] == "not begun"
    assert asked(cli, "try", "day", path, "try")["looked_at"]["task"] == "own"
    assert asked(cli, "tasks", "verify", path, "--tasks")["tasks"][0]["rows"]
    assert all(each["held"] for each in asked(cli, "test", "lab", "test", path)["results"])


def test_local_status_of_nothing_is_a_document_too(tmp_path: Path) -> None:
    said = Cli(tmp_path / "empty")("local", "status", "--output", "json")
    found = json.loads(said.out)
    fits(found, {**ENVELOPE, "running": bool}, "local")
    assert (found["running"], found["exit_code"], said.exit_code) == (False, 0, 0)


def test_a_second_run_tells_in_its_notes_that_the_first_was_taken_away(cli: Cli, lab: Write) -> None:
    path = str(lab(quick(), "quick.yaml"))
    cli("day", path, "run")
    assert "taken away first" in asked(cli, "run", "day", path, "run")["notes"][0]


def test_a_failing_run_is_a_whole_document(cli: Cli, lab: Write) -> None:
    found = asked(cli, "run", "day", str(lab(FAILS, "fails.yaml")), "run")
    assert (found["state"], found["stopped_at"], found["exit_code"]) == ("failed", "3", 1)
    held = found["steps"][-1]["expectations"]
    assert [(each["seen"], each["held"]) for each in held] == [(None, False), (None, False)]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("day", "nosuch", "run"), 2),
        (("inspect", "nosuch"), 1),
        (("cleanup", "nosuch"), 2),
        (("verify", "nosuch"), 2),
        (("status", "--target", "nosuch"), 2),
        (("verify", "--target", "nosuch"), 2),
        (("cleanup", "--nosuch"), 2),
    ],
)
def test_what_goes_wrong_is_a_document_too(cli: Cli, arguments: tuple[str, ...], code: int) -> None:
    assert asked(cli, "error", *arguments)["exit_code"] == code


def test_an_invalid_lab_is_a_document_with_its_problems(cli: Cli, lab: Write) -> None:
    said = cli("day", str(lab("lab: x\ntitle: X\nnonsense: 1\nsteps:\n- wait: 1s\n")), "run", "--output", "json")
    found = json.loads(said.out)
    assert (said.exit_code, found["exit_code"], found["document"]) == (2, 2, "error")
    problem = found["error"]["problems"][0]
    fits(problem, {"file": str, "line": int, "column": int, "message": str}, "problem")


def test_what_is_left_behind_is_in_the_document_and_its_exit_code(cli: Cli, lab: Write) -> None:
    from tests.cli.test_golden import Refusing

    cli("day", str(lab(quick(), "quick.yaml")), "run")
    found = asked(cli, "cleanup", "cleanup", "quick", through=Refusing)
    assert (found["exit_code"], found["owned"], found["gone"]) == (4, 1, 0)
    assert found["resources"][0]["by_hand"]


SLOW = """
lab: slow
title: "Slow"
resources: {one: {queue: standard}}
steps:
- create: [one]
- title: Wait for nothing
  do: sqs.receive_message
  with: {QueueUrl: "${one.url}", WaitTimeSeconds: 20}
  within: 60s
  expect: {"Messages[0].Body": never}
"""


@pytest.mark.skipif(sys.platform == "win32", reason="SIGINT of another process is POSIX")
def test_after_ctrl_c_there_is_still_exactly_one_document(cli: Cli, lab: Write, boto: Boto) -> None:
    boto("sqs")  # it runs already, so that the signal meets a step
    env = {"LABCLI_HOME": str(cli.home), "HOME": os.environ["HOME"], "PATH": os.environ["PATH"]}
    run = subprocess.Popen(
        [sys.executable, "-m", "labcli", "day", str(lab(SLOW, "slow.yaml")), "run", "--output", "json"],
        env=env, cwd=REPO, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8",
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509 - deaf in a shell's background
    )  # fmt: skip
    end = time.monotonic() + 60
    while not any('"ok":true' in path.read_text("utf-8") for path in (cli.home / "runs").glob("slow-*.jsonl")):
        assert run.poll() is None and time.monotonic() < end
        time.sleep(0.02)  # noqa: TID251 - another process works meanwhile
    run.send_signal(signal.SIGINT)
    out, err = run.communicate(timeout=60)
    found = document(out, run.returncode, "run")
    assert (run.returncode, found["state"]) == (130, "interrupted")
    assert [each["name"] for each in found["live"]] == ["one"]
    assert "Traceback" not in err and "{" not in err
    assert cli("cleanup", "slow").exit_code == 0


def test_ctrl_c_in_a_command_that_has_no_events_is_a_document_too(cli: Cli, lab: Write) -> None:
    cli("day", str(lab(quick(), "quick.yaml")), "run")

    class Interrupted:
        def __init__(self, aws: Any) -> None:
            """Every call is met by Ctrl-C."""

        def call(self, service: str, operation: str, params: Any) -> Any:
            raise KeyboardInterrupt

    found = asked(cli, "error", "cleanup", "quick", through=Interrupted)
    assert found["exit_code"] == 130
