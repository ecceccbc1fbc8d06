"""What a rule finds: AWS's refusal of one value.

``lab check`` and the embedded AWS ask the same rules. The code says which rule is broken: an author's sentence hangs on
it (``aws/resources/``). The message is AWS's own, and is what the embedded AWS answers.
"""

from __future__ import annotations

from typing import Any, NamedTuple

Path = tuple[str | int, ...]


class Finding(NamedTuple):
    """One value that AWS refuses."""

    code: str
    """The rule that is broken; one of the ``Code`` of its file."""
    message: str
    """AWS's sentence."""
    path: Path = ()
    """The way to the value inside what was looked at, ``()`` for all of it."""
    given: Any = None
    """What is wrong there: the value, or a number that was counted."""
    error: str = ""
    """AWS's error code, where it is not the usual one of the service."""


def whole(value: object, low: int, high: int) -> bool:
    """Whether ``value`` is a whole number, or the text of one, from ``low`` to ``high``."""
    text = str(value)
    return text.lstrip("-").isdecimal() and text.isascii() and len(text) < 12 and low <= int(text) <= high
