"""Queues and messages of SQS: names, attributes and ranges, and what AWS answers to others.

Facts: SQS API Reference (CreateQueue, SetQueueAttributes, SendMessage, ReceiveMessage, ChangeMessageVisibility). Texts
marked R are recorded from AWS.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any, NamedTuple

from labcli.rules import messages, policies
from labcli.rules.finding import Finding, whole

LONGEST_NAME = 80
"""Characters of a queue's name, ``.fifo`` among them."""
FIFO_SUFFIX = ".fifo"
_NAME = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)


class Range(NamedTuple):
    """The lowest and the highest value."""

    low: int
    high: int


VISIBILITY = Range(0, 43_200)
DELAY = Range(0, 900)
WAIT = Range(0, 20)
PAGE = Range(1, 1000)
"""Queues in one answer of ListQueues and ListDeadLetterSourceQueues."""
RANGES: Mapping[str, Range] = {
    "VisibilityTimeout": VISIBILITY,
    "DelaySeconds": DELAY,
    "MaximumMessageSize": Range(1024, 1_048_576),
    "MessageRetentionPeriod": Range(60, 1_209_600),
    "ReceiveMessageWaitTimeSeconds": WAIT,
    "KmsDataKeyReusePeriodSeconds": Range(60, 86_400),
}
"""Attributes that are numbers: seconds, of ``MaximumMessageSize`` bytes."""
RECEIVES = Range(1, 1000)
"""maxReceiveCount of a redrive policy."""
BATCH = Range(1, 10)
"""Messages of one receive, and entries of one batch."""
LARGEST_MESSAGE = RANGES["MaximumMessageSize"].high
MOST_ATTRIBUTES = 10
"""Attributes of one message."""
DEFAULT_VISIBILITY = 30

WORDS: Mapping[str, tuple[str, ...]] = {
    "FifoQueue": ("true", "false"),
    "ContentBasedDeduplication": ("true", "false"),
    "DeduplicationScope": ("queue", "messageGroup"),
    "FifoThroughputLimit": ("perQueue", "perMessageGroupId"),
    "SqsManagedSseEnabled": ("true", "false"),
}
"""Attributes that are one of a few words."""
FIFO_DEFAULTS = {"DeduplicationScope": "queue", "FifoThroughputLimit": "perQueue"}
FIFO_ONLY = frozenset({"FifoQueue", "ContentBasedDeduplication", *FIFO_DEFAULTS})
SETTABLE = frozenset({*RANGES, *WORDS, "Policy", "RedrivePolicy", "RedriveAllowPolicy", "KmsMasterKeyId"})
READABLE = SETTABLE | {"All", "CreatedTimestamp", "LastModifiedTimestamp", "QueueArn"} | {
    f"ApproximateNumberOfMessages{which}" for which in ("", "NotVisible", "Delayed")
}  # fmt: skip
PERMISSIONS = ("allowAll", "denyAll", "byQueue")
"""redrivePermission of a redrive allow policy."""
MOST_SOURCES = 10
"""Queues that a redrive allow policy may name."""
MOVES_PER_SECOND = Range(1, 500)
"""MaxNumberOfMessagesPerSecond of a redrive."""
MOVE_TASKS = Range(1, 10)
"""Redrives of one queue that are listed."""

ID = re.compile(r"[!-~]{1,128}", re.ASCII)
"""A group or a deduplication id of a message."""
NO_DEDUPLICATION = (  # R
    "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly"
)
NOT_THIS_TYPE = "The request include parameter that is not valid for this queue type."  # R, AWS's own grammar
_QUEUE_ARN = re.compile(r"arn:aws[a-z-]*:sqs:[a-z0-9-]+:\d{12}:[A-Za-z0-9_.-]+", re.ASCII)
_LETTERS = re.compile(r"[A-Za-z0-9_.\u00c0-\u017f-]")  # R: ø, ß and ä too
_CHARACTERS = (  # R
    "Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | "
    "#x10000 to #x10FFFF"
)
_ATTRIBUTE: Mapping[messages.Code, str] = {
    messages.Code.NAME_LENGTH: "Message (user) attribute name must be shorter than 256 bytes.",
    messages.Code.CHARACTER: "Message (user) attributes name can only contain upper and lower score characters, "
    "digits, periods, hyphens and underscores. ",
    messages.Code.RESERVED: "You can't use message attribute names beginning with 'AWS.' or 'Amazon'. These strings "
    "are reserved for internal use.",
    messages.Code.STARTS: "Message (user) attribute name must not begin with character '.'.",
    messages.Code.ENDS: "Message (user) attribute name must not end with character '.'.",
    messages.Code.SUCCESSIVE: "Message (user) attribute name must not have successive '.' characters.",
    messages.Code.NO_TYPE: "The message (user) attribute '{name}' must contain a non-empty message attribute type.",
    messages.Code.TYPE: "The type of message (user) attribute '{name}' is invalid. You must use only the following "
    "supported type prefixes: Binary, Number, String.",
    messages.Code.TYPE_LENGTH: "Message (user) attribute type must be shorter than 256 bytes.",
    messages.Code.FIELD: "Message (user) attribute '{name}' with type '{given}' must use field '{field}'.",
    messages.Code.EMPTY: "Message (user) attribute '{name}' must contain a non-empty value of type '{given}'.",  # R
    messages.Code.NUMBER: "Can't cast the value of message (user) attribute '{name}' to a number.",
    messages.Code.CONTENT: _CHARACTERS,
}
_ALLOW = "Amazon SQS can't create the redrive allow policy"


