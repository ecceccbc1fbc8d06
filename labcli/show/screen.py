"""The screen: one console for results, one for what goes beside them, and the way to print on both.

Everything that labcli says passes here. Nothing is ever read as markup; a reader who has gone (``| head``) ends the
printing, not the work.
"""

from __future__ import annotations

import contextlib
import io
import os
from collections.abc import Iterable
from typing import Any, TextIO

from rich import box
from rich.console import Console
from rich.table import Table as RichTable
from rich.text import Text

from labcli.context import Context
from labcli.errors import LabcliError
from labcli.lab.problem import LabInvalid
from labcli.show.text import ASCII, STYLES, cut, short_ids, visible

LINES = box.Box("    \n    \n ── \n    \n    \n    \n    \n    \n")
"""A table without frame: one line under the headings."""
ASCII_LINES = box.Box("    \n    \n -- \n    \n    \n    \n    \n    \n")


class Screen:
    """Where a command shows what it found. ``out`` is for results, ``err`` for progress, questions and warnings."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.symbols = _speaks_unicode(context.stdout)
        self.out = _console(context, context.stdout)
        both = _is_terminal(context.stdout) and _is_terminal(context.stderr)
        self.err = self.out if both else _console(context, context.stderr)
        self._gone = False

    @property
    def width(self) -> int:
        """Columns to draw in: the terminal's, at most 100."""
        return max(40, min(self.out.width, 100))

    def text(self, *parts: str | tuple[str, str]) -> Text:
        """Text of plain parts and (part, style)."""
        made = Text(no_wrap=False)
        for part in parts:
            content, style = (part, "") if isinstance(part, str) else part
            made.append(self.plain(content), style)
        return made

    def plain(self, text: str) -> str:
        """The text in characters that the stream can show."""
        return text if self.symbols else text.translate(ASCII)

    def line(self, *parts: str | tuple[str, str], err: bool = False) -> None:
        """Print one line of plain parts and (part, style)."""
        self.show(self.text(*parts), err)

    def show(self, thing: Any, err: bool = False) -> None:
        """Print something that rich can draw."""
        if self._gone and not err:
            return
        try:
            (self.err if err else self.out).print(thing, soft_wrap=isinstance(thing, Text) and not thing.no_wrap)
        except (BrokenPipeError, ValueError):  # the reader has gone, or the stream is closed
            self._gone = True
            _silence(self.context.stdout)

    def write(self, text: str) -> None:
        """Print exact text (a document for a machine) on stdout."""
        if self._gone:
            return
        try:
            self.context.stdout.write(text)
            self.context.stdout.flush()
        except (BrokenPipeError, ValueError):
            self._gone = True
            _silence(self.context.stdout)

    def wrapped(self, text: str, indent: int, style: str = "") -> None:
        """Print running text, wrapped at the width, indented."""
        from rich.padding import Padding

        body = Text(self.plain(visible(text, lines=True)), style=style)
        body.no_wrap = False
        if self._gone:
            return
        try:
            self.out.print(Padding(body, (0, 0, 0, indent)), width=self.width)
        except (BrokenPipeError, ValueError):
            self._gone = True
            _silence(self.context.stdout)

    def table(
        self, columns: Iterable[str], rows: Iterable[Iterable[Any]], indent: int = 1, right: Iterable[str] = ()
    ) -> None:
        """Print a table: one line under the headings, no frame; cells are escaped, ids shortened, long ones cut."""
        from rich.padding import Padding

        table = RichTable(
            box=LINES if self.symbols else ASCII_LINES, show_edge=False, pad_edge=False, padding=(0, 1),
            header_style="bold",
        )  # fmt: skip
        right = set(right)
        for name in columns:
            table.add_column(self.text(visible(name)), overflow="fold", justify="right" if name in right else "left")
        for row in rows:
            table.add_row(*(self.cell(value) for value in row))
        self.show(Padding(table, (0, 0, 0, indent), expand=False))

    def cell(self, value: Any) -> Text:
        """A value as a cell."""
        if isinstance(value, Text):
            return value
        text = cut(short_ids(visible(value)), 200)
        made = Text(self.plain(text))
        for symbol, style in STYLES.items():
            if text.startswith(symbol):
                made.stylize(style, 0, len(self.plain(symbol)))
        return made

    def error(self, error: LabcliError) -> None:
        """What went wrong, where, and what to do: three lines or fewer, on stderr."""
        if isinstance(error, LabInvalid):
            for problem in error.problems:
                self.line(visible(str(problem)), err=True)
            self.line(visible(error.message), err=True)
            return
        self.line(("✘ ", "bold red"), visible(error.message), err=True)
        if error.hint:
            self.line("  ", visible(error.hint), err=True)

    def next(self, command: str, aside: str = "") -> None:
        """The last line: the next command to type."""
        self.line(("Next: ", "bold"), (visible(command), "bold cyan"), f"      ({visible(aside)})" if aside else "")

    def close(self) -> None:
        """Flush; a reader who has gone is no error."""
        for stream in (self.context.stdout, self.context.stderr):
            with contextlib.suppress(BrokenPipeError, ValueError, OSError):
                stream.flush()


def _console(context: Context, stream: TextIO) -> Console:
    if not _speaks_unicode(stream) and isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(errors="backslashreplace")
    width = None if _is_terminal(stream) or context.env.get("COLUMNS") else 80
    return Console(
        file=stream, width=width, highlight=False, markup=False, emoji=False, legacy_windows=False,
        _environ=context.env,
    )  # fmt: skip


def _is_terminal(stream: TextIO) -> bool:
    try:
        return stream.isatty()
    except (AttributeError, ValueError):
        return False


def _speaks_unicode(stream: TextIO) -> bool:
    encoding = getattr(stream, "encoding", None) or "utf-8"
    try:
        "✔✘◐○⏳…─▇→·".encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def _silence(stream: TextIO) -> None:
    """Send what is still buffered nowhere, so that nothing complains at exit."""
    with contextlib.suppress(OSError, ValueError, AttributeError, io.UnsupportedOperation):
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, stream.fileno())
        os.close(null)
