"""A picture as an eye sees it: where rectangles, texts and lines of an SVG are on the page. Made of the SVG alone."""

from __future__ import annotations

import re
import unicodedata
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

SVG = "{http://www.w3.org/2000/svg}"
_SIZES = {"label": 12, "what": 12}
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


class Area(NamedTuple):
    """A rectangle on the page, and what is written there."""

    left: float
    top: float
    right: float
    bottom: float
    text: str = ""

    def meets(self, other: Area, by: float = 0.5) -> bool:
        """Whether both share more than a line of ``by`` pixels."""
        wide = min(self.right, other.right) - max(self.left, other.left)
        high = min(self.bottom, other.bottom) - max(self.top, other.top)
        return wide > by and high > by

    def holds(self, x: float, y: float) -> bool:
        """Whether a point is inside."""
        return self.left < x < self.right and self.top < y < self.bottom


@dataclass
class Seen:
    """What is on a page: each state's rectangle with its texts, the labels, the lines as points close to each other."""

    page: Area
    states: list[tuple[Area, list[Area]]] = field(default_factory=list)
    labels: list[Area] = field(default_factory=list)
    lines: list[list[tuple[float, float]]] = field(default_factory=list)
    title: Area | None = None


def width(text: str, size: int) -> float:
    """A text in a sans-serif that is wide already: 0.6 of the size for a letter, twice that for what is wide."""
    broad = sum(1 + (unicodedata.east_asian_width(char) in "WF") for char in text if not unicodedata.combining(char))
    return 0.6 * size * broad


def seen(picture: str) -> Seen:
    """Look at an SVG."""
    root = ET.fromstring(picture)
    found = Seen(Area(0, 0, float(root.get("width", 0)), float(root.get("height", 0))))
    _look(root, 0.0, 0.0, found)
    return found


def _look(node: ET.Element, x: float, y: float, found: Seen) -> None:
    if moved := node.get("transform"):
        dx, dy = map(float, _NUMBER.findall(moved))
        x, y = x + dx, y + dy
    rect = node.find(f"{SVG}rect")
    if rect is not None and "state" in node.get("class", "").split():
        left, top, wide, high = (float(rect.get(key, 0)) for key in ("x", "y", "width", "height"))
        area = Area(x + left, y + top, x + left + wide, y + top + high)
        found.states.append((area, [_text(each, x, y) for each in node.findall(f"{SVG}text")]))
        return
    for each in node:
        if each.tag == f"{SVG}text" and each.get("class") == "label":
            found.labels.append(_text(each, x, y))
        elif each.tag == f"{SVG}text":
            found.title = _text(each, x, y)
        elif each.tag == f"{SVG}path":
            found.lines.append([(x + px, y + py) for px, py in _points(each.get("d", ""))])
        elif each.tag == f"{SVG}g":
            _look(each, x, y, found)


def _text(node: ET.Element, x: float, y: float) -> Area:
    text, size = "".join(node.itertext()), _SIZES.get(node.get("class", ""), 14)
    wide = width(text, size)
    left = x + float(node.get("x", 0)) - (wide / 2 if node.get("text-anchor") == "middle" else 0.0)
    bottom = y + float(node.get("y", 0))
    return Area(left, bottom - 0.8 * size, left + wide, bottom + 0.2 * size, text)


def _points(path: str) -> Iterator[tuple[float, float]]:
    """The points of a path of M, L and C, at most some pixels apart."""
    at = (0.0, 0.0)
    for sign, rest in re.findall(r"([MLC])([^MLC]*)", path):
        numbers = [float(each) for each in _NUMBER.findall(rest)]
        x, y = numbers[-2:]
        steps = 1 if sign == "M" else max(2, int(abs(x - at[0]) + abs(y - at[1])) // 2)
        for step in range(1, steps + 1):
            t = step / steps
            if sign == "C":
                (a, b), (c, d), s = numbers[:2], numbers[2:4], 1 - t
                yield (
                    s**3 * at[0] + 3 * s * s * t * a + 3 * s * t * t * c + t**3 * x,
                    s**3 * at[1] + 3 * s * s * t * b + 3 * s * t * t * d + t**3 * y,
                )
            else:
                yield at[0] + (x - at[0]) * t, at[1] + (y - at[1]) * t
        at = (x, y)


def faults(found: Seen) -> list[str]:
    """What an eye would not like: texts out of their box, labels in each other, in a box or on a line, ends cut off."""
    page, said = found.page, []
    for area, texts in found.states:
        said += [f"{text.text!r} is wider than its state" for text in texts if not _within(text, area)]
        said += [f"{label.text!r} is in a state" for label in found.labels for text in texts if label.meets(text)]
    for number, label in enumerate(found.labels):
        said += [f"{label.text!r} and {other.text!r}" for other in found.labels[:number] if label.meets(other)]
    for line in found.lines:
        said += [f"a line through {label.text!r}" for label in found.labels if any(label.holds(*p) for p in line)]
    for area in [*found.labels, *(area for area, _ in found.states), *([found.title] if found.title else [])]:
        said += [] if _within(area, page) else [f"{area} is not on the page"]
    said += ["a line leaves the page" for line in found.lines if not all(page.holds(*p) for p in line)]
    return said


def _within(inner: Area, outer: Area) -> bool:
    across = outer.left <= inner.left and inner.right <= outer.right
    return across and outer.top <= inner.top and inner.bottom <= outer.bottom
