"""The known word that is nearest to a misspelt one."""

from __future__ import annotations

from collections.abc import Iterable


def nearest(word: str, known: Iterable[str], cutoff: float = 0.6) -> str:
    """`` ; did you mean `x`?`` for the known word that is nearest, or nothing; ``cutoff`` 1 wants it equal."""
    from difflib import get_close_matches  # few commands meet a misspelt word

    close = get_close_matches(word, list(known), n=1, cutoff=cutoff)
    return f"; did you mean `{close[0]}`?" if close else ""


def glue(key: str, known: Iterable[str]) -> str:
    """What to say about ``wait:1s``, which YAML reads as one long key inside braces; nothing about other keys."""
    word, colon, rest = key.partition(":")
    return f"write a space after the `:` of `{word}:`" if colon and rest and word in known else ""


def slip(word: str, known: Iterable[str]) -> str:
    """The known word from which ``word`` is one slip of the hand away: a letter too much, too few, another or moved."""
    return next((each for each in known if _one_slip(word, each)), "")


def _one_slip(one: str, other: str) -> bool:
    if one == other or abs(len(one) - len(other)) > 1:
        return False
    start = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    rest, left = one[start:], other[start:]
    moved = rest[:2] == left[:2][::-1] and rest[2:] == left[2:]
    return moved or rest[1:] == left or rest == left[1:] or rest[1:] == left[1:]
