"""Where the states of a machine stand in a picture: from the top to the bottom, branches inside of their state.

A state stands below all that lead to it, except where the way leads back. Between two rows lie, from above: a channel,
where ways go to the side; a line of labels; the tips. What leads to a state with the same words comes down in one lane,
its label at the right of it, and no other lane or state has room there. Ways that pass rows by go around at the right,
those that lead back at the left. Lengths are in pixels.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from labcli.show.pictures.cutting import Apart
from labcli.show.pictures.graph import END, START, Edge, Level, Vertex
from labcli.show.pictures.metrics import pixels
from labcli.show.text import seconds, visible

CHANNEL, LABELS, TIP = 30.0, 20.0, 18.0
"""Heights of what lies between two rows."""
GAP, LANE, PAD, BESIDE = 26.0, 16.0, 18.0, 7.0
NODE, HEAD, DOT = 46.0, 46.0, 14.0
"""Heights: of a state, of the head of one that has others inside, of the points where a level begins and ends."""
_FEW = 3
NAME_SIZE, LABEL_SIZE = 14.0, 12.0
LONGEST_NAME, LONGEST_WHAT, LONGEST_LABEL = 80, 60, 40
"""Columns that are drawn: of a state's name (AWS allows no longer one), of what it does, of a label."""


@dataclass
class Box:
    """A state that has its place; ``x`` and ``y`` are its left upper corner, seen from the level around it."""

    vertex: Vertex | None
    width: float
    height: float
    name: str = ""
    what: str = ""
    """What is written in it."""
    x: float = 0.0
    y: float = 0.0
    below: float = 0.0
    """Where its row ends: another state in it may be higher."""
    inside: list[Placed] = field(default_factory=list)

    @property
    def middle(self) -> float:
        """Where ways leave it."""
        return self.x + self.width / 2


@dataclass
class Label:
    """What is said of a way. It begins at ``x``, on the line ``y``; ``full`` is what ``text`` may be cut from."""

    text: str
    full: str
    x: float
    y: float
    width: float


@dataclass
class Wire:
    """A way with its points; between two that lie askew it bends."""

    edge: Edge
    points: list[tuple[float, float]]


@dataclass
class Placed:
    """A level that was laid out; ``x`` and ``y`` are where it stands in the state around it."""

    boxes: dict[str, Box]
    wires: list[Wire]
    labels: list[Label]
    width: float
    height: float
    x: float = 0.0
    y: float = 0.0


@dataclass
class _Lane:
    """Where ways with the same words come down to a state: at ``x``, seen from its middle."""

    label: str
    width: float
    edges: list[Edge] = field(default_factory=list)
    x: float = 0.0


@dataclass
class _Slot:
    """The room of a state in its row: so far to the left and to the right of its middle."""

    lanes: list[_Lane]
    left: float
    right: float


def said(edge: Edge) -> str:
    """What stands beside a way."""
    return visible(f"catch {edge.label}" if edge.error else edge.label)


def place(level: Level) -> Placed:
    """Lay a level out, and all that is inside of it."""
    return _Layout(level).done()


