"""Texts with ``*`` and ``?``, as policies of IAM and filters of SNS have them.

Nothing here backtracks: what a pattern costs grows with its length and the text's, whatever stands in either.
"""

from __future__ import annotations

import re


def like(text: str, pattern: str, single: bool = False) -> bool:
    """Whether ``*`` in the pattern can stand for some run of characters each (``single``: ``?`` for one) so that it is
    the text. Each part is looked for once, at the first place where it can be: no later one could do better.
    """
    parts = pattern.split("*")
    if len(parts) == 1:
        return _at(text, pattern, 0, single) and len(text) == len(pattern)
    first, last, end = parts[0], parts[-1], len(text) - len(parts[-1])
    if end < len(first) or not (_at(text, first, 0, single) and _at(text, last, end, single)):
        return False
    place = len(first)
    for part in parts[1:-1]:
        found = _find(text, part, place, end, single)
        if found < 0:
            return False
        place = found + len(part)
    return True


def _at(text: str, part: str, place: int, single: bool) -> bool:
    if not single or "?" not in part:
        return text.startswith(part, place)
    return _any_for_marks(part).match(text, place) is not None


def _find(text: str, part: str, place: int, end: int, single: bool) -> int:
    if not single or "?" not in part:
        return text.find(part, place, end)
    found = _any_for_marks(part).search(text, place, end)
    return found.start() if found else -1


def _any_for_marks(part: str) -> re.Pattern[str]:
    """One character for each mark: an expression that repeats nothing has nothing to go back to."""
    return re.compile(".".join(map(re.escape, part.split("?"))), re.DOTALL)
