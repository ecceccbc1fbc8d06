"""The lab language as seen from below: its verbs, its resource kinds, the views of ``show``.

The verbs (``labcli.steps``) and the kinds (``labcli.aws.resources``) are handed in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from labcli.lab.aws import Kind, Shape
from labcli.lab.model import Planned, Step
from labcli.lab.reader import Reader
from labcli.lab.scope import Scope


class Verb(Protocol):
    """What a step can be. One file in ``labcli/steps`` and one line in its dict."""

    @property
    def takes(self) -> frozenset[str]:
        """Which of the modifiers ``within`` and ``fails`` it takes."""

    @property
    def block(self) -> bool:
        """Whether its value is named sub-steps."""

    @property
    def reads(self) -> bool:
        """Whether it only reads, so that a check may use it. Of a ``do``, its operation tells."""

    def read(self, step: Reader) -> Any:
        """Read the verb's own keys from the step."""

    def title(self, args: Any) -> str:
        """The title of a step that gives none."""

    def check(self, step: Step, scope: Scope) -> None:
        """Report what cannot work."""

    def answer(self, step: Step, scope: Scope) -> Shape | None:
        """The shape of what the step gives to ``expect`` and ``save``; None when only a run can tell."""

    def shape(self, step: Step, scope: Scope) -> list[Planned]:
        """The calls that a run of the step makes."""


@dataclass(frozen=True)
class Language:
    """All verbs and kinds, by the word that a lab uses."""

    verbs: Mapping[str, Verb]
    kinds: Mapping[str, Kind]
    views: frozenset[str] = frozenset()
    """The named views that ``show`` knows."""
