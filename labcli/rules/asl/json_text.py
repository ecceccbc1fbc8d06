"""The JSON text of a definition, and AWS's words for what is no JSON: those of its parser, Jackson."""

from __future__ import annotations

import json
import re
from typing import Any, NoReturn

from labcli.rules.asl.diagnostic import LABCLI, Diagnostic

SHOWN = 500
"""Characters of the text that Jackson quotes."""

_WORD = re.compile(r"[A-Za-z_$][\w$]*")
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"?', re.DOTALL)
_VALUES = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')"
# what Python says -> what Jackson says after `Unexpected character ('}' (code 125)): `
_EXPECTED = {
    "Expecting value": f"expected a valid value {_VALUES}",
    "Expecting property name": "was expecting double-quote to start field name",
    "Illegal trailing comma": "was expecting double-quote to start field name",
    "Expecting ':'": "was expecting a colon to separate field name and value",
}


def parse(text: str) -> tuple[Any, list[Diagnostic]]:
    """The data of a JSON text, None when there is none; and what is wrong with the text."""
    try:
        start = len(text) - len(text.lstrip(" \t\r\n"))
        data, end = json.JSONDecoder(parse_constant=_no_number).raw_decode(text, start)
    except _NoNumber as error:
        at = text.find(str(error))
        return None, [_wrong(text, f"Unrecognized token '{error}': was expecting {_VALUES}", at + len(str(error)))]
    except json.JSONDecodeError as error:
        return None, [_wrong(text, *_jackson(text, error))]
    except (RecursionError, ValueError) as error:  # a number of more digits than Python reads, or brackets without end
        why = "values are nested too deeply" if isinstance(error, RecursionError) else "a number is too long"
        return None, [_wrong(text, f"The definition cannot be read: {why}", 0)]
    if text[end:].strip(" \t\r\n"):
        # whether AWS reads on after the object is not known
        return data, [Diagnostic(LABCLI, f"text goes on after the end of the definition, at character {end + 1}")]
    return data, []


class _NoNumber(Exception):  # noqa: N818 - a signal through json's own code
    """NaN or Infinity, which Python reads and JSON does not have."""


def _no_number(word: str) -> NoReturn:
    raise _NoNumber(word)


def _jackson(text: str, error: json.JSONDecodeError) -> tuple[str, int]:
    """Jackson's words, and the index that it has read to."""
    at, said = error.pos, error.msg
    if said.startswith("Unterminated string") or at >= len(text):
        return "Unexpected end-of-input", len(text)
    char = text[at]
    if said.startswith("Invalid control character"):
        return f"Illegal unquoted character ((CTRL-CHAR, code {ord(char)})): has to be escaped", at + 1
    if said.startswith("Invalid \\"):
        escaped = text[at + 1 : at + 2] or " "
        return f"Unrecognized character escape '{escaped}' (code {ord(escaped)})", at + 2
    if said == "Expecting value" and (word := _WORD.match(text, at)):
        return f"Unrecognized token '{word[0]}': was expecting {_VALUES}", word.end()
    wanted = next((words for mine, words in _EXPECTED.items() if said.startswith(mine)), None)
    wanted = wanted or f"was expecting comma to separate {_inside(text, at)} entries"
    return f"Unexpected character ('{char}' (code {ord(char)})): {wanted}", at + 1


def _inside(text: str, at: int) -> str:
    """Whether ``at`` stands in an object or in an array."""
    opened: list[str] = []
    for char in _STRING.sub("", text[:at]):
        if char in "[{":
            opened.append(char)
        elif char in "]}" and opened:
            opened.pop()
    return "Array" if opened and opened[-1] == "[" else "Object"


def _wrong(text: str, message: str, index: int) -> Diagnostic:
    line = text.count("\n", 0, index) + 1
    column = index - (text.rfind("\n", 0, index) + 1) + 1
    more = f"[truncated {len(text) - SHOWN} chars]" if len(text) > SHOWN else ""
    place = f'[Source: (String)"{text[:SHOWN]}"{more}; line: {line}, column: {column}]'
    return Diagnostic("INVALID_JSON_DESCRIPTION", f"{message}\n at {place}", (), "", place)
