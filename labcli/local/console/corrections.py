"""Where StackPort asks for what AWS does not have, and so could not do what its page offers."""

from __future__ import annotations

from typing import Any

import botocore.handlers

_WRONG, _RIGHT = "ReceiveMessageWaitTime", "ReceiveMessageWaitTimeSeconds"
"""StackPort 0.4.6 (backend/routes/sqs.py) sends the first with every queue that it creates; SQS knows the second."""


def correct() -> None:
    """Mend the calls of every client that is made from now on."""
    for operation in ("CreateQueue", "SetQueueAttributes"):
        botocore.handlers.BUILTIN_HANDLERS.append((f"before-parameter-build.sqs.{operation}", _wait_time))


def _wait_time(params: dict[str, Any], **_: Any) -> None:
    attributes = params.get("Attributes")
    if isinstance(attributes, dict) and _WRONG in attributes:
        attributes.setdefault(_RIGHT, attributes.pop(_WRONG))
