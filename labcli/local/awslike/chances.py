"""One random source for each kind of chance, all from one seed: what asks one of them does not move the others."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random


@dataclass(frozen=True)
class Chances:
    """The same seed draws the same."""

    seed: int

    def of(self, kind: str) -> Random:
        """The source of one kind, from its beginning."""
        return Random(f"{self.seed} {kind}")  # noqa: S311  it decides nothing that must be secret
