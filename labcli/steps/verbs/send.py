"""The verb ``send``: messages to a queue, one call for one message, batches of ten for more."""

from __future__ import annotations

from typing import Any

from labcli.lab.model import Step
from labcli.lab.reader import Reader
from labcli.rules.sqs import DELAY
from labcli.steps.verbs.messages import Message
from labcli.steps.verbs.sender import Sender


class Send(Sender):
    """Send messages; it gives their ``ids``."""

    word, kind, done = "send", "queue", "sent"
    service, single, batch = "sqs", "send_message", "send_message_batch"
    entries, body = "Entries", "MessageBody"

    def own(self, message: Reader) -> dict[str, Any]:
        """``delay``."""
        delay = message.duration("delay", *DELAY)
        if delay is not None and delay != int(delay):
            message.bad("delay", "`delay` is whole seconds")
        return {"delay": None if delay is None else int(delay)}

    def place(self, name: str) -> dict[str, str]:
        return {"QueueUrl": f"${{{name}.url}}"}

    def more(self, message: Message) -> dict[str, Any]:
        return {} if message.delay is None else {"DelaySeconds": message.delay}

    def queue(self, step: Step) -> str:
        """Where the messages went."""
        return f"${{{step.args.to}.url}}"
