"""Where the states of a machine stand in a picture: from the top to the bottom, branches inside of their state.

A state stands below all that lead to it, except where the way leads back. Ways to the next row are straight; those that
pass rows by go around at the right, those that lead back at the left. Lengths are in pixels.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from labcli.show.pictures.graph import END, START, Edge, Level, Vertex

ROW_GAP, GAP, LANE, PAD = 46.0, 26.0, 16.0, 18.0
NODE, HEAD, DOT = 46.0, 46.0, 14.0
"""Heights: of a state, of the head of one that has others inside, of the points where a level begins and ends."""
CHAR, LABEL_CHAR = 7.4, 6.2
"""Widths of a letter in a name and in a label, about."""
LONGEST_LABEL = 40
"""Letters of a label that are drawn."""


@dataclass
class Box:
    """A state that has its place; ``x`` and ``y`` are its left upper corner, seen from the level around it."""

    vertex: Vertex | None
    width: float
    height: float
    x: float = 0.0
    y: float = 0.0
    below: float = 0.0
    """Where its row ends: another state in it may be higher."""
    inside: list[Placed] = field(default_factory=list)


@dataclass
class Wire:
    """A way with its points. The label stands at ``at``."""

    edge: Edge
    points: list[tuple[float, float]]
    at: tuple[float, float] = (0.0, 0.0)


@dataclass
class Placed:
    """A level that was laid out; ``x`` and ``y`` are where it stands in the state around it."""

    boxes: dict[str, Box]
    wires: list[Wire]
    width: float
    height: float
    x: float = 0.0
    y: float = 0.0


def place(level: Level) -> Placed:
    """Lay a level out, and all that is inside of it."""
    boxes = {name: _box(vertex) for name, vertex in level.vertices.items()}
    for name in (START, END):
        if any(name in (edge.source, edge.target) for edge in level.edges):
            boxes[name] = Box(None, DOT, DOT)
    ranks = _ranks(level, boxes)
    rows = _rows(level, ranks)
    labels: dict[str, float] = {}
    for edge in level.edges:
        width = min(len(edge.label) + 6 * edge.error, LONGEST_LABEL) * LABEL_CHAR
        labels[edge.target] = max(labels.get(edge.target, 0.0), width)
    slots = {name: max(box.width, labels.get(name, 0.0)) for name, box in boxes.items()}
    left = LANE * sum(ranks[edge.target] <= ranks[edge.source] for edge in level.edges)
    inner = max((sum(slots[n] for n in row) + GAP * (len(row) - 1) for row in rows), default=0.0)
    y = 0.0
    for row in rows:
        x = left + (inner - sum(slots[n] for n in row) - GAP * (len(row) - 1)) / 2
        for name in row:
            box = boxes[name]
            box.x, box.y = x + (slots[name] - box.width) / 2, y
            x += slots[name] + GAP
        y += max(boxes[name].height for name in row)
        for name in row:
            boxes[name].below = y
        y += ROW_GAP
    wires, lanes = _wires(level, boxes, ranks, left, left + inner)
    return Placed(boxes, wires, left + inner + lanes * LANE, max(0.0, y - ROW_GAP))


def _box(vertex: Vertex) -> Box:
    text = max(len(vertex.name), len(vertex.what) + 10)
    width = min(max(90.0, text * CHAR + 24), 360.0)
    inner = [place(level) for level in vertex.inside if level.vertices]
    if not inner:
        return Box(vertex, width, NODE)
    x = PAD
    for placed in inner:
        placed.x, placed.y = x, HEAD
        x += placed.width + PAD
    return Box(vertex, max(width, x), HEAD + max(each.height for each in inner) + PAD, inside=inner)


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


def _wires(
    level: Level, boxes: dict[str, Box], ranks: dict[str, int], left: float, right: float
) -> tuple[list[Wire], int]:  # fmt: skip
    wires: list[Wire] = []
    lanes = back = 0
    for edge in level.edges:
        source, target = boxes[edge.source], boxes[edge.target]
        begin = (source.x + source.width / 2, source.y + source.height)
        end = (target.x + target.width / 2, target.y)
        steps = ranks[edge.target] - ranks[edge.source]
        label = (end[0], end[1] - 12)
        if steps == 1:
            wires.append(Wire(edge, [begin, (begin[0], source.below), end], label))
            continue
        if steps > 1:
            lanes += 1
            x = right + LANE * lanes - LANE / 2
        else:
            back += 1
            x = left - LANE * back + LANE / 2
        low, high = source.below + ROW_GAP * 0.3, end[1] - ROW_GAP * 0.7
        wires.append(Wire(edge, [begin, (begin[0], low), (x, low), (x, high), (end[0], high), end], label))
    return wires, lanes
