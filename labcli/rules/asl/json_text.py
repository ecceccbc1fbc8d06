"""The JSON text of a definition or an input, and AWS's words for what is no JSON: those of its parser, Jackson.

Python's own messages, and the places that they name, differ from release to release (3.13 reports a trailing comma at
the comma, earlier ones behind it), so they are not used: a text that Python cannot read is read again here.
Words: recorded answers of CreateStateMachine, StartExecution and Invoke; else Jackson's public source
(ReaderBasedJsonParser).
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any, NamedTuple, NoReturn

from labcli.rules.asl.diagnostic import LABCLI, Diagnostic

SHOWN = 500
"""Characters of the text that Jackson quotes."""
DEEPEST = 500
"""Levels of objects and lists that are read; Jackson reads 1,000, and no Python fails at these."""
LONGEST_NUMBER = 4300
"""Digits of a whole number: what Python reads (``sys.int_info.default_max_str_digits``); Jackson reads 1,000."""

VALUES = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')"
TOO_DEEP = "The definition cannot be read: values are nested too deeply"
TOO_LONG = "The definition cannot be read: a number is too long"
_SPACE = re.compile(r"[ \t\r\n]*")
_WORD = re.compile(r"[A-Za-z_$][\w$]*|-Infinity")
_PLAIN = re.compile(r'[^"\\\x00-\x1f]*')
_DIGITS = re.compile(r"[0-9]*")
_NAME, _COLON, _VALUE, _AFTER = "a name", "a colon", "a value", "what comes after a value"


class Broken(NamedTuple):
    """What keeps a text from being JSON."""

    words: str
    """AWS's."""
    at: int
    """How far its parser has read, in characters."""


def parse(text: str) -> tuple[Any, list[Diagnostic]]:
    """The data of a JSON text, None when there is none; and what is wrong with the text."""
    data, end, wrong = _read(text)
    if wrong is not None:
        place = place_of(text, wrong.at)
        return None, [Diagnostic("INVALID_JSON_DESCRIPTION", f"{wrong.words}\n at {place}", (), "", place)]
    if text[end:].strip(" \t\r\n"):
        # whether AWS reads on after the object is not known
        return data, [Diagnostic(LABCLI, f"text goes on after the end of the definition, at character {end + 1}")]
    return data, []


def broken(text: str) -> Broken | None:
    """What keeps the whole of ``text`` from being one JSON value; None when nothing does."""
    _, end, wrong = _read(text)
    if wrong is None and text[end:].strip(" \t\r\n"):
        _, _, wrong = _read(text, end)
        return wrong or Broken(f"Unexpected character ({_char(text[_over(text, end)])})", _over(text, end) + 1)
    return wrong


def place_of(text: str, index: int, kind: str = "String") -> str:
    """Where AWS says that its parser stopped; ``kind`` is what it was given: ``String``, or ``byte[]``."""
    line = text.count("\n", 0, index) + 1
    column = index - (text.rfind("\n", 0, index) + 1) + 1
    more = f"[truncated {len(text) - SHOWN} chars]" if len(text) > SHOWN else ""
    return f'[Source: ({kind})"{text[:SHOWN]}"{more}; line: {line}, column: {column}]'


def _read(text: str, at: int = 0) -> tuple[Any, int, Broken | None]:
    """The value that begins at ``at``, the index behind it, and what is wrong with it."""
    try:
        if text.count("[") + text.count("{") > DEEPEST:
            _Scan(text, at).value()
        data, end = json.JSONDecoder(parse_constant=_no_number).raw_decode(text, _over(text, at))
    except _Stopped as stopped:
        return None, at, stopped.broken
    except (ValueError, RecursionError):
        try:
            _Scan(text, at).value()
        except _Stopped as stopped:
            return None, at, stopped.broken
        return None, at, Broken(TOO_DEEP, 0)  # whoever asks has used up the stack
    return data, end, None


class _Stopped(Exception):  # noqa: N818 - a signal through the reading of a text
    def __init__(self, words: str, index: int) -> None:
        super().__init__(words)
        self.broken = Broken(words, index)


def _no_number(word: str) -> NoReturn:
    """NaN or Infinity, which Python reads and JSON does not have."""
    raise ValueError(word)


def _over(text: str, at: int) -> int:
    """The index of what follows the blanks at ``at``."""
    found = _SPACE.match(text, at)
    return found.end() if found else at


def _char(char: str) -> str:
    """A character as Jackson names it."""
    if ord(char) < 32 or 127 <= ord(char) < 160:
        return f"(CTRL-CHAR, code {ord(char)})"
    return f"'{char}' (code {ord(char)}" + (f" / 0x{ord(char):x})" if ord(char) > 255 else ")")


