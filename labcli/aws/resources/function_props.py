"""A function as a lab declares it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from labcli.aws.resources.grants import Grant, read_may
from labcli.lab.code import BadCode, Code, place_of, read_code
from labcli.lab.reader import Reader

_VARIABLE = re.compile(r"[a-zA-Z][a-zA-Z0-9_]+")
"""The names of environment variables (Lambda, Environment)."""
_RUNTIME = "python3.12"


@dataclass(frozen=True)
class FunctionProps:
    """A function as a lab declares it."""

    name: str
    source: Path | None
    handler: str = ""
    runtime: str = _RUNTIME
    timeout: int = 3
    memory: int = 128
    concurrency: int | None = None
    """Places that are reserved for it, and at most so many of it run at once; None: as many as the account allows."""
    env: Mapping[str, Any] = field(default_factory=dict)
    may: tuple[Grant, ...] = ()

    @cached_property
    def code(self) -> Code:
        """Its files, read once: what was checked is what is created. BadCode when they cannot be used."""
        if self.source is None:
            raise BadCode("it has no source")
        return read_code(self.source, self.handler)


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
    timeout = declaration.duration("timeout", 1, 900, 3.0) or 3.0
    if timeout != int(timeout):
        declaration.bad("timeout", "`timeout` is whole seconds")
    env = declaration.mapping("env")
    for key, value in env.items():
        if not _VARIABLE.fullmatch(key):
            said = f"`{key}` is no name that Lambda takes: two or more letters, digits and _, from a letter"
            findings.add((*declaration.at("env"), key), said, key=True)
        if not isinstance(value, str):
            findings.add((*declaration.at("env"), key), f"`{key}` is text: quote it")
    return FunctionProps(
        name=name,
        source=source,
        handler=declaration.text("handler"),
        runtime=declaration.text("runtime", _RUNTIME),
        timeout=int(timeout),
        memory=declaration.integer("memory", 128, 10240, 128) or 128,
        concurrency=declaration.integer("concurrency", 0, 1000),
        env=env,
        may=read_may(declaration),
    )
