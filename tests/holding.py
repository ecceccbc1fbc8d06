"""Another labcli at work: a process of its own that holds a day."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from tests.conftest import REPO, Cli

HOLD = """
import sys
from labcli.context import Context
from labcli.run.ledger.locks import locked
with locked(Context(), "local", sys.argv[1]):
    sys.stdout.write("held\\n")
    sys.stdout.flush()
    sys.stdin.read()
"""


@contextmanager
def held(cli: Cli, lab: str = "small") -> Iterator[subprocess.Popen[str]]:
    """Another process that holds a day."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, lab], cwd=REPO, env=dict(cli.context().env), encoding="utf-8",
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    try:
        yield process
    finally:
        process.communicate()
