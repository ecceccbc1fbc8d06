"""The life of the embedded AWS: one server per state folder, whose state outlives it, and which outstays nobody."""

from __future__ import annotations

import io
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from labcli.errors import ExitCode, LabcliError, TargetError
from labcli.local import life
from labcli.local.hello import ask
from labcli.local.watch import Activity

from .conftest import WORLD, alive, client, ensure, linux, posix, stop, until
from .requests import sign, unsigned

OFTEN = ("--every", "0.1")


def queues(endpoint: life.Endpoint) -> list[str]:
    sqs = client(endpoint)
    try:
        return [url.rpartition("/")[2] for url in sqs.list_queues().get("QueueUrls", [])]
    finally:
        sqs.close()


def fill(endpoint: life.Endpoint, name: str = "orders", body: str = "one order") -> None:
    sqs = client(endpoint)
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody=body)
    sqs.close()


def bodies(endpoint: life.Endpoint, name: str = "orders") -> list[str]:
    sqs = client(endpoint)
    url = sqs.get_queue_url(QueueName=name)["QueueUrl"]
    found = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=0).get("Messages", [])
    sqs.close()
    return [message["Body"] for message in found]


def saved(home: Path, text: str) -> bool:
    path = home / "local" / "state" / "snapshot.json"
    return path.exists() and text in path.read_text()


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
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == pid:
            found.add(int(path.parent.name))
    return found


def test_a_second_ensure_finds_the_first_ones_server(home: Path) -> None:
    first, second = ensure(home), ensure(home)
    assert first.started and not second.started
    assert (first.pid, first.incarnation, first.url) == (second.pid, second.incarnation, second.url)
    assert life.find(home) == second


def test_looking_starts_nothing(home: Path) -> None:
    assert life.find(home) is None
    assert not (home / "local").exists()
    drawn = life.keys(home)
    assert life.find(home) is None and stop(home) is False
    assert life.keys(home) == drawn
    assert drawn.secret_key not in repr(drawn)


def test_two_commands_that_start_it_at_once_share_one_server(home: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from labcli.context import Context; from labcli.local import life;"
        "w = Context(); e = life.ensure(Path(sys.argv[1]), w.sleep, w.monotonic); print(e.pid, e.started, e.url)"
    )
    racing = [
        subprocess.Popen([sys.executable, "-c", code, str(home)], stdout=subprocess.PIPE, text=True) for _ in range(4)
    ]
    said = [process.communicate()[0].split() for process in racing]
    assert len({(pid, url) for pid, _, url in said}) == 1
    assert [started for _, started, _ in said].count("True") == 1


@posix
def test_a_kill_loses_seconds_not_the_state(home: Path) -> None:
    first = ensure(home, *OFTEN)
    fill(first)
    until(lambda: saved(home, "one order"), "a snapshot with the message")
    os.kill(first.pid, signal.SIGKILL)
    until(lambda: not alive(first.pid), "its end")
    second = ensure(home)
    assert second.started and second.incarnation != first.incarnation and second.url == first.url
    assert bodies(second) == ["one order"]


def test_what_it_held_is_there_after_stop_and_start(home: Path) -> None:
    first = ensure(home)
    fill(first)
    assert stop(home) is True
    assert not alive(first.pid) and life.find(home) is None
    assert not (home / "local" / "server.json").exists()
    second = ensure(home)
    assert bodies(second) == ["one order"]
    assert (second.account, second.access_key) == (first.account, first.access_key)


@posix
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_polite_signal_saves(home: Path, number: int) -> None:
    first = ensure(home, "--every", "3600")
    fill(first)
    os.kill(first.pid, number)
    until(lambda: not alive(first.pid), "its end")
    assert saved(home, "one order")


def test_reset_forgets_everything_but_the_keys(home: Path) -> None:
    first = ensure(home)
    fill(first)
    life.reset(home, WORLD.sleep, WORLD.monotonic)
    second = life.find(home)
    assert second is not None, "what ran, runs again"
    assert second.incarnation != first.incarnation
    assert (second.url, second.secret_key, second.account) == (first.url, first.secret_key, first.account)
    assert queues(second) == []


def test_reset_of_a_stopped_one_starts_nothing(home: Path) -> None:
    fill(ensure(home))
    stop(home)
    life.reset(home, WORLD.sleep, WORLD.monotonic)
    assert life.find(home) is None
    assert queues(ensure(home)) == []


