"""What the Resource of a Task means: a function, an activity, or a service's action and the pattern of the call."""

from __future__ import annotations

import re
from dataclasses import dataclass

SERVICE, LAMBDA, ACTIVITY = "service", "lambda", "activity"
SYNC, SYNC_2, TOKEN = "sync", "sync:2", "waitForTaskToken"
_FUNCTION = re.compile(r"arn:[^:]*:lambda:[^:]*:[^:]*:function:.+")
_ACTIVITY = re.compile(r"arn:[^:]*:states:[^:]*:[^:]*:activity:.+")
_SERVICE = re.compile(
    r"arn:[^:]*:states:[^:]*:[^:]*:(aws-sdk:)?([A-Za-z0-9-]+):([A-Za-z0-9]+)(?:\.([A-Za-z]+(?::\d)?))?"
)


@dataclass(frozen=True)
class Resource:
    """A Task's resource. ``service``, ``action`` and ``pattern`` are those of a service."""

    text: str
    kind: str
    service: str = ""
    action: str = ""
    pattern: str = ""
    sdk: bool = False

    @property
    def name(self) -> str:
        """As events call it: ``sendMessage.waitForTaskToken``."""
        return f"{self.action}.{self.pattern}" if self.pattern else self.action

    @property
    def type(self) -> str:
        """As events call its service: ``sqs``, ``aws-sdk:sfn``."""
        return f"aws-sdk:{self.service}" if self.sdk else self.service

    @property
    def tokens(self) -> bool:
        """Whether somebody outside can end the task, by its token."""
        return self.kind == ACTIVITY or self.pattern != ""


def parse(text: str) -> Resource:
    """Read a Resource; one that is nothing known is a service without a name."""
    if _FUNCTION.fullmatch(text):
        return Resource(text, LAMBDA)
    if _ACTIVITY.fullmatch(text):
        return Resource(text, ACTIVITY)
    match = _SERVICE.fullmatch(text)
    if match is None:
        return Resource(text, SERVICE)
    sdk, service, action, pattern = match.groups()
    return Resource(text, SERVICE, service, action, pattern or "", bool(sdk))
