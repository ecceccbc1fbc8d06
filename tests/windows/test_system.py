"""What is Windows' own: consoles, code pages, processes and jobs, interrupts, paths, a reader who goes."""

from __future__ import annotations

import ctypes
import io
import json
import os
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.windows.conftest import REPO, Learner

SLOW = "lab: slow\ntitle: Slow\nsteps:\n- title: Wait\n  wait: 50s\n"
PARENT = """
import os, subprocess, sys, time

def handler(event, context):
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    with open(event["told"], "w") as told:
        told.write(f"{os.getpid()} {child.pid}")
    time.sleep(event.get("seconds", 600))
"""
BREAK = """
import signal, subprocess, sys, time
from pathlib import Path

run = subprocess.Popen(sys.argv[2:], stdout=subprocess.DEVNULL, creationflags=subprocess.CREATE_NEW_PROCESS_GROUP)
while run.poll() is None and not any(Path(sys.argv[1]).rglob("*.jsonl")):
    time.sleep(0.1)
run.send_signal(signal.CTRL_BREAK_EVENT)
print(run.wait(120))
"""
"""Runs a command in a console that nobody sees, and presses Ctrl-Break there when its run has begun."""
TRUST = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}


def until(done: Callable[[], Any], what: str, seconds: float = 60) -> Any:
    """What ``done`` gives, once it gives something."""
    end = time.monotonic() + seconds
    while not (found := done()):
        assert time.monotonic() < end, f"waited for {what}"
        time.sleep(0.1)  # noqa: TID251
    return found


def lives(pid: int) -> bool:
    """Whether a process has not ended."""
    kernel: Any = getattr(ctypes, "windll").kernel32  # noqa: B009  mypy knows it on Windows only
    handle = kernel.OpenProcess(0x00100000, False, pid)
    if not handle:
        return False
    waiting = kernel.WaitForSingleObject(handle, 0) == 0x102
    kernel.CloseHandle(handle)
    return bool(waiting)


def kill(pid: int) -> None:
    """As the Task Manager does."""
    os.kill(pid, signal.SIGTERM)


