"""A state machine's definition as a tree that a person can read from the top to the bottom.

Where ways part, each is a branch; where they meet again the trunk goes on, so that no state hangs under a branch by
chance. A state that stands elsewhere already is named with ``↪``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from labcli.machines.definition import Way, inside, kind_words, retries, start, states, ways
from labcli.machines.picture import Node, Tree

_DEEPEST = 12
"""Ways inside of ways that are drawn as such; what lies deeper is only named."""
_MOST = 300
"""States that are drawn."""
_FAR = 100
"""States that are looked at to find where ways meet."""
_WAYS = 30
"""Ways out of one state that are drawn."""


def tree_of(title: str, machine: Mapping[str, Any], marks: Mapping[str, str] | None = None) -> Tree:
    """The tree of a definition; ``marks`` are symbols in front of states."""
    drawing = _Drawing(marks or {})
    return Tree(title, tuple(drawing.level(machine, 0)))


class _Drawing:
    def __init__(self, marks: Mapping[str, str]) -> None:
        self.marks = marks
        self.left = _MOST

    def level(self, machine: Any, depth: int) -> list[Node]:
        """A machine, or a branch of one. States that nothing leads to come last."""
        level = _Level(self, states(machine))
        found = level.trunk(start(machine), "", depth)
        lost: list[Node] = []
        for name in level.known:
            if name not in level.drawn and self.left > 0:
                lost += level.trunk(name, "", depth + 1)
        return [*found, Node("", "nothing leads to", inside=tuple(lost))] if lost else found


class _Level:
    """The states of one level."""

    def __init__(self, drawing: _Drawing, known: Mapping[str, Mapping[str, Any]]) -> None:
        self.drawing = drawing
        self.known = known
        self.drawn: set[str] = set()
        self.out: dict[str, list[Way]] = {}

    def ways(self, name: str) -> list[Way]:
        """The ways out of a state: asked again and again while one looks where ways meet."""
        if name not in self.out:
            self.out[name] = ways(self.known[name])[:_WAYS]
        return self.out[name]

    def trunk(self, name: str, stop: str, depth: int, later: frozenset[str] = frozenset()) -> list[Node]:
        """The states from ``name`` on, as far as ``stop``, where the ways meet; ``later`` are drawn by the trunk."""
        found: list[Node] = []
        while name and name != stop:
            known = name in self.known and name not in self.drawn and name not in later
            if not known or self.drawing.left <= 0 or depth >= _DEEPEST:
                found.append(Node(f"↪ {name}"))
                break
            self.drawn.add(name)
            self.drawing.left -= 1
            node, name = self._node(name, stop, depth, later)
            found.append(node)
        return found

    def _node(self, name: str, stop: str, depth: int, later: frozenset[str]) -> tuple[Node, str]:
        """A state with the ways that part here, and where the trunk goes on."""
        state = self.known[name]
        out = self.ways(name)
        after = next((way.to for way in out if not way.said), "")
        parting = [way for way in out if way.said]
        children = self._branches(state, depth)
        if after:  # what is caught leaves the trunk; the trunk is what comes next
            later = later | frozenset(self._reach(after))
        elif parting:
            after = self._meeting([way.to for way in parting], stop)
        children += [self._way(way, after or stop, depth, later) for way in parting]
        under = tuple(f"retry {said}" for said in retries(state))
        return Node(name, kind_words(state), self.drawing.marks.get(name, ""), under, tuple(children)), after

    def _way(self, way: Way, stop: str, depth: int, later: frozenset[str]) -> Node:
        said = f"catch {way.said}" if way.error else way.said if way.said == "else" else f"if {way.said}"
        if way.to == stop or way.to in self.drawn or way.to in later:
            return Node("", f"{said} ↪ {way.to}")
        return Node("", said, inside=tuple(self.trunk(way.to, stop, depth + 1, later)))

    def _branches(self, state: Mapping[str, Any], depth: int) -> list[Node]:
        found: list[Node] = []
        machines = inside(state)
        levels = [self.drawing.level(inner, depth + 1) if depth + 1 < _DEEPEST else [] for inner in machines]
        alone = len(machines) == 1 or all(len(nodes) == 1 for nodes in levels)
        for number, nodes in enumerate(levels):
            found += nodes if alone else [Node("", f"branch {number}", inside=tuple(nodes))]
        return found

    def _meeting(self, targets: list[str], stop: str) -> str:
        """The first state that all ways reach; where they never meet, where the ways around them do.

        A way that meets no other one (it ends in a Fail, often) keeps nobody from meeting.
        """
        reached = [self._reach(target, errors=False) for target in dict.fromkeys(targets)]
        count = Counter(name for found in reached for name in found)
        meeting = [found for found in reached if any(count[name] > 1 for name in found)]
        if not meeting:
            return stop
        return next((name for name in meeting[0] if count[name] == len(meeting)), stop)

    def _reach(self, name: str, errors: bool = True) -> list[str]:
        """The states that can be reached from one, nearest first; not through those that are drawn already."""
        found: dict[str, None] = {name: None} if name in self.known and name not in self.drawn else {}
        left = list(found)
        while left and len(found) < _FAR:
            out = [way for each in left for way in self.ways(each)]
            after = [way.to for way in out if errors or not way.error]
            left = [to for to in dict.fromkeys(after) if to in self.known and to not in found and to not in self.drawn]
            found |= dict.fromkeys(left)
        return list(found)
