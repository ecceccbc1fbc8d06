"""Pictures in words, for ``--plain``: a line for each state, numbered by where it stands (2.1 is inside 2)."""

from __future__ import annotations

from collections.abc import Sequence

from labcli.machines.picture import Bars, Node, Timeline, TimelineExecution, TimelineState, Tree
from labcli.show.screen import Screen
from labcli.show.text import plural, seconds, short_ids, visible
from labcli.steps.evidence.evidence import Plot

MOST = 40
"""States of an execution that are told, and lines of anything else."""
_MOMENTS = 8
"""Values of a plot that are told."""


def say_timeline(screen: Screen, timeline: Timeline) -> None:
    """Each execution, then its states in their order."""
    for execution in timeline.executions:
        called = visible(execution.label or execution.name or "execution")
        screen.flow((called, "bold"), f": {visible(execution.status)}, {seconds(execution.seconds)}")
        left = _say_states(screen, execution.states, "", MOST)
        if left < 0:
            screen.flow(f"{plural(-left, 'more state')}")
        if len(timeline.executions) == 1:
            _say_ends(screen, execution)
        if execution.error:
            screen.flow("error: ", visible(execution.error))


def _say_ends(screen: Screen, execution: TimelineExecution) -> None:
    for name, value in (("input", execution.input), ("output", execution.output)):
        if value not in (None, ""):
            screen.flow(f"{name}: {short_ids(visible(value))}")


def _say_states(screen: Screen, states: Sequence[TimelineState], before: str, left: int) -> int:
    """Tell states as long as lines are left; how many are left then, below zero how many were not told."""
    for number, state in enumerate(states, start=1):
        place = f"{before}{number}"
        if left > 0:
            what = f", {visible(state.what).removeprefix('→ ')}" if state.what else ""
            took = f", took {seconds(state.seconds)}" if state.seconds is not None else ""
            failed = [f"{visible(each.error)} after {seconds(each.seconds)}" for each in state.tries if each.error]
            tried = f", failed attempts: {'; '.join(failed)}" if failed else ""
            status = state.status.lower().replace("_", " ")
            at = f", began at {seconds(state.start)}{took}{tried}"
            screen.flow(f"{place}. ", (visible(state.name), "bold"), f": {status}{what}{at}")
            _say_under(screen, state.under)
        left = _say_states(screen, state.inside, f"{place}.", left - 1)
    return left


def _say_under(screen: Screen, lines: Sequence[str]) -> None:
    for text in lines:
        way = text.removeprefix("○ ")
        screen.flow("   ", "not taken: " if way != text else "", visible(way))


def say_bars(screen: Screen, bars: Bars) -> None:
    """What happened at the same time."""
    screen.flow((visible(bars.title), "bold"))
    for bar in bars.bars[:MOST]:
        took = f", took {seconds(bar.seconds)}" if bar.seconds is not None else ""
        status = bar.status.lower().replace("_", " ")
        screen.flow(f"{visible(bar.label)}: {status}, began at {seconds(bar.start)}{took}")
    if len(bars.bars) > MOST:
        screen.flow(f"{len(bars.bars) - MOST} more")
    screen.flow(f"{seconds(bars.work)} of work in {seconds(bars.elapsed)}")


def say_tree(screen: Screen, tree: Tree) -> None:
    """The states of a definition."""
    if tree.title:
        screen.flow((visible(tree.title), "bold"))
    _say_nodes(screen, tree.nodes, "")


def _say_nodes(screen: Screen, nodes: Sequence[Node], before: str) -> None:
    for number, node in enumerate(nodes, start=1):
        place = f"{before}{number}"
        mark = f"{node.mark} " if node.mark else ""
        name, what = visible(node.name), visible(node.what)
        screen.flow(f"{place}. ", mark, (name, "bold"), ": " if name and what else "", what)
        _say_under(screen, node.under)
        _say_nodes(screen, node.inside, f"{place}.")


def say_plot(screen: Screen, plot: Plot) -> None:
    """What is plotted: the highest value, and some values in the order of time."""
    screen.flow((visible(plot.title), "bold"))
    if plot.points:
        at, most = max(plot.points, key=lambda point: point[1])
        screen.flow(f"highest: {most:g} after {at:.1f} s")
        step = max(1, -(-len(plot.points) // _MOMENTS))
        told = list(dict.fromkeys([*plot.points[::step], plot.points[-1]]))
        screen.flow("over time: ", ", ".join(f"{value:g} after {moment:.1f} s" for moment, value in told))
    for note in plot.notes:
        screen.flow(visible(note))
