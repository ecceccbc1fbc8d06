"""Syntax errors of YAML in a lab author's words: what is wrong, where, and what to write instead."""

from __future__ import annotations

import re
from typing import Any

DIRECTIVE = "a line that starts with `%` is not allowed; remove it, or quote the text"
_GLUED = re.compile(r"[ -]*[\w-]+:(?=[^\s/:])")
_REFERENCE = re.compile(r"[^\s,\[\]{}]*\$\{[^}\r\n]*\}?[^\s,\[\]{}]*")
_PATH = re.compile(r"[^\s,\[\]{}]+(\[[^\]\r\n]*\][^\s,\[\]{}]*)+")

# what PyYAML says -> whether the mistake is where the piece began, and what to tell the author
_SYNTAX = {
    "sequence entries": (False, "a list item begins on a line of its own; quote the text if it is no list"),
    "start any token|node content|mapping keys": (False, "text that starts with `{char}` must be quoted"),
    "alphabetic or|block scalar": (True, "text that starts with `{char}` must be quoted"),
    "end of stream|document separator": (True, "the quote that opens here is never closed"),
    "unknown escape": (False, "`\\{char}` is no escape; write `\\\\{char}`, or use single quotes"),
    "hexadecimal": (False, "`\\x` takes 2 digits 0-9 a-f, `\\u` takes 4; write `\\\\` for a backslash"),
    "tag|'!'|URI": (True, "a tag is not allowed; remove it, or quote the text"),
}


def explain(error: Any, text: str, quoted: Any) -> tuple[int, str]:
    """Say a syntax error in the author's words, and the index in the text that it is about."""
    at, said = error.problem_mark, f"{error.context} {error.problem}"
    start = error.context_mark or at
    if text.lstrip().startswith("%"):
        return text.index("%"), DIRECTIVE
    if text[at.index : at.index + 1] == "\t":
        return at.index, "a tab; indent with spaces, and quote text that holds a tab"
    if quoted and quoted.start_mark.line < quoted.end_mark.line == at.line:
        return quoted.start_mark.index, f"the quote that opens here ends on line {at.line + 1}, before more text"
    if "mapping values" in said or "could not find expected ':'" in said:
        return _colon(text, start.index)
    if "expected ',' or" in said:
        return _flow(text, start.index, at.index)
    if "expected <block end>" in said or "<document start>" in said:
        return _after(text, at.index)
    found = (row for words, row in _SYNTAX.items() if re.search(words, said))
    begin, message = next(found, (False, "this is not valid here; quote the text, or check the indentation"))
    index = start.index if begin else at.index
    return index, message.replace("{char}", text[index : index + 1]).replace("```", "a backtick")


def _colon(text: str, index: int) -> tuple[int, str]:
    """Explain a `:` too many, or too few."""
    first = line_start(text, index)
    if re.search(r"\S:\s|^---\s", text[first:index]):
        return index, "text that holds `: ` must be quoted"
    above = text[:first].rstrip()
    for begin in (line_start(above, len(above)), first):
        if glued := _GLUED.match(text, begin):
            return glued.end() - 1, "write a space after this `:`"
    if text[index : index + 1] == ":":
        return index, "this line is indented deeper than the value above it allows; align it with its neighbours"
    return index, "this line is neither `key: value` nor `- item`"


def _flow(text: str, start: int, at: int) -> tuple[int, str]:
    """Explain what does not belong between `{` and `}` or `[` and `]`."""
    opener, char = text[start], text[at : at + 1]
    begin = at - len(re.split(r"[\s,\[\]{}]", text[max(0, at - 200) : at])[-1])
    for trap in (_REFERENCE, _PATH):
        if piece := trap.match(text, begin):
            return begin, f'inside `{{}}` and `[]` quote it: "{piece[0].rstrip(":"):.80}"'
    same_line = line_start(text, at) <= start
    if same_line and char == ":":
        return at, "text that holds `: ` must be quoted"
    if same_line and char and char in "]}":
        return at, f"this `{char}` does not close the `{opener}` before it"
    if same_line and char:
        glued = text[start:at].rstrip()[-1:] in "\"'"
        return _after(text, at) if glued else (at, "a `,` is missing before this, or the text must be quoted")
    return start, f"the `{opener}` that opens here is not closed; close it, or quote text that starts with `{opener}`"


def _after(text: str, index: int) -> tuple[int, str]:
    """Explain what stands where the file should have ended, or a line have begun."""
    first = line_start(text, index)
    before, char = text[first:index].rstrip()[-1:], text[index : index + 1]
    if before and before in "\"'":
        inside = "''" if before == "'" else '\\"'
        return index, f"text goes on after the closing quote; inside these quotes, a {before} is written {inside}"
    if char and char in "]}":
        return index, f"this `{char}` closes nothing; remove it"
    if before and before in "]}":
        return index, f"text goes on after the closing `{before}`; quote all of it"
    if char == ":":
        return index, "a key is missing before this `:`"
    return index, "this does not line up with the lines above; check the indentation, and mix no keys with `- ` items"


def line_start(text: str, index: int) -> int:
    """Where the line that holds ``index`` begins."""
    return max(text.rfind("\n", 0, index), text.rfind("\r", 0, index)) + 1
