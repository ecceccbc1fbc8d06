"""The labs that this labcli knows: those that ship with it, and those in the folders of ``LABCLI_LABS``."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from labcli.errors import UsageError
from labcli.local.shells import quoted
from labcli.rules.near import nearest

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True)
class OnShelf:
    """A lab file, known by its name: ``week10/mon.yaml`` is ``mon`` of ``week10``."""

    path: Path

    @property
    def id(self) -> str:
        """The lab's id: a lab's file is named after it."""
        return self.path.stem

    @property
    def folder(self) -> str:
        """The folder it stands in, mostly a week."""
        return self.path.parent.name


def shipped() -> Path:
    """Where the labs that ship are: in the package when installed, beside it in a checkout."""
    package = Path(__file__).resolve().parent.parent
    inside = package / "_labs"
    return inside if inside.is_dir() else package.parent / "labs"


def labs(env: Mapping[str, str]) -> list[OnShelf]:
    """Every lab, in the order of the weekdays, then by name. UsageError when ``LABCLI_LABS`` names no folder."""
    folders = [shipped(), *(_folder(each) for each in env.get("LABCLI_LABS", "").split(os.pathsep) if each)]
    found = {path.resolve(): OnShelf(path) for folder in folders for path in lab_files(folder)}
    return sorted(found.values(), key=lambda lab: (lab.folder, _weekday(lab.id), lab.id))


def _folder(named: str) -> Path:
    path = Path(named)
    try:
        if path.is_dir():
            return path
        what = "is not a folder" if path.exists() else "does not exist"
    except (OSError, ValueError) as error:
        what = f"cannot be read: {getattr(error, 'strerror', None) or error}"
    raise UsageError(f"LABCLI_LABS names {named}, which {what}", "Set it to folders of labs (*.yaml), or unset it")


def lab_files(folder: Path) -> list[Path]:
    """The lab files of a folder and of the folders in it, in their order."""
    found = [path for pattern in ("*.yaml", "*/*.yaml") for path in sorted(folder.glob(pattern))]
    return [path for path in found if path.is_file()]


def _weekday(name: str) -> int:
    return WEEKDAYS.index(name) if name in WEEKDAYS else len(WEEKDAYS)


def only_file(lab: str, file: str, env: Mapping[str, str]) -> Path | None:
    """The file, where several labs on the shelf have this id and only the file tells them apart; else None."""
    return Path(file) if sum(each.id == lab for each in labs(env)) > 1 else None


def find(day: str, env: Mapping[str, str]) -> Path:
    """The lab file that a DAY means: ``mon``, ``week10/mon`` or a path. UsageError when none or several do.

    The shelf is looked at for a path as well: a ``LABCLI_LABS`` that is wrong is said before anything is run.
    """
    known = labs(env)
    if day.endswith((".yaml", ".yml")) or day.startswith((".", "/", "~")) or "\\" in day:
        try:
            return Path(day).expanduser()
        except RuntimeError as error:
            raise UsageError(f"{day}: {error}", "Name a lab file") from error
    matching = [lab for lab in known if day in (lab.id, f"{lab.folder}/{lab.id}")]
    if len(matching) == 1:
        return matching[0].path
    if matching:
        said = ", ".join(f"{lab.folder}/{lab.id}" for lab in matching)
        raise UsageError(f"`{day}` is the name of {len(matching)} labs", f"Say which: {said}")
    names = [lab.id for lab in known]
    raise UsageError(f"no lab `{day}`{nearest(day, names)}", f"The labs: {', '.join(names) or 'none'}; or name a file")


def day_argument(lab: str, file: str, env: Mapping[str, str]) -> str:
    """How a lab is named on the command line: by its id, with its folder where that is no name for it, or by its file.

    A file below the current folder is named from there, any other by its whole path.
    """
    path = Path(file)
    known = labs(env)
    mine = next((each for each in known if each.path.resolve() == path.resolve()), None)
    if mine is not None and mine.id == lab:
        if sum(each.id == lab for each in known) == 1:
            return lab
        if sum((each.folder, each.id) == (mine.folder, lab) for each in known) == 1:
            return f"{mine.folder}/{lab}"
    if path.is_absolute() and path.is_relative_to(Path.cwd()):
        path = path.relative_to(Path.cwd())
    return quoted(str(path) if path.suffix in (".yaml", ".yml") else str(Path.cwd() / path))
