"""One live thing: its kind, its name, what is known of it, and the way to the AWS that holds it.

Whoever reads, proves or deletes a resource does it through this. Each begins with a read of the thing itself, and goes
on with what that read found: so tags and delete are about one thing, and absence is never read from tags.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from labcli.aws.resources.base import LiveKind, Place, Sheet, known_of
from labcli.context import Aws
from labcli.errors import AwsError


@dataclass(frozen=True)
class Handle:
    """A resource that may be there. ``known`` is what is known of it: see ``known_of``."""

    aws: Aws
    kind: LiveKind
    known: Mapping[str, str]

    @classmethod
    def of(cls, aws: Aws, kind: LiveKind, name: str, place: Place, recorded: Mapping[str, str] | None = None) -> Handle:
        """The one with this AWS name at this place. ``recorded`` is what a ledger noted of it at its create."""
        return cls(aws, kind, known_of(kind, name, place, recorded or {}))

    @property
    def name(self) -> str:
        return self.known["name"]

    @property
    def going(self) -> bool:
        """Whether AWS says that it is being deleted; of one that was read."""
        return self.known.get("state", "").upper() == "DELETING"

    def read(self) -> Handle | None:
        """Itself with what AWS knows of it, None when a read of the thing says that there is none. AwsError."""
        found = self.kind.find(self.aws, self.known)
        return None if found is None else replace(self, known={**self.known, **found})

    def tags(self) -> dict[str, str] | None:
        """Its tags, None when a read of the thing itself says that there is none. AwsError when nobody knows."""
        found = self.read()
        return None if found is None else found.own_tags()

    def own_tags(self) -> dict[str, str] | None:
        """The tags of one that was read; None when it is gone since. AwsError when nobody knows."""
        try:
            return self.kind.tags(self.aws, self.known)
        except AwsError as error:  # the thing may have gone between two reads, and may be there without its tags
            if error.names & self.kind.gone and self.read() is None:
                return None
            raise

    def delete(self) -> None:
        """Delete it; nothing happens when it does not exist. AwsError."""
        if (found := self.read()) is not None:
            self.kind.delete(self.aws, found.known)

    def sheet(self) -> Sheet | None:
        """All about it, None when there is none. AwsError."""
        found = self.read()
        if found is None:
            return None
        return replace(self.kind.sheet(self.aws, found.known), tags=found.own_tags() or {})
