"""A state machine as a graph: its states, the ways between them, and which of both an execution took."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from labcli.machines.definition import DEEPEST, ends, inside, kind_words, start, states, ways
from labcli.machines.visits import History, Visit

MOST = 300
"""States that are drawn."""
_WAYS = 30
START, END = "", "\0"
"""Where a level begins and where it ends, in the place of a state's name."""


class Edge(NamedTuple):
    """A way from one state to another, or from ``START``, or to ``END``."""

    source: str
    target: str
    label: str = ""
    error: bool = False
    taken: bool = False


@dataclass
class Vertex:
    """A state. ``status`` is empty when no execution is told, or when it was not entered; ``seconds`` all it took."""

    id: str
    name: str
    what: str
    status: str = ""
    seconds: float | None = None
    inside: list[Level] = field(default_factory=list)


@dataclass
class Level:
    """A machine, or a branch of one."""

    vertices: dict[str, Vertex] = field(default_factory=dict)
    edges: list[Edge] = field(default_factory=list)


def graph(machine: Mapping[str, Any], history: History | None = None) -> Level:
    """The graph of a definition; with a history, what the execution took is told of it."""
    return _Drawing(history).level(machine, 0)


class _Drawing:
    def __init__(self, history: History | None) -> None:
        self.count = 0
        self.visits: dict[str, list[Visit]] = {}
        self.taken: set[tuple[str, str]] = set()
        if history is not None:
            self._read(history.visits)
            for branch in history.branches:
                self._read(branch.visits)

    def _read(self, visits: list[Visit]) -> None:
        """The ways that were taken on one level."""
        before = START
        for visit in visits:
            self.visits.setdefault(visit.name, []).append(visit)
            self.taken.add((before, visit.name))
            before = visit.name
        if visits and visits[-1].end is not None and visits[-1].status in ("SUCCEEDED", "FAILED"):
            self.taken.add((before, END))

    def level(self, machine: Any, depth: int) -> Level:
        level = Level()
        known = states(machine)
        for name, state in known.items():
            if self.count >= MOST:
                break
            self.count += 1
            level.vertices[name] = self._vertex(name, state, depth)
        first = start(machine)
        if first in level.vertices:
            level.edges.append(self._edge(START, first))
        for name in level.vertices:
            level.edges += self._out(name, known[name], level)
        return level

    def _vertex(self, name: str, state: Mapping[str, Any], depth: int) -> Vertex:
        vertex = Vertex(f"s{self.count}", name, kind_words(state))
        if visits := self.visits.get(name):
            vertex.status = visits[-1].status
            vertex.seconds = round(sum(visit.end - visit.start for visit in visits if visit.end is not None), 3)
        if depth < DEEPEST:
            vertex.inside = [self.level(each, depth + 1) for each in inside(state)]
        return vertex

    def _out(self, name: str, state: Mapping[str, Any], level: Level) -> list[Edge]:
        """The ways out of a state; several to the same place are one, with all that is said of them."""
        found: dict[tuple[str, bool], list[str]] = {}
        for way in ways(state)[:_WAYS]:
            if way.to in level.vertices:
                found.setdefault((way.to, way.error), []).append(way.said)
        edges = [self._edge(name, to, " or ".join(filter(None, said)), error) for (to, error), said in found.items()]
        return [*edges, *([self._edge(name, END)] if ends(state) else [])]

    def _edge(self, source: str, target: str, label: str = "", error: bool = False) -> Edge:
        return Edge(source, target, label, error, (source, target) in self.taken)
