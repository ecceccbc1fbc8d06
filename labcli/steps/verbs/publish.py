"""The verb ``publish``: messages to a topic, one call for one message, batches of ten for more."""

from __future__ import annotations

from typing import Any

from labcli.lab.reader import Reader
from labcli.steps.verbs.messages import Message
from labcli.steps.verbs.sender import Sender

LONGEST_SUBJECT = 99
"""Less than 100 characters, on one line (Publish, Subject)."""


class Publish(Sender):
    """Publish messages to a topic; it gives their ``ids``."""

    word, kind, done = "publish", "topic", "published"
    lists = True
    service, single, batch = "sns", "publish", "publish_batch"
    entries, body = "PublishBatchRequestEntries", "Message"

    def own(self, message: Reader) -> dict[str, Any]:
        """``subject``."""
        subject = message.text("subject")
        if len(subject) > LONGEST_SUBJECT or not subject.isprintable():
            message.bad("subject", f"a `subject` is one line of at most {LONGEST_SUBJECT} characters")
        return {"subject": subject}

    def place(self, name: str) -> dict[str, str]:
        return {"TopicArn": f"${{{name}.arn}}"}

    def more(self, message: Message) -> dict[str, Any]:
        return {"Subject": message.subject} if message.subject else {}
