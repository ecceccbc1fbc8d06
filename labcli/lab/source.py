"""A lab file as it stands on disk: its plain data, and where in the file each piece of it was written.

Lab files come from strangers. Loaders resolve aliases, merges, tags and YAML 1.1's surprises before anyone can
object (500 bytes took 800 MB), so nothing is loaded here: the parser's events are counted and judged as they
stream, and only what passes is built.
"""

from __future__ import annotations

import errno
import itertools
import math
import os
import re
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from labcli.errors import UsageError
from labcli.lab.problem import LabInvalid, Problem
from labcli.lab.syntax import DIRECTIVE, explain, line_start

MAX_BYTES = 256 * 1024
MAX_DEPTH = 32
MAX_NODES = 5_000
MAX_NUMBER = 20  # characters; longer ones are identifiers, and floats would round them
MAX_PROBLEMS = 50  # a hostile file is one mistake, not thousands of lines of them

Where = tuple[str | int, ...]
Mark = tuple[int, int]

# what a terminal may obey or hide: C0 and C1 controls, line separators, direction overrides, BOMs, noncharacters
_UNSAFE = re.compile(r"[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufeff\ufffe\uffff]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_SURROGATE_ESCAPE = re.compile(r"\\(u|U0000)[dD][89a-fA-F][0-9a-fA-F]{2}")
_QUESTION = re.compile(r"((?<=[^\s\[{,:\-?]) *|(?<=-)|(?<=\w:))(\?+)")
_WORDS = {"": None, "~": None} | {
    spelled: value
    for word, value in {"null": None, "true": True, "false": False}.items()
    for spelled in (word, word.capitalize(), word.upper())
}
_INT = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_KINDS = {bool: "true or false", int: "a number", float: "a number"}


@dataclass(frozen=True)
class Source:
    """One file's data. ``marks`` holds, per way to a value, where the value and its key begin."""

    file: str
    data: Any
    raw: bytes = field(repr=False)
    """What stands in the file, byte for byte."""
    marks: dict[Where, tuple[Mark, Mark]] = field(repr=False, compare=False)

    def mark(self, where: Where, key: bool = False) -> Mark:
        """Line and column, from 1, of a value or its key; of what encloses it when the way leads nowhere."""
        while where and where not in self.marks:
            where = where[:-1]
        return self.marks.get(where, ((1, 1), (1, 1)))[key]

    def problem(self, where: Where, message: str, key: bool = False) -> Problem:
        """Say a mistake at that place."""
        return Problem(self.file, *self.mark(where, key), message)


def read(file: Path, pure: bool = False) -> Source:
    """Read one lab file. ``pure`` never uses the C parser; both give the same data, marks and messages."""
    name, raw = str(file), _bytes(file)
    text = _text(name, raw)
    found = itertools.islice(_UNSAFE.finditer(text), MAX_PROBLEMS)
    problems = [Problem(name, *_at(text, each.start()), _unsafe(each[0])) for each in found]
    reading = _parse(name, _UNSAFE.sub(" ", text), pure)
    # a blank in place of an unsafe character may have broken the syntax: not another mistake
    if not problems or (reading.data and not reading.broken):
        problems += reading.problems
    if problems:
        raise LabInvalid(name, problems)
    return Source(name, reading.data, raw, reading.marks)


def _bytes(file: Path) -> bytes:
    odd = UsageError(f"{file} is not a regular file", "Name a lab file, such as `mon.yaml`.")
    try:
        # without O_NONBLOCK, opening a FIFO waits for its writer for ever
        handle = os.open(file, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        try:
            mode = os.fstat(handle).st_mode
            if stat.S_ISDIR(mode):
                raise UsageError(f"{file} is a folder, not a lab file", _offer(file, ""))
            if not stat.S_ISREG(mode):
                raise odd
            with os.fdopen(handle, "rb", closefd=False) as opened:
                return opened.read(MAX_BYTES + 1)
        finally:
            os.close(handle)
    except FileNotFoundError:
        raise UsageError(f"{file} does not exist", _offer(file.parent, file.name)) from None
    except (OSError, ValueError) as error:
        if isinstance(error, PermissionError) and file.is_dir():  # Windows opens no folders
            raise UsageError(f"{file} is a folder, not a lab file", _offer(file, "")) from None
        if getattr(error, "errno", 0) == errno.ENXIO:  # a socket
            raise odd from None
        why = getattr(error, "strerror", None) or "its name holds a null character"
        raise UsageError(f"{file} cannot be read: {why}") from None


def _offer(folder: Path, name: str) -> str:
    """Name what is there instead: the names nearest to the one given, else the lab files."""
    try:
        with os.scandir(folder) as entries:
            names = sorted(entry.name for entry in itertools.islice(entries, 1_000) if entry.name != name)
    except OSError:
        return f"The folder {folder} cannot be listed; is its name right?"
    from difflib import get_close_matches  # few commands meet a misspelt file

    close = get_close_matches(name, names, n=3, cutoff=0.5) if name else []
    labs = close or [name for name in names if name.endswith((".yaml", ".yml"))][:3]
    listed = ", ".join(f"`{folder / lab}`" for lab in labs)
    return f"Did you mean {listed}?" if listed else f"There is no lab file in `{folder}`."


def _text(name: str, raw: bytes) -> str:
    problem = None
    if len(raw) > MAX_BYTES:
        problem = Problem(name, 0, 0, f"the file is larger than {MAX_BYTES // 1024} KiB; a lab is a few KiB of text")
    elif raw[:2] in (b"\xff\xfe", b"\xfe\xff") or [byte == 0 for byte in raw[:4]] in ([0, 1, 0, 1], [1, 0, 1, 0]):
        problem = Problem(name, 0, 0, "the file is saved as UTF-16; save it as UTF-8")
    else:
        try:
            return raw.decode().removeprefix("\ufeff")
        except UnicodeDecodeError as error:
            before = raw[: error.start].decode().removeprefix("\ufeff")
            what = f"byte offset {error.start} (0x{raw[error.start]:02x}) is not UTF-8; save the file as UTF-8"
            problem = Problem(name, *_at(before, len(before)), what)
    raise LabInvalid(name, [problem])


def _at(text: str, index: int) -> Mark:
    lines = text.count("\n", 0, index) + text.count("\r", 0, index) - text.count("\r\n", 0, index)
    return lines + 1, index - line_start(text, index) + 1


def _unsafe(char: str) -> str:
    code = f"U+{ord(char):04X}"
    if char < "\xa0":
        return f'raw control character {code}; remove it, or write it as "\\x{ord(char):02x}" in double quotes'
    return f'invisible character {code}; remove it, or write it as "\\u{ord(char):04x}" in double quotes'


def _parse(name: str, text: str, pure: bool) -> _Reading:
    import yaml

    # The C parser lets tabs pass that the other one refuses; the other one's errors are the ones translated. So C
    # reads what is right, ten times faster, and the pure one has the last word on all the rest.
    if yaml.__with_libyaml__ and not pure and "\t" not in text:
        reading = _Reading(name, text)
        reading.run(yaml.CSafeLoader(text))
        if not reading.broken:
            return reading
    # The pure parser ends text at `?` inside {} and []; a stand-in of the same width keeps the marks right.
    stand_in = next(char for char in map(chr, range(0xE000, 0xF8FF)) if char not in text)
    reading = _Reading(name, text, stand_in)
    reading.run(yaml.SafeLoader(_QUESTION.sub(lambda found: found[1] + stand_in * len(found[2]), text)))
    return reading


class _Stop(Exception):  # noqa: N818 - no error: enough is known
    """What follows is not worth reading."""


@dataclass
class _Open:
    """A mapping or list that is being filled."""

    where: Where
    node: Any
    key: str | None = None
    key_mark: Mark = (1, 1)


class _Reading:
    """The events of one file, judged one by one, and what they build."""

    def __init__(self, name: str, text: str, stand_in: str = "?") -> None:
        self.name, self.text, self.stand_in = name, text, stand_in
        self.problems: list[Problem] = []
        self.marks: dict[Where, tuple[Mark, Mark]] = {}
        self.data: Any = None
        self.broken = False
        self.stack: list[_Open] = []
        self.nodes = 0
        self.quoted: Any = None  # the last quoted text: where it ended may explain the next error

    def run(self, parser: Any) -> None:
        import yaml

        try:
            while parser.check_event():
                self._event(parser.get_event())
            if self.data is None:
                self._refuse((0, 0), "the file is empty; a lab begins with `lab: NAME`")
            elif not isinstance(self.data, dict):
                self._refuse(self.marks[()][0], "a lab is a mapping: lines of `key: value`, such as `lab: mon`")
        except _Stop:
            pass
        except yaml.MarkedYAMLError as error:
            self.broken = True
            index, message = explain(error, self.text, self.quoted)
            self.problems.append(Problem(self.name, *_at(self.text, index), message))
        except (ValueError, OverflowError):  # chr() in the pure parser: "\UFFFFFFFF"
            self.broken, mark = True, parser.get_mark()
            self.problems.append(Problem(self.name, mark.line + 1, mark.column + 1, "no character has this number"))
        finally:
            parser.dispose()

    def _refuse(self, mark: Mark, message: str, last: bool = False) -> None:
        self.problems.append(Problem(self.name, *mark, message))
        if last or len(self.problems) >= MAX_PROBLEMS:
            raise _Stop

    def _event(self, event: Any) -> None:
        kind = type(event).__name__.removesuffix("Event")
        mark = (event.start_mark.line + 1, event.start_mark.column + 1)
        if kind == "DocumentStart" and (event.version or event.tags):
            self._refuse(mark, DIRECTIVE)
        if kind == "DocumentStart" and self.marks:
            self._refuse(mark, "a second document begins here (`---`); one file holds one lab", last=True)
        elif kind in ("MappingEnd", "SequenceEnd"):
            self.stack.pop()
        elif kind in ("Scalar", "Alias", "MappingStart", "SequenceStart"):
            self.nodes += 1
            if self.nodes > MAX_NODES:
                self._refuse(mark, f"the file holds more than {MAX_NODES:,} values", last=True)
            self._extras(kind, event, mark)
            self._node(kind, event, mark)

    def _extras(self, kind: str, event: Any, mark: Mark) -> None:
        if event.anchor:
            sign = "*" if kind == "Alias" else "&"
            self._refuse(mark, f"`{sign}{event.anchor:.40}` repeats a value; write the value out, or quote the text")
        if tag := getattr(event, "tag", None):
            tag = tag.replace("tag:yaml.org,2002:", "!!")
            self._refuse(mark, f"the tag `{tag:.40}` is not allowed; remove it, or quote the text")

    def _node(self, kind: str, event: Any, mark: Mark) -> None:
        node: Any = {"MappingStart": {}, "SequenceStart": []}.get(kind)
        top = self.stack[-1] if self.stack else None
        if top and isinstance(top.node, dict) and top.key is None:
            where: Where = top.where
            self._key(top, kind, event, mark)
        else:
            where = self._place(top, self._scalar(event, mark) if kind == "Scalar" else node, mark)
        if node is not None:
            self.stack.append(_Open(where, node))
            if len(self.stack) > MAX_DEPTH:
                self._refuse(mark, f"values are nested deeper than {MAX_DEPTH} levels", last=True)

    def _place(self, top: _Open | None, value: Any, mark: Mark) -> Where:
        where: Where = ()
        key_mark = mark
        if top is None:
            self.data = value
        elif top.key is None:  # of a list
            where = (*top.where, len(top.node))
            top.node.append(value)
        else:
            where, key_mark = (*top.where, top.key), top.key_mark
            top.node[top.key], top.key = value, None
            mark = key_mark if value is None else mark  # the parsers place an absent value differently
        self.marks[where] = (mark, key_mark)
        return where

    def _key(self, top: _Open, kind: str, event: Any, mark: Mark) -> None:
        key = self._scalar(event, mark) if kind == "Scalar" else f"?{self.nodes}"
        if kind in ("MappingStart", "SequenceStart"):
            self._refuse(mark, "a key must be text; quote text that starts with `{` or `[`")
        elif key == "<<" and not event.style:
            self._refuse(mark, "`<<` merges another mapping; write its keys out")
        elif not isinstance(key, str):
            said = f"the key `{event.value:.40}` reads as {_KINDS.get(type(key), 'nothing')}; quote it"
            self._refuse(mark, said if event.value else "a key is missing before this `:`")
        elif key in top.node:
            line, column = self.marks[(*top.where, key)][1]
            self._refuse(mark, f"the key `{key:.40}` is here twice: first at {line}:{column}; remove one of them")
        top.key, top.key_mark = str(key), mark

    def _scalar(self, event: Any, mark: Mark) -> Any:
        text = event.value.replace(self.stand_in, "?")
        if event.style or event.tag:
            self.quoted = event if event.style and event.style in "\"'" else self.quoted
            if _SURROGATE.search(text):
                escape = _SURROGATE_ESCAPE.search(self.text, event.start_mark.index)
                at = _at(self.text, escape.start()) if escape else mark
                self._refuse(at, "half a character (\\ud800 to \\udfff); write the character itself")
            return text
        try:
            return _plain(text)
        except ValueError as error:
            self._refuse(mark, str(error))
            return text


def _plain(text: str) -> Any:
    """Give the value of unquoted text by YAML 1.2's core schema: `no`, `1:30` and `2012-10-17` are text."""
    if text in _WORDS:
        return _WORDS[text]
    number: Any = int if _INT.fullmatch(text) else float if _FLOAT.fullmatch(text) else None
    if number is None and not _NOT_FINITE.fullmatch(text):
        return text
    if len(text) > MAX_NUMBER:
        raise ValueError(f"`{text[:MAX_NUMBER]}…` is too long for a number; quote it")
    if re.match(r"[-+]?0[0-9]", text):
        raise ValueError(f"`{text}` starts with 0, which a number would lose; quote it")
    if number is None or math.isinf(value := int(text, 0) if number is int else float(text)):
        raise ValueError(f"`{text}` is not a finite number; quote it")
    return value
