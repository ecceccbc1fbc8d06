"""Deduplication within a message group: FIFO topics whose FifoThroughputScope is MessageGroup (SNS API Reference,
CreateTopic and Publish).

The engine remembers deduplication ids of a whole topic. There they are told apart by their group, which stands before
them while the message is in the engine, and no longer when it is delivered.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Any

SCOPES = ("Topic", "MessageGroup")


def within_group(topic: Any, text: str, group: str, deduplication: str) -> str:
    """The id that the engine is to remember, empty when it may take the one that it finds."""
    if not _by_group(topic):
        return ""
    return f"{group}\n{deduplication or sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()}"


def plain(topic: Any, group: str, deduplication: str) -> str:
    """The id as the subscribers get it."""
    return deduplication.removeprefix(f"{group}\n") if _by_group(topic) else deduplication


def _by_group(topic: Any) -> bool:
    return bool(topic["attributes"].get("FifoThroughputScope") == "MessageGroup")
