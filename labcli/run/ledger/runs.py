"""The runs that ledgers know: found in the state folder, read, and which of them use which."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from labcli.aws.targets import options_of
from labcli.context import Context
from labcli.errors import LabcliError, UsageError
from labcli.local.shells import quoted
from labcli.run.ledger import ledger
from labcli.run.ledger.ledger import Record
from labcli.run.ledger.owned import MAY_LIVE, OVER, Changed, Owned, State, changed, owned


@dataclass(frozen=True)
class Run:
    """One attempt at a lab, as its ledger tells it."""

    record: Record

    @property
    def id(self) -> str:
        """The run's id, part of the name of everything it owns."""
        return str(self.record.header.get("run") or self.record.path.stem.partition("-")[2])

    @property
    def lab(self) -> str:
        """The lab's id."""
        return str(self.record.header.get("lab") or self.record.path.stem.partition("-")[0])

    @property
    def target(self) -> str:
        """The key of its target: ``local``, ``aws-123456789012-eu-west-1``; empty when its ledger lost that."""
        return self.record.target

    @property
    def account(self) -> str:
        """The account it ran in, empty when nobody knows."""
        return str(self.record.header.get("account") or self.target.partition("-")[2].partition("-")[0])

    @property
    def region(self) -> str:
        """The region it ran in, empty when nobody knows."""
        return str(self.record.header.get("region") or self.target.partition("-")[2].partition("-")[2])

    @property
    def file(self) -> Path | None:
        """The lab file that it ran, as it was named then; None when nobody knows, or when it is no longer there."""
        path = Path(str(self.record.header.get("file") or ""))
        try:
            return path if path.is_file() else None
        except (OSError, ValueError):  # what a damaged ledger says may be no path at all
            return None

    def is_of(self, lab: str, only: Path | None) -> bool:
        """Whether it is a run of this lab; ``only`` is the lab's file, where several labs have the same id."""
        if self.lab != lab:
            return False
        return only is None or self.file is None or self.file.resolve() == only.resolve()

    @property
    def options(self) -> str:
        """What to add to a command so that it acts on this run's target."""
        if self.target in ("", "local"):
            return ""
        return options_of(self.region, str(self.record.header.get("profile") or ""))

    @property
    def started(self) -> float:
        """When it began, seconds since the epoch."""
        return float(self.record.events[0].get("at", 0)) if self.record.events else 0.0

    @cached_property
    def resources(self) -> dict[str, Owned]:
        """What it owns or owned, by AWS name."""
        return owned(self.record.events)

    @property
    def made_for(self) -> str:
        """The lab that needed its resources, where nobody ran this one: no step of it was run. Else empty."""
        return str(self.record.header.get("made_for") or "")

    @property
    def by_hand(self) -> bool:
        """Whether it holds the scenes of the day's tasks, and no step of the day was run."""
        return bool(self.record.header.get("by_hand"))

    @property
    def needs(self) -> dict[str, str]:
        """The runs whose resources it uses: each one's lab and id."""
        return dict(self.record.header.get("needs") or {})

    @cached_property
    def changes(self) -> list[Changed]:
        """What it changed of other runs, and has not put back."""
        return changed(self.record.events)

    @property
    def open(self) -> bool:
        """Whether a cleanup has something to do: to delete, to put back, or to say that it cannot read it."""
        return bool(self.unfinished or self.changes or self.record.newer)

    @property
    def live(self) -> list[Owned]:
        """What is live, or may be."""
        return [each for each in self.resources.values() if each.state in MAY_LIVE]

    @property
    def unfinished(self) -> list[Owned]:
        """What a cleanup has to look at: all that is not proven gone."""
        return [each for each in self.resources.values() if each.state not in OVER]

    @property
    def end(self) -> dict[str, object]:
        """The last ``end`` event; empty while it runs, or when it was killed."""
        return dict(next((e for e in reversed(self.record.events) if e.get("type") == "end"), {}))

    @property
    def state(self) -> str:
        """``passed``, ``failed``, ``interrupted``; ``resources`` of one that was made for another lab; else empty."""
        return "resources" if self.made_for else str(self.end.get("state") or "")

    @property
    def left_out(self) -> list[str]:
        """The numbers of the steps that it skipped, because it went on at a later one."""
        steps = [each for each in self.record.events if each.get("type") == "step"]
        return [str(each.get("number")) for each in steps if each.get("state") == "skipped"]

    @property
    def kept(self) -> list[Owned]:
        """What is there under its names and was left alone, because its tags are not ours."""
        return [each for each in self.resources.values() if each.state is State.FOREIGN]

    @property
    def lost(self) -> bool:
        """Whether the embedded AWS lost what this run owned."""
        return any(each.state is State.LOST for each in self.resources.values())

    @property
    def taken_away(self) -> float:
        """When the last of its resources was seen gone; 0 when some are left or none ever was."""
        states = {each.state for each in self.resources.values()}
        if not states or not states <= {*OVER, State.REFUSED} or State.GONE not in states:
            return 0.0
        return max(float(e["at"]) for e in self.record.events if e.get("type") == "gone")


