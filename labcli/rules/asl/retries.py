"""``Retry`` and ``Catch``: which errors, how often, and where to."""

from __future__ import annotations

from labcli.rules.asl.graph import Graph
from labcli.rules.asl.node import Node
from labcli.rules.asl.payload import assign, evaluated, reference_path
from labcli.rules.asl.quotas import NUMBER

ALL = "States.ALL"
RETRIER = (
    *("Comment", "ErrorEquals", "IntervalSeconds", "MaxAttempts", "BackoffRate"),
    *("MaxDelaySeconds", "JitterStrategy"),
)
CATCHER = ("Comment", "ErrorEquals", "Next", "Assign")


def retriers(node: Node) -> None:
    """Check ``Retry``. An empty list is accepted by AWS, and so is an interval of 0 seconds."""
    entries = node.objects("Retry")
    for index, each in enumerate(entries):
        each.known(RETRIER)
        _errors(each, last=index == len(entries) - 1)
        each.number("IntervalSeconds", 0, NUMBER)
        each.number("MaxAttempts", 0, NUMBER)
        each.number("BackoffRate", 1, whole=False)
        each.number("MaxDelaySeconds", 1, 31_622_400)
        each.choice("JitterStrategy", "NONE", "FULL")


def catchers(node: Node, name: str, graph: Graph) -> None:
    """Check ``Catch`` and note where it leads."""
    entries = node.objects("Catch")
    mine, foreign = ("Output", "ResultPath") if node.jsonata else ("ResultPath", "Output")
    for index, each in enumerate(entries):
        each.known((*CATCHER, mine), (foreign,))
        _errors(each, last=index == len(entries) - 1)
        if each.required("Next"):
            graph.transition(name, each, "Next")
        if each.jsonata:
            evaluated(each, catching=True)
        else:
            reference_path(each, "ResultPath")
        assign(each)


def _errors(node: Node, last: bool) -> None:
    """States.ALL stands alone, in the last entry: what follows it would never be tried."""
    if not node.required("ErrorEquals"):
        return
    names = node.strings("ErrorEquals")
    if ALL in names and (len(names) > 1 or not last):
        node.schema("States.ALL must appear alone and at end of list", "ErrorEquals")
