"""Topics and messages of SNS: names, subjects, attributes, order, and what AWS answers to others.

Facts: SNS API Reference (CreateTopic, Publish), SNS Developer Guide (message attributes). Texts marked R are recorded
from AWS.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any

from labcli.rules import messages
from labcli.rules.finding import Finding

LONGEST_NAME = 256
"""Characters of a topic's name, ``.fifo`` among them."""
LONGEST_DISPLAY_NAME = 100
MOST_TAGS = 50
"""Tags of a topic (SNS Developer Guide, "Tagging")."""
LONGEST_SUBJECT = 100
FIFO_SUFFIX = ".fifo"
_NAME = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)
_LETTERS = re.compile(r"[A-Za-z0-9_.-]", re.ASCII)
_ATTRIBUTE: Mapping[messages.Code, str] = {
    messages.Code.NAME_LENGTH: "Length of message attribute name must be less than 256 bytes.",  # R
    messages.Code.CHARACTER: "Invalid non-alphanumeric character '#x{hex}' was found in the message attribute name. "
    "Can only include alphanumeric characters, hyphens, underscores, or dots.",  # R
    messages.Code.STARTS: "Invalid message attribute name starting with character '.' was found.",  # R
    messages.Code.ENDS: "Invalid message attribute name ending with character '.' was found.",  # R
    messages.Code.SUCCESSIVE: "Message attribute name can not have successive '.' character.",  # R
    messages.Code.NO_TYPE: "The message attribute '{name}' must contain non-empty message attribute type.",
    messages.Code.TYPE: "The message attribute '{name}' has an invalid message attribute type, the set of supported "
    "type prefixes is Binary, Number, and String.",  # R
    messages.Code.TYPE_LENGTH: "Length of message attribute type must be less than 256 bytes.",
    messages.Code.FIELD: "The message attribute '{name}' with type '{given}' must use field '{field}'.",  # R
    messages.Code.EMPTY: "The message attribute '{name}' must contain non-empty message attribute value for message "
    "attribute type '{given}'.",  # R
    messages.Code.NUMBER: "Could not cast message attribute '{name}' value to number.",
    messages.Code.CONTENT: "Invalid binary character '#x{hex}' was found in the message attribute '{name}' value, the "
    "set of allowed characters is #x9 | #xA | #xD | [#x20-#xD7FF] | [#xE000-#xFFFD] | [#x10000-#x10FFFF]",
}


class Code(StrEnum):
    """The rules of topics and of messages for them."""

    NAME = "name"
    NO_GROUP = "no group"
    NO_DEDUPLICATION = "no deduplication"
    TYPE = "type"


def name(value: str, fifo: bool) -> list[Finding]:
    """What AWS refuses in the name of a topic."""
    bare = value.removesuffix(FIFO_SUFFIX) if fifo else value
    if _NAME.fullmatch(bare) and len(value) <= LONGEST_NAME and (not fifo or value != bare):
        return []
    return [_bad(Code.NAME, "Topic Name", "Name", value)]


def subject(text: str) -> bool:
    """Whether a message may have this subject: one line, and not an empty one (R)."""
    printed = not any(ord(character) < 32 for character in text)
    return 0 < len(text) <= LONGEST_SUBJECT and printed and not text[0].isspace()


def ordering(given: Mapping[str, Any], fifo: bool, by_content: bool) -> Iterator[Finding]:
    """What AWS refuses in the ids of one message. ``by_content``: the topic makes deduplication ids."""
    group, deduplication = given.get("MessageGroupId"), given.get("MessageDeduplicationId")
    if fifo and not group:
        said = "The MessageGroupId parameter is required for FIFO topics"
        yield _bad(Code.NO_GROUP, said, "MessageGroupId", group)
    if fifo and not (by_content or deduplication):
        said = "The topic should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided "
        yield _bad(Code.NO_DEDUPLICATION, f"{said}explicitly", "MessageDeduplicationId", deduplication)
    if not fifo and deduplication:
        key = "MessageDeduplicationId"
        said = f"{key} Reason: The request includes {key} parameter that is not valid for this topic type"
        yield _bad(Code.TYPE, said, key, deduplication)


def message_attributes(given: Mapping[str, Any]) -> Iterator[Finding]:
    """What AWS refuses in the attributes of one message; of each attribute the first. ``AWS.SNS.`` names are no fault:
    the attributes of SMS and mobile push are called so.
    """
    for fault in messages.faults(given, _LETTERS, reserved=False):
        words = {"name": fault.name, "given": fault.given, "field": fault.field}
        said = _ATTRIBUTE[fault.code].format(**words, hex=f"{ord(fault.given[:1] or chr(0)):X}")
        yield Finding(fault.code, said, ("MessageAttributes", fault.name), fault.given, "ParameterValueInvalid")


def _bad(code: Code, said: str, key: str, given: Any) -> Finding:
    return Finding(code, f"Invalid parameter: {said}", (key,), given, "InvalidParameter")
