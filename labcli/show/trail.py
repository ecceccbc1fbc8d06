"""``labcli local trail``: the learner's calls as a table, as lines that come, as documents."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Mapping
from typing import Any

from labcli.aws.trail import TrailCall
from labcli.context import Context
from labcli.local.process.keyring import REGION
from labcli.local.shells import current
from labcli.show.documents import document, write
from labcli.show.screen import Screen
from labcli.show.text import plural, short, visible

SHOWN = 50
"""Calls of the table; a document has all."""
_IDS = ("MessageId", "SubscriptionArn", "executionArn", "UUID", "TopicArn", "QueueUrl", "FunctionError")
"""What says most about an answer, the first that is there."""

_GLOBAL = ("iam", "sts")
"""Services that are called in us-east-1 wherever one is."""


def draw_trail(screen: Screen, calls: list[TrailCall]) -> None:
    """The last calls, the newest at the end."""
    if not calls:
        screen.line("No call was made from outside yet.")
        screen.next(current(screen.context.env).enter(), "for the aws CLI and boto3")
        return
    shown = calls[-SHOWN:]
    screen.table(("time", "client", "call", "on", "answer"), [_cells(screen, call) for call in shown], 1)
    screen.line("")
    if len(shown) < len(calls):
        screen.flow(f"the last {len(shown)} of {plural(len(calls), 'call')}; all of them: --output json")
    refused = sum(not call.ok for call in calls)
    screen.flow(f"{plural(len(calls), 'call')}, {refused} refused")
    screen.next("labcli local trail -f", "as they come; the rights they need: --as policy")


def _cells(screen: Screen, call: TrailCall) -> tuple[Any, ...]:
    at, client, *rest = _row(screen, call)
    return at, screen.text(client.replace(" ", "\u00a0")), *rest  # which is no place to break a line


def draw_call(screen: Screen, call: TrailCall) -> None:
    """One call on a line, as soon as it was made."""
    at, client, named, on, answer = _row(screen, call)
    about = "  ".join(each for each in (at, client, named, visible(on)) if each)
    mark, outcome = answer[:2], short(visible(answer[2:]))
    screen.flow(f"{about}  ", (mark, "good" if call.ok else "bad"), outcome, hang=10)


def _row(screen: Screen, call: TrailCall) -> tuple[str, ...]:
    at = time.strftime("%H:%M:%S", time.localtime(call.time))
    if screen.context.clock() - call.time > 24 * 3600:
        at = time.strftime("%d %b %H:%M", time.localtime(call.time))
    return at, call.client, f"{call.service} {call.operation}", _on(call), f"{'✔' if call.ok else '✘'} {_outcome(call)}"


def _on(call: TrailCall) -> str:
    """The name of what it acts on; the region where it is not the usual one, which is a common mistake."""
    name = call.resource
    name = name.rpartition("/")[2] if "://" in name else name.rpartition(":")[2] if name.startswith("arn:") else name
    elsewhere = call.region != REGION and call.service not in _GLOBAL
    return f"{name} ({call.region})".strip() if elsewhere else name


def _outcome(call: TrailCall) -> str:
    if not call.ok:
        return f"{call.error}: {call.message}" if call.error else call.message
    answer = call.answer
    for name, value in answer.items():
        if isinstance(value, list) and name not in ("Failed",):
            return _counted(name, value, answer)
    found = next((name for name in _IDS if isinstance(answer.get(name), str)), "")
    return f"{found} {_last(str(answer[found]))}" if found else ""


def _counted(name: str, value: list[Any], answer: Mapping[str, Any]) -> str:
    failed = answer.get("Failed")
    behind = f", {len(failed)} failed" if isinstance(failed, list) and failed else ""
    word = name.removesuffix("s") if len(value) == 1 else name
    return f"{len(value)} {word}{behind}"


def _last(value: str) -> str:
    return (
        value.rpartition("/")[2] if "://" in value else value.rpartition(":")[2] if value.startswith("arn:") else value
    )


def write_trail(context: Context, calls: Iterable[TrailCall]) -> None:
    """All calls as one document."""
    write(context, document("trail", 0, calls=[as_data(call) for call in calls]))


def write_call(screen: Screen, call: TrailCall) -> None:
    """One call as a line of JSON."""
    screen.write(json.dumps(as_data(call), ensure_ascii=True) + "\n")


def as_data(call: TrailCall) -> dict[str, Any]:
    """A call as data."""
    return {**call._asdict(), "resource": call.resource, "ok": call.ok}
