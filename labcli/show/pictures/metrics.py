"""How wide a text in a picture is, without its font: never less than a common sans-serif or monospace makes it, bold.

The widths are those of DejaVu Sans Bold, which is wider than Arial, Segoe UI, Roboto, Helvetica and Noto Sans, in parts
of the font's size. Nobody knows which font draws the picture in the end.
"""

from __future__ import annotations

import unicodedata

_LEAST, _SMALL, _CAPITAL, _BROAD = 0.62, 0.73, 0.88, 1.11
_BY_CHAR = {
    "\ufdfd": 12.0,  # one sign that is a whole sentence
    **dict.fromkeys("MW@%mw", _BROAD),
    **dict.fromkeys("ABCDEFGHKLNOPQRSTUVXYZ#&+<>=~^$", _CAPITAL),
    **dict.fromkeys(" !'\"()*,-./:;?[]\\_`|Iijlfrt", _LEAST),
}
_EMOJI = 1.4
"""A pictograph, and what stands beside one."""


def pixels(text: str, size: float) -> float:
    """How wide the text can be at most, in pixels, with letters of ``size`` pixels."""
    return sum(map(_part, text)) * size


def _part(char: str) -> float:
    """The width of one character, in parts of the size."""
    if char in _BY_CHAR or char.isascii():
        return _BY_CHAR.get(char, _SMALL)
    if unicodedata.combining(char):  # it stands above or below another one
        return 0.0
    if unicodedata.category(char) == "So":
        return _EMOJI
    wide = unicodedata.east_asian_width(char) in "WF"  # where a monospace draws: two columns
    return max(2 * _LEAST if wide else 1.1, 0.7 * len(unicodedata.normalize("NFKD", char)))  # ﷺ are four words
