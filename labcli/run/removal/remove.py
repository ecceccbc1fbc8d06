"""Taking a resource away, and proving it: the one way in which labcli deletes anything.

Before a delete the tags are read, and no answer means no delete. After it the thing itself is read until it is gone:
an error of the delete, a "not there" of something else, or tags that are gone, prove nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, NamedTuple

from labcli.aws.resources import KINDS
from labcli.aws.resources.base import ORPHAN, TAG_OWNER, TAG_RUN
from labcli.aws.resources.handle import Handle
from labcli.aws.targets import Target
from labcli.context import Aws, Context
from labcli.errors import AwsError, LabcliError, TargetError
from labcli.run.ledger.ledger import Ledger
from labcli.run.ledger.owned import Owned, State
from labcli.run.ledger.runs import Run

NOT_VERIFIED = "not verified"
"""How the reason begins where nobody could read whether a resource is there."""

AT_ONCE = 16
"""Threads on a real account: more risks throttling, fewer wait for each other."""

TURNS = 3
"""How often a resource is tried whose removal AWS answers with an error (throttling, a conflict)."""


class Whose(NamedTuple):
    """Whose a resource must be to be taken: of this run, and of one of these owners."""

    run: str
    owners: frozenset[str]

    def stranger(self, tags: Mapping[str, str]) -> str:
        """Why a thing with these tags is not to be touched, empty when it is ours."""
        if tags.get(TAG_RUN) != self.run:
            return "its tags say that it is not of this run"
        if tags.get(TAG_OWNER) not in (*self.owners, ORPHAN):
            return "its tags say that it is another owner's"
        return ""


def whose(run: Run, target: Target) -> Whose:
    """Whose the resources of a run are: of who ran it, and of who went on with it now. Where credentials name a new
    session each time, the run's ledger says who that was."""
    owner = run.record.header.get("owner")
    return Whose(run.id, frozenset({target.owner, *([str(owner)] if owner else [])}))


class Removal(NamedTuple):
    """What is to be removed: a resource, whose it must be, and the ledger that notes it (None: none can be written)."""

    resource: Owned
    whose: Whose
    ledger: Ledger | None


@dataclass(frozen=True)
class Removed:
    """How it ended: ``deleted``, ``was gone``, ``foreign`` or ``left``; ``reason`` says why something is left."""

    resource: Owned
    how: str
    reason: str = ""
    again: bool = False
    """AWS answered with an error, so that another try may go better."""
    unread: bool = False
    """Nobody could read whether it is there."""

    @property
    def gone(self) -> bool:
        """Whether it was read back as gone."""
        return self.how in ("deleted", "was gone")


@dataclass(frozen=True)
class Remover:
    """Removes resources of one target. A ledger is written where that is possible; a full disk stops no cleanup."""

    aws: Aws
    target: Target
    context: Context
    strict: bool = False
    """In a run nothing is deleted that cannot be ledgered before."""

    def remove_all(self, wanted: Sequence[Removal]) -> list[Removed]:
        """Remove them all, whatever happens to one, and return how each ended, in the order they were given.

        What uses others goes before what is used. What AWS answered with an error is tried again, after the rest. On a
        real account those of one rank wait for their absence together, whatever run they are of.
        """
        done: dict[int, Removed] = {}
        for turn in range(TURNS):
            left = [index for index in _order(wanted) if index not in done or done[index].again]
            if left and turn:
                self.context.sleep(self.target.poll * 2**turn)
            for _, group in groupby(left, key=lambda index: KINDS[wanted[index].resource.kind].rank):
                at_once = list(group)
                if self.target.name == "local":
                    done.update({index: self.remove(wanted[index]) for index in at_once})
                else:
                    from concurrent.futures import ThreadPoolExecutor  # the local target needs none

                    with ThreadPoolExecutor(AT_ONCE) as pool:
                        ended = pool.map(self.remove, [wanted[index] for index in at_once])
                        done.update(zip(at_once, ended, strict=True))
        return [done[index] for index in range(len(wanted))]

    def remove(self, wanted: Removal) -> Removed:
        """Delete it if it is ours and there, and read until it is gone. Never raises what AWS says."""
        resource = wanted.resource
        try:
            return _Removing(self, wanted).go()
        except AwsError as error:
            return Removed(resource, "left", error.message, again=True)
        except LabcliError as error:
            if self.strict and not isinstance(error, TargetError):
                raise
            return Removed(resource, "left", f"{NOT_VERIFIED}: {error.message}", unread=True)


