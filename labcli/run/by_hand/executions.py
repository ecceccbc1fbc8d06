"""What to say of an execution that failed in a proof: made of its error, cause and history, not of what was wanted.

Five ways to fail are most of what learners make: a path that is not there, no rule that matches, a function that was
not handed its order, a right that is missing, an ARN for a URL. Of the others the execution itself says enough.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from labcli.aws.resources.grants import WORDS, Grant
from labcli.aws.yours.rights import World, rights_of, why_not
from labcli.aws.yours.words import last_of
from labcli.errors import LabcliError
from labcli.lab.refs import NoSuchValue
from labcli.lab.words import text_of
from labcli.machines.definition import from_json

_NO_PATH = re.compile(r"(?:Invalid path|JSONPath|JsonPath argument for the field) '(\$[^']*)'")
"""Amazon States Language: a path that selects nothing is the error States.Runtime; its cause names the path."""
_DENIED = re.compile(r"assumed-role/([\w+=,.@-]+)/\S+ is not authorized to perform: (\S+) on resource: (\S+)")
"""How IAM's refusals read: User Guide, "Troubleshoot access denied error messages"."""
_OF_PYTHON = frozenset({"KeyError", "AttributeError", "TypeError", "IndexError"})
"""What a Python function raises that got something else than it works on."""
_NO_JSON = "Lambda.InvalidRequestContentException"
"""What Lambda answers to a payload that is no JSON: Lambda API Reference, Invoke."""
_ENTERED, _EXITED = "stateEnteredEventDetails", "stateExitedEventDetails"
_LONGEST = 120


def failed_in(document: Any, path: str) -> Mapping[str, Any] | None:
    """The execution that ended FAILED in a step's document; of several the one that an expectation's path names."""
    if not isinstance(document, Mapping):
        return None
    if "machine" in document and "events" in document:
        return document if document.get("status") == "FAILED" else None
    named = re.findall(r"\w+", path)
    inside = sorted(document.items(), key=lambda each: each[0] not in named)
    return next((found for _, each in inside if (found := failed_in(each, path)) is not None), None)


def why_failed(execution: Mapping[str, Any], world: World) -> str:
    """One sentence, empty when the execution's own error and cause say enough."""
    error, cause = str(execution.get("error") or ""), execution.get("cause")
    said = cause if isinstance(cause, str) else ""
    if found := _DENIED.search(said):
        return _denied(world, *found.groups())
    if error == "States.NoChoiceMatched":
        return _no_rule(execution)
    if found := _NO_PATH.search(said):
        return _no_path(execution, found[1])
    if isinstance(cause, Mapping) and cause.get("errorType") in _OF_PYTHON:
        return _handed_over(execution, f"{cause['errorType']}: {cause.get('errorMessage')}")
    if error == _NO_JSON:
        return _handed_over(execution, "")
    return ""


def _failed_state(execution: Mapping[str, Any]) -> tuple[str, Any, str]:
    """The state that was entered last, its input, and the state before it (empty when it was the first)."""
    events = execution["events"]
    entered = [each for each in events if _ENTERED in each]
    if not entered:
        return "", None, ""
    last = entered[-1][_ENTERED]
    exited = [each[_EXITED]["name"] for each in events if _EXITED in each and each["id"] < entered[-1]["id"]]
    return str(last["name"]), from_json(last.get("input")), str(exited[-1]) if exited else ""


def _no_path(execution: Mapping[str, Any], path: str) -> str:
    state, data, before = _failed_state(execution)
    if path.startswith("$$"):
        return ""
    source = f"what comes out of `{before}`" if before else "the input"
    parent = "$"
    for part in re.findall(r"[^.\[\]'\"]+", path.removeprefix("$")):
        if not isinstance(data, Mapping) or part not in data:
            what = source if parent == "$" else f"`{parent}`"
            has = f"it has {', '.join(data)}" if isinstance(data, Mapping) and data else f"it is {_short(data)}"
            return f"`{state}` looks at `{path}`, and {what} has no `{part}`; {has}."
        data, parent = data[part], f"{parent}.{part}"
    return ""


