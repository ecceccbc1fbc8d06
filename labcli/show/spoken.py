"""Symbols as words, for who hears the screen (``--plain``, TERM=dumb), and as letters, where an encoding lacks them."""

from __future__ import annotations

ASCII = str.maketrans({
    "✔": "ok", "✘": "NO", "◐": "part", "○": "o", "⏳": "...", "–": "-", "—": "-", "…": "~", "→": "->", "·": "-",
    "─": "-", "━": "-", "│": "|", "┤": "|", "┼": "+", "└": "`", "├": "|", "┌": "+", "┐": "+", "┘": "+", "╴": "-",
    "≤": "<=", "≥": ">=", "×": "x", "▇": "#", "▆": "#", "▅": "#", "▄": "=", "▃": "=", "▂": "_", "▁": "_",
    "█": "#", "’": "'", "“": '"', "”": '"', "⏎": "\\n", "←": "<-", "↪": ">",
})  # fmt: skip
"""What stands for the symbols where an encoding lacks them; what says that something was cut is one column wide too."""

_FIRST = {"✔ ": "ok: ", "✘ ": "failed: ", "◐ ": "partly: ", "○ ": "", "– ": "", "⏳ ": "waiting: ", "· ": "- "}
"""Marks in front of words. Behind those of what did not happen stands the word for it."""

_BETWEEN = ((" · ", ", "), (" → ", " to "), (" ↪ ", " to "), (" × ", " times "), (" ×", " times"))

_ALONE = {"✔": "yes", "✘": "no", "–": "no", "·": "no"}
"""Marks that are a whole cell of a table."""

_INSIDE = str.maketrans({
    "✔": "ok", "✘": "failed", "◐": "partly", "○": "not run", "⏳": "waiting", "–": "-", "—": "-", "…": "...",
    "→": "to", "←": "from", "↪": "to", "·": ",", "×": "times", "≤": "at most", "≥": "at least", "⏎": " / ",
    **dict.fromkeys("─━│┤┼└├┌┐┘╴▇▆▅▄▃▂▁█", ""),
})  # fmt: skip


def spoken(text: str) -> str:
    """The text in words and punctuation that a screen reader says or leaves out."""
    if text.isascii():
        return text
    for sign, words in _BETWEEN:
        text = text.replace(sign, words)
    bare = text.lstrip(" ")
    for mark, word in _FIRST.items():
        if bare.startswith(mark):
            text = text[: len(text) - len(bare)] + word + bare[len(mark) :]
            break
    return text.translate(_INSIDE)


def spoken_cell(text: str) -> str:
    """A cell of a table; a mark that stands alone is an answer."""
    return _ALONE.get(text) or spoken(text)
