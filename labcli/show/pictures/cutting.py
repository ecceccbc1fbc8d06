"""Long names and rules in a small place: cut in the middle, where both ends stay, and never two of them alike."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from labcli.show.text import cells, cut

_LEAST_HEAD = 4
"""Columns of a text that are worth showing before what must be kept."""


def cut_middle(text: str, width: int) -> str:
    """At most ``width`` columns: the beginning and the end, and ``…`` where something is missing."""
    if cells(text) <= width or width < 3:
        return cut(text, width)
    tail = _end(text, (width - 1) // 2)
    return cut(text, width - cells(tail)) + tail


class Apart:
    """Texts that stand in one picture: whatever is cut there stays different from the others."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._texts = list(dict.fromkeys(texts))
        self._made: dict[int, dict[str, str]] = {}

    def cut(self, text: str, width: int) -> str:
        """At most ``width`` columns of one of the texts."""
        if cells(text) <= width:
            return text
        if width not in self._made:
            self._made[width] = self._all(width)
        return self._made[width].get(text, cut_middle(text, width))

    def _all(self, width: int) -> dict[str, str]:
        taken = {text for text in self._texts if cells(text) <= width}
        made: dict[str, str] = {}
        alike: dict[str, list[str]] = {}
        for text in self._texts:
            if text not in taken:
                alike.setdefault(cut_middle(text, width), []).append(text)
        for short, texts in alike.items():
            same = next((n for n, chars in enumerate(zip(*texts, strict=False)) if len(set(chars)) > 1), 0)
            for text in texts:
                shown = short if len(texts) == 1 else _from(text, same, width)
                number = 1
                while shown in taken and number <= len(self._texts):
                    number += 1
                    shown = cut_middle(text, max(0, width - len(f" {number}"))) + f" {number}"
                taken.add(shown)
                made[text] = shown
        return made


def _from(text: str, start: int, width: int) -> str:
    """The beginning of a text, and what follows ``start``, where it differs from others."""
    head = cut(text, max(2, width // 4))
    start = max(0, start - 2)
    return cut(head + text[start:], width)


def keeping_end(head: str, tail: str, width: int, shorter: Callable[[str, int], str] = cut) -> str:
    """A rule and whereto it leads, at most ``width`` columns: of what is too long the rule gives way first.

    ``tail`` is an arrow between blanks and a name; ``shorter`` cuts a rule.
    """
    room = width - cells(tail)
    if cells(head) <= room:
        return head + tail
    if room >= _LEAST_HEAD:
        return shorter(head, room) + tail
    head = cut(head, min(_LEAST_HEAD, width // 3))
    sign, blank, name = tail.lstrip(" ").partition(" ")
    sign = " " + sign + blank
    return cut(head + sign + cut_middle(name, width - cells(head + sign)), width)


def _end(text: str, width: int) -> str:
    """The last ``width`` columns of a text."""
    text = text[-width:] if width > 0 else ""
    while text and cells(text) > width:
        text = text[1:]
    return text
