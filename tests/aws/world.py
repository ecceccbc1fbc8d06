"""A person's world before a real account: the command line with an account behind it that is none.

``python -m tests.aws.world ENDPOINT ARGUMENT…`` is labcli on that account, for tests that need a terminal.
"""

from __future__ import annotations

import io
import os
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from labcli.aws.client import DENIED
from labcli.cli.main import run
from labcli.context import Aws, Context
from labcli.errors import AwsError
from tests.conftest import Result

READ_GAP = 3.0
"""Seconds between two reads of cleanup's proof on an account: those, and longer ones, take no time here."""


class Clock:
    """Real time, but for sleeps of ``gap`` and more, which only move the clock; each thread has its own, as each waits
    for itself."""

    def __init__(self, gap: float = READ_GAP, pause: float = 0.0) -> None:
        self._slept = threading.local()
        self._gap, self._pause = gap, pause

    def monotonic(self) -> float:
        return time.monotonic() + getattr(self._slept, "seconds", 0.0)

    def sleep(self, seconds: float) -> None:
        if seconds >= self._gap:
            self._slept.seconds = getattr(self._slept, "seconds", 0.0) + seconds
            time.sleep(self._pause)  # noqa: TID251 - what the stand-in itself needs
        else:
            time.sleep(seconds)  # noqa: TID251 - a short wait is what the code under test asked for


class Recorder:
    """Notes every call on its way to AWS, with its parameters, and what was refused for want of a right."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.made: list[tuple[str, Mapping[str, Any]]] = []
        self.denied: list[str] = []

    def __call__(self, aws: Aws) -> Aws:
        self._aws = aws
        return self

    def call(self, service: str, operation: str, params: Mapping[str, Any]) -> dict[str, Any]:
        self.calls.append(f"{service}.{operation}")
        self.made.append((f"{service}.{operation}", params))
        try:
            return self._aws.call(service, operation, params)
        except AwsError as error:
            if error.names & DENIED:
                self.denied.append(error.message)
            raise

    def clear(self) -> None:
        for each in (self.calls, self.made, self.denied):
            each.clear()


LONGEST_POLL = 4


class Hasty(Recorder):
    """Does not poll for longer than it takes until a message comes back: the stand-in delivers at once."""

    def call(self, service: str, operation: str, params: Mapping[str, Any]) -> dict[str, Any]:
        if int(params.get("WaitTimeSeconds", 0)) > LONGEST_POLL:
            params = {**params, "WaitTimeSeconds": LONGEST_POLL}
        return super().call(service, operation, params)


IDENTITY_ONLY = ["sts.get_caller_identity", "iam.list_account_aliases"]


@dataclass
class AccountCli:
    """The real command line, in this process, on the account: ``on_account("verify", "mon")``."""

    home: Path
    endpoint: str
    recorder: Recorder = field(default_factory=Recorder)

    def __call__(self, *arguments: str, **changes: Any) -> Result:
        clock = Clock()
        self.recorder.clear()
        given: dict[str, Any] = {
            "stdin": io.StringIO(), "stdout": io.StringIO(), "stderr": io.StringIO(), "sleep": clock.sleep,
            "env": {**os.environ, "LABCLI_HOME": str(self.home)}, "monotonic": clock.monotonic,
            "account_endpoint": self.endpoint, "through": self.recorder, **changes,
        }  # fmt: skip
        context = Context(**given)
        code = run(list(arguments), context)
        return Result(int(code), context.stdout.getvalue(), context.stderr.getvalue())  # type: ignore[attr-defined]


def main() -> None:
    clock = Clock()
    context = Context(account_endpoint=sys.argv[1], sleep=clock.sleep, monotonic=clock.monotonic)
    sys.exit(run(sys.argv[2:], context))


if __name__ == "__main__":
    main()
