"""The named views of ``show``: what a learner looks at again and again, drawn the same way each time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from labcli.steps.evidence.evidence import Facts

_PAUSE = 0.8
"""Seconds without an event that make two events two moments."""

_ENDING = {1: "st", 2: "nd", 3: "rd"}


def _messages(document: Mapping[str, Any]) -> Facts:
    """The messages of a receive: which, how often received, what they say."""
    messages = document.get("Messages") or []
    counts = [str(each.get("Attributes", {}).get("ApproximateReceiveCount", "")) for each in messages]
    facts: Facts = [("message", [each["MessageId"] for each in messages] or "none")]
    if any(counts):
        facts.append(("receives", counts))
    if messages:
        facts.append(("body", [each["Body"] for each in messages]))
    return facts


def _depth(document: Mapping[str, Any]) -> Facts:
    """How many messages are visible, in flight and delayed, after the step."""
    depth = document.get("depth") or {}
    return [("visible", depth.get("visible")), ("in flight", depth.get("in_flight")), ("delayed", depth.get("delayed"))]


def _deliveries(document: Mapping[str, Any]) -> Facts:
    """What a ``consume`` completed, in order, moment by moment."""
    facts: Facts = []
    moment, before = "at once", 0.0
    for event in _ended(document):
        at = event["at"]
        if at - before > _PAUSE:
            moment = f"after {at:.0f} s"
        before = at
        said = _said(event)
        if facts and facts[-1][0] == moment:
            facts[-1] = (moment, f"{facts[-1][1]} {said}")
        else:
            facts.append((moment, said))
    return facts


def _ended(document: Mapping[str, Any]) -> list[Any]:
    """The events of a ``consume`` at which an attempt ended; the events of an execution are none."""
    events = document.get("events")
    known = [each for each in events if isinstance(each, Mapping)] if isinstance(events, list) else []
    return [each for each in known if each.get("what", "received") != "received"]


def _attempts(document: Mapping[str, Any]) -> Facts:
    """Every attempt of a ``consume`` at a message, a row each: when, which, its receive count, how it ended."""
    ended = _ended(document)
    return [
        ("at, s", [f"{event['at']:.1f}" for event in ended]),
        ("message", [event["id"] for event in ended] or "none"),
        ("body", [event["label"] for event in ended]),
        ("receive", [_nth(event["receives"]) for event in ended]),
        ("result", [event["what"] for event in ended]),
    ]


def _said(event: Mapping[str, Any]) -> str:
    label = str(event["label"])
    if event["what"] == "crashed":
        return f"({label}: worker dies)"
    again = f" ({_nth(event['receives'])} receive)" if event["receives"] > 1 else ""
    return f"{label}{again}" if event["what"] == "completed" else f"{label}{again}: {event['what']}"


def _nth(number: int) -> str:
    return f"{number}{_ENDING.get(number, 'th')}"


VIEWS: dict[str, Callable[[Mapping[str, Any]], Facts]] = {
    "messages": _messages,
    "depth": _depth,
    "deliveries": _deliveries,
    "attempts": _attempts,
}


def fits(view: str, document: Mapping[str, Any]) -> bool:
    """Whether a view can be drawn from a document. The events of an execution are not those of a ``consume``."""
    if FITS[view] not in document or FITS[view] != "events":
        return FITS[view] in document
    from labcli.machines.visits import is_history  # few steps have events

    return not is_history(document)


FITS: dict[str, str] = {"messages": "Messages", "depth": "depth", "deliveries": "events", "attempts": "events"}
"""The key that a document has when the view can be drawn from it."""
