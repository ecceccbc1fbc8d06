"""The states of each type: which fields they have, and what may stand in them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from labcli.rules.asl.choices import rule
from labcli.rules.asl.graph import Graph
from labcli.rules.asl.maps import fields
from labcli.rules.asl.node import Node, expression, speaks_jsonata
from labcli.rules.asl.payload import assign, evaluated, paths, templates
from labcli.rules.asl.quotas import NUMBER
from labcli.rules.asl.retries import catchers, retriers
from labcli.rules.asl.task import task

Branch = Callable[[Node, tuple[str, ...]], None]
Look = Callable[[Node, str, Graph, Branch], None]

TYPES = ("Task", "Wait", "Pass", "Succeed", "Fail", "Choice", "Parallel", "Map")
ANY = ("Type", "Comment", "QueryLanguage")

_FLOW = ("Next", "End")
_PATHS = ("InputPath", "OutputPath")
_RESULT = ("ResultPath", "Parameters", "ResultSelector")
_ERRORS = ("Retry", "Catch")

# Fields of every type in both query languages: the pages of the states in the Step Functions Developer Guide
FIELDS: Mapping[str, tuple[str, ...]] = {
    "Pass": (*_FLOW, *_PATHS, "Result", "ResultPath", "Parameters", "Output", "Assign"),
    "Task": (
        *(*_FLOW, *_PATHS, *_RESULT, *_ERRORS, "Arguments", "Output", "Assign", "Resource", "Credentials"),
        *("TimeoutSeconds", "TimeoutSecondsPath", "HeartbeatSeconds", "HeartbeatSecondsPath"),
    ),
    "Wait": (*_FLOW, *_PATHS, "Output", "Assign", "Seconds", "Timestamp", "SecondsPath", "TimestampPath"),
    "Parallel": (*_FLOW, *_PATHS, *_RESULT, *_ERRORS, "Arguments", "Output", "Assign", "Branches"),
    "Map": (
        *(*_FLOW, *_PATHS, *_RESULT, *_ERRORS, "Output", "Assign", "ItemProcessor", "Iterator", "ItemsPath", "Items"),
        *("ItemSelector", "ItemReader", "ItemBatcher", "ResultWriter", "MaxConcurrency", "MaxConcurrencyPath", "Label"),
        *("ToleratedFailurePercentage", "ToleratedFailurePercentagePath"),
        *("ToleratedFailureCount", "ToleratedFailureCountPath"),
    ),
    "Choice": (*_PATHS, "Output", "Assign", "Choices", "Default"),
    "Succeed": (*_PATHS, "Output"),
    "Fail": ("Error", "Cause", "ErrorPath", "CausePath"),
}
JSONATA_ONLY = frozenset({"Arguments", "Output", "Items"})
JSONPATH_ONLY = frozenset(
    {
        *("InputPath", "OutputPath", "ResultPath", "Parameters", "ResultSelector", "Result", "ItemsPath"),
        *("TimeoutSecondsPath", "HeartbeatSecondsPath", "SecondsPath", "TimestampPath", "MaxConcurrencyPath"),
        *("ToleratedFailurePercentagePath", "ToleratedFailureCountPath", "ErrorPath", "CausePath"),
    }
)
_RFC3339 = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d+)?(Z|[+-]\d\d:\d\d)")


def state(given: Node, name: str, graph: Graph, branch: Branch) -> None:
    """Check one state and note its transitions."""
    node = replace(given, jsonata=speaks_jsonata(given.data, given.report.jsonata))
    lowered = given.report.jsonata and given.data.get("QueryLanguage") == "JSONPath"
    if lowered:
        node.schema("'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine")
    if not node.required("Type"):
        graph.give_up()
        return
    kind = node.text("Type")
    if kind is None or kind not in FIELDS:
        if kind is not None:
            said = f"The field 'Type' should have one of these values: [{', '.join(TYPES)}]"
            node.schema(said, "Type", hint=node.report.near(kind, TYPES))
        graph.transition(name, node, "Next")
        graph.give_up()
        return
    foreign = JSONPATH_ONLY if node.jsonata else JSONATA_ONLY
    # one mistake is enough: of a state that may not speak JSONPath AWS does not say which fields are not JSONPath
    node.known((*ANY, *(field for field in FIELDS[kind] if lowered or field not in foreign)), foreign & {*FIELDS[kind]})
    node.choice("QueryLanguage", "JSONPath", "JSONata")
    if "Next" in FIELDS[kind]:
        _way_out(node, name, graph)
    if not lowered:
        _data(node)
    _LOOK.get(kind, _plain)(node, name, graph, branch)
    if "Retry" in FIELDS[kind]:
        retriers(node)
        catchers(node, name, graph)


def _way_out(node: Node, name: str, graph: Graph) -> None:
    graph.transition(name, node, "Next")
    node.flag("End")
    if node.data.get("End") is False:
        node.note("`End` is true, or it is left out", "End")
        return
    node.one_of("Next", "End", needed=True)


def _data(node: Node) -> None:
    """What goes in and out: paths and payload templates, or expressions."""
    if node.jsonata:
        evaluated(node)
    else:
        paths(node)
        templates(node, "Parameters", "ResultSelector", "ItemSelector", "Credentials")
    assign(node)


def _plain(node: Node, name: str, graph: Graph, branch: Branch) -> None:
    """Pass and Succeed have nothing of their own."""


def _task(node: Node, name: str, graph: Graph, branch: Branch) -> None:
    task(node)


def _fail(node: Node, name: str, graph: Graph, branch: Branch) -> None:
    for key in ("Error", "Cause"):
        node.one_of(key, f"{key}Path")
        node.text(key)


def _wait(node: Node, name: str, graph: Graph, branch: Branch) -> None:
    node.one_of("SecondsPath", "Seconds", "TimestampPath", "Timestamp", needed=True)
    node.number("Seconds", 0, NUMBER)
    timestamp(node, "Timestamp")


def timestamp(node: Node, key: str) -> None:
    """A moment as RFC 3339 writes it, with seconds and a zone."""
    value = node.text(key)
    if value is not None and not (node.jsonata and expression(value)) and not _moment(value):
        node.schema("String does not match RFC3339 timestamp", key)


def _moment(value: str) -> bool:
    match = _RFC3339.fullmatch(value)
    try:
        return match is not None and bool(datetime.fromisoformat(match[1]))
    except ValueError:
        return False


def _choice(node: Node, name: str, graph: Graph, branch: Branch) -> None:
    node.required("Choices")
    for each in node.objects("Choices", empty=False):
        rule(each, timestamp)
        if each.required("Next"):
            graph.transition(name, each, "Next")
    graph.transition(name, node, "Default")


def _parallel(node: Node, name: str, graph: Graph, branch: Branch) -> None:
    node.required("Branches")
    for each in node.objects("Branches", empty=False):
        branch(each, ())


def _map(node: Node, name: str, graph: Graph, branch: Branch) -> None:
    node.one_of("ItemProcessor", "Iterator", needed=True)
    for key in ("MaxConcurrency", "ToleratedFailurePercentage", "ToleratedFailureCount"):
        node.one_of(key, f"{key}Path")
    node.number("MaxConcurrency", 0)
    node.number("ToleratedFailureCount", 0)
    node.number("ToleratedFailurePercentage", 0, 100, whole=False)
    for key, payload in (("ItemReader", "Parameters"), ("ItemBatcher", "BatchInput"), ("ResultWriter", "Parameters")):
        inside = node.object(key)
        if inside is not None:
            fields(inside, key)
            if not node.jsonata:
                templates(inside, payload)
    _label(node)
    for key in ("ItemProcessor", "Iterator"):
        processor = node.object(key)
        if processor is not None:
            config = processor.object("ProcessorConfig")
            if config is not None:
                fields(config, "ProcessorConfig")
                _config(config)
            branch(processor, ("ProcessorConfig",))


def _label(node: Node) -> None:
    label = node.text("Label")
    if label is None:
        return
    if len(label) > 40:
        said = f"The label name '{label}' exceeds the 40-character limit allowed by the service"
        node.note(said, "Label", code="INVALID_LABEL_NAME")
    if label in node.report.labels:
        node.note(f"Duplicate Label name: {label}", "Label", code="DUPLICATE_LABEL_NAME")
    node.report.labels.add(label)


def _config(config: Node) -> None:
    mode: Any = config.data.get("Mode", "INLINE")
    config.choice("Mode", "INLINE", "DISTRIBUTED")
    if mode == "DISTRIBUTED":
        config.required("ExecutionType")
        config.choice("ExecutionType", "STANDARD", "EXPRESS")
        if config.report.kind == "EXPRESS":
            said = "The field 'Mode' with value 'DISTRIBUTED' is not supported inside 'EXPRESS' state machines"
            config.schema(said, "Mode")
    elif mode == "INLINE" and "Mode" in config.data and "ExecutionType" in config.data:
        config.schema("Field 'ExecutionType' is not supported", "ExecutionType", here=True)


_LOOK: Mapping[str, Look] = {
    "Task": _task,
    "Fail": _fail,
    "Wait": _wait,
    "Choice": _choice,
    "Parallel": _parallel,
    "Map": _map,
}
