"""A function as a lab declares it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from labcli.aws.resources.grants import Grant, read_may, read_role
from labcli.lab.code import BadCode, BadSyntax, Code, newer_than_this, place_of, read_code
from labcli.lab.reader import Reader
from labcli.rules import functions
from labcli.rules.finding import Finding
from labcli.rules.near import nearest

RUNTIME = "python3.12"
"""What a lab's function has where it declares nothing else."""


@dataclass(frozen=True)
class FunctionProps:
    """A function as a lab declares it."""

    name: str
    source: Path | None
    handler: str = ""
    runtime: str = RUNTIME
    timeout: int = functions.DEFAULT_TIMEOUT
    memory: int = functions.DEFAULT_MEMORY
    concurrency: int | None = None
    """Places that are reserved for it, and at most so many of it run at once; None: as many as the account allows."""
    env: Mapping[str, Any] = field(default_factory=dict)
    may: tuple[Grant, ...] = ()
    role: str = ""
    """The role of the lab that it works with; empty: one that it brings along."""

    @cached_property
    def code(self) -> Code:
        """Its files, read once: what was checked is what is created. BadCode when they cannot be used."""
        if self.source is None:
            raise BadCode("it has no source")
        try:
            return read_code(self.source, self.handler)
        except BadSyntax as error:
            raise BadCode(f"{error}{newer_than_this(self.runtime)}") from error


def read_function(declaration: Reader) -> FunctionProps:
    """Read ``{function: functions/notify.py, env: {…}, may: [send receipts], timeout: 10s, …}``."""
    name, findings = str(declaration.where[-1]), declaration.findings
    said = declaration.text("function", required=True)
    source: Path | None = findings.sources.get(name)
    if source is None and said:
        try:
            source = place_of(findings.folder, said)
        except BadCode as error:
            declaration.bad("function", str(error))
    least = float(functions.DEFAULT_TIMEOUT)
    timeout = declaration.duration("timeout", *functions.TIMEOUT, least) or least
    if timeout != int(timeout):
        declaration.bad("timeout", "`timeout` is whole seconds")
    runtime = declaration.text("runtime", RUNTIME)
    env = declaration.mapping("env")
    for found in functions.settings({"Runtime": runtime, "Environment": {"Variables": env}}):
        _refused(found, declaration)
    for key, value in env.items():
        if not isinstance(value, str):
            findings.add((*declaration.at("env"), key), f"`{key}` is text: quote it")
    return FunctionProps(
        name=name,
        source=source,
        handler=declaration.text("handler"),
        runtime=runtime,
        timeout=int(timeout),
        memory=declaration.integer("memory", *functions.MEMORY, functions.DEFAULT_MEMORY) or functions.DEFAULT_MEMORY,
        concurrency=declaration.integer("concurrency", *functions.CONCURRENCY),
        env=env,
        may=read_may(declaration),
        role=read_role(declaration),
    )


def _refused(found: Finding, declaration: Reader) -> None:
    """Say to an author what Lambda refuses in a runtime or in environment variables."""
    at = declaration.at("env")
    match functions.Code(found.code):
        case functions.Code.RUNTIME:
            near = nearest(str(found.given), functions.RUNTIMES)
            declaration.bad("runtime", f"Lambda has no runtime `{found.given}`{near}")
        case functions.Code.RETIRED:
            declaration.bad("runtime", f"Lambda makes no functions with `{found.given}` any more")
        case functions.Code.RESERVED:
            for key in found.given:
                declaration.findings.add((*at, key), f"`{key}` is a variable that Lambda sets itself", key=True)
        case functions.Code.VARIABLE:
            said = f"`{found.given}` is no name that Lambda takes: two or more letters, digits and _, from a letter"
            declaration.findings.add((*at, found.given), said, key=True)
        case functions.Code.ENVIRONMENT:
            most = functions.LARGEST_ENVIRONMENT
            said = f"environment variables have at most {most} bytes together, as JSON, not {found.given}"
            declaration.findings.add(at, said, key=True)
