"""The styles of a screen, by what they mean, and the symbols that have one.

No colour of letters alone can be read on black and on white: 4.5:1 (WCAG 2.2, 1.4.3) on both #0c0c0c and #ffffff is
impossible, and terminals draw their first 16 colours, and faint text, as they like. So text has the terminal's own
colour, and what is coloured brings its background along: fixed ones of the cube of 256 colours. Where a terminal has
fewer colours, or NO_COLOR is set, attributes stand for them.
"""

from __future__ import annotations

from collections.abc import Mapping

MARKS = {
    "passed": "✔", "held": "✔", "deleted": "✔", "repeated": "✔", "was gone": "✔",
    "failed": "✘", "not": "✘", "error": "✘", "left": "✘", "foreign": "✘",
    "interrupted": "◐", "running": "◐", "partly": "◐", "lost": "◐",
    "skipped": "–", "taken away": "–", "planned": "–",
    "not run": "○", "no checks": "○", "waiting": "⏳",
}  # fmt: skip
"""A symbol for every state; colour only repeats it."""

STYLES = {"✔": "good", "✘": "bad", "◐": "partly"}
"""The style of a symbol; the others have the terminal's own colour."""

_IDS = (25, 54, 94, 23, 125, 61, 130, 90, 60, 95)
PALETTE = tuple(f"id.{number}" for number in _IDS)
"""Styles for identifiers; none of them is green or red, which mean something."""

COLOURED: Mapping[str, str] = {
    "ask": "bold color(16) on color(226)",
    "bad": "bold color(231) on color(160)",
    "code": "color(231) on color(238)",
    "differs": "bold color(231) on color(19)",
    "good": "bold color(231) on color(28)",
    "partly": "bold color(16) on color(178)",
    **{name: f"color(231) on color({number})" for name, number in zip(PALETTE, _IDS, strict=True)},
}
"""White or black on a colour of its own, by meaning. ``ask`` is seen first: nothing else has its contrast."""

ATTRIBUTES: Mapping[str, str] = {
    "ask": "bold reverse",
    "bad": "bold reverse",
    "code": "bold",
    "differs": "bold underline",
    "good": "bold",
    "partly": "bold",
    **dict.fromkeys(PALETTE, "none"),
}
"""The same without a colour."""
