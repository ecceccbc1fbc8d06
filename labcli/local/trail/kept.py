"""What the trail keeps of a call: what identifies, and nothing that is secret or large.

A value is hidden by the name that it stands under, wherever that is: in parameters, in an answer, inside of JSON text.
What was hidden is looked for in everything else that is said of the call: an error repeats what it refuses.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

HIDDEN = "(hidden)"
LONGEST = 1024
"""Bytes of a text that is kept; of a longer one, its size."""
MOST = 100
"""Entries of a list that are kept."""
DEEPEST = 12
_KNOWN = 8
"""Characters from which on something hidden is looked for elsewhere; shorter ones would hide innocent text."""
_SECRET = ("password", "passphrase", "secret", "token", "credential", "privatekey", "plaintext", "assertion", "zipfile")
_SECRETS_OF = {"ssm": frozenset({"value"}), "kms": frozenset({"ciphertextblob"})}
"""Beside those, names that mean a secret in one service."""
_NAMES_ONE = re.compile(r"(id|name|names|arn|type|version|versionid)$")  # SecretId, TokenType: they name it
_HANDLES = frozenset({"receipthandle"})
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_IN_TEXT = re.compile(r'(\\*"([\w-]+)\\*"\s*:\s*\\*")([^"\\]+)')
_BATCH = frozenset({"Successful", "Failed", "Id", "Code"})

ANSWERS: Mapping[str, frozenset[str]] = {
    "sqs": _BATCH
    | {
        *(
            "QueueUrl",
            "QueueUrls",
            "Messages",
            "MessageId",
            "Body",
            "ReceiptHandle",
            "SequenceNumber",
            "MessageGroupId",
        ),
        *("ApproximateReceiveCount", "ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"),
        *("ApproximateNumberOfMessagesDelayed", "QueueArn", "ApproximateNumberOfMessagesMoved", "Status"),
    },
    "sns": _BATCH
    | {"TopicArn", "SubscriptionArn", "MessageId", "SequenceNumber", "Topics", "Subscriptions", "Endpoint", "Protocol"},
    "lambda": frozenset(
        {
            *("FunctionName", "FunctionArn", "Version", "State", "UUID", "EventSourceArn", "Functions"),
            *("EventSourceMappings", "FunctionError", "StatusCode", "errorType", "errorMessage"),
        }
    ),
    "states": frozenset(
        {
            *("executionArn", "stateMachineArn", "stateMachineVersionArn", "stateMachineAliasArn", "activityArn"),
            *("mapRunArn", "status", "revisionId", "name", "error", "executions", "stateMachines"),
        }
    ),
    "iam": frozenset(
        {
            *("RoleName", "UserName", "GroupName", "PolicyName", "PolicyNames", "PolicyArn", "Arn", "Roles", "Users"),
            "AttachedPolicies",
        }
    ),
    "logs": frozenset({"logGroupName", "logGroups", "logStreamName", "logStreams", "events", "eventId"}),
    "sts": frozenset({"Account", "Arn", "UserId"}),
    "tagging": frozenset({"ResourceARN"}),
}
"""By the service that the signature names: the fields of its answers that say what was made, moved or found."""


@dataclass
class Sieve:
    """Takes out of one call what must not be kept."""

    service: str
    longest: int = LONGEST
    most: int = MOST
    hidden: dict[str, str] = field(default_factory=dict)
    """What was taken out, and what stands for it."""

    def params(self, value: Any) -> Any:
        """Parameters, without secrets and long texts."""
        return self._clean(value, "", DEEPEST)

    def answer(self, value: Any) -> Any:
        """The fields of an answer that identify; the rest is left out."""
        return self._clean(_only(value, ANSWERS.get(self.service, frozenset()), DEEPEST), "", DEEPEST)

    def said(self, text: str) -> str:
        """A sentence about the call, without what was taken out of it."""
        for known, instead in self.hidden.items():
            if len(known) >= _KNOWN:
                text = text.replace(known, instead)
        return text if len(text) <= self.longest else f"{text[: self.longest - 1]}…"

    def _clean(self, value: Any, name: str, deep: int) -> Any:
        if deep == 0:
            return "…"
        if isinstance(value, Mapping):
            return self._fields(value, name, deep)
        if isinstance(value, list):
            return [self._clean(each, name, deep - 1) for each in value[: self.most]]
        if isinstance(value, str):
            return self._text(value, name)
        return value

    def _fields(self, value: Mapping[str, Any], name: str, deep: int) -> dict[str, Any]:
        if _plain(name) == "environment" and isinstance(values := value.get("Variables"), Mapping):
            value = {**value, "Variables": {str(key): self._hide(each) for key, each in values.items()}}
        # An entry of a map in the query protocol: what it is called stands beside its value.
        called = next((str(value[key]) for key in ("Name", "Key", "key") if isinstance(value.get(key), str)), "")
        found = {}
        for key, each in value.items():
            secret = self._secret(str(key)) or (key in ("Value", "value") and self._secret(called))
            found[str(key)[: self.longest]] = self._hide(each) if secret else self._clean(each, str(key), deep - 1)
        return found

    def _text(self, text: str, name: str) -> str:
        if _plain(name) in _HANDLES and not _UUID.fullmatch(text):  # a message's id in its place is what went wrong
            return self._instead(text, _short(text))
        if len(text.encode("utf-8", "surrogatepass")) > self.longest:
            return self._instead(text, f"({len(text.encode('utf-8', 'surrogatepass')):,} bytes)")
        return _IN_TEXT.sub(self._within, text) if '"' in text else text

    def _within(self, match: re.Match[str]) -> str:
        if _plain(match[2]) in _HANDLES:
            return f"{match[1]}{self._instead(match[3], _short(match[3]))}"
        return f"{match[1]}{self._hide(match[3])}" if self._secret(match[2]) else match[0]

    def _secret(self, name: str) -> bool:
        plain = _plain(name)
        if plain in _SECRETS_OF.get(self.service, ()):
            return True
        return any(word in plain for word in _SECRET) and not _NAMES_ONE.search(plain)

    def _hide(self, value: Any) -> Any:
        for text in _texts(value, DEEPEST):
            self._instead(text, HIDDEN)
        return None if value is None else HIDDEN

    def _instead(self, text: str, shown: str) -> str:
        self.hidden[text] = shown
        return shown


def _only(value: Any, names: frozenset[str], deep: int, named: bool = False) -> Any:
    """The fields of these names, with the way to them. How many there are in a named list says much, also where
    nothing of them is kept.
    """
    if deep and isinstance(value, Mapping):
        found = {}
        for key, each in value.items():
            if not isinstance(each, Mapping | list):
                if key in names:
                    found[key] = each
            elif (inner := _only(each, names, deep - 1, key in names)) or key in names:
                found[key] = inner
        return found
    if not (deep and isinstance(value, list)):
        return {}
    if not all(isinstance(each, Mapping | list) for each in value):
        return value if named else []
    items = [_only(each, names, deep - 1) for each in value]
    return items if named or any(items) else []


def _short(handle: str) -> str:
    """A receipt handle: enough to see which one it is, and whether it was cut; nobody can use it."""
    return f"{handle[:4]}…{handle[-6:]} ({len(handle)})" if len(handle) > 16 else HIDDEN


def _plain(name: str) -> str:
    return re.sub(r"[_\-.]", "", name).casefold()


def _texts(value: Any, deep: int) -> Iterable[str]:
    if isinstance(value, str):
        yield value
    elif deep and isinstance(value, Mapping | list):
        for each in value.values() if isinstance(value, Mapping) else value:
            yield from _texts(each, deep - 1)
