"""Evidence on the screen: the table, the plot or the picture under a step."""

from __future__ import annotations

import re

from labcli.lab.words import text_of
from labcli.machines.picture import Bars, Timeline, Tree
from labcli.show.screen import Screen
from labcli.show.text import visible
from labcli.steps.evidence.evidence import Evidence, Plot, Several, Table

INDENT = 6
BLOCKS = " ▁▂▃▄▅▆▇█"
HEIGHT = 5
"""Lines of a plot."""
_NUMBER = re.compile(r"-?\d+(\.\d+)?")


def draw(screen: Screen, evidence: Evidence | None) -> None:
    """Draw the evidence of a step."""
    if isinstance(evidence, Table):
        numbers = [
            name for index, name in enumerate(evidence.columns)
            if _all_numbers([row[index] for row in evidence.rows])
        ]  # fmt: skip
        screen.table(evidence.columns, evidence.rows, INDENT, right=numbers)
    elif isinstance(evidence, Plot):
        _plot(screen, evidence)
    elif isinstance(evidence, Several):
        for number, part in enumerate(evidence.parts):
            if number:
                screen.line("")
            draw(screen, part)
    elif evidence is not None:
        _picture(screen, evidence)


def _picture(screen: Screen, evidence: Timeline | Bars | Tree) -> None:
    from labcli.show.pictures.timeline import draw_bars, draw_timeline  # few steps show one
    from labcli.show.pictures.tree import draw_tree

    if isinstance(evidence, Timeline):
        draw_timeline(screen, evidence)
    elif isinstance(evidence, Bars):
        draw_bars(screen, evidence)
    else:
        draw_tree(screen, evidence)


def _all_numbers(values: list[object]) -> bool:
    """Whether a column is one of figures, which stand under each other at the right. Nothing in a cell says nothing."""
    said = [text_of(value) for value in values if value not in (None, "") and not isinstance(value, bool)]
    return bool(said) and all(_NUMBER.fullmatch(each) for each in said) and not any(isinstance(v, bool) for v in values)


def _plot(screen: Screen, plot: Plot) -> None:
    """The value over time as bars, the highest value and the last second at the axes."""
    if screen.words_only:
        from labcli.show.pictures.words import say_plot

        say_plot(screen, plot)
        return
    top = max((value for _, value in plot.points), default=0.0)
    label = f"{top:g}"
    width = min(screen.width - INDENT - len(label) - 2, 60)
    values = sampled(plot.points, width)
    pad = " " * INDENT
    screen.line(pad, (visible(plot.title), "bold"))
    for line in range(HEIGHT, 0, -1):
        bars = "".join(_bar(value / top * HEIGHT - (line - 1) if top else 0.0) for value in values)
        axis = f"{label} ┤" if line == HEIGHT else f"{'':{len(label)}} │"
        screen.line(pad, axis, bars.rstrip())
    screen.line(pad, f"{0:>{len(label)}} ┼" + "─" * width)
    last = f"{plot.points[-1][0]:.1f} s" if plot.points else ""
    screen.line(pad, f"{'':{len(label) + 2}}0 s{last:>{width - 3}}")
    for note in plot.notes:
        screen.wrapped(note, INDENT, hang=2)


def _bar(part: float) -> str:
    return BLOCKS[max(0, min(len(BLOCKS) - 1, round(part * (len(BLOCKS) - 1))))]


def sampled(points: tuple[tuple[float, float], ...], width: int) -> list[float]:
    """The value at ``width`` moments, evenly from the first second to the last."""
    if not points:
        return [0.0] * width
    end = points[-1][0]
    return [_at(points, end * column / max(1, width - 1)) for column in range(width)]


def _at(points: tuple[tuple[float, float], ...], moment: float) -> float:
    before = points[0]
    for point in points:
        if point[0] >= moment:
            span = point[0] - before[0]
            return point[1] if not span else before[1] + (point[1] - before[1]) * (moment - before[0]) / span
        before = point
    return points[-1][1]
