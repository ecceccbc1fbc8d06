"""Every lab is run, verified and taken away once a session; the tests look at what was said and what was called."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from labcli.context import Aws
from labcli.local import life
from tests.conftest import LABS, Cli
from tests.look import Look

EVERY = [
    pytest.param(path, id=path.stem, marks=pytest.mark.xdist_group(path.stem)) for path in sorted(LABS.glob("*/*.yaml"))
]
"""Every lab that ships. Tests of one lab share a group, and with it a worker, so that a lab is walked once."""


SEED = 7
"""Of the AWS-like mode; `make soak` tries others."""


@dataclass(frozen=True)
class Made:
    """A call that reached AWS."""

    service: str
    operation: str
    params: Mapping[str, Any]

    def __str__(self) -> str:
        return f"{self.service}.{self.operation} {json.dumps(self.params, default=repr)}"


class Recorder:
    """A way to AWS that remembers every call. Threads pass through it at the same time."""

    def __init__(self) -> None:
        self.calls: list[Made] = []

    def through(self, aws: Aws) -> Aws:
        return _Recorded(aws, self.calls)


class _Recorded:
    def __init__(self, aws: Aws, calls: list[Made]) -> None:
        self._aws = aws
        self._calls = calls

    def call(self, service: str, operation: str, params: Mapping[str, Any]) -> dict[str, Any]:
        self._calls.append(Made(service, operation, params))
        return self._aws.call(service, operation, params)


@dataclass(frozen=True)
class Said:
    """What a command said as a document, how it ended, and the calls that it made."""

    exit_code: int
    document: dict[str, Any]
    calls: list[Made]


@dataclass(frozen=True)
class Walk:
    """A lab from its plan to its receipt. ``left`` is what an independent client saw afterwards."""

    plan: dict[str, Any]
    run: Said
    verify: Said
    cleanup: Said
    left: list[str]

    def step(self, title: str) -> dict[str, Any]:
        """The step of the run with this title."""
        found: dict[str, Any] = next(step for step in self.run.document["steps"] if step["title"] == title)
        return found


@pytest.fixture(scope="session")
def walk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[Path], Walk]]:
    """Walk through a lab; the second time the first walk is given."""
    home = tmp_path_factory.mktemp("labs") / "labcli"
    yield cache(lambda path: _walk(Cli(home), path))
    life.stop(home, time.sleep, time.monotonic)  # noqa: TID251 - the end of the session is real


@pytest.fixture(scope="session")
def aws_like(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[Path], Walk]]:
    """The same in the AWS-like mode of one seed."""
    home = tmp_path_factory.mktemp("aws-like") / "labcli"
    yield cache(lambda path: _walk(Cli(home, {"LABCLI_AWS_LIKE": str(SEED)}), path))
    life.stop(home, time.sleep, time.monotonic)  # noqa: TID251 - the end of the session is real


def _walk(cli: Cli, path: Path) -> Walk:
    def said(*arguments: str) -> Said:
        recorder = Recorder()
        result = cli(*arguments, "--output", "json", through=recorder.through)
        return Said(result.exit_code, json.loads(result.out), recorder.calls)

    plan = said("day", str(path), "plan")
    assert plan.calls == []
    run, verify, cleanup = said("day", str(path), "run"), said("verify", str(path)), said("cleanup", path.stem)
    for needed in plan.document["needed"]:  # it was not there, so its resources were made first, and are its own
        assert cli("cleanup", needed["lab"]).exit_code == 0
    look = Look(cli.home)
    try:
        return Walk(plan.document, run, verify, cleanup, look.left())
    finally:
        look.close()
