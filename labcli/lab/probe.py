"""Which keys a part of the language reads: it is let read, and what it asks for is noted.

The code that reads a lab is the only list of its keys, so it is that code that fills the reference and the schema.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from labcli.lab.model import Where
from labcli.lab.problem import Problem
from labcli.lab.reader import Findings, Reader


@dataclass(frozen=True)
class Asked:
    """One question about a key: its ``sort`` is called as the reader's method, ``raw`` when the code looks at the value
    itself.
    """

    sort: str
    low: float = 0
    high: float = 0
    default: Any = None
    required: bool = False
    options: tuple[str, ...] = ()
    inner: dict[str, list[Asked]] = field(default_factory=dict)
    """What was asked of the mapping under the key."""


class _Nowhere:
    def problem(self, where: Where, message: str, key: bool = False) -> Problem:
        """A probe has no place in a file."""
        return Problem("probe", 0, 0, message)


class _Everything(dict[str, Any]):
    """A mapping in which every key has a value: the one that it was given, or something that equals nothing."""

    def __missing__(self, key: str) -> Any:
        return object()

    def get(self, key: str, default: Any = None) -> Any:
        """A value, always."""
        return self[key]


class Probe(Reader):
    """A reader of a mapping in which every key is there, and of which every question is noted."""

    def __init__(self, data: Any = None) -> None:
        super().__init__(_Everything(data or {}), ("resources", "probe"), Findings(_Nowhere()), "a probe")
        self.asked: dict[str, list[Asked]] = {}

    def _note(self, key: str, asked: Asked) -> None:
        self.asked.setdefault(key, []).append(asked)

    def has(self, key: str) -> bool:
        """Yes."""
        return True

    def raw(self, key: str) -> Any:
        """Note that it was looked at; what it is, another question may say."""
        self._note(key, Asked("raw"))
        return self.data[key]

    def text(self, key: str, default: str = "", required: bool = False) -> str:
        """Note a text."""
        self._note(key, Asked("text", default=default, required=required))
        return default

    def choice(self, key: str, options: Iterable[str], default: str = "") -> str:
        """Note a choice."""
        self._note(key, Asked("choice", default=default, options=tuple(options)))
        return default

    def integer(self, key: str, low: int, high: int, default: int | None = None) -> int | None:
        """Note a whole number."""
        self._note(key, Asked("integer", low, high, default))
        return default

    def flag(self, key: str, default: bool | None = None) -> bool | None:
        """Note a flag."""
        self._note(key, Asked("flag", default=default))
        return default

    def number(self, key: str, low: float, high: float, default: float = 0.0) -> float:
        """Note a number."""
        self._note(key, Asked("number", low, high, default))
        return default

    def duration(self, key: str, low: float, high: float, default: float | None = None) -> float | None:
        """Note a time."""
        self._note(key, Asked("duration", low, high, default))
        return default

    def texts(self, key: str) -> tuple[str, ...]:
        """Note a list of texts."""
        self._note(key, Asked("texts"))
        return ()

    def mapping(self, key: str) -> dict[str, Any]:
        """Note a mapping."""
        self._note(key, Asked("mapping"))
        return {}

    def items(self, key: str) -> list[Any]:
        """Note a list."""
        self._note(key, Asked("items"))
        return []

    def inner(self, key: str, what: str) -> Reader | None:
        """Note a mapping and the keys in it."""
        inside = Probe()
        self._note(key, Asked("inner", inner=inside.asked))
        return inside

    def done(self, also: Iterable[str] = ()) -> None:
        """Nothing is unknown here."""


def asked_by(read: Callable[[Reader], Any], *probes: Any) -> dict[str, list[Asked]]:
    """What ``read`` asks, over all probes: a verb may read a list and a mapping differently."""
    found: dict[str, list[Asked]] = {}
    for data in probes or (None,):
        probe = Probe(data)
        read(probe)
        for key, asked in probe.asked.items():
            found.setdefault(key, []).extend(asked)
    return found
