"""What every test stands on: a world of its own. No test reaches HOME, real credentials or any host but this."""

from __future__ import annotations

import io
import os
import shutil
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from botocore.loaders import JSONFileLoader

from labcli.cli.main import run
from labcli.context import Context
from labcli.local import life
from tests.look import Look

REPO = Path(__file__).resolve().parent.parent
LABS = REPO / "labs"


def pytest_make_parametrize_id(val: object) -> str | None:
    """No id is longer than a line: pytest puts it into a variable, and Windows takes 32,767 characters."""
    if not isinstance(val, str | bytes) or len(val) <= 200:
        return None
    start = val[:80] if isinstance(val, str) else val[:80].decode("ascii", "backslashreplace")
    return f"{start}…{len(val)}"


SHARED = frozenset({"endpoint", "told"})
"""What is made once for the tests of a module, and takes a process."""


@pytest.hookimpl(tryfirst=True)  # before pytest-xdist reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests of a module that share a process share a worker: else each worker starts one. Groups begin first."""
    for item in items:
        if SHARED & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.xdist_group(item.location[0]))


@cache
def session() -> Any:
    """The boto3 session of all clients of a test run: one reads the models of a service once, not for each client."""
    import boto3

    return boto3.session.Session()


def _parsed_once(parse: Callable[[Any, str], Any]) -> Callable[[Any, str], Any]:
    """botocore's reader of a model, which parses each file once: every command on an account has its own session."""
    parsed: dict[str, Any] = {}

    def load_file(self: Any, file_path: str) -> Any:
        if "s3" in Path(file_path).parts:  # its clients change the model that they were given
            return parse(self, file_path)
        if parsed.get(file_path) is None:  # a file that is not there may come
            parsed[file_path] = parse(self, file_path)
        return parsed[file_path]

    return load_file


@pytest.fixture(scope="session", autouse=True)
def _guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """HOME is empty, no AWS settings are left, and a socket that leaves this machine cannot be opened."""
    empty = tmp_path_factory.mktemp("home")
    before = dict(os.environ)
    for name in list(os.environ):
        if name.startswith(("AWS_", "LABCLI_", "XDG_")) or name.lower().endswith("_proxy"):
            del os.environ[name]
    os.environ.update(HOME=str(empty), USERPROFILE=str(empty), LABCLI_HOME=str(empty / "unset"), LABCLI_SHELL="sh")
    os.environ.pop("CI", None)
    real = socket.socket.connect

    def only_loopback(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6) and address[0] not in ("127.0.0.1", "localhost", "::1"):
            raise AssertionError(f"a test tried to reach {address}")
        real(self, address)

    socket.socket.connect = only_loopback  # type: ignore[method-assign, assignment]
    parse = JSONFileLoader.load_file
    JSONFileLoader.load_file = _parsed_once(parse)
    yield
    JSONFileLoader.load_file = parse
    socket.socket.connect = real  # type: ignore[method-assign]
    os.environ.clear()
    os.environ.update(before)


@dataclass
class Result:
    """What a command said and how it ended."""

    exit_code: int
    out: str
    err: str

    @property
    def both(self) -> str:
        return self.out + self.err


@dataclass
class Cli:
    """The real command line, in this process: ``cli("day", "mon", "run")``."""

    home: Path
    env: dict[str, str] = field(default_factory=dict)

    def context(self, **changes: Any) -> Context:
        env = {
            "LABCLI_HOME": str(self.home),
            "PATH": os.environ.get("PATH", ""),
            "HOME": os.environ["HOME"],
            "LABCLI_SHELL": "sh",
            **self.env,
        }
        given: dict[str, Any] = {
            "stdin": io.StringIO(), "stdout": io.StringIO(), "stderr": io.StringIO(), "env": env, **changes,
        }  # fmt: skip
        return Context(**given)

    def __call__(self, *arguments: str, **changes: Any) -> Result:
        context = self.context(**changes)
        code = run(list(arguments), context)
        return Result(int(code), _text(context.stdout), _text(context.stderr))


