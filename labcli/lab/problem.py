"""A mistake in a lab file: where it is, what it is, and what would be right."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from labcli.errors import ExitCode, LabcliError


class Problem(NamedTuple):
    """One mistake. ``line`` and ``column`` count from 1; 0 means the file as a whole."""

    file: str
    line: int
    column: int
    message: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}:{self.column}" if self.line else self.file
        return f"{where} {self.message}"


class LabInvalid(LabcliError):  # noqa: N818 - it is what the learner reads: the lab is invalid
    """A lab file with mistakes: all of them at once. Exit 2."""

    exit_code = ExitCode.USAGE

    def __init__(self, file: Path | str, problems: Iterable[Problem]) -> None:
        self.problems = sorted(set(problems))
        count = len(self.problems)
        super().__init__(f"{count} problem{'s' if count != 1 else ''} in {file} · nothing was run")
