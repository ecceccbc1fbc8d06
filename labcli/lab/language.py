"""The lab language as seen from below: its verbs, its resource kinds, the views of ``show``.

The verbs (``labcli.steps``) and the kinds (``labcli.aws.resources``) are handed in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
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
    def repeats(self) -> bool:
        """Whether ``within`` makes the runner repeat it until its expectations hold."""

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

    @property
    def gives(self) -> Shape:
        """The shape of what it gives to ``expect``, ``save``, ``show``; of kind ``any`` when only a step can tell."""

    def answer(self, step: Step, scope: Scope) -> Shape:
        """The shape of what this step gives: ``gives``, unless the step's own words tell more."""

    def shape(self, step: Step, scope: Scope) -> list[Planned]:
        """The calls that a run of the step makes."""


@dataclass(frozen=True)
class Language:
    """All verbs and kinds, by the word that a lab uses."""

    verbs: Mapping[str, Verb]
    kinds: Mapping[str, Kind]
    views: frozenset[str] = frozenset()
    """The named views that ``show`` knows."""


@dataclass
class LabScope(Scope):
    """A scope that knows the verbs: what checks a lab asks them; what they check sees only names."""

    language: Language = field(kw_only=True)
