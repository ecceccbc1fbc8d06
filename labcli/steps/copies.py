"""Copies: a Standard queue may deliver a message once more after it was deleted, and a consumer has to know it again.

"Design your applications to be idempotent" (SQS Developer Guide, "Amazon SQS at-least-once delivery").
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from labcli.lab.model import Call


@dataclass
class Copies:
    """What one run has received and deleted. Threads tell it of their calls at the same time."""

    latest: dict[tuple[str, str], str] = field(default_factory=dict)
    """The newest receipt handle of each message (queue, id): only that one deletes."""
    of: dict[str, tuple[str, str]] = field(default_factory=dict)
    """The message of each receipt handle."""
    deleted: set[tuple[str, str]] = field(default_factory=set)

    def learn(self, call: Call, answer: Mapping[str, Any]) -> None:
        """A call was answered."""
        if call.service != "sqs":
            return
        url = str(call.params.get("QueueUrl", ""))
        if call.operation == "receive_message":
            for message in answer.get("Messages", ()):
                key = (url, message["MessageId"])
                self.latest[key] = message["ReceiptHandle"]
                self.of[message["ReceiptHandle"]] = key
        for handle in _deleted(call, answer):
            key = self.of.get(handle, ("", ""))
            if self.latest.get(key) == handle:
                self.deleted.add(key)

    def known(self, url: str, message_id: str) -> bool:
        """Whether this run has deleted the message already: what comes now is a copy."""
        return (url, message_id) in self.deleted


def _deleted(call: Call, answer: Mapping[str, Any]) -> Iterator[str]:
    """The receipt handles with which this call deleted."""
    if call.operation == "delete_message":
        yield str(call.params.get("ReceiptHandle"))
    if call.operation == "delete_message_batch":
        done = {each["Id"] for each in answer.get("Successful", ())}
        yield from (each["ReceiptHandle"] for each in call.params.get("Entries", ()) if each["Id"] in done)
