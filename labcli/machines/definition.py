"""A state machine's definition as data to look at: its states, the ways between them, its rules in words.

Nothing here checks a definition, and nothing raises on one: what does not fit is left out.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

MOST = 2000
"""States that are looked at. AWS allows a definition of 1 MB (CreateStateMachine, ``definition``)."""
DEEPEST = 20
"""Parallel and Map states inside each other that are looked at."""

_SIGNS = {"Equals": "=", "LessThan": "<", "GreaterThan": ">", "LessThanEquals": "≤", "GreaterThanEquals": "≥"}
_TESTS = {
    "IsPresent": "is there", "IsNull": "is null", "IsString": "is text", "IsNumeric": "is a number",
    "IsBoolean": "is true or false", "IsTimestamp": "is a time",
}  # fmt: skip


class Way(NamedTuple):
    """A way out of a state: what is said of it (a rule, ``else``, a caught error; empty for ``Next``), and whereto."""

    said: str
    to: str
    error: bool = False


def from_json(text: Any) -> Any:
    """What a JSON text says; anything else as it is."""
    if not isinstance(text, str):
        return text
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def parsed(definition: Any) -> dict[str, Any]:
    """A definition given as JSON text or as a mapping; an empty mapping when it is neither."""
    definition = from_json(definition)
    return dict(definition) if isinstance(definition, Mapping) and _states(definition) else {}


def _states(machine: Any) -> Mapping[str, Any]:
    states = machine.get("States") if isinstance(machine, Mapping) else None
    return states if isinstance(states, Mapping) else {}


def states(machine: Any) -> dict[str, Mapping[str, Any]]:
    """The states of one level, in the order in which they are written."""
    return {str(name): state for name, state in _states(machine).items() if isinstance(state, Mapping)}


def start(machine: Any) -> str:
    """The state where a level begins."""
    named = machine.get("StartAt") if isinstance(machine, Mapping) else None
    return named if isinstance(named, str) else next(iter(states(machine)), "")


def inside(state: Mapping[str, Any]) -> list[Any]:
    """The machines inside a state: the branches of a Parallel, the one of a Map (``Iterator`` is its old name)."""
    if isinstance(branches := state.get("Branches"), list):
        return branches
    inner = state.get("ItemProcessor", state.get("Iterator"))
    return [inner] if isinstance(inner, Mapping) else []


def every_state(machine: Any) -> Iterator[tuple[str, Mapping[str, Any], tuple[str, int]]]:
    """Every state at every depth: its name, itself, and where it is: in which state's which branch (``("", 0)``)."""
    left: list[tuple[Any, tuple[str, int], int]] = [(machine, ("", 0), 0)]
    seen = 0
    while left:
        here, home, depth = left.pop()
        for name, state in states(here).items():
            seen += 1
            if seen > MOST:
                return
            yield name, state, home
            if depth < DEEPEST:
                left += [(inner, (name, index), depth + 1) for index, inner in enumerate(inside(state))]


def ways(state: Mapping[str, Any]) -> list[Way]:
    """Every way out of a state, in the order in which AWS tries them."""
    found = []
    for rule in _rules(state, "Choices"):
        if isinstance(rule.get("Next"), str):
            found.append(Way(rule_words(rule), rule["Next"]))
    if isinstance(default := state.get("Default"), str):
        found.append(Way("else", default))
    if isinstance(after := state.get("Next"), str):
        found.append(Way("", after))
    for catcher in _rules(state, "Catch"):
        if isinstance(catcher.get("Next"), str):
            found.append(Way(_errors(catcher), catcher["Next"], True))
    return found


def ends(state: Mapping[str, Any]) -> bool:
    """Whether an execution, or a branch, can end here."""
    return state.get("End") is True or state.get("Type") in ("Succeed", "Fail")


