"""What a step shows as proof: a few named facts, a table, a plot, a picture. Data; ``labcli.show`` draws it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from labcli.lab.expect import seek

if TYPE_CHECKING:
    from labcli.machines.picture import Bars, Timeline, Tree

Facts = list[tuple[str, Any]]
"""(heading, value) in the order in which to read them."""


class Table(NamedTuple):
    """Rows under headings. Values are plain data; whoever draws them escapes and shortens them."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]


class Plot(NamedTuple):
    """A value over seconds, with a few lines about it."""

    title: str
    points: tuple[tuple[float, float], ...]
    notes: tuple[str, ...] = ()


class Several(NamedTuple):
    """More than one of these, below each other."""

    parts: tuple[Table | Plot | Timeline | Bars | Tree, ...]


Evidence: TypeAlias = "Table | Plot | Timeline | Bars | Tree | Several"


def in_rows(facts: Facts) -> Table | None:
    """Facts side by side. A list fills as many rows as it has items; the rest stands in the first row."""
    if not facts:
        return None
    height = max(len(value) if isinstance(value, list) else 1 for _, value in facts)
    rows = tuple(tuple(_cell(value, index) for _, value in facts) for index in range(max(1, min(height, 20))))
    return Table(tuple(heading for heading, _ in facts), rows)


def _cell(value: Any, index: int) -> Any:
    if isinstance(value, list):
        return value[index] if index < len(value) else ("" if index else None)
    return "" if index else value


def side_by_side(facts: Mapping[str, Facts], corner: str = "") -> Table | None:
    """The facts of several arms: a column each, a row for every heading that any of them has."""
    headings: list[str] = []
    for each in facts.values():
        headings += [heading for heading, _ in each if heading not in headings]
    if not headings:
        return None
    known = {arm: dict(each) for arm, each in facts.items()}
    rows = tuple((heading, *(known[arm].get(heading, "") for arm in facts)) for heading in headings)
    return Table((corner, *facts), rows)


def fields(paths: Mapping[str, str], document: Any) -> Facts:
    """The facts that JMESPaths find, by heading."""
    return [(heading, seek(path, document)) for heading, path in paths.items()]


def heading_of(path: str) -> str:
    """A short heading for a JMESPath: its last name in words (``Messages[0].MessageId`` → ``MessageId``)."""
    name = path.rsplit(".", 1)[-1]
    return name.split("[")[0] or path