def folder(context: Context) -> Path:
    """Where the ledgers are."""
    return context.home / "runs"


def check_home(context: Context) -> None:
    """Refuse a state folder that others could have prepared. UsageError with the remedy; nothing is followed."""
    for path in (context.home, folder(context), context.home / "locks"):
        try:
            found = path.lstat()
        except OSError:
            continue
        if trouble := _trouble(path, found):
            raise UsageError(*trouble)


def _trouble(path: Path, found: os.stat_result) -> tuple[str, str] | None:
    elsewhere = "or set LABCLI_HOME to a folder that only you can write to"
    if stat.S_ISLNK(found.st_mode):
        return f"the state folder {path} is a symbolic link", f"Put a folder in its place, {elsewhere}"
    if not stat.S_ISDIR(found.st_mode):
        return f"the state folder {path} is not a folder", f"Move it away, {elsewhere}"
    if os.name == "nt":  # it keeps no such bits; its profile folders are private
        return None
    if found.st_mode & stat.S_IWOTH:
        return f"everybody may write to the state folder {path}", f"chmod go-w {quoted(str(path))}"
    if found.st_uid not in (os.geteuid(), 0):
        return f"the state folder {path} belongs to another user", f"Move it away, {elsewhere}"
    return None


def all_runs(context: Context) -> list[Run]:
    """Every run that a ledger tells of, oldest first. One that died before its first line was done is none."""
    check_home(context)
    found = []
    for path in _ledgers(folder(context)):
        try:
            record = ledger.read(path)
        except FileNotFoundError:  # it could not be begun, and was taken back
            continue
        except OSError as error:
            raise LabcliError(
                f"the ledger {path} cannot be read: {error.strerror or error}", "Mend its rights, or move it away"
            ) from error
        if not record.void:
            found.append(Run(record))
    return sorted(found, key=lambda run: (run.started, run.id))


def _ledgers(place: Path) -> list[Path]:
    """The ledgers of a folder. One that cannot be listed is an error: it is not the same as an empty one."""
    try:
        with os.scandir(place) as entries:
            return sorted(Path(entry.path) for entry in entries if entry.name.endswith(".jsonl"))
    except FileNotFoundError:
        return []
    except OSError as error:
        raise LabcliError(f"{place} cannot be read: {error.strerror or error}", "Mend its rights") from error


def of_lab(runs: list[Run], lab: str, target: str, only: Path | None = None) -> Run | None:
    """The last run of a lab on a target; see ``Run.is_of``."""
    of_day = (run for run in reversed(runs) if not run.by_hand)
    return next((run for run in of_day if run.is_of(lab, only) and run.target == target), None)


def dependents(runs: list[Run], labs: Iterable[str], target: str) -> list[str]:
    """The labs, beside these, of which something is there that uses these: those that use them directly, and so on."""
    wanted = set(labs)
    open_ones = [run for run in runs if run.target == target and run.open]
    while True:
        more = {run.lab for run in open_ones if set(run.needs) & wanted} - wanted
        if not more:
            return sorted(wanted - set(labs))
        wanted |= more


def made_for(runs: list[Run], labs: Iterable[str], target: str) -> list[Run]:
    """The open runs, of other labs, whose resources were made for these labs only: nothing else uses them."""
    wanted = set(labs)
    found: list[Run] = []
    while True:
        open_ones = [run for run in runs if run.target == target and run.open]
        more = [
            run
            for run in open_ones
            if run.made_for
            and run.lab not in wanted
            and (run.made_for in wanted or any(of.lab in wanted and of.needs.get(run.lab) == run.id for of in runs))
            and {of.lab for of in open_ones if of.needs.get(run.lab) == run.id} <= wanted
        ]
        if not more:
            return found
        found += more
        wanted |= {run.lab for run in more}
