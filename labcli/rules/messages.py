"""Messages of SQS and SNS: their characters, and the names, types and values of their attributes.

Facts: SQS API Reference (SendMessage), SQS Developer Guide (message attributes), SNS Developer Guide (message
attributes). What AWS says of each fault differs between the two services: ``sqs.py`` and ``sns.py``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any, NamedTuple

LONGEST = 255
"""Bytes of the name and of the type of an attribute."""
KINDS = ("String", "Number", "Binary")
"""What the type of an attribute is, or what stands before its dot: ``Number.float``."""
RESERVED = ("aws.", "amazon.")
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)


class Code(StrEnum):
    """The rules of message attributes, in the order in which they are asked."""

    NAME_LENGTH = "attribute name length"
    CHARACTER = "attribute name character"
    RESERVED = "attribute name reserved"
    STARTS = "attribute name starts with a dot"
    ENDS = "attribute name ends with a dot"
    SUCCESSIVE = "attribute name has successive dots"
    NO_TYPE = "attribute without type"
    TYPE = "attribute type"
    TYPE_LENGTH = "attribute type length"
    FIELD = "attribute in another field"
    EMPTY = "attribute empty"
    NUMBER = "attribute number"
    CONTENT = "attribute characters"


class Fault(NamedTuple):
    """One thing that is wrong with one attribute."""

    code: Code
    name: str
    given: str = ""
    """The character, the type or the value that is wrong."""

    @property
    def field(self) -> str:
        """Where the value of such a type stands: ``Binary`` or ``String``."""
        return "Binary" if self.given.startswith("Binary") else "String"


def unsendable(text: str) -> bool:
    """Whether it has a character that no message may have: those are the characters of XML 1.0."""
    return bool(_FORBIDDEN.search(text))


def faults(attributes: Mapping[str, Any], letters: re.Pattern[str], reserved: bool) -> Iterator[Fault]:
    """What is wrong with each attribute, the first of each. ``letters`` is one character that a name may have;
    ``reserved`` when names of AWS's own are refused.
    """
    for name, value in attributes.items():
        given = value if isinstance(value, Mapping) else {}
        if found := _of_name(name, letters, reserved) or _of_value(name, given):
            yield found


def _of_name(name: str, letters: re.Pattern[str], reserved: bool) -> Fault | None:
    if not name or len(name.encode("utf-8", "surrogatepass")) > LONGEST:
        return Fault(Code.NAME_LENGTH, name)
    if reserved and name.lower().startswith(RESERVED):
        return Fault(Code.RESERVED, name)
    if name.startswith("."):
        return Fault(Code.STARTS, name)
    if name.endswith("."):
        return Fault(Code.ENDS, name)
    if wrong := next((each for each in name if not letters.fullmatch(each)), ""):
        return Fault(Code.CHARACTER, name, wrong)
    return Fault(Code.SUCCESSIVE, name) if ".." in name else None


def _of_value(name: str, value: Mapping[str, Any]) -> Fault | None:
    kind = str(value.get("DataType") or "")
    basis, dot, label = kind.partition(".")
    if not kind:
        return Fault(Code.NO_TYPE, name)
    if basis not in KINDS or (dot and not label) or unsendable(label):
        return Fault(Code.TYPE, name, kind)
    if len(kind.encode("utf-8", "surrogatepass")) > LONGEST:
        return Fault(Code.TYPE_LENGTH, name, kind)
    own, other = ("BinaryValue", "StringValue") if basis == "Binary" else ("StringValue", "BinaryValue")
    said = value.get(own)
    if not said:
        return Fault(Code.FIELD if value.get(other) else Code.EMPTY, name, kind)
    if basis == "Number" and not _NUMBER.fullmatch(str(said)):
        return Fault(Code.NUMBER, name, str(said))
    wrong = _FORBIDDEN.search(str(said)) if basis == "String" else None
    return Fault(Code.CONTENT, name, wrong[0]) if wrong else None
