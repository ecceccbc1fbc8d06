"""The receipt: cleanup's proof of what was owned, what is gone and what is not. Data; ``labcli.show`` draws it."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, field
from typing import NamedTuple

from labcli.aws.resources import KINDS
from labcli.aws.resources.base import Found
from labcli.aws.targets import Target
from labcli.errors import ExitCode
from labcli.local.shells import current
from labcli.run.removal.remove import Removed


@dataclass(frozen=True)
class ReceiptRow:
    """One resource in the receipt. ``how``: ``deleted``, ``was gone``, ``foreign``, ``left`` or ``planned``."""

    key: str
    kind: str
    day: str
    run: str
    name: str
    how: str
    reason: str = ""
    by_hand: str = ""
    swept: bool = False
    age: float | None = None
    unread: bool = False
    """Nobody could read whether it is there; ``reason`` says why."""

    @property
    def gone(self) -> bool:
        """Whether it was read back as gone."""
        return self.how in ("deleted", "was gone")

    @property
    def still(self) -> str:
        """What stays, and why; where nobody could read whether it is there, that."""
        said = f"{self.key} ({self.kind})"
        return f"{said}: {self.reason}" if self.unread else f"{said} is still there: {self.reason}"


class Elsewhere(NamedTuple):
    """What is live on another target, in words, and the command that takes it away."""

    what: str
    command: str


@dataclass
class Receipt:
    """Cleanup's proof: what was owned, what is gone, what is not, what was never touched."""

    target: Target
    rows: list[ReceiptRow] = field(default_factory=list)
    others: int = 0
    """Resources called like ours whose tags say that they are somebody else's."""
    yours: dict[str, list[str]] = field(default_factory=dict)
    """What is on the embedded AWS beside all this, and was not made by labcli: names by kind."""
    mine: list[ReceiptRow] = field(default_factory=list)
    """What the learner made for the tasks of these days, and stays: each with the command that deletes it."""
    elsewhere: list[Elsewhere] = field(default_factory=list)
    """Commands for what ledgers show to be live on other targets."""
    put_back: list[str] = field(default_factory=list)
    """Resources of days that stay, made again what they were before a day that goes had changed them."""
    warnings: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    """Lists that could not be read, so that nobody knows what is in them."""
    at: float = 0.0
    dry: bool = False
    everything: bool = False
    """Whether all of this owner's was asked for: then what is live elsewhere counts as left."""

    @property
    def runs(self) -> int:
        """How many runs owned something."""
        return len({row.run for row in self.rows})

    @property
    def exit_code(self) -> ExitCode:
        """4 when something is left, or nobody knows."""
        left = any(not row.gone for row in self.rows) and not self.dry
        elsewhere = self.elsewhere and self.everything
        return ExitCode.LEFT_BEHIND if left or elsewhere or self.unread else ExitCode.OK


def row_of(
    removed: Removed, day: str, run: str, target: Target, found: Found | None = None, now: float = 0.0
) -> ReceiptRow:
    """How a removal ended, as a line of the receipt; with the command for it where something stays.

    ``found`` is what a sweep found, ``now`` the wall time at which its age is told.
    """
    each = removed.resource
    by_hand = "" if removed.gone else KINDS[each.kind].by_hand(each.name, target.place)
    if by_hand and target.profile:
        several = by_hand.count("aws ") > 1  # a variable holds for all of them
        profile = shlex.quote(target.profile)
        by_hand = f"(export AWS_PROFILE={profile}; {by_hand})" if several else f"{by_hand} --profile {profile}"
    if by_hand and target.name == "local":
        by_hand = current().pointed(by_hand)
    age = max(0.0, now - found.created) if found is not None and found.created is not None else None
    return ReceiptRow(
        each.key, each.kind, day, run, each.name, removed.how, removed.reason, by_hand,
        swept=found is not None, age=age, unread=removed.unread,
    )  # fmt: skip
