"""A queue as a lab declares it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from labcli.lab.reader import Reader
from labcli.rules import policies, sqs

_NUMBERS = {
    "visibility": "VisibilityTimeout",
    "delay": "DelaySeconds",
    "retention": "MessageRetentionPeriod",
    "receive_wait": "ReceiveMessageWaitTimeSeconds",
    "kms_reuse": "KmsDataKeyReusePeriodSeconds",
}
"""Keys that are seconds, and AWS's attributes."""
_SAID: Mapping[str, tuple[str, str]] = {
    sqs.Code.THROUGHPUT: ("throughput", "`throughput: group` needs `dedup_scope: group`"),
    sqs.Code.ENCRYPTION: ("sse", "a queue is encrypted by `kms_key` or by `sse`, not by both"),
}
"""What an author is told, and at which key, where AWS refuses attributes that do not go together."""


@dataclass(frozen=True)
class QueueProps:
    """A queue as a lab declares it. ``attributes`` are AWS's, by AWS's names; references may stand in them."""

    fifo: bool
    attributes: Mapping[str, Any] = field(default_factory=dict)
    dead_letter: str = ""
    after: int = 0
    sources: tuple[str, ...] = ()
    """The only queues that may use this one as a dead-letter queue."""

    def takes_from(self, name: str) -> bool:
        """Whether this queue may be the dead-letter queue of that one (CreateQueue, RedriveAllowPolicy)."""
        return (
            name in self.sources if self.sources else sqs.may_redrive(self.attributes.get("RedriveAllowPolicy", ""), "")
        )


def read_queue(declaration: Reader) -> QueueProps:
    """Read ``{queue: standard, visibility: 3, dead_letter: {to: dlq, after: 3}, …}``."""
    fifo = declaration.choice("queue", ("standard", "fifo")) == "fifo"
    if declaration.data.get("queue") in (None, ""):
        declaration.findings.add(declaration.at("queue"), "a queue is `standard` or `fifo`", key=True)
    found: dict[str, Any] = {}
    for key, attribute in _NUMBERS.items():
        seconds = declaration.duration(key, *sqs.RANGES[attribute])
        if seconds is not None:
            if seconds != int(seconds):
                declaration.bad(key, f"`{key}` is whole seconds")
            found[attribute] = str(int(seconds))
    size = declaration.integer("max_size", *sqs.RANGES["MaximumMessageSize"])
    if size is not None:
        found["MaximumMessageSize"] = str(size)
    _encryption(declaration, found)
    _fifo(declaration, fifo, found)
    for finding in sqs.attributes(found, fifo):
        if finding.code in _SAID:  # all else was said where it was read
            declaration.bad(*_SAID[finding.code])
    if declaration.has("policy"):
        found["Policy"] = declaration.mapping("policy")
        if found["Policy"] and not policies.statements(found["Policy"]):
            said = "`policy` is a policy of AWS: `Version`, and a `Statement` with `Effect`, `Principal` and `Action`"
            declaration.bad("policy", said)
    to, after = _dead_letter(declaration)
    allowed = declaration.raw("dead_letters_from")
    sources: tuple[str, ...] = ()
    if allowed in ("all", "none"):
        permission = {"all": "allowAll", "none": "denyAll"}[allowed]
        found["RedriveAllowPolicy"] = json.dumps({"redrivePermission": permission})
    elif allowed is not None:
        sources = declaration.texts("dead_letters_from")
    return QueueProps(fifo, found, to, after, sources)


def _encryption(declaration: Reader, found: dict[str, Any]) -> None:
    key = declaration.text("kms_key")
    if key:
        found["KmsMasterKeyId"] = key
    sse = declaration.flag("sse")
    if sse is not None:
        found["SqsManagedSseEnabled"] = "true" if sse else "false"


def _fifo(declaration: Reader, fifo: bool, found: dict[str, Any]) -> None:
    if fifo:
        found["FifoQueue"] = "true"
    for key, attribute, words in (
        ("dedup", "ContentBasedDeduplication", {"content": "true", "id": "false"}),
        ("dedup_scope", "DeduplicationScope", {"queue": "queue", "group": "messageGroup"}),
        ("throughput", "FifoThroughputLimit", {"queue": "perQueue", "group": "perMessageGroupId"}),
    ):
        word = declaration.choice(key, words)
        if word and not fifo:
            declaration.findings.add(declaration.at(key), f"`{key}` is for fifo queues only", key=True)
        elif word:
            found[attribute] = words[word]


def _dead_letter(declaration: Reader) -> tuple[str, int]:
    inner = declaration.inner("dead_letter", "`dead_letter`")
    if inner is None:
        return "", 0
    to, after = inner.text("to", required=True), inner.integer("after", *sqs.RECEIVES, 10)
    inner.done()
    return to, after or 10