def _errors(rule: Mapping[str, Any]) -> str:
    names = rule.get("ErrorEquals")
    return ", ".join(str(name) for name in names) if isinstance(names, list) else "an error"


def retries(state: Mapping[str, Any]) -> list[str]:
    """The retriers in words: ``TransientError: 3 times, after 1 s, × 2``. AWS's defaults: 3, 1 s, 2 (ASL, Retriers)."""
    said = []
    for rule in _rules(state, "Retry"):
        times, wait = rule.get("MaxAttempts", 3), rule.get("IntervalSeconds", 1)
        said.append(
            f"{_errors(rule)}: {times} time{'s' * (times != 1)}, after {wait} s, × {rule.get('BackoffRate', 2)}"
        )
    return said


def _rules(state: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    rules = state.get(key)
    return [rule for rule in rules if isinstance(rule, Mapping)] if isinstance(rules, list) else []


def task_words(resource: str) -> str:
    """What a Task calls: ``→ lambda`` for a function, ``sqs:sendMessage`` for an integration."""
    parts = resource.split(":")
    if (len(parts) >= 7 and parts[2] == "lambda") or parts[5:7] == ["lambda", "invoke"]:
        return "→ lambda"
    if len(parts) >= 7 and parts[2] == "states" and parts[5] != "activity":
        return ":".join(parts[-2:])
    return f"→ {parts[-1]}" if len(parts) > 1 else f"→ {resource}" if resource else ""


def kind_words(state: Mapping[str, Any]) -> str:
    """A state's type, and what it does: ``Task → lambda``, ``Wait 5 s``, ``Parallel · 3 branches``."""
    kind = str(state.get("Type", ""))
    match kind:
        case "Task":
            what = task_words(str(state.get("Resource", "")))
            return what if ":" in what else f"Task {what}".rstrip()
        case "Wait":
            return f"Wait {state['Seconds']} s" if isinstance(state.get("Seconds"), int | float) else kind
        case "Parallel":
            return f"Parallel · {counted(len(inside(state)), 'branch', 'branches')}"
        case "Fail":
            return f"Fail {state['Error']}" if isinstance(state.get("Error"), str) else kind
    return kind


def counted(count: int, one: str, several: str) -> str:
    """``1 branch``, ``3 branches``."""
    return f"{count} {one if count == 1 else several}"


def rule_words(rule: Mapping[str, Any], depth: int = 0) -> str:
    """A rule of a Choice: ``$.total ≥ 1000``, ``$.a is there and not ($.b = "x")``."""
    if isinstance(condition := rule.get("Condition"), str):
        return condition.strip().removeprefix("{%").removesuffix("%}").strip()
    for key, word in (("And", " and "), ("Or", " or ")):
        if isinstance(rules := rule.get(key), list) and depth < DEEPEST:
            said = [rule_words(each, depth + 1) for each in rules if isinstance(each, Mapping)]
            return f"({word.join(said)})" if depth else word.join(said)
    if isinstance(inner := rule.get("Not"), Mapping) and depth < DEEPEST:
        return f"not ({rule_words(inner, depth + 1)})"
    variable = str(rule.get("Variable", "?"))
    for key, value in rule.items():
        if key in _TESTS and isinstance(value, bool):
            return f"{variable} {_TESTS[key]}" if value else f"not ({variable} {_TESTS[key]})"
        if (sign := _sign(key)) is not None:
            said_value = value if key.endswith("Path") else json.dumps(value, ensure_ascii=False, default=str)
            return f"{variable} {sign} {said_value}"
    return variable


def _sign(key: str) -> str | None:
    """The sign of a comparison by its name: ``NumericGreaterThanEquals`` → ``≥``."""
    name = key.removesuffix("Path")
    if name == "StringMatches":
        return "matches"
    kind = next((k for k in ("String", "Numeric", "Boolean", "Timestamp") if name.startswith(k)), "")
    return _SIGNS.get(name.removeprefix(kind)) if kind else None
