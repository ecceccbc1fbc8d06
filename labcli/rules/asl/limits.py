"""What AWS runs and the embedded AWS cannot: `lab check` says it, and there the state fails. Both make the machine."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from labcli.rules.asl.diagnostic import LABCLI, Diagnostic, Path

SAID = "The embedded AWS of labcli cannot run {}."

_ANY = re.compile(r".", re.DOTALL)
# field of a state, or of an object in it -> what its value is like, and what that is called
_FIELDS: Mapping[str, tuple[re.Pattern[str], str]] = {
    "WriterConfig": (_ANY, "a WriterConfig"),
    "ManifestType": (_ANY, "a ManifestType"),
    "Transformation": (re.compile("LOAD_AND_FLATTEN"), "this Transformation"),
    "InputType": (re.compile("MANIFEST|PARQUET"), "this InputType"),
    "Resource": (re.compile(r"arn:[^:]*:states:::http:invoke"), "http:invoke"),
}
_OBJECTS = ("ItemReader", "ReaderConfig", "ResultWriter", "ItemProcessor", "Iterator", "ProcessorConfig")


def beyond(definition: Any) -> list[Diagnostic]:
    """What of a definition that is right the embedded AWS cannot run."""
    return [Diagnostic(LABCLI, SAID.format(what), path) for path, what in _machine(definition, ())]


def of_state(state: dict[str, Any]) -> list[str]:
    """The same of one state, without the states inside it: what each thing is called."""
    return [what for _, what in _fields(state, ())]


def _machine(machine: Any, path: Path) -> Iterator[tuple[Path, str]]:
    states = machine.get("States") if isinstance(machine, dict) else None
    for name, state in states.items() if isinstance(states, dict) else ():
        if isinstance(state, dict):
            here = (*path, "States", name)
            yield from _fields(state, here)
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
