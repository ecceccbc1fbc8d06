"""A Choice: the first rule that holds says where to go."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labcli.local.stepfunctions.interpreter import jsonpath
from labcli.local.stepfunctions.interpreter.comparisons import TESTS, compared
from labcli.local.stepfunctions.interpreter.errors import StateError, runtime
from labcli.local.stepfunctions.interpreter.view import View
from labcli.local.stepfunctions.interpreter.visit import Outcome, Visit

NO_CHOICE = "Failed to transition out of the state. The state does not point to a next state."
"""As users of AWS have published it."""
NO_VARIABLE = "Invalid path '{}': The choice state's condition path references an invalid value."
MISSING: Any = object()


async def perform(visit: Visit) -> Outcome:
    """Find the rule; its Assign and Output count; the state's own when none holds."""
    state = visit.state
    view = visit.view() if visit.jsonata else visit.view(visit.effective())
    for index, rule in enumerate(state["Choices"]):
        holds = await _condition(view, rule, index) if visit.jsonata else _holds(view, rule)
        if holds:
            return await visit.passed(rule, rule["Next"])
    if "Default" not in state:
        raise StateError("States.NoChoiceMatched", NO_CHOICE, told=True)
    return await visit.passed(state, state["Default"])


async def _condition(view: View, rule: Mapping[str, Any], index: int) -> bool:
    return bool(await view.typed(rule["Condition"], f"Choices[{index}]/Condition", "boolean"))


def _holds(view: View, rule: Mapping[str, Any]) -> bool:
    if "And" in rule:
        return all(_holds(view, each) for each in rule["And"])
    if "Or" in rule:
        return any(_holds(view, each) for each in rule["Or"])
    if "Not" in rule:
        return not _holds(view, rule["Not"])
    operator = next(key for key in rule if key in TESTS or key.removesuffix("Path") in TESTS)
    value = _look(view, rule["Variable"])
    if operator == "IsPresent":
        return bool((value is not MISSING) == rule[operator])
    if value is MISSING:
        raise runtime(NO_VARIABLE.format(rule["Variable"]))
    wanted = rule[operator]
    if operator not in TESTS:
        wanted = _look(view, wanted)
        if wanted is MISSING:
            raise runtime(NO_VARIABLE.format(rule[operator]))
        operator = operator.removesuffix("Path")
    return compared(operator, value, wanted)


def _look(view: View, path: str) -> Any:
    try:
        return view.read(path)
    except jsonpath.PathError:
        return MISSING
