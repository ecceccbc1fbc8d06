"""Which keys a verb or a resource kind reads: it is let read, and what it asks for is noted.

The code that reads a lab is the only list of its keys, so it is that code that fills the tables.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from labcli.lab.model import Where
from labcli.lab.problem import Problem
from labcli.lab.reader import Findings, Reader


@dataclass(frozen=True)
class Key:
    """One key as the code reads it; ``inner`` are the keys of the mapping under it."""

    name: str
    kind: str
    default: str = ""
    required: bool = False
    inner: dict[str, Key] = field(default_factory=dict)


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


class Recorder(Reader):
    """A reader of a mapping in which every key is there, and of which every question is noted."""

    def __init__(self, data: Any = None) -> None:
        super().__init__(_Everything(data or {}), ("resources", "probe"), Findings(_Nowhere()), "a probe")
        self.keys: dict[str, Key] = {}

    def _note(self, name: str, kind: str, default: Any = None, **more: Any) -> None:
        said = "" if default in (None, "", False) else _said(default)
        if kind or name not in self.keys:
            self.keys[name] = Key(name, kind or "anything", said, **more)

    def has(self, key: str) -> bool:
        """Yes."""
        return True

    def raw(self, key: str) -> Any:
        """Note that it was looked at; what it is, another question may say."""
        self._note(key, "")
        return self.data[key]

    def text(self, key: str, default: str = "", required: bool = False) -> str:
        """Note a text."""
        self._note(key, "text", default, required=required)
        return default

    def choice(self, key: str, options: Iterable[str], default: str = "") -> str:
        """Note a choice."""
        self._note(key, " or ".join(f"`{option}`" for option in options), default)
        return default

    def integer(self, key: str, low: int, high: int, default: int | None = None) -> int | None:
        """Note a whole number."""
        self._note(key, f"whole number, {low} to {high}", default)
        return default

    def flag(self, key: str, default: bool | None = None) -> bool | None:
        """Note a flag."""
        self._note(key, "`true` or `false`", "false" if default is False else default)
        return default

    def duration(self, key: str, low: float, high: float, default: float | None = None) -> float | None:
        """Note a time."""
        self._note(key, f"time, {span(low)} to {span(high)}", None if default is None else f"{default:g}s")
        return default

    def texts(self, key: str) -> tuple[str, ...]:
        """Note a list of texts."""
        self._note(key, "text, or a list of texts")
        return ()

    def mapping(self, key: str) -> dict[str, Any]:
        """Note a mapping."""
        self._note(key, "mapping")
        return {}

    def items(self, key: str) -> list[Any]:
        """Note a list."""
        self._note(key, "list")
        return []

    def inner(self, key: str, what: str) -> Reader | None:
        """Note a mapping and the keys in it."""
        inside = Recorder()
        self._note(key, "mapping", inner=inside.keys)
        return inside

    def done(self, also: Iterable[str] = ()) -> None:
        """Nothing is unknown here."""


def span(seconds: float) -> str:
    """Seconds in the largest unit that gives a whole number of at least two."""
    for unit, size in (("d", 86400), ("h", 3600)):
        if seconds >= 2 * size and seconds % size == 0:
            return f"{seconds / size:g} {unit}"
    return f"{seconds:g} s"


def _said(default: Any) -> str:
    return str(default).lower() if isinstance(default, bool) else str(default)


def keys_read(thing: Any, *probes: Any) -> dict[str, Key]:
    """The keys that ``thing.read`` asks for, over all probes: a verb may read a list and a mapping differently."""
    found: dict[str, Key] = {}
    for probe in probes or (None,):
        recorder = Recorder(probe)
        thing.read(recorder)
        for name, key in recorder.keys.items():
            before = found.get(name)
            if before is None or key.inner:
                both = before is not None and before.kind not in ("anything", "mapping")
                found[name] = replace(key, kind=f"{before.kind}; or a mapping") if before and both else key
    return found


def known_keys(problem: str) -> set[str]:
    """The keys that the message for an unknown key lists: ``unknown key `x` in a message; it has body, delay``."""
    return set(problem.partition("; it has ")[2].split(", ")) - {""}
