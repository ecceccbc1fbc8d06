"""The states that neither call nor wait: Pass, Succeed and Fail."""

from __future__ import annotations

from labcli.local.stepfunctions.interpreter.errors import StateError
from labcli.local.stepfunctions.interpreter.visit import Outcome, Visit


async def pass_on(visit: Visit) -> Outcome:
    """A Pass gives its input, its Parameters or its Result."""
    if visit.jsonata:
        return await visit.passed(visit.state, visit.state.get("Next"))
    if "Result" in visit.state:
        result = visit.state["Result"]
        visit.seen("result", result)
    else:
        result = await visit.arguments()
    return await visit.outcome(result, selected=False)


async def succeed(visit: Visit) -> Outcome:
    """The end of a line."""
    return await visit.passed(visit.state, None)


async def fail(visit: Visit) -> Outcome:
    """The failure that the state declares; either part may be absent."""
    if not visit.jsonata:
        visit.effective()
    raise StateError(await _said(visit, "Error"), await _said(visit, "Cause"))


async def _said(visit: Visit, key: str) -> str | None:
    state = visit.state
    if f"{key}Path" in state:
        text = state[f"{key}Path"]
        view = visit.view(visit.input)
        found = view.computed(f"{key}Path", text) if text.lstrip().startswith("States.") else view.path(text)
        return str(found)
    if key not in state:
        return None
    return str(await visit.view().typed(state[key], key, "string")) if visit.jsonata else str(state[key])
