"""The screen: one console for results, one for what goes beside them, and the way to print on both.

Everything that labcli says passes here. Nothing is ever read as markup; a reader who has gone (``| head``) ends the
printing, not the work.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import sys
from collections.abc import Callable, Iterable
from typing import Any, TextIO

from rich.console import Console
from rich.text import Text
from rich.theme import Theme

from labcli.context import Context
from labcli.errors import LabcliError, reader_gone
from labcli.lab.problem import LabInvalid
from labcli.local.awslike import seed
from labcli.show.spoken import ASCII, spoken, spoken_cell
from labcli.show.styles import ATTRIBUTES, COLOURED, STYLES
from labcli.show.text import UUID, Colours, cells, middle, short, visible

_COMMAND = re.compile(r"(?<![\w./-])labcli(?= |$)")


class _Console(Console):
    """A console that says when its reader has gone; rich's own would end the process, a run in the midst of a step."""

    def on_broken_pipe(self) -> None:
        """Let ``Screen`` end the printing."""
        raise BrokenPipeError


class Screen:
    """Where a command shows what it found. ``out`` is for results, ``err`` for progress, questions and warnings."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.words_only = context.words_only
        self.symbols = _speaks_unicode(context.stdout)
        self.out = _console(context, context.stdout)
        both = is_terminal(context.stdout) and is_terminal(context.stderr)
        self.err = self.out if both else _console(context, context.stderr)
        self._gone: list[TextIO] = []
        self._colours = Colours()

    @property
    def width(self) -> int:
        """Columns to draw in: the terminal's, at most 100."""
        return max(40, min(self.out.width, 100))

    @property
    def unread(self) -> bool:
        """Whether nobody reads stdout any more: who only writes there can end."""
        return any(each is self.context.stdout for each in self._gone)

    def text(self, *parts: str | tuple[str, str]) -> Text:
        """Text of plain parts and (part, style)."""
        made = Text(no_wrap=False)
        for part in parts:
            content, style = (part, "") if isinstance(part, str) else part
            said = self.plain(content)
            made.append(core := said.rstrip(" "), style)  # what brings a background along ends with its words
            made.append(" " * (len(said) - len(core)))
        return made

    def plain(self, text: str) -> str:
        """The text in characters that the stream can show; with ``--plain`` in words."""
        text = spoken(text) if self.words_only else text
        return text if self.symbols else text.translate(ASCII)

    def marked(self, value: Any, style: str = "") -> Text:
        """A value from outside: what is hidden in it made visible, ids short and each in its colour."""
        made = Text(style=style)
        end, text = 0, visible(value)
        for match in UUID.finditer(text):
            made.append(self.plain(text[end : match.start()]))
            made.append(self.plain(middle(match[0])), self._colours.of(match[0]))
            end = match.end()
        made.append(self.plain(text[end:]))
        return made

    def line(self, *parts: str | tuple[str, str], err: bool = False) -> None:
        """Print one line of plain parts and (part, style)."""
        self.show(self.text(*parts), err)

    def flow(self, *parts: str | tuple[str, str], hang: int = 2, err: bool = False) -> None:
        """Print a line that a narrow terminal breaks between words. In a pipe it stays one line, for grep."""
        console = self.err if err else self.out
        if console.is_terminal:
            self._broken(self.text(*parts), self.width, hang, err)
        else:
            self.line(*parts, err=err)

    def wrapped(self, text: str, indent: int, style: str = "", hang: int = 0) -> None:
        """Print running text, wrapped at the width, indented; lines after the first by ``hang`` more."""
        for paragraph in visible(text, lines=True).split("\n"):
            self._broken(self.marked(paragraph, style), self.width - indent, hang, False, " " * indent)

    def labelled(self, label: str, style: str, text: str, indent: int) -> None:
        """Print running text behind a label; all its lines begin behind it."""
        made = self.text((label, style), " ") + self.marked(visible(text))
        self._broken(made, self.width - indent, cells(label) + 1, False, " " * indent)

    def _broken(self, text: Text, width: int, hang: int, err: bool, indent: str = "") -> None:
        lines = list(text.wrap(self.out, width))[:1]
        if rest := text.plain[len(lines[0].plain) :].lstrip() if lines else "":
            lines += text[len(text.plain) - len(rest) :].wrap(self.out, width - hang)
        for number, line in enumerate(lines):
            line.rstrip()
            self.show(Text(indent + (" " * hang if number else "")) + line, err)

    def show(self, thing: Text, err: bool = False) -> None:
        """Print a line."""
        if self.words_only or not self.symbols:
            thing.plain = thing.plain.replace("…", "..." if self.words_only else "~")  # what was cut since
        console = self.err if err else self.out
        self._put(self.context.stderr if err else self.context.stdout, lambda: console.print(thing, soft_wrap=True))

    def styled(self, pieces: list[tuple[str, str]], indent: int, hang: int = 0) -> None:
        """Print running text of (text, style), wrapped at the width, indented; its further lines by ``hang`` more."""
        self._broken(self.text(*pieces), self.width - indent, hang, False, " " * indent)

    def _put(self, stream: TextIO, write: Callable[[], object]) -> None:
        """Write on a stream. A reader who has gone, or a full disk, ends what is written there, not the work."""
        if any(each is stream for each in self._gone):
            return
        try:
            write()
        except (OSError, ValueError) as error:  # a stream that is closed answers with ValueError
            self._gone.append(stream)
            silence(stream)
            if isinstance(error, OSError) and not reader_gone(error):
                self.context.output_lost = True
                self.line(("✘ ", "bad"), f"the output cannot be written: {error.strerror}", err=True)

    def write(self, text: str) -> None:
        """Print exact text (a document for a machine) on stdout."""

        def write() -> None:
            self.context.stdout.write(text)
            self.context.stdout.flush()

        self._put(self.context.stdout, write)

    def raw(self, text: str) -> None:
        """Print drawn text as it is."""

        def put() -> None:
            self.out.file.write(text)
            self.out.file.flush()

        self._put(self.context.stdout, put)

    def table(
        self, columns: Iterable[str], rows: Iterable[Iterable[Any]], indent: int = 1, right: Iterable[str] = ()
    ) -> None:
        """Print a table: one line under the headings, no frame; cells are escaped, ids shortened, long ones cut.

        With ``--plain``, and where not even the headings have room, each row is ``heading: value; heading: value``.
        """
        from labcli.show.table import layout, record

        names, right = list(columns), set(right)
        headings = [self.text(visible(name)) for name in names]
        cells = [[self.cell(value) for value in row] for row in rows]
        rule = "─" if self.symbols else "-"
        width = self.width - indent
        lines = None
        if not self.words_only:
            lines = layout(self.out, headings, cells, width, [name in right for name in names], rule)
        if self.context.aws_like is not None:
            self.show(Text(" " * (indent if lines else 0)) + self.text((seed.words(self.context.aws_like), "bold")))
        for line in lines or ():
            self.show(Text(" " * indent) + line)
        for row in cells if lines is None else ():
            self._one_line(record(headings, row), indent)

    def _one_line(self, text: Text, indent: int) -> None:
        """A row in words: broken between them on a narrow screen; a pipe gets it whole, with ``--plain``."""
        if self.words_only and not is_terminal(self.context.stdout):
            self.show(text)
        else:
            self._broken(text, self.width - indent, 2, False, " " * indent)

    def cell(self, value: Any) -> Text:
        """A value as a cell; a mark at its beginning has its colour."""
        if isinstance(value, Text):
            return value
        if self.words_only and isinstance(value, str):
            return self.marked(spoken_cell(value.strip()))
        made = self.marked(value)
        for symbol, style in STYLES.items():
            plain = self.plain(symbol)
            if made.plain.startswith(plain) and str(value).startswith(symbol):
                made.stylize(style, 0, len(plain))
        return made

    def error(self, error: LabcliError) -> None:
        """What went wrong, where, and what to do: three lines or fewer, on stderr."""
        if isinstance(error, LabInvalid):
            for problem in error.problems:
                self.flow(visible(short(str(problem))), err=True)
            self.flow(visible(short(error.message)), err=True)
            return
        self.flow("error: " if self.words_only else ("✘ ", "bad"), visible(short(error.message)), err=True)
        if error.hint:
            self.flow("  ", visible(short(error.hint)), err=True)

    def next(self, command: str, aside: str = "") -> None:
        """The last line: the next command to type. What else one could do stands behind it, or on the line before."""
        if self.context.plain and not self.context.env.get("LABCLI_PLAIN"):  # the next command is heard too
            command, aside = (_heard(each) for each in (command, aside))
        behind = f"      ({visible(aside)})" if aside else ""
        if behind and (self.words_only or cells(f"Next: {command}{behind}") > self.width):
            self.line(visible(aside[0].upper() + aside[1:]))
            behind = ""
        self.line(("Next:", "bold"), " ", (visible(command), "code"), behind)


