"""Executions over time: their states as a tree, and beside it bars on one scale. Branches side by side, too."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from labcli.machines.picture import Bar, Bars, Timeline, TimelineExecution, TimelineState
from labcli.show.pictures.cutting import Apart, keeping_end
from labcli.show.pictures.rails import Rail, narrow, rails
from labcli.show.pictures.words import say_bars, say_timeline
from labcli.show.screen import Screen
from labcli.show.text import cells, cut, cut_value, seconds, short_ids, visible

INDENT = 6
MARK = {"SUCCEEDED": "✔", "FAILED": "✘", "TIMED_OUT": "✘", "ABORTED": "◐", "RUNNING": "◐"}
"""A symbol for every status of AWS's; colour only repeats it."""
STYLE = {"SUCCEEDED": "good", "FAILED": "bad", "TIMED_OUT": "bad", "ABORTED": "partly", "RUNNING": "partly"}
_TIMES = 5 + 1 + 1 + 8
"""Columns of a start, of a duration and of the blanks around the bars."""
_LEAST_BAR, _LONGEST_BAR, _LEAST_LABEL, _LEAST_WHAT = 14, 40, 20, 6
_MOST, _MOST_EACH = 40, 20
"""Lines of states that are drawn: of one execution, of each of several."""
_SHOWN_TRIES = 200
_QUICK = frozenset({"Choice", "Pass", "Succeed", "Fail"})
"""Types of states that take no time: they have no bar."""


class _Line(NamedTuple):
    """A line of the tree: the rail, then a state, or a text about one."""

    rail: str
    state: TimelineState | None = None
    text: str = ""
    pad: int = 0


def draw_timeline(screen: Screen, timeline: Timeline) -> None:
    """Draw executions below each other, on one scale of time."""
    if screen.words_only:
        say_timeline(screen, timeline)
        return
    several = len(timeline.executions) > 1
    most = _MOST_EACH if several else _MOST
    trees = [_shortened(list(_lines(each.states)), most) for each in timeline.executions]
    lines = [line for tree in trees for line in tree]
    labels = [cells("".join(_parts(screen, line))) for line in lines if _has_bar(line.state)]
    names = Apart(screen.plain(visible(line.state.name)) for line in lines if line.state is not None)
    longest = max((each.seconds for each in timeline.executions), default=0.0)
    scale = _Scale(screen, longest, max(labels, default=0), names)
    for execution, tree in zip(timeline.executions, trees, strict=True):
        _head(screen, execution)
        for line in tree:
            scale.line(line)
        _ends(screen, execution, several)
    if several:
        scale.axis()


def draw_bars(screen: Screen, bars: Bars) -> None:
    """Draw what happened at the same time, and what it came to."""
    if screen.words_only:
        say_bars(screen, bars)
        return
    longest = max((cells(visible(bar.label)) for bar in bars.bars), default=0) + 3
    scale = _Scale(screen, bars.elapsed, longest, Apart(screen.plain(visible(bar.label)) for bar in bars.bars))
    screen.line(" " * INDENT, (visible(bars.title), "bold"))
    for bar in bars.bars[:_MOST]:
        scale.bar(bar)
    if len(bars.bars) > _MOST:
        screen.line(" " * INDENT, f"… {len(bars.bars) - _MOST} more")
    scale.axis()
    screen.line(" " * INDENT, f"{seconds(bars.work)} of work in {seconds(bars.elapsed)}")


def _lines(states: Sequence[TimelineState], before: str = "") -> Iterator[_Line]:
    pad = min(16, max((cells(visible(state.name)) for state in states), default=0))
    for state, rail in rails(states, before):
        yield _Line(rail.own, state, pad=pad)
        yield from _under(state, rail)
        yield from _lines(state.inside, rail.inside)


def _under(state: TimelineState, rail: Rail) -> Iterator[_Line]:
    tie = "│ " if state.inside else "  "
    for text in state.under:
        yield _Line(rail.inside + tie, text=text)


def _shortened(lines: list[_Line], most: int) -> list[_Line]:
    """Of many lines the first and the last ones."""
    if len(lines) <= most:
        return lines
    kept = most - 4
    return [*lines[:kept], _Line("", text=f"… {len(lines) - kept - 3} more lines"), *lines[-3:]]


def _has_bar(state: TimelineState | None) -> bool:
    return state is not None and (state.type not in _QUICK or (state.seconds or 0.0) >= 0.1)


def _parts(screen: Screen, line: _Line) -> tuple[str, str, str, str]:
    """A state: its rail, its mark, its name, what it does with the blank before."""
    state, rail = line.state, screen.plain(line.rail)
    if state is None:
        return rail, "", "", screen.plain(visible(line.text))
    said = {"ABORTED": " · stopped", "RUNNING": " · running"}.get(state.status, "")
    name = visible(state.name)
    blank = " " * max(0, line.pad - cells(name))
    what = f"{blank}  {visible(state.what)}{said}".rstrip()
    return rail, screen.plain(MARK.get(state.status, "○")), screen.plain(f" {name}"), screen.plain(what)


def _head(screen: Screen, execution: TimelineExecution) -> None:
    status = execution.status
    called = visible(execution.label or execution.name or "execution")
    screen.line(
        " " * INDENT, (MARK.get(status, "○"), STYLE.get(status, "")), " ", (called, "bold"),
        f" · {visible(status)} · {seconds(execution.seconds)}",
    )  # fmt: skip


