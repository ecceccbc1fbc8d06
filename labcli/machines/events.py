"""What one event of an execution's history tells. Whatever stands in it, reading it raises nothing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from labcli.machines.definition import from_json


def caught_name(output: Any) -> str:
    """The name of the error that a Catch put into the output of a state, at its top or one step down (ResultPath)."""
    found = from_json(output)
    places = [found, *found.values()] if isinstance(found, Mapping) else []
    named = (each["Error"] for each in places if isinstance(each, Mapping) and isinstance(each.get("Error"), str))
    return next(named, "")


def details_of(event: Mapping[str, Any]) -> Mapping[str, Any]:
    """The details of an event: each sort has its own key, ``…EventDetails``."""
    found = next((v for key, v in event.items() if isinstance(key, str) and key.endswith("EventDetails")), None)
    return found if isinstance(found, Mapping) else {}


def resource_of(kind: str, details: Mapping[str, Any]) -> str:
    """What a Task calls, as the events of its work tell: ``lambda``, or ``sqs:sendMessage``."""
    if kind.startswith("Lambda") or (details.get("resourceType"), details.get("resource")) == ("lambda", "invoke"):
        return "lambda"
    return f"{details.get('resourceType', '')}:{details.get('resource', '')}".strip(":")


def seconds_of(stamp: Any) -> float | None:
    """A time as AWS gives it (ISO text, or a datetime), in seconds since the epoch."""
    try:
        if isinstance(stamp, str):
            stamp = datetime.fromisoformat(stamp)
        return float(stamp.timestamp()) if isinstance(stamp, datetime) else None
    except (ValueError, OverflowError, OSError):
        return None
