"""Taking a resource away, and proving it: the one way in which labcli deletes anything.

Before a delete the tags are read, and no answer means no delete. After it the thing itself is read until it is gone:
an error of the delete, or a "not there" of something else, proves nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from labcli.aws.resources import KINDS
from labcli.aws.resources.base import TAG_RUN, known_of
from labcli.aws.targets import Target
from labcli.context import Aws
from labcli.errors import AwsError, LabcliError, TargetError
from labcli.run.ledger.ledger import Ledger
from labcli.run.ledger.owned import Owned, State

NOT_VERIFIED = "not verified"
"""How the reason begins where nobody could read whether a resource is there."""
_PATIENCE = 120.0
"""Seconds that a deleted resource gets to disappear on a real account; a queue takes up to 60 (SQS, DeleteQueue)."""

AT_ONCE = 16
"""Threads on a real account: more risks throttling, fewer wait for each other."""

TURNS = 3
"""How often a resource is tried whose removal AWS answers with an error (throttling, a conflict)."""


@dataclass(frozen=True)
class Removed:
    """How it ended: ``deleted``, ``was gone``, ``foreign`` or ``left``; ``reason`` says why something is left."""

    resource: Owned
    how: str
    reason: str = ""
    again: bool = False
    """AWS answered with an error, so that another try may go better."""

    @property
    def gone(self) -> bool:
        """Whether it was read back as gone."""
        return self.how in ("deleted", "was gone")


@dataclass(frozen=True)
class Remover:
    """Removes resources of one run. The ledger is written where that is possible; a full disk stops no cleanup."""

    aws: Aws
    target: Target
    run: str
    ledger: Ledger | None
    sleep: Callable[[float], None]
    monotonic: Callable[[], float]
    strict: bool = False
    """In a run nothing is deleted that cannot be ledgered before."""

    def remove(self, resource: Owned) -> Removed:
        """Delete it if it is ours and there, and read until it is gone. Never raises what AWS says."""
        try:
            return self._remove(resource)
        except AwsError as error:
            return Removed(resource, "left", error.message, again=True)
        except LabcliError as error:
            if self.strict and not isinstance(error, TargetError):
                raise
            return Removed(resource, "left", f"{NOT_VERIFIED}: {error.message}")

    def _remove(self, resource: Owned) -> Removed:
        kind = KINDS[resource.kind]
        began = self.monotonic()
        known = known_of(kind, resource.name, self.target.place, resource.attributes)
        absent, sent = 0, False
        enough = min(self.target.absent_reads, kind.absent_reads)
        reason = "deleted, but still there"
        while self.monotonic() - began < _PATIENCE + self._settle(resource):
            try:
                tags = kind.tags(self.aws, resource.name, known)
            except AwsError as error:  # what is being deleted may be there, and have no tags any more
                if not sent:
                    raise
                absent, reason = 0, f"deleted, and then not readable: {error.message}"
                self.sleep(self.target.absent_gap or 0.05)
                continue
            if tags is None:
                absent += 1
                if absent >= enough and self.monotonic() - began >= self._settle(resource):
                    self._note("gone", name=resource.name)
                    return Removed(resource, "deleted" if sent else "was gone")
                self.sleep(self.target.absent_gap or 0.05)
                continue
            absent = 0
            if tags.get(TAG_RUN) != self.run:
                if not sent and resource.state is not State.FOREIGN:
                    self._note("foreign", name=resource.name)
                return Removed(resource, "foreign", "its tags say that it is not of this run")
            if sent:
                self.sleep(self.target.absent_gap or 0.05)
            self._delete(resource, known)
            sent = True
        return Removed(resource, "left", reason)

    def _settle(self, resource: Owned) -> float:
        """A create whose end nobody knows may still land after the process that sent it died."""
        return self.target.settle if resource.state is State.INTENDED else 0.0

    def _delete(self, resource: Owned, known: Mapping[str, str]) -> None:
        number = self._note("intent", does="delete", kind=resource.kind, key=resource.key, name=resource.name)
        try:
            KINDS[resource.kind].delete(self.aws, resource.name, known)
        except AwsError as error:
            self._note("outcome", of=number, ok=False, error=error.code)
            raise
        self._note("outcome", of=number, ok=True)

    def _note(self, event: str, **fields: Any) -> int:
        if self.ledger is None:
            return 0
        try:
            return self.ledger.write(event, **fields)
        except LabcliError:
            if self.strict:
                raise
            # what is deleted is deleted; the next cleanup reads AWS, not this line
            return 0


def remove_all(wanted: Sequence[tuple[Remover, Owned]], target: Target) -> list[Removed]:
    """Remove them all, whatever happens to one, and return how each ended, in the order they were given.

    What uses others goes before what is used. What AWS answered with an error is tried again, after the rest. On a
    real account those of one rank wait for their absence together, whatever run they are of.
    """
    done: dict[int, Removed] = {}
    for turn in range(TURNS):
        left = [index for index in _order(wanted) if index not in done or done[index].again]
        if left and turn:
            wanted[left[0]][0].sleep(target.poll * 2**turn)
        for _, group in groupby(left, key=lambda index: KINDS[wanted[index][1].kind].rank):
            at_once = list(group)
            if target.name == "local":
                done.update({index: _remove_one(wanted[index]) for index in at_once})
            else:
                from concurrent.futures import ThreadPoolExecutor  # the local target needs none

                with ThreadPoolExecutor(AT_ONCE) as pool:
                    ended = pool.map(_remove_one, [wanted[index] for index in at_once])
                    done.update(zip(at_once, ended, strict=True))
    return [done[index] for index in range(len(wanted))]


def _remove_one(pair: tuple[Remover, Owned]) -> Removed:
    return pair[0].remove(pair[1])


def _order(wanted: Sequence[tuple[Remover, Owned]]) -> list[int]:
    return sorted(range(len(wanted)), key=lambda index: KINDS[wanted[index][1].kind].rank)


def in_delete_order(resources: Sequence[Owned]) -> list[Owned]:
    """What uses others before what is used; of equal rank, the youngest first."""
    youngest_first = list(resources)
    youngest_first.reverse()
    return sorted(youngest_first, key=lambda each: KINDS[each.kind].rank)
