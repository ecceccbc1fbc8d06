"""Taking a resource away, and proving it: the one way in which labcli deletes anything.

Before a delete the tags are read, and no answer means no delete. After it the thing itself is read until it is gone:
an error of the delete, or a "not there" of something else, proves nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from labcli.aws.resources import KINDS
from labcli.aws.resources.base import TAG_RUN
from labcli.aws.targets import Target
from labcli.context import Aws
from labcli.errors import AwsError, LabcliError, TargetError
from labcli.run.ledger import Ledger
from labcli.run.owned import Owned, State

_PATIENCE = 120.0
"""Seconds that a deleted resource gets to disappear on a real account; a queue takes up to 60 (SQS, DeleteQueue)."""


@dataclass(frozen=True)
class Removed:
    """How it ended: ``deleted``, ``was gone``, ``foreign`` or ``left``; ``reason`` says why something is left."""

    resource: Owned
    how: str
    reason: str = ""

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

    def remove(self, resource: Owned) -> Removed:
        """Delete it if it is ours and there, and read until it is gone. Never raises what AWS says."""
        try:
            return self._remove(resource)
        except AwsError as error:
            return Removed(resource, "left", f"{error.code} on {error.operation}")
        except TargetError as error:
            return Removed(resource, "left", f"not verified: {error.message}")

    def _remove(self, resource: Owned) -> Removed:
        kind = KINDS[resource.kind]
        began = self.monotonic()
        absent, sent = 0, False
        while self.monotonic() - began < _PATIENCE + self._settle(resource):
            tags = kind.tags(self.aws, resource.name)
            if tags is None:
                absent += 1
                if absent >= self.target.absent_reads and self.monotonic() - began >= self._settle(resource):
                    self._note("gone", name=resource.name)
                    return Removed(resource, "deleted" if sent else "was gone")
                self.sleep(self.target.absent_gap or 0.05)
                continue
            absent = 0
            if tags.get(TAG_RUN) != self.run:
                if not sent:
                    self._note("foreign", name=resource.name)
                return Removed(resource, "foreign", "its tags say that it is not of this run")
            if sent:
                self.sleep(self.target.absent_gap or 0.05)
            self._delete(resource)
            sent = True
        return Removed(resource, "left", "deleted, but still there")

    def _settle(self, resource: Owned) -> float:
        """A create whose end nobody knows may still land after the process that sent it died."""
        return self.target.settle if resource.state is State.INTENDED else 0.0

    def _delete(self, resource: Owned) -> None:
        number = self._note("intent", does="delete", kind=resource.kind, key=resource.key, name=resource.name)
        try:
            KINDS[resource.kind].delete(self.aws, resource.name)
        except AwsError as error:
            self._note("outcome", of=number, ok=False, error=error.code)
            raise
        self._note("outcome", of=number, ok=True)

    def _note(self, event: str, **fields: Any) -> int:
        if self.ledger is None:
            return 0
        try:
            return self.ledger.write(event, **fields)
        except LabcliError:  # what is deleted is deleted; the next cleanup reads AWS, not this line
            return 0


def in_delete_order(resources: Mapping[str, Owned] | list[Owned]) -> list[Owned]:
    """What uses others before what is used; of equal rank, the youngest first."""
    items = list(resources.values() if isinstance(resources, Mapping) else resources)
    items.reverse()
    return sorted(items, key=lambda each: KINDS[each.kind].rank)