class Code(StrEnum):
    """The rules of queues."""

    NAME = "name"
    UNKNOWN = "unknown"
    FIFO_ONLY = "fifo only"
    RANGE = "range"
    WORD = "word"
    THROUGHPUT = "throughput"
    ENCRYPTION = "encryption"
    REDRIVE = "redrive"
    RECEIVES = "receives"
    GROUP = "group"
    NO_GROUP = "no group"
    DEDUPLICATION = "deduplication"
    NO_DEDUPLICATION = "no deduplication"
    TYPE = "type"
    DELAY = "delay"
    POLICY = "policy"
    REDRIVE_ALLOW = "redrive allow"
    BODY = "body"
    MANY = "many"


def invalid(value: object, name: str, reason: str) -> str:
    """AWS's sentence about a value that a parameter cannot have."""
    return f"Value {value} for parameter {name} is invalid. Reason: {reason}"


def name(value: str, fifo: bool) -> list[Finding]:
    """What AWS refuses in the name of a queue."""
    bare = value.removesuffix(FIFO_SUFFIX) if fifo else value
    if _NAME.fullmatch(bare) and len(value) <= LONGEST_NAME and (not fifo or value != bare):
        return []
    said = "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length"
    if fifo:
        said = "The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, "
        said += "must end with .fifo suffix and be 1 to 80 in length"
    return [Finding(Code.NAME, said, (), value, "InvalidParameterValue")]


def attributes(given: Mapping[str, Any], fifo: bool, held: Mapping[str, Any] = {}) -> Iterator[Finding]:
    """What AWS refuses in the attributes of a queue: those it does not have, and values that they cannot have.

    ``held`` are those it has already, where some are set anew.
    """
    for key, value in given.items():
        if key not in SETTABLE:
            yield Finding(Code.UNKNOWN, f"Unknown Attribute {key}.", (key,), value, "InvalidAttributeName")
        elif key in FIFO_ONLY and not fifo:
            said = f"Unknown Attribute {key}."
            if key in FIFO_DEFAULTS:  # R
                said = f"You can specify the {key} only when FifoQueue is set to true."
            yield Finding(Code.FIFO_ONLY, said, (key,), value, "InvalidAttributeName")
        elif key in RANGES and not whole(value, *RANGES[key]):
            yield _bad(Code.RANGE, key, value)
        elif key in WORDS and str(value) not in WORDS[key]:
            yield _bad(Code.WORD, key, value)
        elif key == "Policy" and value and (not policies.statements(str(value)) or policies.unknown_services(value)):
            yield _bad(Code.POLICY, key, value)
        elif key == "RedrivePolicy" and value:
            yield from redrive(str(value))
        elif key == "RedriveAllowPolicy" and value:
            yield from redrive_allow(str(value))
    scope = {**FIFO_DEFAULTS, **held, **given}["DeduplicationScope"]
    if fifo and given.get("FifoThroughputLimit") == "perMessageGroupId" and scope != "messageGroup":
        yield _bad(Code.THROUGHPUT, "FifoThroughputLimit", "perMessageGroupId")
    if given.get("KmsMasterKeyId") and given.get("SqsManagedSseEnabled") == "true":
        said = "You can use one type of server-side encryption (SSE) at one time. "
        said += "You can either enable KMS SSE or SQS SSE."
        yield Finding(Code.ENCRYPTION, said, ("SqsManagedSseEnabled",), "true", "InvalidAttributeValue")


def _bad(code: Code, key: str, value: Any) -> Finding:
    return Finding(code, f"Invalid value for the parameter {key}.", (key,), value, "InvalidAttributeValue")


def redrive(text: str) -> Iterator[Finding]:
    """What AWS refuses in the text of a redrive policy; whether its queue is there is for others to say."""
    if (policy := _map(text)) is None:
        yield bad_redrive(text, "Redrive policy is not a valid JSON map.")
        return
    for key in ("deadLetterTargetArn", "maxReceiveCount"):
        if key not in policy:
            yield bad_redrive(text, f"Redrive policy does not contain mandatory attribute: {key}.")
            return
    count = policy["maxReceiveCount"]
    if not whole(count, *RECEIVES):
        said = f"Invalid value for maxReceiveCount: {count}, valid values are from 1 to 1000 both inclusive."
        yield bad_redrive(text, said, Code.RECEIVES)
    elif not _QUEUE_ARN.fullmatch(str(policy["deadLetterTargetArn"])):
        yield bad_redrive(text, "Invalid value for deadLetterTargetArn.")  # R


