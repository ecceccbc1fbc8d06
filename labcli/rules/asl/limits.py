"""What AWS takes and the embedded AWS cannot run, in one table: `lab check` and CreateStateMachine say it alike."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from labcli.rules.asl.diagnostic import LABCLI, Diagnostic, Path

SAID = "The embedded AWS of labcli cannot run {}."

_ANY = re.compile(r".", re.DOTALL)
# field of a state, or of an object in it -> what its value is like, and what that is called
_FIELDS: Mapping[str, tuple[re.Pattern[str], str]] = {
    "ExecutionType": (re.compile("EXPRESS"), "a Map whose ExecutionType is EXPRESS"),
    "ItemBatcher": (_ANY, "an ItemBatcher"),
    "ToleratedFailurePercentage": (_ANY, "a ToleratedFailurePercentage"),
    "WriterConfig": (_ANY, "a WriterConfig"),
    "CSVDelimiter": (_ANY, "a CSVDelimiter"),
    "ItemsPointer": (_ANY, "an ItemsPointer"),
    "ManifestType": (_ANY, "a ManifestType"),
    "InputType": (re.compile("JSONL|PARQUET"), "this InputType"),
    "Resource": (re.compile(r"arn:[^:]*:states:::http:invoke"), "http:invoke"),
}
_OBJECTS = ("ItemReader", "ReaderConfig", "ResultWriter", "ItemProcessor", "Iterator", "ProcessorConfig")
_TEXT = re.compile(r"'(?:[^'\\]|\\.)*'", re.DOTALL)
# a literal argument that its parser does not read
_ARGUMENT = re.compile(r"[(,]\s*(-?\d+(?:\.\d+|(?:\.\d+)?[eE][-+]?\d+))\s*(?=[,)])")


def beyond(definition: Any) -> list[Diagnostic]:
    """What of a definition that is right the embedded AWS cannot run."""
    return [Diagnostic(LABCLI, SAID.format(what), path) for path, what in _machine(definition, ())]


def _machine(machine: Any, path: Path) -> Iterator[tuple[Path, str]]:
    states = machine.get("States") if isinstance(machine, dict) else None
    for name, state in states.items() if isinstance(states, dict) else ():
        if isinstance(state, dict):
            here = (*path, "States", name)
            yield from _fields(state, here)
            yield from _calls(state, here)
            for index, branch in enumerate(state["Branches"] if isinstance(state.get("Branches"), list) else ()):
                yield from _machine(branch, (*here, "Branches", index))
            for key in ("ItemProcessor", "Iterator"):
                yield from _machine(state.get(key), (*here, key))


def _fields(node: dict[str, Any], path: Path) -> Iterator[tuple[Path, str]]:
    for key, value in node.items():
        pattern, what = _FIELDS.get(key, (None, ""))
        if pattern is not None and pattern.match(str(value)):
            yield (*path, key), what
        elif key in _OBJECTS and isinstance(value, dict):
            yield from _fields(value, (*path, key))


def _calls(value: Any, path: Path) -> Iterator[tuple[Path, str]]:
    """The calls of intrinsic functions in payloads; states inside have their own turn."""
    if isinstance(value, dict):
        for key, each in value.items():
            if key.endswith(".$") and isinstance(each, str) and (what := _call(each)):
                yield (*path, key), what
            elif key not in ("States", "Branches"):
                yield from _calls(each, (*path, key))
    elif isinstance(value, list):
        for index, each in enumerate(value):
            yield from _calls(each, (*path, index))


def _call(text: str) -> str:
    found = _ARGUMENT.search(_TEXT.sub("''", text)) if text.lstrip().startswith("States.") else None
    return f"an intrinsic function with the argument {found[1]}" if found is not None else ""
