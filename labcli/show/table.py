"""A table without a frame: one line under the headings, as wide as it must be and never wider than the screen.

Nothing is padded at the right, so that what is copied or piped has no blanks at its ends.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.text import Text

from labcli.show.text import cells, cut_value

if TYPE_CHECKING:
    from rich.console import Console

GAP, NARROW_GAP = 3, 2
LEAST = 6
"""Columns that a value keeps however narrow the screen is: it can be cut anywhere."""
LONGEST_WHOLE = 11
"""Words of cells up to this stay whole, identifiers that were cut in the middle among them."""
MOST_LINES = 4
"""Lines that a cell may fill."""
LONGEST_VALUE = 240
"""Columns of a value in a row that is a line."""


def layout(
    console: Console, headings: Sequence[Text], rows: Sequence[Sequence[Text]], width: int, right: Sequence[bool],
    rule: str = "─",
) -> list[Text] | None:  # fmt: skip
    """The lines of a table, or None where it has no room. Wide columns give way first; text is wrapped, a value is cut.

    Headings break at blanks only. The last cell of a row that is shorter than the headings has the rest of the line.
    """
    whole = [headings, *(row for row in rows if len(row) == len(headings))]
    natural = [max(cells(row[index].plain) for row in whole) for index in range(len(headings))]
    for row in rows:
        for index, cell in enumerate(row[:-1]):
            natural[index] = max(natural[index], cells(cell.plain))
    gap = GAP
    if sum(natural) + gap * (len(natural) - 1) > width:
        gap = NARROW_GAP
    heads = [_longest_word(heading.plain) for heading in headings]
    words = [max(_longest_word(row[index].plain) for row in whole) for index in range(len(headings))]
    least = [max(head, min(word, LONGEST_WHOLE)) for head, word in zip(heads, words, strict=True)]
    widths = _fitted(natural, (words, least), width - gap * (len(natural) - 1))
    if sum(widths) + gap * (len(widths) - 1) > width:
        return None
    lines = _row(console, headings, widths, gap, right)
    for line in lines:
        line.stylize("bold")
    lines.append(Text(rule * (sum(widths) + gap * (len(widths) - 1))))
    for row in rows:
        before = sum(widths[: len(row) - 1]) + gap * (len(row) - 1)
        mine = [*widths[: len(row) - 1], width - before] if len(row) < len(headings) else widths
        lines += _row(console, row, mine, gap, right)
    return lines


def _longest_word(text: str) -> int:
    """What a column needs so that no word is broken."""
    return LEAST if text.startswith(("{", "[")) else max((cells(word) for word in text.split(" ")), default=0)


def _fitted(natural: list[int], floors: Sequence[list[int]], room: int) -> list[int]:
    """The widths, the widest made narrower until all fit, down to the first floor, then to the next."""
    widths = list(natural)
    for least in floors:
        while sum(widths) > room:
            wide = [index for index, width in enumerate(widths) if width > least[index]]
            if not wide:
                break
            widths[max(wide, key=lambda index: widths[index])] -= 1
    return widths


def record(headings: Sequence[Text], row: Sequence[Text]) -> Text:
    """A row as one line, ``heading: value; heading: value``; what is empty is left out.

    The last cell of a row that is shorter than the headings stands for itself.
    """
    made = Text()
    for index, cell in enumerate(row):
        if not cell.plain.strip():
            continue
        if made:
            made.append("; ")
        if headings[index].plain and not (index and index == len(row) - 1 < len(headings) - 1):
            made = made + headings[index] + Text(": ")
        made = made + (cell if cells(cell.plain) <= LONGEST_VALUE else Text(cut_value(cell.plain, LONGEST_VALUE)))
    return made


def _row(
    console: Console, row: Sequence[Text], widths: list[int], gap: int, right: Sequence[bool]
) -> list[Text]:  # fmt: skip
    columns = [_cell(console, cell, width) for cell, width in zip(row, widths, strict=True)]
    lines = []
    for number in range(max(len(column) for column in columns)):
        line = Text()
        for index, column in enumerate(columns):
            part = column[number] if number < len(column) else Text()
            blank = " " * max(0, widths[index] - cells(part.plain))
            line = line + Text(blank) + part if right[index] else line + part + Text(blank)
            line.append(" " * gap)
        line.rstrip()
        lines.append(line)
    return lines


def _cell(console: Console, cell: Text, width: int) -> list[Text]:
    if cells(cell.plain) <= width:
        return [cell]
    if cell.plain.startswith(("{", "[")):
        return [Text(cut_value(cell.plain, width))]
    lines = list(cell.wrap(console, width))
    for line in lines:
        line.rstrip()
    if len(lines) > MOST_LINES:
        lines = lines[:MOST_LINES]
        lines[-1].truncate(max(1, width - 1))
        lines[-1].append("…")
    return lines