def _map(text: str) -> dict[str, Any] | None:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def redrive_allow(text: str) -> Iterator[Finding]:
    """What AWS refuses in the text of a redrive allow policy."""
    policy = _map(text) or {}
    permission, sources = policy.get("redrivePermission"), policy.get("sourceQueueArns", [])
    named = isinstance(sources, list) and all(isinstance(each, str) for each in sources)
    if permission not in PERMISSIONS or not named or policy.keys() - {"redrivePermission", "sourceQueueArns"}:
        said = (
            f"Invalid value for the parameter RedriveAllowPolicy. Reason: {_ALLOW}, as it’s in an unsupported format."
        )
        yield Finding(Code.REDRIVE_ALLOW, said, ("RedriveAllowPolicy",), text, "InvalidAttributeValue")
    elif sources and permission != "byQueue":
        yield _not_allowed(text, "To specify one or more source queue ARNs, you must set redrivePermission to byQueue.")
    elif permission == "byQueue" and not sources:
        said = "When you specify the byQueue permission type, you must also specify one or more sourceQueueArns values."
        yield _not_allowed(text, said)
    elif len(sources) > MOST_SOURCES:
        yield _not_allowed(text, f"The maximum number of source queue ARNs you can specify is {MOST_SOURCES}.")


def _not_allowed(text: str, reason: str) -> Finding:
    said = invalid(text, "RedriveAllowPolicy", f"{_ALLOW}. {reason}")
    return Finding(Code.REDRIVE_ALLOW, said, ("RedriveAllowPolicy",), text, "InvalidParameterValue")


def may_redrive(allow: str, source_arn: str) -> bool:
    """Whether the redrive allow policy of a queue (its text, empty when it has none) lets this queue name it."""
    policy = _map(allow) or {}
    permission = policy.get("redrivePermission", "allowAll")
    return permission == "allowAll" or (permission == "byQueue" and source_arn in policy.get("sourceQueueArns", []))


def bad_redrive(text: str, reason: str, code: Code = Code.REDRIVE) -> Finding:
    """A redrive policy that AWS refuses."""
    return Finding(code, invalid(text, "RedrivePolicy", reason), ("RedrivePolicy",), text, "InvalidParameterValue")


def message(given: Mapping[str, Any], fifo: bool, by_content: bool) -> Iterator[Finding]:
    """What AWS refuses in the ids and the delay of one message. ``by_content``: the queue makes deduplication ids."""
    for key, code in (("MessageGroupId", Code.GROUP), ("MessageDeduplicationId", Code.DEDUPLICATION)):
        value = given.get(key)
        empty = value == "" and not fifo  # R of the group; a FIFO queue then says that it is missing
        if empty or (value and not ID.fullmatch(str(value))):
            said = f"{key} can only include alphanumeric and punctuation characters. 1 to 128 in length."
            yield _parameter(code, value, key, said)
    delay = given.get("DelaySeconds")
    if delay is not None and not whole(delay, *DELAY):
        yield _parameter(Code.DELAY, delay, "DelaySeconds", f"DelaySeconds must be >= {DELAY.low} and <= {DELAY.high}.")
    elif fifo and delay is not None and int(delay):
        yield _parameter(Code.TYPE, delay, "DelaySeconds", NOT_THIS_TYPE)
    deduplication = given.get("MessageDeduplicationId")
    if not fifo and deduplication:
        yield _parameter(Code.TYPE, deduplication, "MessageDeduplicationId", NOT_THIS_TYPE)
    if fifo and not given.get("MessageGroupId"):
        said = "The request must contain the parameter MessageGroupId."
        yield Finding(Code.NO_GROUP, said, ("MessageGroupId",), None, "MissingParameter")
    if fifo and not (deduplication or by_content):
        path = ("MessageDeduplicationId",)
        yield Finding(Code.NO_DEDUPLICATION, NO_DEDUPLICATION, path, None, "InvalidParameterValue")


def _parameter(code: Code, value: Any, key: str, reason: str) -> Finding:
    return Finding(code, invalid(value, key, reason), (key,), value, "InvalidParameterValue")


def body(text: str) -> Iterator[Finding]:
    """What AWS refuses in the text of a message."""
    if messages.unsendable(text):
        yield Finding(Code.BODY, _CHARACTERS, ("MessageBody",), text, "InvalidMessageContents")


def message_attributes(given: Mapping[str, Any]) -> Iterator[Finding]:
    """What AWS refuses in the attributes of one message; of each attribute the first."""
    if len(given) > MOST_ATTRIBUTES:
        said = f"Number of message attributes [{len(given)}] exceeds the allowed maximum [{MOST_ATTRIBUTES}]."
        yield Finding(Code.MANY, said, ("MessageAttributes",), len(given), "InvalidParameterValue")
    for fault in messages.faults(given, _LETTERS, reserved=True):
        said = _ATTRIBUTE[fault.code].format(name=fault.name, given=fault.given, field=fault.field)
        path = ("MessageAttributes", fault.name)
        yield Finding(fault.code, said, path, fault.given, "InvalidParameterValue")