def _heard(text: str) -> str:
    """Text that names commands, with ``--plain`` in those that have a screen."""
    return text if "--output json" in text else _COMMAND.sub("labcli --plain", text)


def _console(context: Context, stream: TextIO) -> Console:
    if not _speaks_unicode(stream) and isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(errors="backslashreplace")
    width = None if is_terminal(stream) or context.env.get("COLUMNS") else 80
    console = _Console(
        file=stream, width=width, highlight=False, markup=False, emoji=False, legacy_windows=not _knows_escapes(stream),
        color_system=None if context.words_only else "auto", _environ=context.env,
    )  # fmt: skip
    coloured = console.color_system in ("256", "truecolor") and not console.no_color
    console.push_theme(Theme(COLOURED if coloured else ATTRIBUTES, inherit=False))
    return console


def _knows_escapes(stream: TextIO) -> bool:
    """Whether colours may be written as escape sequences. A console of Windows is told to read them; an old one cannot.

    Microsoft's documentation, "Console Virtual Terminal Sequences": ENABLE_VIRTUAL_TERMINAL_PROCESSING is 4.
    """
    if sys.platform == "win32" and is_terminal(stream):
        import ctypes
        import msvcrt

        try:
            descriptor = stream.fileno()
        except (OSError, ValueError):  # somebody's stream without one is no console
            return True
        kernel, mode = ctypes.WinDLL("kernel32"), ctypes.c_uint32()
        console = ctypes.c_void_p(msvcrt.get_osfhandle(descriptor))
        if kernel.GetConsoleMode(console, ctypes.byref(mode)):  # else it is a terminal without a console: it has them
            return bool(kernel.SetConsoleMode(console, mode.value | 4))
    return True


def is_terminal(stream: TextIO) -> bool:
    """Whether a person may look at what is written there."""
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


def silence(stream: TextIO) -> None:
    """Send what is still buffered nowhere, so that nothing complains at exit."""
    with contextlib.suppress(OSError, ValueError, AttributeError, io.UnsupportedOperation):
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, stream.fileno())
        os.close(null)