class _Removing:
    """The removal of one resource."""

    def __init__(self, by: Remover, wanted: Removal) -> None:
        self.by = by
        self.resource, self.whose, self.ledger = wanted
        kind = KINDS[self.resource.kind]
        self.handle = Handle.of(by.aws, kind, self.resource.name, by.target.place, self.resource.attributes)
        self.sent = False
        self.reason = "it is there, and its tags do not say whose it is"

    def go(self) -> Removed:
        """Read, delete, and read until it is gone or its time is over."""
        target, monotonic = self.by.target, self.by.context.monotonic
        began, absent = monotonic(), 0
        # a create whose end nobody knows may still land after the process that sent it died
        settle = target.settle if self.resource.state is State.INTENDED else 0.0
        enough = min(target.absent_reads, self.handle.kind.absent_reads)
        while monotonic() - began < self.handle.kind.patience + settle:
            try:
                found = self.handle.read()
                tags = found.own_tags() if found is not None else None
            except AwsError as error:  # what is being deleted may be there, and not be readable any more
                if not self.sent:
                    raise
                absent, self.reason = 0, f"deleted, and then not readable: {error.message}"
                self._pause()
                continue
            absent = absent + 1 if found is None else 0
            if absent >= enough and monotonic() - began >= settle:
                self._note("gone", name=self.resource.name)
                return Removed(self.resource, "deleted" if self.sent else "was gone")
            if found is None or tags is None:
                self._pause()
            elif ended := self._there(found, tags):
                return ended
        return Removed(self.resource, "left", self.reason)

    def _there(self, found: Handle, tags: Mapping[str, str]) -> Removed | None:
        """It is there: delete it if it is ours. What is being deleted may have lost its tags: that is waited for."""
        stranger = self.whose.stranger(tags)
        deleting = self.sent or found.going or self.resource.state is State.DELETING
        fading = deleting and TAG_RUN not in tags
        if stranger and not fading:
            if not self.sent and self.resource.state is not State.FOREIGN:
                self._note("foreign", name=self.resource.name)
            return Removed(self.resource, "foreign", stranger)
        if self.sent or fading or found.going:
            self._pause()
        if not fading and not found.going:
            self._delete(found)
        return None

    def _pause(self) -> None:
        self.by.context.sleep(self.by.target.absent_gap or 0.05)

    def _delete(self, found: Handle) -> None:
        of = {"kind": self.resource.kind, "key": self.resource.key, "name": self.resource.name}
        number = self._note("intent", does="delete", **of)
        try:
            found.kind.delete(found.aws, found.known)
        except AwsError as error:
            self._note("outcome", of=number, ok=False, error=error.code)
            raise
        self._note("outcome", of=number, ok=True)
        self.sent, self.reason = True, "deleted, but still there"

    def _note(self, event: str, **fields: Any) -> int:
        if self.ledger is None:
            return 0
        try:
            return self.ledger.write(event, **fields)
        except LabcliError:
            if self.by.strict:
                raise
            # what is deleted is deleted; the next cleanup reads AWS, not this line
            return 0


def _order(wanted: Sequence[Removal]) -> list[int]:
    return sorted(range(len(wanted)), key=lambda index: KINDS[wanted[index].resource.kind].rank)


def in_delete_order(resources: Sequence[Owned]) -> list[Owned]:
    """What uses others before what is used; of equal rank, the youngest first."""
    youngest_first = list(resources)
    youngest_first.reverse()
    return sorted(youngest_first, key=lambda each: KINDS[each.kind].rank)
