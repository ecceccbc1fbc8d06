"""The known word that is nearest to a misspelt one."""

from __future__ import annotations

from collections.abc import Iterable


def nearest(word: str, known: Iterable[str], cutoff: float = 0.6) -> str:
    """``; did you mean `x`?`` for the known word that is nearest, or nothing; ``cutoff`` 1 wants it equal.

    Near is what a slip of the hand makes: few letters wrong for its length, or letters left out. What
    only shares letters (``hint`` and ``within``) is another word.
    """
    from difflib import get_close_matches  # few commands meet a misspelt word

    close = [each for each in get_close_matches(word, list(known), n=3, cutoff=cutoff) if _slip(word, each)]
    return f"; did you mean `{close[0]}`?" if close else ""


def _slip(word: str, known: str) -> bool:
    """Whether ``word`` may be ``known`` after a slip; capitals, `_` and `-` are no difference."""
    one, other = (_letters(each) for each in (word, known))
    shorter = min(len(one), len(other))
    if shorter >= 4 and (one in other or other in one or _left_out(one, other)):
        return True
    return _steps(one, other) <= 1 + shorter // 6


def _left_out(word: str, known: str) -> bool:
    """Whether ``word`` is ``known`` without some of its letters (``scnds``); the first one is there."""
    letters = iter(known)
    return word[:1] == known[:1] and all(letter in letters for letter in word)


def _letters(word: str) -> str:
    return "".join(char for char in word.casefold() if char.isalnum())


def _steps(one: str, other: str) -> int:
    """How many letters must be put in, taken out, changed, or swapped with the next one, to make one of the other."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, left in enumerate(one, 1):
        last, before, row = before, row, [i]
        for j, right in enumerate(other, 1):
            step = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (left != right))
            if i > 1 and j > 1 and left == other[j - 2] and one[i - 2] == right:
                step = min(step, last[j - 2] + 1)
            row.append(step)
    return row[-1]


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


def misspelt(word: str, known: Iterable[str]) -> str:
    """The known name that a slip of the hand may have made of ``word``, or nothing: few letters wrong for its length.

    A longer name that only holds the letters of ``word`` is another name.
    """
    close = {each: _steps(_letters(word), _letters(each)) for each in known}
    near = [each for each, steps in close.items() if steps <= 1 + min(len(word), len(each)) // 6]
    return min(near, key=lambda each: close[each], default="")