def _text(stream: Any) -> str:
    return stream.getvalue() if isinstance(stream, io.StringIO) else ""


@pytest.fixture(scope="session")
def _worker_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    home = tmp_path_factory.mktemp("state") / "labcli"
    yield home
    life.stop(home, time.sleep, time.monotonic)  # noqa: TID251 - the end of the session is real


@pytest.fixture(scope="session")
def look(_worker_home: Path) -> Iterator[Look]:
    """What there is in the embedded AWS of ``home``."""
    found = Look(_worker_home)
    yield found
    found.close()


@pytest.fixture
def home(_worker_home: Path, look: Look) -> Iterator[Path]:
    """A state folder without ledgers, beside an embedded AWS that is empty (one process serves many tests).

    It starts anew, which takes a second, only after a test that left more than queues of runs, or that changed with
    ``boto`` what is none: what was deleted there had a name that another test may use, and SQS gives such a name again
    after a minute.
    """
    yield _worker_home
    for name in ("runs", "locks", "logs"):
        shutil.rmtree(_worker_home / name, ignore_errors=True)
    (_worker_home / "record.jsonl").unlink(missing_ok=True)
    if life.find(_worker_home) is not None and (look.changed or not look.swept()):
        life.reset(_worker_home, time.sleep, time.monotonic)  # noqa: TID251
    look.changed = False


@pytest.fixture
def own_home(tmp_path: Path) -> Iterator[Path]:
    """A state folder whose embedded AWS nobody else uses; it is stopped at the end."""
    place = tmp_path / "labcli"
    yield place
    if place.exists():
        life.stop(place, time.sleep, time.monotonic)  # noqa: TID251


@pytest.fixture
def cli(home: Path) -> Cli:
    """The command line on a clean state folder."""
    return Cli(home)


@pytest.fixture
def boto(home: Path, look: Look) -> Callable[[str], Any]:
    """Independent boto3 clients of the embedded AWS: ``boto("sqs")``."""
    return look.client


@pytest.fixture
def learner(cli: Cli, look: Look) -> Iterator[Callable[[str], Any]]:
    """A learner's clients, with the key that `labcli local env` prints: ``learner("sqs")``."""
    look.changed = True
    cli("local", "start")
    said = cli("local", "env", "--shell", "sh").out
    pairs = [line.removeprefix("export ").split("=", 1) for line in said.splitlines() if line.startswith("export ")]
    env = {name: value.strip("'\"") for name, value in pairs}
    made: list[Any] = []

    def client(service: str) -> Any:
        made.append(session().client(
            service, endpoint_url=env["AWS_ENDPOINT_URL"], region_name=env["AWS_DEFAULT_REGION"],
            aws_access_key_id=env["AWS_ACCESS_KEY_ID"], aws_secret_access_key=env["AWS_SECRET_ACCESS_KEY"],
        ))  # fmt: skip
        return made[-1]

    yield client
    for each in made:
        each.close()


@pytest.fixture
def lab(tmp_path: Path) -> Callable[..., Path]:
    """Write a lab file: ``lab(text)``."""

    def write(text: str, name: str = "try.yaml") -> Path:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return write


@pytest.fixture
def figure(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Say a figure that a test measured: it is printed at the end of the test run, whoever ran the test."""
    properties: list[tuple[str, object]] = request.node.user_properties  # every family of JUnit takes it so
    return lambda text: properties.append(("figure", text))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    figures = [
        value
        for reports in terminalreporter.stats.values()
        for report in reports
        for name, value in getattr(report, "user_properties", ())
        if name == "figure" and getattr(report, "when", "") == "call"
    ]
    if figures:
        terminalreporter.section("figures")
        for value in sorted(set(map(str, figures))):
            terminalreporter.write_line(value)
