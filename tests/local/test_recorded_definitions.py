"""`lab check` against definitions that AWS was asked to take: what it took is clean, what it refused is found."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from labcli.aws.integrations import sdk_operations
from labcli.rules.asl.diagnose import diagnose_text
from labcli.rules.asl.diagnostic import refused

RECORDED = Path(__file__).resolve().parents[2].parent / "shared" / "recorded" / "data"
ASKED = ("CreateStateMachine", "UpdateStateMachine", "ValidateStateMachineDefinition")


class Asked(NamedTuple):
    scenario: str
    text: str
    kind: str
    taken: bool


def everything() -> Iterator[Asked]:
    """Every definition of the recordings, and whether AWS took it."""
    for file in sorted(RECORDED.glob("*.jsonl")):
        for line in file.read_text(encoding="utf-8").splitlines():
            scenario = json.loads(line)
            yield from _of(scenario)


def _of(scenario: dict[str, Any]) -> Iterator[Asked]:
    name, kind = scenario["name"], scenario.get("type", "STANDARD")
    if scenario["kind"] == "execution":
        yield Asked(name, _text(scenario.get("definition_text", scenario.get("definition"))), kind, True)
    elif scenario["kind"] == "cases":
        yield from (Asked(name, _text(case["definition"]), kind, True) for case in scenario["cases"])
    for step in scenario.get("steps", ()):
        given = step.get("with", {})
        if step.get("call", "").rpartition(".")[2] not in ASKED or "definition" not in given:
            continue
        code = step.get("error", {}).get("Code", "")
        if code in ("", "InvalidDefinition"):  # other refusals are no word on the definition
            taken = not code and "fails" not in step and step.get("recorded", {}).get("result") != "FAIL"
            yield Asked(name, _text(given["definition"]), given.get("type", "STANDARD"), taken)


def _text(definition: Any) -> str:
    text = definition if isinstance(definition, str) else json.dumps(definition)
    text = re.sub(r"<<\w+\.activityArn>>", "arn:aws:states:eu-west-1:123456789012:activity:a", text)
    return re.sub(r"<<\w+\.\w*[aA]rn>>", "arn:aws:lambda:eu-west-1:123456789012:function:f", text)


@pytest.mark.skipif(not RECORDED.is_dir(), reason="the recorded answers of AWS beside the checkout are not there")
def test_what_aws_took_is_clean_and_what_it_refused_is_found(figure: Callable[[str], None]) -> None:
    alarms: list[tuple[str, str]] = []
    missed: list[str] = []
    taken = not_taken = 0
    for asked in everything():
        found = diagnose_text(asked.text, asked.kind, sdk_operations())
        taken, not_taken = taken + asked.taken, not_taken + (not asked.taken)
        if asked.taken:
            alarms += [(asked.scenario, f"{each.location} {each.message}{each.hint}") for each in found]
        elif not refused(found):
            missed.append(asked.scenario)
    figure(
        f"definitions that AWS took: {taken}, {len(alarms)} false alarms; "
        f"that it refused: {not_taken}, {len(missed)} missed"
    )
    assert (alarms, missed) == ([], [])
    assert taken > 700 and not_taken > 10
