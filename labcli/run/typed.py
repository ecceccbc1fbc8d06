"""The commands that labcli prints for a person to type. Each carries all that changes what it does.

A run that was given ``--with`` and is gone on with without it runs other code, and passes: so what a run was given is
kept in its ledger, and stands in every command that goes on with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from labcli.lab.model import Lab
from labcli.local.shells import quoted
from labcli.run.ledger.runs import Run
from labcli.run.shelf import day_argument


class Given(NamedTuple):
    """What a run was given on its command line, beside the target and where to start."""

    sources: Mapping[str, Path] = {}
    """``--with``: a learner's own files in the place of functions."""
    guided: bool = False
    cleanup: bool = False

    def noted(self) -> dict[str, object]:
        """For the first line of a ledger; nothing where nothing was given."""
        sources = {name: str(path) for name, path in self.sources.items()}
        said = {"with": sources, "guided": self.guided, "cleanup": self.cleanup}
        return {name: value for name, value in said.items() if value}

    def typed(self) -> str:
        """The options, as they are typed."""
        own = "".join(f" --with {quoted(f'{name}={_near(path)}')}" for name, path in self.sources.items())
        return own + " --guided" * self.guided + " --cleanup" * self.cleanup


NOTHING = Given()


def given_to(run: Run | None) -> Given:
    """What a run was given, as its ledger tells."""
    if run is None:
        return NOTHING
    header = run.record.header
    sources = header.get("with")
    own = {str(name): Path(str(path)) for name, path in sources.items()} if isinstance(sources, dict) else {}
    return Given(own, header.get("guided") is True, header.get("cleanup") is True)


def of_lab(lab: Lab, env: Mapping[str, str]) -> str:
    """How a lab is named in a command."""
    return day_argument(lab.id, lab.file, env)


def run_day(day: str, given: Given = NOTHING, start: str = "", options: str = "") -> str:
    """Run a day, or go on at step ``start``. ``options`` are those of the target."""
    at = f" --from {quoted(start)}" if start else ""
    return f"labcli day {day} run{at}{given.typed()}{options}"


def cleanup(days: Iterable[str] = (), options: str = "") -> str:
    """Take days away; without any, all that is recorded."""
    return " ".join(["labcli cleanup", *map(quoted, days)]) + options


def inspect(name: str, options: str = "") -> str:
    """Look at one resource."""
    return f"labcli inspect {quoted(name)}{options}"


def verify(days: Iterable[str] = (), options: str = "") -> str:
    """Ask the checks of days; without any, of all."""
    return " ".join(["labcli verify", *days]) + options


def _near(path: Path) -> Path:
    """A file below the current folder as it is named from there."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
