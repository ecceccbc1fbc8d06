"""Functions that misbehave: each harms itself, and neither the server nor the next invocation."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from labcli.local.life import Endpoint
from tests.local.conftest import alive, ensure, linux, posix, stop, until
from tests.local.functions.calls import Lambdas

FORGED = '{"status": "ok", "result": "forged"}'


@pytest.fixture(scope="module")
def lambdas(endpoint: Endpoint) -> Iterator[Lambdas]:
    made = Lambdas(endpoint)
    yield made
    made.close()


def memory(pid: int) -> int:
    """The resident memory of a process, in MB."""
    lines = Path(f"/proc/{pid}/status").read_text("utf-8").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) // 1024


@pytest.mark.parametrize(
    "body",
    [
        f"print('''{FORGED}''')",
        f"os.write(1, b'''{FORGED}\\n''')",
        f"subprocess.run([sys.executable, '-c', '''print('{FORGED}')'''])",
        f"sys.__stdout__.write('''{FORGED}\\n''')",
        "sys.stdout.close()",
        "sys.stdout.close(); sys.stderr.close(); os.close(1); os.close(2)",
        "sys.stdout = sys.stderr = None",
        "os.write(2, b'\\xff\\xfe not utf-8 \\x00\\n')",
        "sys.stdin.read(); os.read(0, 1)",
        "sys.setrecursionlimit(50)",
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)",
        "os.chdir('/')",
        "os.environ.clear()",
        "os.fork() or None",
        "threading.Thread(target=lambda: [print('noise') for _ in range(10000)]).start()",
        "logging.warning('a warning')",
    ],
)
def test_the_answer_is_the_handlers(lambdas: Lambdas, body: str) -> None:
    imports = "import logging, os, signal, subprocess, sys, threading\n"
    name = lambdas.function(f"{imports}def handler(event, context):\n    {body}\n    return event\n", Timeout=10)
    for number in range(3):
        assert lambdas.invoke(name, number).value == number


@posix
def test_a_child_does_not_hide_that_its_parent_is_gone(lambdas: Lambdas) -> None:
    code = "import os, time\ndef handler(event, context):\n    if os.fork(): os._exit(5)\n    time.sleep(600)\n"
    answer = lambdas.invoke(lambdas.function(code, Timeout=15))
    assert answer.error == "Runtime.ExitError"
    assert answer.value["errorMessage"].endswith("exit status 5")


def test_what_a_child_prints_is_in_the_log(lambdas: Lambdas) -> None:
    code = "import subprocess, os\ndef handler(e, c):\n    subprocess.run(['echo', 'from a child'])\n"
    log = lambdas.invoke(lambdas.function(code + "    os.write(1, b'by hand')\n")).log
    assert "from a child\nby hand\nEND" in log


def test_recursion_without_end(lambdas: Lambdas) -> None:
    name = lambdas.function("def handler(event, context): return handler(event, context)\n")
    for _ in range(2):
        assert lambdas.invoke(name).error == "RecursionError"


@linux
def test_megabytes_of_output_cost_the_server_nothing(lambdas: Lambdas) -> None:
    code = "import os\ndef handler(event, context):\n    print('the first line')\n"
    code += "    for _ in range(event):\n        os.write(1, b'x' * 1048576)\n        os.write(2, b'y\\n' * 500)\n"
    name = lambdas.function(code + "    print('the last line')\n    return 'done'\n", Timeout=60)
    assert lambdas.invoke(name, 1).value == "done"
    before = memory(lambdas.endpoint.pid)
    answer = lambdas.invoke(name, 100)
    assert answer.value == "done"
    assert "the last line\nEND" in answer.log
    assert memory(lambdas.endpoint.pid) < before + 20
    printed = lambdas.printed(name)
    assert "the first line" in printed
    assert any("labcli left out" in line for line in printed)
    assert sum(map(len, printed)) < 1024 * 1024


def test_a_log_that_only_grows_is_bounded(lambdas: Lambdas) -> None:
    name = lambdas.function("def handler(event, context): print('x' * 200000)\n")
    for _ in range(40):
        lambdas.invoke(name)
    assert sum(map(len, lambdas.printed(name))) < 5 * 1024 * 1024
    assert lambdas.invoke(name).value is None


def test_a_module_that_never_ends_importing(lambdas: Lambdas) -> None:
    answer = lambdas.invoke(lambdas.function("while True: pass", Timeout=1))
    assert answer.error == "Sandbox.Timedout"


def test_a_module_that_reads_its_standard_input(lambdas: Lambdas) -> None:
    assert lambdas.invoke(lambdas.function("input()")).error == "EOFError"


STARTS = """
import os, subprocess, sys
def handler(event, context):
    loop = [sys.executable, "-c", "import time; time.sleep(600)"]
    pids = [subprocess.Popen(loop, start_new_session=new).pid for new in (False, True)]
    pid = os.fork()
    if not pid:
        import time
        time.sleep(600)
    if event == "hang":
        import time
        print(*pids, pid)
        time.sleep(600)
    return [*pids, pid, os.getpid()]
"""


@linux
def test_no_child_outlives_its_function_or_the_server(home: Path) -> None:
    lambdas = Lambdas(ensure(home))
    name = lambdas.function(STARTS, Timeout=2)
    hung = lambdas.invoke(name, "hang")
    assert hung.error == "Sandbox.Timedout"
    printed = next(line for line in hung.log.splitlines() if line and all(word.isdecimal() for word in line.split()))
    until(lambda: not any(alive(int(word)) for word in printed.split()), "the end of what the hung one started")
    pids = lambdas.invoke(name).value
    assert all(alive(pid) for pid in pids)
    lambdas.close()
    stop(home)
    assert [pid for pid in pids if alive(pid)] == []


@linux
def test_no_child_in_the_functions_group_outlives_a_killed_server(home: Path) -> None:
    endpoint = ensure(home)
    lambdas = Lambdas(endpoint)
    name = lambdas.function(STARTS.replace("(False, True)", "(False,)"))
    pids = lambdas.invoke(name).value
    lambdas.close()
    os.kill(endpoint.pid, 9)
    until(lambda: not any(alive(pid) for pid in pids), "their end")
