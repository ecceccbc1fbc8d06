"""The server process: what it sees, where it listens, what it leaves behind."""

from __future__ import annotations

import asyncio
import io
import json
import os
import signal
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any, cast

import pytest

from labcli.errors import TargetError
from labcli.local import life
from labcli.local.door.hello import ask
from labcli.local.process.folder import Folder
from labcli.local.process.store import Store
from labcli.local.process.watch import Activity, Watch
from tests.local.conftest import WORLD, alive, bodies, client, ensure, fill, linux, posix, stop, until


def function(endpoint: life.Endpoint, code: str) -> Any:
    """What a Lambda function with this code answers."""
    zipped = io.BytesIO()
    with zipfile.ZipFile(zipped, "w") as archive:
        archive.writestr("f.py", code)
    iam, functions = client(endpoint, "iam"), client(endpoint, "lambda")
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    role = iam.create_role(RoleName="r", AssumeRolePolicyDocument=policy)["Role"]["Arn"]
    given = {"Runtime": "python3.12", "Handler": "f.handler", "Role": role, "Code": {"ZipFile": zipped.getvalue()}}
    functions.create_function(FunctionName="f", **given)
    functions.get_waiter("function_active_v2").wait(FunctionName="f", WaiterConfig={"Delay": 0.1})
    answer = json.loads(functions.invoke(FunctionName="f")["Payload"].read())
    iam.close()
    functions.close()
    return answer


def children(pid: int) -> set[int]:
    found = set()
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text("utf-8").rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == pid:
            found.add(int(path.parent.name))
    return found


@linux
def test_no_process_is_left_behind(home: Path) -> None:
    endpoint = ensure(home)
    assert function(endpoint, "def handler(event, context): return 1") == 1
    workers = children(endpoint.pid)
    assert workers, "a function runs in a process of its own"
    stop(home)
    assert [pid for pid in (endpoint.pid, *workers) if alive(pid)] == []


@linux
def test_no_function_outlives_a_killed_server(home: Path) -> None:
    endpoint = ensure(home)
    function(endpoint, "def handler(event, context): return 1")
    workers = children(endpoint.pid)
    os.kill(endpoint.pid, signal.SIGKILL)
    until(lambda: not any(alive(pid) for pid in (endpoint.pid, *workers)), "their end")


@linux
def test_neither_the_server_nor_a_function_sees_the_users_environment(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAUSERSOWNKEY00000")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "the-users-own-secret")
    monkeypatch.setenv("AWS_PROFILE", "the-users-own-profile")
    monkeypatch.setenv("GITHUB_TOKEN", "the-users-own-token")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("LABCLI_HOME", "/the-users-own-home")
    endpoint = ensure(home)
    monkeypatch.undo()  # what this test itself calls shall not use them either
    environ = Path(f"/proc/{endpoint.pid}/environ").read_bytes().decode()
    for variable in ("AWS_", "GITHUB", "PROXY", "proxy", "users-own"):
        assert variable not in environ
    seen = function(endpoint, "import os\ndef handler(event, context): return dict(os.environ)")
    text = json.dumps(seen)
    for secret in ("AKIAUSERSOWNKEY", "users-own", "GITHUB", "roxy", endpoint.secret_key, endpoint.access_key):
        assert secret not in text
    assert seen["AWS_ACCESS_KEY_ID"].startswith("ASIA")
    assert seen["HOME"].startswith(str(home))


@linux
def test_it_listens_on_loopback_and_nowhere_else(home: Path) -> None:
    endpoint = ensure(home)
    sockets = {str(path.readlink()) for path in Path(f"/proc/{endpoint.pid}/fd").iterdir() if path.is_symlink()}
    local: set[str] = set()
    for table in ("tcp", "tcp6", "udp", "udp6"):
        for line in Path(f"/proc/{endpoint.pid}/net/{table}").read_text("utf-8").splitlines()[1:]:
            fields = line.split()
            if f"socket:[{fields[9]}]" in sockets and (table[:3] == "udp" or fields[3] == "0A"):
                local.add(fields[1])
    port = int(endpoint.url.rpartition(":")[2])
    assert local == {f"0100007F:{port:04X}"}


def test_importing_it_costs_a_command_nothing() -> None:
    heavy = {
        "ministack",
        "botocore",
        "boto3",
        "asyncio",
        "hypercorn",
        "http.client",
        "filelock",
        "subprocess",
        "socket",
    }
    code = "import sys; before = set(sys.modules); import labcli.local.life; print(*set(sys.modules) - before)"
    loaded = set(
        subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=True).stdout.split()
    )
    assert loaded & heavy == set()


@posix
def test_a_name_that_moved_in_the_engine_is_named_and_the_rest_still_serves(home: Path) -> None:
    life.keys(home)
    code = (
        "import sys; from labcli.local import server; from labcli.local.__main__ import main\n"
        "class Engine(server.Engine):\n"
        "    def __post_init__(self):\n"  # by then the environment is in place
        "        from ministack.core import persistence; from ministack.services import sqs\n"
        "        del persistence._json_default, sqs._HANDLERS['PurgeQueue']\n"
        "        super().__post_init__()\n"
        "server.Engine = Engine; sys.exit(main())"
    )
    log = (home / "local" / "server.log").open("ab")
    with log:
        subprocess.run([sys.executable, "-c", code, str(home)], check=True, stderr=log)
    hello = until(lambda: ask(life.keys(home)), "the server")
    assert hello.broken == ("core.persistence._json_default", "services.sqs._HANDLERS[PurgeQueue]")
    said = (home / "local" / "server.log").read_text("utf-8")
    assert "core.persistence._json_default" in said
    assert "the corrections of sqs are left out, these moved: services.sqs._HANDLERS[PurgeQueue]" in said
    endpoint = ensure(home)
    assert not endpoint.started
    fill(endpoint)
    assert bodies(endpoint) == ["one order"]
    with pytest.raises(TargetError) as refused:
        stop(home)
    assert "core.persistence._json_default" in refused.value.message, "what cannot be saved is not called saved"
    assert endpoint.broken == hello.broken
    os.kill(endpoint.pid, signal.SIGTERM)
    until(lambda: not alive(endpoint.pid), "its end")


def test_a_state_that_cannot_be_saved_now_is_tried_again_and_ends_nothing(tmp_path: Path) -> None:
    class Full:
        """A store on a full disk."""

        written: str = ""

        def changed(self) -> bytes:
            return b"x"

        def write(self, snapshot: bytes) -> None:
            raise OSError(28, "No space left on device")

    activity = Activity(WORLD.monotonic, idle=60, idle_outside=60)
    watch = Watch(Folder(tmp_path), cast(Store, Full()), activity, every=0.01)
    asyncio.run(watch.save())
    assert activity.changed