def _ends(screen: Screen, execution: TimelineExecution, several: bool) -> None:
    """What went in and came out; of several executions only what went wrong."""
    room = screen.width - INDENT - 5
    long = cells(short_ids(visible(execution.output))) > room
    output = changed_first(execution.output, execution.input) if long else execution.output
    for name, value in [] if several else [("in", execution.input), ("out", output)]:
        if value not in (None, ""):
            screen.line(" " * INDENT, f"{name:<5}", cut_value(screen.plain(short_ids(visible(value))), room))
    if execution.error:
        screen.wrapped(f"✘ {execution.error}", INDENT, "bold", 2)


def changed_first(output: Any, given: Any) -> Any:
    """An output with what differs from the input before what does not, at every depth: a long one is cut at its end."""
    if not (isinstance(output, Mapping) and isinstance(given, Mapping)):
        return output
    same = {key: value for key, value in output.items() if key in given and given[key] == value}
    changed = {key: changed_first(value, given.get(key)) for key, value in output.items() if key not in same}
    return {**changed, **same}


class _Scale:
    """Draws bars: all on one scale, behind labels of one width."""

    def __init__(self, screen: Screen, longest: float, label: int, names: Apart) -> None:
        self.screen, self.names = screen, names
        room = screen.width - INDENT - _TIMES
        least = min(_LEAST_BAR, room // 3)  # a narrow terminal has less of everything
        self.label = min(max(_LEAST_LABEL, label + 1), room - least)
        self.width = min(_LONGEST_BAR, room - self.label)
        self.longest = longest
        full = screen.symbols
        self.full, self.gap, self.good, self.bad = ("▇", "·", "✔", "✘") if full else ("#", ".", "v", "x")

    def line(self, line: _Line) -> None:
        """A state with its bar, or a text under it."""
        state, pad = line.state, " " * INDENT
        barred = state is not None and _has_bar(state)
        rail, mark, name, what = self._fitted(line, self.label if barred else self.screen.width - INDENT)
        parts: list[str | tuple[str, str]] = [pad, rail, (mark, STYLE.get(state.status, "") if state else "")]
        parts += [(name, "bold"), what]
        if barred and state is not None:
            blank = " " * (self.label - cells(rail + mark + name + what))
            parts += [blank, f"{_moment(state.start):>5} ", *self._drawn(state), self._duration(state.seconds)]
        self.screen.line(*parts)

    def _fitted(self, line: _Line, width: int) -> tuple[str, str, str, str]:
        """The parts of a line in at most ``width`` columns. Of a rule that leads somewhere, whereto is kept."""
        rail, mark, name, what = _parts(self.screen, line)
        if cells(rail + mark + name + what) <= width:
            return rail, mark, name, what
        rail = narrow(rail, width)
        room = width - cells(rail + mark)
        rule, arrow, target = what.rpartition(self.screen.plain(" → "))
        leads = bool(arrow) and (line.state is None or line.state.type == "Choice")
        if name:
            what, rule = "  " + what.lstrip(" "), "  " + rule.lstrip(" ")
            most = max(room // 3, room - cells(what)) if leads else room
            name = " " + self.names.cut(name[1:], max(1, most - 1))
        left = room - cells(name)
        if left < _LEAST_WHAT:
            return rail, mark, name, ""
        return rail, mark, name, keeping_end(rule, arrow + target, left) if leads else cut(what, left)

    def bar(self, bar: Bar) -> None:
        """A line of its own: a label and a bar."""
        mark = self.screen.plain(MARK.get(bar.status, "○"))
        room = self.label - cells(mark) - 1
        name = self.names.cut(self.screen.plain(visible(bar.label)), room)
        end = bar.start + (bar.seconds if bar.seconds is not None else self.longest - bar.start)
        row = self._row([(bar.start, end)])
        self.screen.line(
            " " * INDENT, (mark, STYLE.get(bar.status, "")), " ", name, " " * (room - cells(name)),
            f"{_moment(bar.start):>5} ", "".join(row), self._duration(bar.seconds),
        )  # fmt: skip

    def axis(self) -> None:
        """The ends of the scale, under the bars."""
        end = seconds(self.longest)
        blank = " " * (INDENT + self.label + 6)
        self.screen.line(blank, "0" + end.rjust(self.width - 1))

    def _duration(self, took: float | None) -> str:
        return f" {seconds(took) if took is not None else '':>8}"

    def _drawn(self, state: TimelineState) -> Iterator[tuple[str, str]]:
        """The bar of a state in pieces: its attempts, and the time between them."""
        end = state.start + (state.seconds if state.seconds is not None else self.longest - state.start)
        tries = state.tries[:_SHOWN_TRIES]
        if len(tries) <= 1 and not any(each.error for each in tries):
            yield "".join(self._row([(state.start, end)])), ""
            return
        # one that is shorter than a column is its mark alone
        wide = [each for each in tries if each.seconds * self.width > self.longest]
        row = self._row([(each.start, each.start + each.seconds) for each in wide], (state.start, end))
        at = -1
        for each in tries:
            at = min(self.width - 1, max(at + 1, self._cell(each.start + each.seconds)))
            row[at] = self.bad if each.error else self.good
        for char in row:
            yield char, {self.bad: "bad", self.good: "good"}.get(char, "")

    def _row(self, spans: list[tuple[float, float]], around: tuple[float, float] | None = None) -> list[str]:
        row = [" "] * self.width
        for span, char in [*([(around, self.gap)] if around else []), *((span, self.full) for span in spans)]:
            first, last = self._cell(span[0]), self._cell(span[1])
            row[first : last + 1] = [char] * (last - first + 1)
        return row

    def _cell(self, moment: float) -> int:
        part = moment / self.longest if self.longest > 0 else 0.0
        return max(0, min(self.width - 1, int(part * self.width)))


def _moment(start: float) -> str:
    return f"{start:.2f}" if start < 10 else f"{start:.1f}" if start < 1000 else f"{start:.0f}"