def test_a_stranger_on_the_port_is_named_with_a_remedy(home: Path) -> None:
    drawn = life.keys(home)
    with socket.create_server(("127.0.0.1", drawn.port)) as stranger:
        stranger.settimeout(0.1)
        assert_taken(home, drawn.port, lambda: _serve(stranger, b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"))


def test_a_stranger_that_copies_our_answers_is_still_a_stranger(home: Path) -> None:
    drawn = life.keys(home)
    body = b'{"pid": 1, "incarnation": "x", "version": "1"}'
    head = b"HTTP/1.1 200 OK\r\nX-Labcli-Proof: " + b"0" * 64 + b"\r\nContent-Length: %d\r\n\r\n" % len(body)
    with socket.create_server(("127.0.0.1", drawn.port)) as stranger:
        assert_taken(home, drawn.port, lambda: _serve(stranger, head + body))


def test_a_port_that_is_only_reserved_is_taken_too(home: Path) -> None:
    drawn = life.keys(home)
    with socket.socket() as stranger:
        stranger.bind(("127.0.0.1", drawn.port))
        with pytest.raises(TargetError) as refused:
            ensure(home)
    assert f"taken port {drawn.port}" in refused.value.message


def assert_taken(home: Path, port: int, serve: Any) -> None:
    import threading

    for attempt in (lambda: life.find(home), lambda: ensure(home), lambda: stop(home)):
        serving = threading.Thread(target=serve)
        serving.start()
        with pytest.raises(TargetError) as refused:
            attempt()
        serving.join()
        assert refused.value.exit_code == ExitCode.TARGET
        assert f"port {port}" in refused.value.message and "keys.json" in refused.value.hint


def _serve(listener: socket.socket, answer: bytes) -> None:
    listener.settimeout(20)
    connection, _ = listener.accept()
    with connection:
        connection.recv(65_536)
        connection.sendall(answer)


@posix
def test_it_ends_when_its_folder_vanishes_and_does_not_bring_it_back(home: Path) -> None:
    endpoint = ensure(home, *OFTEN)
    fill(endpoint)
    shutil.rmtree(home)
    until(lambda: not alive(endpoint.pid), "its end")
    assert not home.exists()


@posix
def test_it_ends_when_its_keys_are_exchanged(home: Path) -> None:
    endpoint = ensure(home, *OFTEN)
    (home / "local" / "keys.json").rename(home / "local" / "old.json")
    life.keys(home)
    until(lambda: not alive(endpoint.pid), "its end")


def test_it_ends_when_nobody_needs_it_with_its_state_saved(home: Path) -> None:
    endpoint = ensure(home, "--idle", "0.3", "--idle-outside", "0.3", *OFTEN)
    fill(endpoint)
    until(lambda: not alive(endpoint.pid), "its end")
    assert saved(home, "one order")


def test_an_outside_client_keeps_it_longer_and_a_request_under_way_as_long_as_it_takes() -> None:
    now = [0.0]
    activity = Activity(lambda: now[0], idle=60, idle_outside=600)
    now[0] = 59
    activity.touch()
    now[0] = 100
    assert not activity.over
    activity.touch(outside=True)
    activity.touch()
    now[0] = 699
    assert not activity.over
    activity.under_way = 1
    now[0] = 10_000
    assert not activity.over
    activity.under_way = 0
    assert activity.over


@pytest.mark.parametrize(
    "content",
    [
        b"{",
        b"[]",
        b"\xff\xfe",
        b"null",
        b'{"labcli": 99, "services": {}}',
        b'{"labcli": 1, "ministack": "0.0.1", "account": "ACCOUNT", "services": {}}',
        b'{"labcli": 1, "ministack": "1.5.33", "account": "999999999999", "services": {}}',
        b'{"labcli": 1, "ministack": "1.5.33", "account": "ACCOUNT", "services": {"sqs": "[1]"}}',
        b'{"labcli": 1, "ministack": "1.5.33", "account": "ACCOUNT", "services": {"nothing": "{}"}}',
        b'{"labcli": 1, "ministack": "1.5.33", "account": "ACCOUNT"}',
        b"[" * 100_000,
    ],
)
def test_a_state_that_does_not_load_is_kept_aside_and_said(home: Path, content: bytes) -> None:
    drawn = life.keys(home)
    state = home / "local" / "state"
    state.mkdir()
    content = content.replace(b"ACCOUNT", drawn.account.encode())
    (state / "snapshot.json").write_bytes(content)
    endpoint = ensure(home)
    hello = ask(drawn)
    assert hello is not None and hello.set_aside
    assert (Path(hello.set_aside) / "snapshot.json").read_bytes() == content
    assert json.loads((home / "local" / "server.json").read_text())["set_aside"] == hello.set_aside
    assert queues(endpoint) == []
    fill(endpoint)
    stop(home)
    assert bodies(ensure(home)) == ["one order"], "and from here on it saves again"


def test_nothing_is_set_aside_otherwise(home: Path) -> None:
    fill(ensure(home))
    stop(home)
    ensure(home)
    hello = ask(life.keys(home))
    assert hello is not None and (hello.set_aside, hello.broken) == ("", ())
    assert (home / "local" / "server.log").read_text() == ""


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


def test_a_consumer_that_waits_does_not_keep_it_from_stopping(home: Path) -> None:
    endpoint = ensure(home)
    fill(endpoint, "empty")
    body = json.dumps({"QueueUrl": f"{endpoint.url}/{endpoint.account}/empty", "WaitTimeSeconds": 20}).encode()
    bodies(endpoint, "empty")
    sqs = client(endpoint)
    sqs.purge_queue(QueueUrl=f"{endpoint.url}/{endpoint.account}/empty")
    sqs.close()
    with socket.create_connection(("127.0.0.1", int(endpoint.url.rpartition(":")[2]))) as waiting:
        waiting.sendall(sign(unsigned(endpoint, body, "ReceiveMessage"), endpoint).bytes())
        until(lambda: under_way(home) == 1, "a waiting receive")
        assert stop(home) is True
    assert not alive(endpoint.pid)


def under_way(home: Path) -> int:
    hello = ask(life.keys(home))
    return 0 if hello is None else hello.under_way


def test_a_port_that_does_not_answer_is_said_to_be_silent(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = life.keys(home)
    monkeypatch.setattr(life, "ask", lambda keys: ask(keys, timeout=0.2))
    with socket.create_server(("127.0.0.1", drawn.port)), pytest.raises(TargetError) as refused:
        ensure(home)
    assert "does not answer" in refused.value.message and refused.value.exit_code == ExitCode.TARGET


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
        for line in Path(f"/proc/{endpoint.pid}/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if f"socket:[{fields[9]}]" in sockets and (table[:3] == "udp" or fields[3] == "0A"):
                local.add(fields[1])
    port = int(endpoint.url.rpartition(":")[2])
    assert local == {f"0100007F:{port:04X}"}


def test_a_server_that_cannot_come_up_says_where_its_log_is(home: Path) -> None:
    life.keys(home)
    with pytest.raises(TargetError) as failed:
        ensure(home, "--no-such-option")
    assert failed.value.exit_code == ExitCode.TARGET
    assert "no-such-option" in failed.value.message and "server.log" in failed.value.hint


def test_its_log_is_bounded(home: Path) -> None:
    life.keys(home)
    log = home / "local" / "server.log"
    log.write_bytes(b"x" * 2_000_000 + b"the last words")
    ensure(home, *OFTEN)
    until(lambda: log.stat().st_size < 1_000_000, "a shorter log")
    assert log.read_bytes().endswith(b"the last words")


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"port": "x"}', "\0", '{"access_key": 1, "port": 25000}'])
def test_a_broken_key_file_is_named_with_a_remedy(home: Path, content: str) -> None:
    (home / "local").mkdir(parents=True)
    path = home / "local" / "keys.json"
    path.write_text(content)
    for attempt in (life.keys, life.find, ensure):
        with pytest.raises(LabcliError) as broken:
            attempt(home)
        assert str(path) in broken.value.message and str(path) in broken.value.hint
        assert broken.value.exit_code == ExitCode.TARGET
    assert path.read_text() == content


@posix
def test_keys_and_folder_are_for_the_user_alone(home: Path) -> None:
    life.keys(home)
    assert (home / "local").stat().st_mode & 0o777 == 0o700
    assert (home / "local" / "keys.json").stat().st_mode & 0o777 == 0o600


def test_two_commands_that_draw_keys_at_once_draw_the_same(home: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from labcli.local import life; print(life.keys(Path(sys.argv[1])).url)"
    )
    racing = [
        subprocess.Popen([sys.executable, "-c", code, str(home)], stdout=subprocess.PIPE, text=True) for _ in range(6)
    ]
    assert len({process.communicate()[0] for process in racing}) == 1


@posix
def test_a_state_folder_that_is_a_link_is_refused(home: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    home.symlink_to(tmp_path / "elsewhere")
    assert_refused(home, "symbolic link")
    home.unlink()
    home.mkdir()
    (home / "local").symlink_to(tmp_path / "elsewhere")
    assert_refused(home, "symbolic link")
    assert list((tmp_path / "elsewhere").iterdir()) == []


@posix
def test_a_state_folder_that_everybody_may_write_to_is_refused(home: Path) -> None:
    home.mkdir()
    home.chmod(0o777)
    assert_refused(home, "everybody")


def test_a_state_folder_that_is_a_file_is_refused(home: Path) -> None:
    home.write_text("")
    assert_refused(home, "not a folder")


def test_a_state_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(TargetError) as refused:
        life.keys(tmp_path / "file" / "home")
    assert "LABCLI_HOME" in refused.value.hint


def assert_refused(home: Path, why: str) -> None:
    for attempt in (life.keys, ensure):
        with pytest.raises(TargetError) as refused:
            attempt(home)
        assert why in refused.value.message and "LABCLI_HOME" in refused.value.hint


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
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    )
    assert loaded & heavy == set()
