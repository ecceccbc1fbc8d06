"""Text for a terminal: what comes from outside is made visible, what is long is cut so that the eye finds it again."""

from __future__ import annotations

import re
import time
import unicodedata
import zlib
from typing import Any

from labcli.lab.words import text_of
from labcli.show.styles import PALETTE

UUID = re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b")
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})

DAYS = {"mon": "Monday", "tue": "Tuesday", "wed": "Wednesday", "thu": "Thursday", "fri": "Friday"}

_ENDLESS = re.compile(r"\S{600,}")


def visible(value: Any, lines: bool = False) -> str:
    """A value as text in which nothing is hidden: control, bidi and other invisible characters as ``\\x1b``.

    ``lines`` keeps line breaks; otherwise they are shown as ``⏎``.
    """
    text = text_of(value)
    if text.isascii() and text.isprintable():
        return text
    return "".join(_one(char, lines) for char in text)


def short(text: str) -> str:
    """A message in which no word is longer than anybody would read: what was typed or read may be of any length."""
    return _ENDLESS.sub(lambda word: f"{word[0][:100]}…{word[0][-20:]}", text)


def _one(char: str, lines: bool) -> str:
    if char == "\n":
        return "\n" if lines else "⏎"
    if char == "\t":
        return " "
    if unicodedata.category(char) in _HIDDEN:
        code = ord(char)
        return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
    return char


def middle(text: str) -> str:
    """An identifier cut in the middle, the same one always the same way: ``5f1c…9e02``."""
    return text if len(text) <= 11 else f"{text[:4]}…{text[-4:]}"


def short_ids(text: str) -> str:
    """Every UUID in a text cut in the middle."""
    return UUID.sub(lambda match: middle(match[0]), text)


class Colours:
    """A colour for every identifier: always the same one, and no two alike as long as there are colours enough."""

    def __init__(self) -> None:
        self._given: dict[str, str] = {}

    def of(self, identifier: str) -> str:
        """The style of an identifier: its own colour, or the next free one when another has that already."""
        if identifier not in self._given:
            first = zlib.crc32(identifier.encode()) % len(PALETTE)
            order = [PALETTE[(first + step) % len(PALETTE)] for step in range(len(PALETTE))]
            taken = set(self._given.values())
            self._given[identifier] = next((each for each in order if each not in taken), order[0])
        return self._given[identifier]


def cells(text: str) -> int:
    """How many columns of a terminal the text fills."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)


def cut(text: str, width: int) -> str:
    """At most ``width`` columns; what is missing is said by ``…``."""
    if cells(text) <= width:
        return text
    while text and cells(text) > max(0, width - 1):
        text = text[: max(0, width - 1)] if len(text) > width else text[:-1]
    return text.rstrip() + "…"


def cut_value(text: str, width: int) -> str:
    """A value on one line: JSON keeps its last bracket, and is cut after a whole member where that costs little."""
    if cells(text) <= width or not text.startswith(("{", "[")):
        return cut(text, width)
    closing = "}" if text.startswith("{") else "]"
    kept = cut(text, width - 2).removesuffix("…")
    kept += " " if kept.endswith(",") else ""
    member = kept.rfind(", ")
    return (kept[: member + 2] if member > len(kept) // 2 else kept) + "…" + closing


def plural(count: int, word: str) -> str:
    """``1 step``, ``2 steps``."""
    return f"{count} {word}{'s' if count != 1 else ''}"


def are(count: int) -> str:
    """``is`` for one, ``are`` for none and for several."""
    return "is" if count == 1 else "are"


def seconds(value: float) -> str:
    """``0.02 s``, ``3.1 s``, ``28.4 s``, ``2 min 5 s``."""
    if value >= 120:
        return f"{value // 60:.0f} min {value % 60:.0f} s"
    return f"{value:.2f} s" if value < 0.995 else f"{value:.1f} s"


def moment(at: float, now: float) -> str:
    """``13:40`` today, ``23 Nov 13:40`` on another day."""
    then, today = time.localtime(at), time.localtime(now)
    return time.strftime("%H:%M" if then[:3] == today[:3] else "%d %b %H:%M", then)


def clock(at: float) -> str:
    """``14:02:40``, in the learner's own time."""
    return time.strftime("%H:%M:%S", time.localtime(at))


def day_name(lab: str) -> str:
    """``mon`` → ``Monday``; other labs by their id."""
    return DAYS.get(lab, lab)
