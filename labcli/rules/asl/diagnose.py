"""The static check of Amazon States Language: what AWS would refuse in a state machine definition, before it is made.

``diagnose`` takes parsed data, ``diagnose_text`` the JSON text that goes to AWS. A string with ``${…}`` in it is a
reference that a lab fills in later: it passes wherever a value may stand.
"""

from __future__ import annotations

from typing import Any

from labcli.rules.asl import json_text, machine
from labcli.rules.asl.diagnostic import LABCLI, SCHEMA, Diagnostic, refusal, refused
from labcli.rules.asl.node import Report
from labcli.rules.asl.operations import Operations
from labcli.rules.asl.quotas import DEFINITION

__all__ = ["DEEPEST", "LABCLI", "Diagnostic", "diagnose", "diagnose_text", "refusal", "refused"]

DEEPEST = 200
"""Levels of objects and lists; no definition that does something comes near it."""
_MOST = 1_000_000  # values; a text of the allowed length holds fewer

_NO_OBJECT = Diagnostic(SCHEMA, "Definition must be a valid JSON object", (), "", "")


def diagnose(definition: Any, kind: str = "STANDARD", operations: Operations | None = None) -> list[Diagnostic]:
    """Every mistake in a definition that is data already; ``kind`` is STANDARD or EXPRESS.

    With ``operations``, what a Task calls is held against AWS's API models too.
    """
    if not isinstance(definition, dict):
        return [_NO_OBJECT]
    if wrong := _unreadable(definition):
        return [wrong]
    report = Report(kind, operations=operations)
    try:
        machine.top(definition, report)
    except RecursionError:  # whoever asks has used up the stack
        return [Diagnostic(LABCLI, "The definition is nested too deeply to be checked here")]
    return report.found


def diagnose_text(text: str, kind: str = "STANDARD", operations: Operations | None = None) -> list[Diagnostic]:
    """Every mistake in the JSON text of a definition."""
    if not text.strip():
        return [_NO_OBJECT]
    if len(text) > DEFINITION:
        return [Diagnostic(SCHEMA, f"Definition must have length less than or equal to {DEFINITION}", (), "", "")]
    definition, found = json_text.parse(text)
    if definition is None and found:
        return found
    return found + diagnose(definition, kind, operations)


def _unreadable(definition: dict[Any, Any]) -> Diagnostic | None:
    """What must not be walked: values nested without end, and keys that JSON does not have."""
    left: list[tuple[Any, int]] = [(definition, 1)]
    count = 0
    while left:
        value, depth = left.pop()
        count += 1
        if depth > DEEPEST or count > _MOST:
            return Diagnostic("TOO_DEEPLY_NESTED", "The definition is nested too deeply or too large", (), "", "")
        if isinstance(value, dict):
            if not all(isinstance(key, str) for key in value):
                return Diagnostic(LABCLI, "every key of a definition is text")
            left += [(each, depth + 1) for each in value.values() if isinstance(each, dict | list)]
        elif isinstance(value, list):
            left += [(each, depth + 1) for each in value if isinstance(each, dict | list)]
    return None
