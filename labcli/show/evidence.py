"""Evidence on the screen: the table or the plot under a step."""

from __future__ import annotations

from labcli.show.screen import Screen
from labcli.show.text import visible
from labcli.steps.evidence import Plot, Table

INDENT = 6
BLOCKS = "▁▂▃▄▅▆▇"


def draw(screen: Screen, evidence: Table | Plot | None) -> None:
    """Draw the evidence of a step."""
    if isinstance(evidence, Table):
        numbers = [
            name for index, name in enumerate(evidence.columns)
            if evidence.rows and all(_is_number(row[index]) for row in evidence.rows)
        ]  # fmt: skip
        screen.table(evidence.columns, evidence.rows, INDENT, right=numbers)
    elif isinstance(evidence, Plot):
        _plot(screen, evidence)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _plot(screen: Screen, plot: Plot) -> None:
    """The value over time as plotext draws it; without its symbols one line of figures says the same."""
    pad = " " * INDENT
    if screen.symbols:
        import plotext

        plotext.clear_figure()
        plotext.theme("clear")
        plotext.plotsize(min(screen.width - INDENT, 66), 10)
        plotext.plot([x for x, _ in plot.points], [y for _, y in plot.points], marker="braille")
        plotext.title(visible(plot.title))
        plotext.xlabel("seconds")
        for line in plotext.build().splitlines():
            screen.line(pad, line.rstrip())
    else:
        said = "  ".join(f"{y:g} at {x:.1f} s" for x, y in plot.points[:: max(1, len(plot.points) // 8)])
        screen.line(pad, visible(f"{plot.title}: {said}"))
    for note in plot.notes:
        screen.line(pad, visible(note))
