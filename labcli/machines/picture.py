"""What is drawn of a state machine and its executions: a tree, a scale of time, bars. Data; ``show`` draws it."""

from __future__ import annotations

from typing import Any, NamedTuple


class TimelineTry(NamedTuple):
    """One attempt at a state: when it began, how long it took, by which error it failed. Seconds."""

    start: float
    seconds: float
    error: str = ""


class TimelineState(NamedTuple):
    """A state of an execution, or a branch of one (``type`` is ``branch`` then). Seconds since the execution began."""

    name: str
    type: str
    status: str
    start: float
    seconds: float | None
    tries: tuple[TimelineTry, ...] = ()
    what: str = ""
    """What it does, or the rule that was taken."""
    under: tuple[str, ...] = ()
    """Lines under it: the ways that were not taken, the error that was caught."""
    inside: tuple[TimelineState, ...] = ()


class TimelineExecution(NamedTuple):
    """One execution: its states and what went in and came out. ``label`` names the arm that started it."""

    label: str
    name: str
    status: str
    seconds: float
    states: tuple[TimelineState, ...]
    input: Any = None
    output: Any = None
    error: str = ""


class Timeline(NamedTuple):
    """Executions on one scale of time."""

    executions: tuple[TimelineExecution, ...]


class Bar(NamedTuple):
    """A stretch of time: seconds since the first of them began; ``seconds`` None while it lasts."""

    label: str
    start: float
    seconds: float | None
    status: str


class Bars(NamedTuple):
    """What happened at the same time. ``work`` is the sum, ``elapsed`` goes from the first start to the last end."""

    title: str
    bars: tuple[Bar, ...]
    work: float
    elapsed: float


class Node(NamedTuple):
    """A state of a definition in a tree. ``mark`` is a symbol in front, ``under`` lines about it."""

    name: str
    what: str = ""
    mark: str = ""
    under: tuple[str, ...] = ()
    inside: tuple[Node, ...] = ()


class Tree(NamedTuple):
    """A state machine's definition."""

    title: str
    nodes: tuple[Node, ...]