class _Layout:
    def __init__(self, level: Level) -> None:
        self.level = level
        names = Apart(visible(vertex.name) for vertex in level.vertices.values())
        self.boxes = {name: _box(vertex, names) for name, vertex in level.vertices.items()}
        for name in (START, END):
            if any(name in (edge.source, edge.target) for edge in level.edges):
                self.boxes[name] = Box(None, DOT, DOT)
        self.ranks = _ranks(level, self.boxes)
        self.rows = _rows(level, self.ranks)
        self.words = Apart(said(edge) for edge in level.edges)
        self.slots = self._slots()
        self.top: dict[str, float] = {}
        """Where the channel above a state begins."""
        self.outer: dict[tuple[str, str, bool], float] = {}
        """Where ways that go around to a lane run."""
        self.height = self.right = 0.0

    def done(self) -> Placed:
        back = {(e.target, said(e)) for e in self.level.edges if self.ranks[e.target] <= self.ranks[e.source]}
        self._stand(LANE * len(back))
        wires: list[Wire] = []
        labels: list[Label] = []
        for name, slot in self.slots.items():
            for lane in slot.lanes:
                wires += [self._wire(edge, lane) for edge in lane.edges]
                if lane.label:
                    x = self.boxes[name].middle + lane.x + BESIDE
                    y = self.top[name] + CHANNEL + LABELS - 6
                    labels.append(Label(self.words.cut(lane.label, LONGEST_LABEL), lane.label, x, y, lane.width))
        around = sum(not back for *_, back in self.outer)
        height = max([self.height, *(y for wire in wires for _, y in wire.points)])
        return Placed(self.boxes, wires, labels, self.right + around * LANE, height)

    def _slots(self) -> dict[str, _Slot]:
        """Of each state the lanes that come down to it, in the order of where they come from, and its room."""
        place_of = {name: (number + 0.5) / len(row) for row in self.rows for number, name in enumerate(row)}
        lanes: dict[str, dict[str, _Lane]] = {name: {} for name in self.boxes}
        for edge in sorted(self.level.edges, key=lambda edge: place_of[edge.source]):
            words = said(edge)
            if words not in lanes[edge.target]:
                shown = self.words.cut(words, LONGEST_LABEL)
                lanes[edge.target][words] = _Lane(words, pixels(shown, LABEL_SIZE))
            lanes[edge.target][words].edges.append(edge)
        return {name: _slot(self.boxes[name].width, list(found.values())) for name, found in lanes.items()}

    def _stand(self, left: float) -> None:
        """Give every state its place. The middles of all rows stand below each other."""
        rows = []
        for row in self.rows:
            x, middles = 0.0, []
            for name in row:
                middles.append(x + self.slots[name].left)
                x += self.slots[name].left + self.slots[name].right + GAP
            rows.append((row, middles, (middles[0] + middles[-1]) / 2, x - GAP))
        before = max((middle for *_, middle, _ in rows), default=0.0)
        after = max((width - middle for *_, middle, width in rows), default=0.0)
        self.right = left + before + after
        y = 0.0
        for number, (row, middles, middle, _) in enumerate(rows):
            above = y
            if number or any(self.slots[name].lanes for name in row):
                labelled = any(lane.label for name in row for lane in self.slots[name].lanes)
                y += CHANNEL + TIP + (LABELS if labelled else 0.0)
            below = y + max(self.boxes[name].height for name in row)
            for name, at in zip(row, middles, strict=True):
                box = self.boxes[name]
                box.x, box.y, box.below = left + before - middle + at - box.width / 2, y, below
                self.top[name] = above
            y = below
        self.height = y

    def _wire(self, edge: Edge, lane: _Lane) -> Wire:
        source, target = self.boxes[edge.source], self.boxes[edge.target]
        down = target.middle + lane.x
        room = max(0.0, target.width / 2 - 12)
        tip = (target.middle + max(-room, min(room, lane.x)), target.y)
        top, below = self.top[edge.target], target.y - TIP
        begin = (source.middle, source.y + source.height)
        steps = self.ranks[edge.target] - self.ranks[edge.source]
        if steps == 1:
            return Wire(edge, [begin, (begin[0], source.below), (down, top + CHANNEL), (down, below), tip])
        x = self._outer(edge, steps < 1)
        low, high = source.below + CHANNEL * 0.35, top + CHANNEL * 0.65
        return Wire(edge, [begin, (begin[0], low), (x, low), (x, high), (down, high), (down, below), tip])

    def _outer(self, edge: Edge, back: bool) -> float:
        """Where a way goes around; what leads to one lane goes around together."""
        key = (edge.target, said(edge), back)
        if key not in self.outer:
            number = sum(each == back for *_, each in self.outer)
            self.outer[key] = LANE * (number + 0.5) + (0.0 if back else self.right)
        return self.outer[key]


