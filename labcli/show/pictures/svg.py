"""A state machine as an SVG that stands alone: no script, no font, nothing from elsewhere; for light and dark pages."""

from __future__ import annotations

from collections.abc import Iterator
from xml.sax.saxutils import escape

from labcli.show.pictures.graph import END, Level
from labcli.show.pictures.layout import LABEL_SIZE, NAME_SIZE, Box, Label, Placed, Wire, place
from labcli.show.pictures.metrics import pixels
from labcli.show.text import visible

MARGIN = 24.0
_TITLE = 34.0
_SIZES = f"text{{font:{NAME_SIZE:.0f}px system-ui,sans-serif}}.what,.label{{font-size:{LABEL_SIZE:.0f}px}}"
_SHAPES = """
.title{font-weight:600}.label{paint-order:stroke;stroke-width:4px}
rect{stroke-width:1.2px}.outer>rect{stroke-dasharray:5 3}path{fill:none;stroke-width:1.3px}
.error>path{stroke-dasharray:4 3}.ring{fill:none;stroke-width:1.3px}
.done>rect,.failed>rect,.taken>path{stroke-width:3px}.done>.name,.failed>.name{font-weight:700}
"""
_LIGHT = ("#1f2328", "#59636e", "#8c959f", "#ffffff", "#f6f8fa", "#1a7f37", "#cf222e")
_DARK = ("#e6edf3", "#9198a1", "#656c76", "#0d1117", "#161b22", "#3fb950", "#f85149")


def _colours(ink: str, soft: str, line: str, paper: str, box: str, good: str, bad: str) -> str:
    """The colours of a page, as plain rules: not every viewer knows CSS variables."""
    return f"""
text,.dot{{fill:{ink}}}.what,.label{{fill:{soft}}}.label,.paper{{stroke:{paper}}}.paper{{fill:{paper}}}
.state>rect{{fill:{box};stroke:{line}}}.outer>rect{{fill:none}}path{{stroke:{line}}}.arrow{{fill:{line}}}
.ring{{stroke:{ink}}}.done>rect{{stroke:{good}}}.failed>rect{{stroke:{bad}}}
.taken>path{{stroke:{good}}}.taken>.arrow{{fill:{good}}}
"""


_STYLE = f"{_SIZES}{_SHAPES}{_colours(*_LIGHT)}@media (prefers-color-scheme:dark){{{_colours(*_DARK)}}}"


def svg(title: str, level: Level) -> str:
    """The picture. What an execution took is bold, with the seconds in the states."""
    placed = place(level)
    placed.x, placed.y = MARGIN, MARGIN + _TITLE
    width = max(placed.width, pixels(visible(title), NAME_SIZE)) + 2 * MARGIN
    height = placed.height + 2 * MARGIN + _TITLE
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" '
        f'height="{height:.0f}" role="img">',
        f"<title>{_text(title)}</title><style>{_STYLE}</style>",
        '<rect class="paper" width="100%" height="100%"/>',
        f'<text class="title" x="{MARGIN:.0f}" y="{MARGIN + 6:.0f}">{_text(title)}</text>',
        *_level(placed),
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def _level(placed: Placed) -> Iterator[str]:
    yield f'<g transform="translate({placed.x:.1f} {placed.y:.1f})">'
    for wire in sorted(placed.wires, key=lambda wire: wire.edge.taken):  # what was taken lies above
        yield _wire(wire)
    for name, box in placed.boxes.items():
        yield from _box(box) if box.vertex is not None else [_point(box, name == END)]
    for label in placed.labels:
        yield _label(label)
    yield "</g>"


def _point(box: Box, last: bool) -> str:
    x, y = box.x + box.width / 2, box.y + box.height / 2
    dot = f'<circle class="dot" cx="{x:.1f}" cy="{y:.1f}" r="{4 if last else 6}"/>'
    return dot + (f'<circle class="ring" cx="{x:.1f}" cy="{y:.1f}" r="7"/>' if last else "")


def _label(label: Label) -> str:
    text = f'<text class="label" text-anchor="start" x="{label.x:.1f}" y="{label.y:.1f}">{_text(label.text)}</text>'
    return text if label.text == label.full else f"<g><title>{_text(label.full)}</title>{text}</g>"


def _box(box: Box) -> Iterator[str]:
    vertex = box.vertex
    if vertex is None:
        return
    status = {"": "", "SUCCEEDED": " done"}.get(vertex.status, " failed")
    outer = " outer" if box.inside else ""
    yield f'<g class="state{outer}{status}">'
    if box.name != visible(vertex.name) or not box.what.startswith(visible(vertex.what)):
        yield f"<title>{_text(vertex.name)} · {_text(vertex.what)}</title>"
    yield f'<rect x="{box.x:.1f}" y="{box.y:.1f}" width="{box.width:.1f}" height="{box.height:.1f}" rx="7"/>'
    for name, text, down in (("name", box.name, 20), ("what", box.what, 37)):
        at = f'x="{box.middle:.1f}" y="{box.y + down:.1f}"'
        yield f'<text class="{name}" text-anchor="middle" {at}>{_text(text)}</text>'
    yield "</g>"
    if box.inside:
        yield f'<g transform="translate({box.x:.1f} {box.y:.1f})">'
        for inner in box.inside:
            yield from _level(inner)
        yield "</g>"


def _wire(wire: Wire) -> str:
    names = [*(["taken"] if wire.edge.taken else []), *(["error"] if wire.edge.error else [])]
    *points, end = wire.points
    (x, y), *rest = [*points, (end[0], end[1] - 6)]
    path = f"M{x:.1f} {y:.1f}"
    for px, py in rest:
        if px != x and py != y:
            half = (y + py) / 2
            path += f"C{x:.1f} {half:.1f} {px:.1f} {half:.1f} {px:.1f} {py:.1f}"
        elif (px, py) != (x, y):
            path += f"L{px:.1f} {py:.1f}"
        x, y = px, py
    tip = f"{end[0]:.1f},{end[1]:.1f} {end[0] - 4.5:.1f},{end[1] - 8:.1f} {end[0] + 4.5:.1f},{end[1] - 8:.1f}"
    return f'<g class="{" ".join(names)}"><path d="{path}"/><polygon class="arrow" points="{tip}"/></g>'


def _text(text: str) -> str:
    """Text that says nothing to XML; characters that it must not hold are shown as ``\\x01``."""
    return escape(visible(text), {'"': "&quot;"})
