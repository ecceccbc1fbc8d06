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
