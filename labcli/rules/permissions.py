"""What AddPermission of SQS gives another account: actions on one queue (API reference; the sentences are reported)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from labcli.rules.finding import Finding
from labcli.rules.sqs import invalid

CODE = "action"
_GIVEN = """* ChangeMessageVisibility DeleteMessage GetQueueAttributes GetQueueUrl ListDeadLetterSourceQueues PurgeQueue
ReceiveMessage SendMessage"""
_OWNERS = """AddPermission CancelMessageMoveTask CreateQueue DeleteQueue ListMessageMoveTasks ListQueues ListQueueTags
RemovePermission SetQueueAttributes StartMessageMoveTask TagQueue UntagQueue"""
"""Those that the owner of a queue keeps."""


def actions(given: Iterable[Any]) -> Iterator[Finding]:
    """What AWS refuses in the actions: those that there are not, batches among them, and the owner's."""
    for action in given:
        if action in _GIVEN.split():
            continue
        reason = "Please refer to the appropriate WSDL for a list of valid actions."
        if action in _OWNERS.split():
            reason = "Only the queue owner is allowed to invoke this action."
        said = invalid(f"SQS:{action}", "ActionName", reason)
        yield Finding(CODE, said, ("Actions",), action, "InvalidParameterValue")
