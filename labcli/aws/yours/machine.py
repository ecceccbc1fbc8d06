"""A state machine of the learner's.

Compared: its type (Standard where the lab declares none), and its role where declared. Not its definition: what it
does, the proof tells. One that is DELETING counts as gone.
"""

from __future__ import annotations

from labcli.aws.resources.calls import or_none
from labcli.aws.resources.machine import GONE
from labcli.aws.yours.base import Live, Look, Plain, Want
from labcli.aws.yours.function import role_of
from labcli.aws.yours.near import said_of_names

_TYPES = {"STANDARD": "Standard", "EXPRESS": "Express"}


class Machine(Plain):
    """The kind ``machine``."""

    def title(self, look: Look) -> str:
        """``flow is a Standard machine``."""
        return f"{look.name} is {_article(look.spec.props.type)} machine"

    def live(self, look: Look) -> Live | None:
        """All that AWS says of it."""
        asked = {"stateMachineArn": look.handle().known["arn"]}
        found = or_none(look.aws, "stepfunctions", "describe_state_machine", asked, GONE)
        return None if found is None else dict(found)

    def near(self, look: Look) -> str:
        """What has nearly that name."""
        return said_of_names(look)

    def other_sort(self, look: Look, live: Live) -> str:
        """A type cannot be changed."""
        wanted, seen = look.spec.props.type, str(live.get("type", ""))
        if seen == wanted:
            return ""
        said = f"`{look.name}` is {_article(seen)} machine, and {_article(wanted)} one is wanted"
        return f"{said}; a type cannot be changed, so it has to be deleted and made again."

    def wants(self, look: Look) -> list[Want]:
        """Its role, where it is declared."""
        role = str(look.spec.raw.get("role") or "")
        return [role_of(look, role, "roleArn")] if role else []


def _article(kind: str) -> str:
    word = _TYPES.get(kind, kind)
    return f"an {word}" if word[:1] in "AEIOU" else f"a {word}"
