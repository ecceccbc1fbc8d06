"""Our corrections against the engine that is installed: whatever has moved in it is named, and nothing half done."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from labcli.local.functions import worker
from labcli.local.life import Endpoint

PROBE = """
import json, sys
from importlib import import_module
from labcli.local.functions import logs
from labcli.local.engine import load
room = import_module(f"labcli.local.{sys.argv[1]}")
module, name = sys.argv[2:]
clock = lambda: 0.0
arguments = {"functions.run": [logs.Logs(load("services.cloudwatch_logs"), clock)], "functions.later": [clock]}
arguments |= {"functions.queues": [clock], "sns.topics": [clock]}
target = load(module)
delattr(target, name)
before = dict(vars(target))
moved = room.correct(*arguments.get(sys.argv[1], []))
json.dump([moved, dict(vars(target)) == before], sys.stdout)
"""


def test_nothing_has_moved(endpoint: Endpoint) -> None:
    assert endpoint.broken == ()


@pytest.mark.parametrize(
    ("room", "module", "name"),
    [
        ("iam", "core.iam_evaluator", "_gather_role_policies"),
        ("functions.logs", "services.cloudwatch_logs", "_append_log_events"),
        ("functions.worker", "core.lambda_runtime", "acquire_worker"),
        ("functions.run", "services.lambda_svc", "_execute_function_dispatch"),
        ("functions.later", "services.lambda_svc", "_event_invoke_config"),
        ("functions.queues", "services.lambda_svc", "_run_sqs_batch"),
        ("functions.rules", "services.lambda_svc", "_update_config"),
        ("sns.topics", "services.sns", "_fanout"),
    ],
)
def test_a_name_that_has_moved_is_named_and_its_room_left_out(
    room: str, module: str, name: str, tmp_path: Path
) -> None:
    command = [sys.executable, "-c", PROBE, room, module, name]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, timeout=60, check=True)
    assert json.loads(done.stdout) == [[f"{module}.{name}"], True]


def test_an_anchor_that_has_moved_is_named() -> None:
    script = "".join(f"{anchor}\n" for anchor in list(worker._ANCHORS)[1:])
    _, moved = worker._script(script)
    assert moved[0] == "_real_stdout = sys.stdout"