def a_function_at_work(learner: Learner, told: Path) -> list[int]:
    """The processes of a function that hangs: its own, and one that it has started."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("f.py", PARENT)
    iam, functions = learner.client("iam"), learner.client("lambda")
    trust = json.dumps({"Statement": [TRUST]})
    role = iam.create_role(RoleName=f"r{told.stem}", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    functions.create_function(
        FunctionName=told.stem, Role=role, Runtime="python3.12", Handler="f.handler", Timeout=900,
        Code={"ZipFile": packed.getvalue()},
    )  # fmt: skip
    functions.get_waiter("function_active_v2").wait(FunctionName=told.stem, WaiterConfig={"Delay": 1})
    event = json.dumps({"told": str(told)})
    functions.invoke(FunctionName=told.stem, InvocationType="Event", Payload=event)
    text = until(lambda: told.exists() and told.read_text("utf-8"), "the function's word")
    found = [int(pid) for pid in text.split()]
    assert all(lives(pid) for pid in found)
    return found


def server(learner: Learner) -> int:
    learner.runs("local", "start")
    return int(json.loads(learner.runs("local", "status", "--output", "json"))["pid"])


def test_a_killed_server_leaves_no_process_and_the_next_command_starts_another(learner: Learner) -> None:
    pid = server(learner)
    functions = a_function_at_work(learner, learner.folder / "killed.txt")
    kill(pid)
    until(lambda: not any(lives(each) for each in (pid, *functions)), "the end of them all")
    assert server(learner) != pid


def test_a_server_that_stops_ends_functions_with_all_they_started(learner: Learner) -> None:
    pid = server(learner)
    functions = a_function_at_work(learner, learner.folder / "stopped.txt")
    assert "Stopped" in learner.runs("local", "stop")
    until(lambda: not any(lives(each) for each in (pid, *functions)), "the end of them all")


def test_a_function_that_is_deleted_ends_with_all_it_started(learner: Learner) -> None:
    server(learner)
    functions = a_function_at_work(learner, learner.folder / "deleted.txt")
    kill(functions[0])
    until(lambda: not any(lives(each) for each in functions), "the end of its child")


def test_local_from_start_to_reset(learner: Learner) -> None:
    learner.runs("local", "start")
    learner.client("sqs").create_queue(QueueName="mine")
    assert "answers at http://127.0.0.1:" in learner.runs("local", "status")
    learner.runs("local", "stop")
    assert "does not run" in learner.runs("local", "status")
    assert len(learner.client("sqs").list_queues()["QueueUrls"]) == 1
    learner.runs("local", "reset", "--yes")
    assert learner.client("sqs").list_queues().get("QueueUrls", []) == []


def batch(learner: Learner, *lines: str) -> subprocess.CompletedProcess[str]:
    """What cmd makes of these lines."""
    (learner.folder / "it.bat").write_text("\r\n".join(["@echo off", *lines]), "ascii", newline="")
    return subprocess.run(
        ["cmd", "/c", "it.bat"], cwd=learner.folder, env=learner.environment(), capture_output=True,
        encoding="utf-8", errors="replace", stdin=subprocess.DEVNULL, timeout=240, check=False,
    )  # fmt: skip


def test_local_env_as_cmd_evaluates_it(learner: Learner) -> None:
    inside = {**learner.environment(), "LABCLI_ENV": "1", "PYTHONIOENCODING": "utf-8"}
    lines = learner.runs("local", "env", "--shell", "cmd")
    (learner.folder / "enter.bat").write_text(lines, "ascii", newline="\r\n")
    lines = learner.runs("local", "env", "--shell", "cmd", "--unset", env=inside)
    (learner.folder / "leave.bat").write_text(lines, "ascii", newline="\r\n")
    shown = "echo %AWS_ENDPOINT_URL% %AWS_DISABLE_HOST_PREFIX_INJECTION%."
    done = batch(learner, "call enter.bat", shown, "call leave.bat", shown)
    before, after = done.stdout.splitlines()
    assert before.startswith("http://127.0.0.1:") and before.endswith(" true.")
    assert after.strip() == "."


def test_cmd_is_known_from_its_place_above(learner: Learner) -> None:
    labcli = subprocess.list2cmdline(learner.command("local", "env"))
    done = batch(learner, f"for /f \"delims=\" %%i in ('{labcli}') do echo %%i")
    assert "For cmd: your shell is cmd. For another: --shell " in done.stderr
    assert 'set "AWS_ENDPOINT_URL=http://127.0.0.1:' in done.stdout


@pytest.mark.parametrize("encoding", ["cp437", "cp1252", "cp65001", "utf-8"])
def test_every_code_page(learner: Learner, encoding: str) -> None:
    done = learner(
        "day", "mon", env={**learner.environment(), "PYTHONIOENCODING": encoding}, encoding=None, errors=None
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.decode(encoding)  # type: ignore[attr-defined]


def test_without_a_console(learner: Learner) -> None:
    learner.runs("status", creationflags=getattr(subprocess, "DETACHED_PROCESS", 0))


def test_a_reader_who_goes_ends_the_printing_without_a_word(learner: Learner) -> None:
    for arguments in (("day", "mon"), ("--help",), ("day", "mon", "plan", "--output", "json")):
        process = subprocess.Popen(
            learner.command(*arguments), cwd=learner.folder, env=learner.environment(), stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        assert process.stdout is not None and process.stderr is not None
        process.stdout.close()
        said = process.stderr.read()
        process.stderr.close()
        assert (process.wait(120), said) == (0, b""), arguments


def test_ctrl_break_ends_a_run_and_says_what_is_live(learner: Learner) -> None:
    lab = learner.folder / "slow.yaml"
    lab.write_text(SLOW, "utf-8")
    command = [sys.executable, "-c", BREAK, str(learner.home / "runs"), *learner.command("day", str(lab), "run")]
    done = subprocess.run(
        command, cwd=learner.folder, env=learner.environment(), stdin=subprocess.DEVNULL, capture_output=True,
        encoding="utf-8", errors="replace", timeout=240, check=False,
        creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
    )  # fmt: skip
    assert done.stdout.strip() == "130", done.stderr
    assert "interrupted" in done.stderr


def test_a_lab_with_the_line_ends_of_windows_and_a_folder_that_is_none(learner: Learner) -> None:
    text = (REPO / "labs" / "week10" / "mon.yaml").read_text("utf-8")
    lab = learner.folder / "bài học.yaml"
    lab.write_text(text.replace("lab: mon", "lab: crlf"), "utf-8", newline="\r\n")
    assert b"\r\n" in lab.read_bytes()
    assert "✔" in learner.runs("lab", "check", str(lab))
    assert "✔" in learner.runs("lab", "check", str(learner.folder))  # all labs in it
    refused = learner("day", str(learner.folder), "run")
    assert refused.returncode == 2
    assert "is a folder, not a lab file" in " ".join(refused.stderr.split())


def test_a_function_of_ones_own_from_a_drive(learner: Learner) -> None:
    mine = learner.folder / "của tôi.py"
    mine.write_text("def handler(event, context):\n    return 'mine'\n", "utf-8")
    assert mine.drive
    said = learner("day", "tue", "run", "--with", f"lab_notify={mine}", limit=400)
    assert said.returncode in (0, 1), said.stderr  # whether the lab's expectations hold is its own matter
    learner.runs("cleanup", "tue", "--yes")


def test_quiz_is_listed_where_nobody_can_be_asked(learner: Learner) -> None:
    assert "1" in learner.runs("day", "mon", "quiz")


def test_a_state_folder_far_down(learner: Learner) -> None:
    deep = learner.folder.joinpath(*["thư mục dài" for _ in range(5)])
    done = learner("doctor", env={**learner.environment(), "LABCLI_HOME": str(deep), "PYTHONIOENCODING": "utf-8"})
    assert done.returncode == 0, done.stdout
    learner("local", "stop", env={**learner.environment(), "LABCLI_HOME": str(deep)})


def test_this_is_windows() -> None:
    assert sys.platform == "win32"