def _no_rule(execution: Mapping[str, Any]) -> str:
    state, data, _ = _failed_state(execution)
    looked = dict.fromkeys(_variables(_state(execution.get("definition"), state)))
    values = [f"{path.removeprefix('$.')} {text_of(_at(data, path))}" for path in looked]
    return f"No rule of `{state}` matched {' and '.join(values) or 'its input'}, and it has no Default."


def _variables(rule: Any) -> Iterator[str]:
    """The paths that the rules of a Choice look at."""
    if isinstance(rule, Mapping):
        if isinstance(rule.get("Variable"), str):
            yield rule["Variable"]
        for key in ("Choices", "And", "Or", "Not"):
            yield from _variables(rule.get(key))
    elif isinstance(rule, list):
        for each in rule:
            yield from _variables(each)


def _state(definition: Any, name: str) -> Any:
    """A state of a definition, at any depth: names are unique in a machine."""
    if isinstance(definition, Mapping):
        states = definition.get("States")
        if isinstance(states, Mapping) and name in states:
            return states[name]
        return next((found for each in definition.values() if (found := _state(each, name)) is not None), None)
    if isinstance(definition, list):
        return next((found for each in definition if (found := _state(each, name)) is not None), None)
    return None


def _at(data: Any, path: str) -> Any:
    for part in path.removeprefix("$").strip(".").split("."):
        data = data.get(part) if isinstance(data, Mapping) else None
    return data


def _handed_over(execution: Mapping[str, Any], raised: str) -> str:
    """A function raised, or was not called for what it was to be given: what was that?"""
    events = execution["events"]
    called = next((each for each in reversed(events) if _given(each) is not None), None)
    if called is None:
        return ""
    given = _given(called)
    if given == execution.get("input"):
        return ""  # it was: the function itself does not take it
    entered = [each[_ENTERED]["name"] for each in events if _ENTERED in each and each["id"] < called["id"]]
    if isinstance(given, str) and given.startswith("$"):
        return f"`{entered[-1]}` hands over the text `{given}`, literally: a key that takes a path ends in `.$`."
    if not raised:
        return ""
    called_with = f"`{entered[-1]}` called the function with {_short(given)}"
    return f"{called_with}, and it raised {raised}. Is the order handed over?"


def _given(event: Mapping[str, Any]) -> Any:
    """What a function was called with; None when the event is no call of one."""
    if "lambdaFunctionScheduledEventDetails" in event:
        return from_json(event["lambdaFunctionScheduledEventDetails"].get("input") or "{}")
    details = event.get("taskScheduledEventDetails") or {}
    if details.get("resourceType") != "lambda":
        return None
    parameters = from_json(details.get("parameters"))
    return parameters.get("Payload", {}) if isinstance(parameters, Mapping) else None


def _short(data: Any) -> str:
    """A value in a sentence."""
    text = json.dumps(data, ensure_ascii=False)
    return f"`{text if len(text) <= _LONGEST else f'{text[:_LONGEST]}…'}`"


def _denied(world: World, role: str, action: str, resource: str) -> str:
    """A role lacks a right, or the call named something else than is wanted."""
    resource = resource.rstrip(".")
    who = _named(world, "name", role, ("role",)) or role
    word = next((w for w, each in WORDS.items() if action.lower() in map(str.lower, each.actions)), "")
    said, kind = (WORDS[word].said, WORDS[word].kind) if word else (f"use {action} on", "")
    if ":arn:" in resource:
        return f"The call names the {kind or 'thing'} by its ARN; wanted is the URL of `{last_of(resource)}`."
    named = _named(world, "arn", resource.removesuffix(":$LATEST"), (kind,)) if kind else ""
    if named:
        try:
            return why_not(world, rights_of(world.aws, role), Grant(word, named), who)
        except (LabcliError, NoSuchValue, StopIteration):  # the policy has been mended meanwhile, or may not be read
            pass
    return f"`{who}` may not {said} `{last_of(resource)}`: no policy of it says so."


def _named(world: World, key: str, value: str, kinds: tuple[str, ...]) -> str:
    """The lab's name of the thing with this attribute, empty when it is none of the lab's."""
    for name, spec in world.declared.items():
        try:
            if spec.kind in kinds and world.resolve(name).get(key) == value:
                return name
        except NoSuchValue:
            continue
    return ""
