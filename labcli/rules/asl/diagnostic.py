"""What a diagnosis says: AWS's code, AWS's words, and the way to the value.

The words are AWS's where they are public: answers of ValidateStateMachineDefinition and of CreateStateMachine that have
been published word for word. What AWS is known to refuse in words that are not public is said in its style. What AWS is
not known to refuse has the code ``LABCLI``: an author wants to know it, the embedded AWS lets it pass.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

Path = tuple[str | int, ...]

SCHEMA = "SCHEMA_VALIDATION_FAILED"
TARGET = "MISSING_TRANSITION_TARGET"
LABCLI = "LABCLI"
"""The code of what AWS is not known to refuse."""


class Diagnostic(NamedTuple):
    """One mistake in a state machine definition."""

    code: str
    """AWS's, such as ``SCHEMA_VALIDATION_FAILED``; ``LABCLI`` for what AWS is not known to refuse."""
    message: str
    path: Path = ()
    """The way to the value inside the definition, ``()`` for all of it."""
    hint: str = ""
    """What an author may have meant, such as ``; did you mean `X`?``; AWS says no such thing."""
    place: str | None = None
    """AWS's location where it is not that of ``path``; empty where AWS gives none."""

    @property
    def location(self) -> str:
        """Where AWS says it is: ``/States/A/Choices[0]/Next``, ``/`` for all of it; empty where AWS says nothing."""
        return place_of(self.path) if self.place is None else self.place


def place_of(path: Path) -> str:
    """A path in AWS's notation."""
    return "".join(f"[{step}]" if isinstance(step, int) else f"/{step}" for step in path) or "/"


def refused(found: Iterable[Diagnostic]) -> list[Diagnostic]:
    """What AWS refuses a definition for: everything but the findings of labcli alone."""
    return [each for each in found if each.code != LABCLI]


def refusal(found: Sequence[Diagnostic]) -> str:
    """The message of AWS's ``InvalidDefinition``; empty when there is nothing to refuse.

    AWS writes a missing location as ``null`` (seen with MISSING_END_STATE).
    """
    said = ", ".join(f"{each.code}: {each.message} at {each.location or 'null'}" for each in refused(found))
    return f"Invalid State Machine Definition: '{said}'" if said else ""
