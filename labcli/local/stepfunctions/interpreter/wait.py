"""A Wait: so many seconds, or until a moment. It survives a stop of the embedded AWS."""

from __future__ import annotations

from typing import Any

from labcli.local.stepfunctions.interpreter.comparisons import timestamp
from labcli.local.stepfunctions.interpreter.errors import QUERY, StateError, runtime
from labcli.local.stepfunctions.interpreter.values import text_of
from labcli.local.stepfunctions.interpreter.visit import Outcome, Visit
from labcli.rules.asl.quotas import NUMBER

_FORMAT = "ISO-8601 extended offset date-time format string"


async def perform(visit: Visit) -> Outcome:
    """Wait, or wait on."""
    frame = visit.frame
    if frame.pause is None:
        frame.pause = {"for": "time", "until": await _until(visit)}
    await visit.run.until(frame.pause["until"])
    return await visit.passed(visit.state, None if visit.state.get("End") else visit.state["Next"])


async def _until(visit: Visit) -> float:
    state, now = visit.state, visit.run.hub.clock()
    if "Seconds" in state:
        return float(now + _seconds(await visit.view().typed(state["Seconds"], "Seconds", "number")))
    if "Timestamp" in state:
        found = await visit.view().typed(state["Timestamp"], "Timestamp", "string")
        if (at := timestamp(found)) is None:
            text = f"The Timestamp field cannot be parsed as an {_FORMAT}: {found}"
            raise StateError(QUERY, text, told=True, location="Timestamp")
        return at
    data = visit.effective()
    if "SecondsPath" in state:
        return float(now + _seconds_at(visit, data, state["SecondsPath"]))
    path = state["TimestampPath"]
    found = _found(visit, data, path, "TimestampPath")
    if (at := timestamp(found)) is None:
        shown = found if isinstance(found, str) else text_of(found)
        raise runtime(f"The TimestampPath parameter does not reference a valid {_FORMAT}: {path} == {shown}")
    return at


def _seconds_at(visit: Visit, data: Any, path: str) -> float:
    found = _found(visit, data, path, "SecondsPath")
    if isinstance(found, bool) or not isinstance(found, int):
        shown = found if isinstance(found, str) else text_of(found)
        raise runtime(f"The SecondsPath parameter cannot be parsed as a long value: {path} == {shown}")
    if found < 0:
        raise runtime(f"The SecondsPath parameter references a negative value: {path} == {found}")
    return _seconds(found)


def _found(visit: Visit, data: Any, path: str, key: str) -> Any:
    try:
        return visit.view(data).path(path)
    except StateError:
        raise runtime(f"The {key} parameter does not reference an input value: {path}") from None


def _seconds(value: float) -> float:
    if not 0 <= value <= NUMBER:
        raise runtime(f"The seconds to wait must be between 0 and {NUMBER}, not {value}")
    return float(value)
