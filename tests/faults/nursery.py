"""A process that forks one child per command, so that a kill costs a fork and not a start.

It reads one order per line (JSON) on stdin and answers with one line on stdout. The child may be told to die at a
point; its last call may be handed to a grandchild that waits for a word before it sends it.
"""

from __future__ import annotations

import importlib
import io
import json
import os
import pkgutil
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from typing import Any

from labcli.aws.targets import open_local
from labcli.cli.main import run
from labcli.context import Aws, Context
from tests.faults.dying import DyingAws, DyingDisk, Points

SERVICES = ("sqs", "sns", "lambda", "iam", "logs", "stepfunctions")


@cache
def warm(home: str) -> Aws:
    """A way to the embedded AWS whose clients exist already; the mother never calls through it."""
    aws = open_local(Context(env={"LABCLI_HOME": home})).aws
    for service in SERVICES:
        aws.client(service)  # type: ignore[attr-defined]
    return aws


def child(order: dict[str, Any], report: int, go: int, landed: int) -> int:
    """Run one command in this (forked) process; return its exit code if it lives to tell it."""
    points = Points(lambda name: os.write(report, f"{name}\n".encode()), order["fatal"])

    def hand_over(send: Callable[[], object]) -> None:
        if os.fork():
            return
        os.setsid()
        os.close(report)
        os.read(go, 1)
        with suppress(Exception):
            send()
        os.write(landed, b"+")
        os._exit(0)

    def through(aws: Aws) -> Aws:
        return DyingAws(warm(order["env"]["LABCLI_HOME"]), points, hand_over if order["late"] else None)

    streams = {"stdin": io.StringIO(), "stdout": io.StringIO(), "stderr": io.StringIO()}
    code = run(order["argv"], Context(env=order["env"], disk=DyingDisk(points), through=through, **streams))
    if code:
        sys.stderr.write(streams["stdout"].getvalue() + streams["stderr"].getvalue())
    return code


def _bear(order: dict[str, Any], ends: tuple[int, int]) -> dict[str, Any]:
    reading, writing = os.pipe()
    pid = os.fork()
    if not pid:
        os.close(reading)
        with suppress(BaseException):
            code = child(order, writing, *ends)
            sys.stderr.flush()
            os._exit(code)
        os._exit(99)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        names = pipe.read().decode().splitlines()
    return {"code": os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), "names": names}


def main() -> None:
    import boto3  # noqa: F401  what every child needs is imported once

    for name in ("cli", "show", "run", "steps", "aws", "lab"):
        package = importlib.import_module(f"labcli.{name}")
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            importlib.import_module(module.name)
    go_out, go_in = os.pipe()
    landed_out, landed_in = os.pipe()
    streams = {"stdin": io.StringIO(), "stdout": io.StringIO(), "stderr": io.StringIO()}
    run(["day", sys.argv[1], "plan"], Context(**streams))
    for line in sys.stdin:
        order = json.loads(line)
        if order.get("land"):
            os.write(go_in, b"+")
            os.read(landed_out, 1)
            answer: dict[str, Any] = {}
        else:
            warm(order["env"]["LABCLI_HOME"])
            answer = _bear(order, (go_out, landed_in))
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
