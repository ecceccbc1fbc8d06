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

from labcli.cli.main import run
from labcli.context import Aws, Context
from tests.conftest import Result

READ_GAP = 3.0
"""Seconds between two reads of cleanup's proof on an account: those, and longer ones, take no time here."""


class Clock:
    """Real time, but for long sleeps, which only move the clock; each thread has its own, as each waits for itself."""

    def __init__(self) -> None:
        self._slept = threading.local()

    def monotonic(self) -> float:
        return time.monotonic() + getattr(self._slept, "seconds", 0.0)

    def sleep(self, seconds: float) -> None:
        if seconds >= READ_GAP:
            self._slept.seconds = getattr(self._slept, "seconds", 0.0) + seconds
        else:
            time.sleep(seconds)  # noqa: TID251 - a short wait is what the code under test asked for


class Recorder:
    """Notes every call on its way to AWS."""

    def __init__(self) -> None:
        self.calls: list[str] = []

    def __call__(self, aws: Aws) -> Aws:
        self._aws = aws
        return self

    def call(self, service: str, operation: str, params: Mapping[str, Any]) -> dict[str, Any]:
        self.calls.append(f"{service}.{operation}")
        return self._aws.call(service, operation, params)


IDENTITY_ONLY = ["sts.get_caller_identity", "iam.list_account_aliases"]


@dataclass
class AccountCli:
    """The real command line, in this process, on the account: ``on_account("verify", "mon")``."""

    home: Path
    endpoint: str
    recorder: Recorder = field(default_factory=Recorder)

    def __call__(self, *arguments: str, **changes: Any) -> Result:
        clock = Clock()
        self.recorder.calls.clear()
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
