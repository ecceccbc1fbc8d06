"""The learner's calls, as the embedded AWS remembers them, in boto3's words.

``read_trail`` waits for calls without asking again and again: a watcher that is idle makes no call. Whatever is not
labcli's own is here: the aws CLI, boto3, the console; calls of functions and state machines are not.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any, NamedTuple

from labcli.aws.operations import Wire, wire_of
from labcli.aws.services import service_of
from labcli.context import Context
from labcli.local import life

LONGEST_WAIT = 25.0 if os.name == "posix" else 1.0
"""Seconds of one question; a longer wait is several. On Windows nothing interrupts a question, not even Ctrl-C."""
LOOK_AGAIN = 0.5
"""Seconds until we look again for one that does not run."""


class TrailCall(NamedTuple):
    """One call. Secrets, long texts and what does not identify are not in it; SECURITY.md."""

    number: int
    """Rises from call to call, with gaps, and never comes twice, also after a restart: where to go on."""
    time: float
    """When it came, seconds since the epoch."""
    client: str
    """``aws CLI``, ``boto3``, ``console``, ``labcli`` or ``other``, by what it says of itself."""
    principal: str
    """The caller's ARN."""
    region: str
    service: str
    """By boto3's name."""
    operation: str
    """By boto3's name: ``send_message``; of what no model knows, what was asked for."""
    params: dict[str, Any]
    status: int
    """HTTP's; 0 when the client left before there was an answer."""
    error: str
    """AWS's code, empty when it went well."""
    message: str
    answer: dict[str, Any]
    """Fields that identify, where they stand in the real answer; ``length(Messages)`` holds of both."""

    @property
    def ok(self) -> bool:
        """Whether it was answered, and not refused."""
        return 200 <= self.status < 400

    @property
    def resource(self) -> str:
        """What it acts on, as the learner wrote it: a name, a URL, an ARN; empty where nothing is named."""
        found = self.params.get(service_of(self.service).object_of(self.operation))
        if found is None:
            found = next((each for name, each in self.params.items() if name.lower().endswith(_NAMING)), "")
        return found if isinstance(found, str) else ""


_NAMING = ("arn", "url", "name")
_BATCHES = {
    ("sqs", "send_message_batch"): ("send_message", "Entries", "Id"),
    ("sqs", "delete_message_batch"): ("delete_message", "Entries", "Id"),
    ("sqs", "change_message_visibility_batch"): ("change_message_visibility", "Entries", "Id"),
    ("sns", "publish_batch"): ("publish", "PublishBatchRequestEntries", "Id"),
}


def read_trail(context: Context, after: int = 0, wait: float = 0.0) -> list[TrailCall]:
    """The calls after a number, the oldest first; waits so many seconds for the first of them.

    It starts nothing, so that `local stop` stops it also under who follows; that one goes on when it runs again. No
    call comes where none runs. TargetError when it cannot be reached.
    """
    until = context.monotonic() + wait
    while True:
        left = min(max(until - context.monotonic(), 0.0), LONGEST_WAIT)
        text = life.read_trail(context.home, after, left)
        found = [_call(each) for each in json.loads(text or "[]")]
        if text is None and left:
            context.sleep(min(left, LOOK_AGAIN))
        if found or context.monotonic() >= until:
            return found


def singles(call: TrailCall) -> list[TrailCall]:
    """A batch as the calls that it stands for, each with its own parameters, answer and error; else the call itself.

    Of one batch all have the same number.
    """
    operation, entries, id_name = _BATCHES.get((call.service, call.operation), ("", "", ""))
    given = call.params.get(entries)
    if not operation or not isinstance(given, list):
        return [call]
    common = {name: value for name, value in call.params.items() if name != entries}
    done, failed = (_by_id(call.answer.get(each)) for each in ("Successful", "Failed"))
    make = partial(_single, call, operation, common, done, failed)
    return [make(each, str(each.get(id_name, ""))) for each in given if isinstance(each, Mapping)] or [call]


def _single(
    call: TrailCall, operation: str, common: dict[str, Any], done: Mapping[str, Any], failed: Mapping[str, Any],
    entry: Mapping[str, Any], id_: str,
) -> TrailCall:  # fmt: skip
    params = common | {name: value for name, value in entry.items() if name != "Id"}
    answer = {name: value for name, value in done.get(id_, {}).items() if name != "Id"}
    one = call._replace(operation=operation, params=params, answer=answer)
    if call.ok and id_ in failed:
        return one._replace(
            status=400, error=str(failed[id_].get("Code", "")), message=str(failed[id_].get("Message", ""))
        )
    return one


def _by_id(entries: Any) -> dict[str, Mapping[str, Any]]:
    found: Iterable[Any] = entries if isinstance(entries, list) else ()
    return {str(each.get("Id", "")): each for each in found if isinstance(each, Mapping)}


def _call(said: Mapping[str, Any]) -> TrailCall:
    wire = Wire(said["action"], said["params"], said["query"], said["headers"], said["answer"])
    service, operation, params, answer = wire_of(said["service"], wire)
    return TrailCall(
        said["number"], said["time"], said["client"], said["principal"], said["region"], service, operation, params,
        said["status"], said["error"], said["message"], answer,
    )  # fmt: skip
