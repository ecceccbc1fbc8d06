"""Text that is to be typed: literal pieces, and variables of the script in which it stands."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from labcli.lab.refs import Ref, parse


class Var(NamedTuple):
    """A variable of the script: ``orders_url``."""

    name: str


Text = tuple[str | Var, ...]
"""What one word, or one file, is made of."""

Names = Callable[[Ref], Text]
"""How a script says the value of a reference: ``orders_url`` for ``${orders.url}``."""


class File(NamedTuple):
    """A file that a command reads. ``text`` None: bytes that no text can show; ``tidy``: a line's end does no harm."""

    name: str
    text: Text | None
    tidy: bool = False


def text(value: str, names: Names | None) -> Text:
    """A string with its references as variables; without ``names`` all of it is literal."""
    if names is None:
        return (value,) if value else ()
    return joined(each for part in parse(value) for each in (names(part) if isinstance(part, Ref) else (part,)))


def joined(parts: Iterable[str | Var]) -> Text:
    """The pieces, with neighbouring literals as one."""
    found: list[str | Var] = []
    for part in parts:
        last = found[-1] if found else None
        if isinstance(part, str) and isinstance(last, str):
            found[-1] = last + part
        elif part != "":
            found.append(part)
    return tuple(found)


def literal(said: Text) -> str:
    """Its literal pieces only."""
    return "".join(part for part in said if isinstance(part, str))


def varies(said: Text) -> bool:
    """Whether a variable stands in it."""
    return any(isinstance(part, Var) for part in said)
