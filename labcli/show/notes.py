"""The notes of a lab: paragraphs, lists, **bold**, *italic* and `code`, which is all that notes need.

rich can draw all of Markdown, but what it imports for that takes longer than the rest of ``labcli day mon``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from labcli.show.screen import Screen
from labcli.show.text import visible

_ITEM = re.compile(r"\s*([-*]|\d{1,2}\.)\s+")
_INLINE = re.compile(r"\*\*(?P<bold>[^*]+)\*\*|\*(?P<italic>[^*\s][^*]*)\*|`(?P<code>[^`]+)`")


def draw_notes(screen: Screen, notes: str, indent: int = 2) -> None:
    """Draw notes, wrapped at the width of the screen."""
    for bullet, text in list(_blocks(visible(notes, lines=True)))[:-1]:  # the blank line after the last is not theirs
        if not text:
            screen.line("")
            continue
        lead = f"{bullet} " if bullet else ""
        screen.styled([(lead, ""), *_pieces(text)], indent, hang=len(lead))


def _blocks(notes: str) -> Iterator[tuple[str, str]]:
    """(bullet, text) of each paragraph and item, its lines joined; an empty text is a blank line between them."""
    bullet, words = "", ""
    for line in [*notes.rstrip().split("\n"), ""]:
        item = _ITEM.match(line)
        if words and (item or not line.strip()):
            yield bullet, words
            bullet, words = "", ""
        if item:
            bullet = "·" if item[1] in "-*" else item[1]
        rest = line[item.end() if item else 0 :].strip()
        words = f"{words} {rest}".strip()
        if not line.strip():
            yield "", ""


def _pieces(text: str) -> list[tuple[str, str]]:
    pieces, end = [], 0
    for match in _INLINE.finditer(text):
        pieces.append((text[end : match.start()], ""))
        style = str(match.lastgroup)
        pieces.append((match[style], style))
        end = match.end()
    return [*pieces, (text[end:], "")]