def _slot(width: float, lanes: list[_Lane]) -> _Slot:
    x = 0.0
    for lane in lanes:
        lane.x = x
        x += lane.width + 3 * BESIDE
    middle = lanes[-1].x / 2 if lanes else 0.0
    if len(lanes) <= _FEW:  # the way without words goes on straight
        middle = next((lane.x for lane in lanes if not lane.label), middle)
    for lane in lanes:
        lane.x -= middle
    left = max([width / 2, *(BESIDE - lane.x for lane in lanes)])
    return _Slot(lanes, left, max([width / 2, *(lane.x + lane.width + 2 * BESIDE for lane in lanes)]))


def _box(vertex: Vertex, names: Apart) -> Box:
    took = f" · {seconds(vertex.seconds)}" if vertex.seconds and vertex.seconds >= 0.005 else ""
    name = names.cut(visible(vertex.name), LONGEST_NAME)
    whats = visible(vertex.what)
    what = Apart([whats]).cut(whats, LONGEST_WHAT) + took
    width = max(90.0, pixels(name, NAME_SIZE) + 24, pixels(what, LABEL_SIZE) + 24)
    inner = [place(level) for level in vertex.inside if level.vertices]
    if not inner:
        return Box(vertex, width, NODE, name, what)
    x = PAD
    for placed in inner:
        placed.x, placed.y = x, HEAD
        x += placed.width + PAD
    rest = max(0.0, width - x) / 2  # the name is wider: what is inside stands in the middle
    for placed in inner:
        placed.x += rest
    return Box(vertex, max(width, x), HEAD + max(each.height for each in inner) + PAD, name, what, inside=inner)


def _ranks(level: Level, boxes: dict[str, Box]) -> dict[str, int]:
    """The row of each state: below all that lead to it, ways back left out."""
    out: dict[str, list[str]] = {name: [] for name in boxes}
    for edge in level.edges:
        out[edge.source].append(edge.target)
    order = _order(out, [START, *level.vertices])
    position = {name: number for number, name in enumerate(order)}
    ranks = dict.fromkeys(order, 0)
    for name in order:
        for target in out[name]:
            if position[target] > position[name]:
                ranks[target] = max(ranks[target], ranks[name] + 1)
    if END in ranks:
        ranks[END] = max((rank for name, rank in ranks.items() if name != END), default=-1) + 1
    return ranks


def _order(out: dict[str, list[str]], starts: list[str]) -> list[str]:
    """States so that each stands before those it leads to (the reverse of a depth-first search's leaving order)."""
    left: list[str] = []
    seen: set[str] = set()
    for begin in starts:
        if begin not in out or begin in seen:
            continue
        seen.add(begin)
        stack = [(begin, iter(out[begin]))]
        while stack:
            name, targets = stack[-1]
            target = next((each for each in targets if each not in seen), None)
            if target is None:
                left.append(name)
                stack.pop()
            else:
                seen.add(target)
                stack.append((target, iter(out[target])))
    return left[::-1]


def _rows(level: Level, ranks: dict[str, int]) -> list[list[str]]:
    """The rows; in each the states stand as those that lead to them do."""
    rows: list[list[str]] = [[] for _ in range(max(ranks.values(), default=-1) + 1)]
    written = [START, *level.vertices, END]
    for name in written:
        if name in ranks:
            rows[ranks[name]].append(name)
    into: dict[str, list[str]] = {}
    for edge in level.edges:
        into.setdefault(edge.target, []).append(edge.source)
    place_of: dict[str, float] = {}
    for row in rows:
        middle = {
            name: sum(found) / len(found)
            for name in row
            if (found := [place_of[source] for source in into.get(name, ()) if source in place_of])
        }
        row.sort(key=lambda name: middle.get(name, 0.5))
        place_of |= {name: (number + 0.5) / len(row) for number, name in enumerate(row)}
    return [row for row in rows if row]
