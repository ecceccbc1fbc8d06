"""Text for a terminal: what comes from outside is made visible, what is long is cut so that the eye finds it again."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from labcli.steps.evidence import text_of

_UUID = re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b")
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})

MARKS = {
    "passed": "✔", "held": "✔", "deleted": "✔", "repeated": "✔", "was gone": "✔",
    "failed": "✘", "not": "✘", "error": "✘", "left": "✘", "foreign": "✘",
    "interrupted": "◐", "partly": "◐", "lost": "◐",
    "skipped": "–", "taken away": "–", "planned": "–",
    "not run": "○", "waiting": "⏳",
}  # fmt: skip
"""A symbol for every state; colour only repeats it."""

STYLES = {"✔": "green", "✘": "bold red", "◐": "yellow", "–": "dim", "○": "dim", "⏳": "cyan"}

ASCII = str.maketrans({
    "✔": "ok", "✘": "NO", "◐": "~", "○": "o", "⏳": "...", "–": "-", "—": "-", "…": "...", "→": "->", "·": "-",
    "─": "-", "━": "-", "│": "|", "┤": "|", "┼": "+", "└": "`", "├": "|", "┌": "+", "┐": "+", "┘": "+", "╴": "-",
    "≤": "<=", "≥": ">=", "×": "x", "▇": "#", "▆": "#", "▅": "#", "▄": "=", "▃": "=", "▂": "_", "▁": "_",
    "’": "'", "“": '"', "”": '"', "⏎": "\\n",
})  # fmt: skip
"""What stands for the symbols where an encoding lacks them."""


def visible(value: Any, lines: bool = False) -> str:
    """A value as text in which nothing is hidden: control, bidi and other invisible characters as ``\\x1b``.

    ``lines`` keeps line breaks; otherwise they are shown as ``⏎``.
    """
    text = text_of(value)
    if text.isascii() and text.isprintable():
        return text
    return "".join(_one(char, lines) for char in text)


def _one(char: str, lines: bool) -> str:
    if char == "\n":
        return "\n" if lines else "⏎"
    if char == "\t":
        return " "
    if unicodedata.category(char) in _HIDDEN:
        code = ord(char)
        return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
    return char


def short_ids(text: str) -> str:
    """Every UUID cut in the middle, the same one always the same way: ``5f1c…9e02``."""
    return _UUID.sub(lambda match: f"{match[0][:4]}…{match[0][-4:]}", text)


def cut(text: str, width: int) -> str:
    """At most ``width`` characters; what is missing is said by ``…``."""
    return text if len(text) <= width else text[: max(1, width - 1)] + "…"


def plural(count: int, word: str) -> str:
    """``1 step``, ``2 steps``."""
    return f"{count} {word}{'s' if count != 1 else ''}"


def seconds(value: float) -> str:
    """``0.02 s``, ``3.1 s``, ``28.4 s``."""
    return f"{value:.2f} s" if value < 1 else f"{value:.1f} s"
