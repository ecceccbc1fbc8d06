"""Text in XML answers, as AWS writes it: escaped, and without characters that XML cannot hold."""

from __future__ import annotations

import re
from xml.etree import ElementTree
from xml.sax.saxutils import escape

_IMPOSSIBLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_BARE = re.compile(r"&(?!(?:amp|lt|gt|quot|apos);)")
_TAG = re.compile(r"(</?[A-Za-z][A-Za-z0-9]{0,60}/?>)")


def possible(text: str) -> str:
    """A text without what XML 1.0 has no way to say."""
    return _IMPOSSIBLE.sub("?", text)


def said(text: str) -> str:
    """A message, whose parts may be escaped already, as the content of an element."""
    return _BARE.sub("&amp;", possible(text)).replace("<", "&lt;").replace(">", "&gt;")


def mended(inside: str) -> str:
    """The inside of an answer into which values were put as they are: what is not an element's tag is escaped.

    One in which a value looks like a tag cannot be told from its surroundings; then all of it becomes text.
    """
    if _whole(inside):
        return inside
    parts = _TAG.split(inside)
    parts[::2] = [said(each) for each in parts[::2]]
    text = "".join(parts)
    return text if _whole(text) else escape(possible(inside))


def _whole(inside: str) -> bool:
    try:
        ElementTree.fromstring(f"<a>{inside}</a>")  # noqa: S314  what the engine wrote, and no declaration can be inside
    except ElementTree.ParseError:
        return False
    return True
