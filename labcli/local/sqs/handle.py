"""The handle of a redrive's task, as AWS makes it: base64 of JSON, with an id and the ARN of the source queue (R)."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from uuid import uuid4


def new(source_arn: str) -> str:
    """A handle that there was not yet."""
    return b64encode(json.dumps({"taskId": str(uuid4()), "sourceArn": source_arn}).encode()).decode()


def source_of(handle: str) -> str:
    """The ARN of the queue that a handle names, empty when it is no handle."""
    try:
        said = json.loads(b64decode(handle, validate=True))
        return str(said["sourceArn"]) if isinstance(said["taskId"], str) else ""
    except (ValueError, KeyError, TypeError, RecursionError):
        return ""