@dataclass
class _Scan:
    """Reads a text as Jackson does, without making anything of it; raises ``_Stopped`` where Jackson stops."""

    text: str
    at: int
    inside: list[str] = field(default_factory=list)
    """The brackets that are open."""

    def value(self) -> None:
        """Read one value, with all that is in it."""
        wants, may_close = _VALUE, False
        while True:
            self.at = _over(self.text, self.at)
            if self.at >= len(self.text):
                raise self._ended()
            char = self.text[self.at]
            if may_close and char == ("}" if self.inside[-1] == "{" else "]"):
                wants = self._close()
            elif wants == _AFTER:
                wants, may_close = self._separator(char), False
            elif wants == _VALUE:
                wants, may_close = self._value(char), True
            elif wants == _NAME:
                wants, may_close = self._name(char), False
            else:
                wants, may_close = self._colon(char), False
            if wants == _AFTER and not self.inside:
                return

    def _close(self) -> str:
        self.inside.pop()
        self.at += 1
        return _AFTER

    def _separator(self, char: str) -> str:
        inside = "Object" if self.inside[-1] == "{" else "Array"
        if char != ",":
            raise self._unexpected(f"was expecting comma to separate {inside} entries")
        self.at += 1
        return _NAME if inside == "Object" else _VALUE

    def _name(self, char: str) -> str:
        if char != '"':
            raise self._unexpected("was expecting double-quote to start field name")
        self._string("name")
        return _COLON

    def _colon(self, char: str) -> str:
        if char != ":":
            raise self._unexpected("was expecting a colon to separate field name and value")
        self.at += 1
        return _VALUE

    def _value(self, char: str) -> str:
        """Read a value, or the beginning of one; what is wanted next."""
        if char in "{[":
            self.inside.append(char)
            if len(self.inside) > DEEPEST:
                raise _Stopped(TOO_DEEP, 0)
            self.at += 1
            return _NAME if char == "{" else _VALUE
        if char == '"':
            self._string("string value")
        elif word := _WORD.match(self.text, self.at):
            self.at = word.end()
            if word[0] not in ("true", "false", "null"):
                raise _Stopped(f"Unrecognized token '{word[0]}': was expecting {VALUES}", self.at)
        elif char == "-" or char in "0123456789":
            self._number()
        else:
            raise self._unexpected(f"expected a valid value {VALUES}")
        return _AFTER

    def _string(self, what: str) -> None:
        self.at += 1
        while True:
            found = _PLAIN.match(self.text, self.at)
            self.at = found.end() if found else self.at
            if self.at >= len(self.text):
                raise self._ended()
            char = self.text[self.at]
            if char == '"':
                self.at += 1
                return
            if char != "\\":
                why = f"has to be escaped using backslash to be included in {what}"
                raise _Stopped(f"Illegal unquoted character ({_char(char)}): {why}", self.at + 1)
            self._escape()

    def _escape(self) -> None:
        escaped = self.text[self.at + 1 : self.at + 2]
        if not escaped:
            raise self._ended()
        if escaped == "u":
            self.at += 2
            for _ in range(4):
                if self.at >= len(self.text):
                    raise self._ended()
                if self.text[self.at] not in "0123456789abcdefABCDEF":
                    raise self._unexpected("expected a hex-digit for character escape sequence")
                self.at += 1
        elif escaped in '"\\/bfnrt':
            self.at += 2
        else:
            raise _Stopped(f"Unrecognized character escape {_char(escaped)}", self.at + 2)

    def _number(self) -> None:
        self.at += self.text[self.at] == "-"
        start = self.at
        whole = self._digits("expected digit (0-9) to follow minus sign, for valid numeric value")
        if whole > 1 and self.text[start] == "0":
            raise _Stopped("Invalid numeric value: Leading zeroes not allowed", start + 1)
        plain = True
        if self.text.startswith(".", self.at):
            self.at, plain = self.at + 1, False
            self._digits("Decimal point not followed by a digit")
        if self.text[self.at : self.at + 1] in ("e", "E"):
            self.at, plain = self.at + 1, False
            self.at += self.text[self.at : self.at + 1] in ("+", "-")
            self._digits("Exponent indicator not followed by a digit")
        if plain and whole > LONGEST_NUMBER:
            raise _Stopped(TOO_LONG, 0)

    def _digits(self, otherwise: str) -> int:
        """Read digits, how many there are; there is one at least."""
        found = _DIGITS.match(self.text, self.at)
        count = len(found[0]) if found else 0
        self.at += count
        if count:
            return count
        if self.at >= len(self.text):
            raise self._ended()
        char = _char(self.text[self.at])
        raise _Stopped(f"Unexpected character ({char}) in numeric value: {otherwise}", self.at + 1)

    def _unexpected(self, wanted: str) -> _Stopped:
        return _Stopped(f"Unexpected character ({_char(self.text[self.at])}): {wanted}", self.at + 1)

    def _ended(self) -> _Stopped:
        return _Stopped("Unexpected end-of-input", len(self.text))
