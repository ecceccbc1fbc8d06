"""A state machine, a branch of a Parallel, the processor of a Map: ``StartAt``, ``States`` and what is around."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from labcli.rules.asl.diagnostic import LABCLI, Diagnostic
from labcli.rules.asl.graph import Graph
from labcli.rules.asl.node import Node, Report, reference, speaks_jsonata
from labcli.rules.asl.quotas import NUMBER
from labcli.rules.asl.states import state

LONGEST_NAME = 80
"""Characters of a state's name (Step Functions quotas)."""
ENDLESS = Diagnostic("MISSING_END_STATE", "Workflow has no terminal state", ("States",), "", "")

TOP = ("Comment", "QueryLanguage", "StartAt", "States", "TimeoutSeconds", "Version")
BRANCH = ("Comment", "StartAt", "States")
_NESTED_ODD = ("TimeoutSeconds", "Version")


def top(definition: dict[str, Any], report: Report) -> None:
    """Check a whole definition."""
    report.jsonata = speaks_jsonata(definition, False)
    whole = Node(definition, (), report, report.jsonata)
    whole.known(TOP)
    whole.choice("QueryLanguage", "JSONPath", "JSONata")
    whole.choice("Version", "1.0")
    replace(whole, jsonata=False).number("TimeoutSeconds", 0, NUMBER)
    if _machine(whole):
        report.missing.append(ENDLESS)


def branch(node: Node, also: tuple[str, ...] = ()) -> None:
    """Check a branch, or an item processor, which has a field more."""
    odd = [key for key in _NESTED_ODD if key in node.data]
    for key in odd:
        node.note(f"`{key}` is a field of the whole state machine only", key)
    node.known((*BRANCH, *also, *odd))
    _machine(node)


def _machine(node: Node) -> bool:
    """Check the states and their transitions. Whether no state is the last: AWS asks that of the top level only."""
    node.required(*(("States", "StartAt") if not node.path else ("StartAt", "States")))
    states = node.object("States")
    if states is None:
        if "StartAt" in node.data:
            node.text("StartAt")
        return False
    if not states.data:
        node.schema("Value cannot be empty", "States")
        return False
    graph = Graph(node, states.data)
    graph.start()
    for name, data in states.data.items():
        _name(node, name)
        if isinstance(data, dict):
            state(states.inner(data, name), name, graph, branch)
        else:
            graph.give_up()
            if not reference(data):
                states.schema("Expected value of type [OBJECT]", name)
    if not node.path and graph.endless():
        return True
    graph.unreachable()
    return False


def _name(node: Node, name: str) -> None:
    """Names are short, and unique in the whole machine, not in the branch alone."""
    path = node.at("States", name)
    if len(name) > LONGEST_NAME:
        limit = f"exceeds the {LONGEST_NAME}-character limit allowed by the service"
        node.note(f"The state name '{name}' {limit}", "States", name, code="INVALID_STATE_NAME")
    if name in node.report.names:
        # a distributed Map runs its processor as executions of their own; what AWS says there is not known
        code = LABCLI if _distributed(node) else "DUPLICATE_STATE_NAME"
        node.note(f"Duplicate State name: {name}", "States", name, code=code)
    else:
        node.report.names[name] = path


def _distributed(node: Node) -> bool:
    config = node.data.get("ProcessorConfig")
    return isinstance(config, dict) and config.get("Mode") == "DISTRIBUTED"
