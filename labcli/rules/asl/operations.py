"""AWS's operations as Step Functions names them, as seen from below: whoever has the API models hands them in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

SDK_NAMES: Mapping[str, str] = {"events": "eventbridge", "states": "sfn"}
"""What ``aws-sdk`` integrations call a service that its optimized integration calls otherwise (Developer Guide)."""
BOTO_NAMES: Mapping[str, str] = {"sfn": "stepfunctions", "cloudwatchlogs": "logs", "eventbridge": "events"}
"""What boto3 calls a service that ``aws-sdk`` calls otherwise: those that labs use."""


class Shape(Protocol):
    """A type of an API model."""

    @property
    def kind(self) -> str:
        """``structure``, ``list``, ``map``, ``string`` …"""

    @property
    def members(self) -> Mapping[str, Shape]:
        """The members of a structure."""

    @property
    def needed(self) -> tuple[str, ...]:
        """The members that a caller must give: not those that an SDK fills in itself."""

    @property
    def element(self) -> Shape | None:
        """What a list, or a map, holds."""


class Operations(Protocol):
    """AWS's operations as Step Functions names them: ``sfn`` and ``startExecution``."""

    def services(self) -> list[str]:
        """Every service that ``aws-sdk`` can name."""

    def meant(self, service: str) -> str:
        """What ``aws-sdk`` calls a service that the CLI and boto3 call so; empty when they call none so."""

    def operations(self, service: str) -> list[str]:
        """The operations of a service; none of a service that is not known."""

    def input(self, service: str, operation: str) -> Shape | None:
        """The parameters of an operation, None when it has none."""
