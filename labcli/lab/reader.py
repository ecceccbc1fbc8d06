"""Reading one mapping of a lab file key by key: what is not right becomes a problem, and reading goes on."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Protocol

from labcli.lab.model import Where
from labcli.lab.problem import Problem
from labcli.rules.near import glue, nearest

NO_SOURCES: Mapping[str, Path] = MappingProxyType({})
_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)?")
_UNIT = {"ms": 0.001, "s": 1, None: 1, "m": 60, "h": 3600, "d": 86400}
_KIND = {dict: "a mapping", list: "a list", str: "text", bool: "true or false", int: "a number", float: "a number"}


LONGEST = 400
"""Characters of one message."""
MANY = 50
"""Problems after which checking ends."""


class Places(Protocol):
    """Where the values of a lab file stand."""

    def problem(self, where: Where, message: str, key: bool = False) -> Problem:
        """A problem at a value (or at its key)."""
        ...


class Findings:
    """The problems of one lab file, collected."""

    def __init__(self, places: Places, folder: Path = Path(), sources: Mapping[str, Path] = NO_SOURCES) -> None:
        """``folder`` holds the lab file; ``sources`` stand in for the sources of functions, by their names."""
        self._places = places
        self.folder = folder
        self.sources = sources
        self.problems: list[Problem] = []

    def add(self, where: Where, message: str, key: bool = False) -> None:
        """Note a problem; ``key`` points at the key instead of the value."""
        if len(message) > LONGEST:  # a hostile file quotes itself in what is said about it
            message = f"{message[: LONGEST // 2]} … {message[-LONGEST // 4 :]}"
        self.problems.append(self._places.problem(where, message, key))

    @property
    def enough(self) -> bool:
        """Whether there are so many that looking further helps nobody."""
        return len(self.problems) >= MANY


def kind_of(value: Any) -> str:
    """What a value is, in the words of a lab author."""
    return "nothing" if value is None else _KIND.get(type(value), "a value")


def seconds(value: Any) -> float | None:
    """``3``, ``3s``, ``0.5s``, ``2m``, ``4d`` as seconds; None when it is no duration."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return float(value)
    match = _DURATION.fullmatch(value) if isinstance(value, str) else None
    return float(match[1]) * _UNIT[match[2]] if match else None


class Reader:
    """One mapping. Each method reads one key; ``done`` reports the keys that nobody read."""

    def __init__(self, data: Any, where: Where, findings: Findings, what: str) -> None:
        self.where = where
        self.findings = findings
        self.what = what
        self._seen: set[str] = set()
        self.whole = isinstance(data, Mapping)
        self.data: Mapping[str, Any] = data if isinstance(data, Mapping) else {}
        if not self.whole:
            findings.add(where, f"{what} is a mapping (`key: value`), not {kind_of(data)}")

    def has(self, key: str) -> bool:
        """Whether the key is there with a value."""
        return self.data.get(key) is not None

    def at(self, key: str) -> Where:
        """The way to the value of a key."""
        return (*self.where, key)

    def raw(self, key: str) -> Any:
        """The value as it stands, None when absent."""
        self._seen.add(key)
        return self.data.get(key)

    def bad(self, key: str, message: str) -> None:
        """Note a problem at the value of a key."""
        self.findings.add(self.at(key), message)

    def text(self, key: str, default: str = "", required: bool = False) -> str:
        """Text on one or more lines."""
        value = self._value(key, required)
        if value is None:
            return default
        if isinstance(value, str):
            return value.strip() if "\n" in value else value
        if isinstance(value, dict | list):
            self.bad(key, f"`{key}` is text, not {kind_of(value)}")
        else:
            self.bad(key, f'`{key}` is text: quote it ("{str(value).lower()}")')
        return default

    def choice(self, key: str, options: Iterable[str], default: str = "") -> str:
        """One of a few words."""
        value = self.text(key, default)
        allowed = list(options)
        if value and value not in allowed:
            self.bad(key, f"`{key}` is one of {', '.join(allowed)}, not `{value}`{nearest(value, allowed)}")
            return default
        return value

    def integer(self, key: str, low: int, high: int, default: int | None = None) -> int | None:
        """A whole number from ``low`` to ``high``."""
        value = self._value(key)
        if value is None:
            return default
        if isinstance(value, bool) or not isinstance(value, int):
            self.bad(key, f"`{key}` is a whole number, not {kind_of(value)}")
            return default
        if not low <= value <= high:
            self.bad(key, f"`{key}` is from {low} to {high}, not {value}")
            return default
        return value

    def flag(self, key: str, default: bool | None = None) -> bool | None:
        """True or false."""
        value = self._value(key)
        if value is None or isinstance(value, bool):
            return default if value is None else value
        self.bad(key, f"`{key}` is true or false, not {kind_of(value)}")
        return default

    def number(self, key: str, low: float, high: float, default: float = 0.0) -> float:
        """A number from ``low`` to ``high``, without a unit."""
        value = self._value(key)
        if value is None:
            return default
        if isinstance(value, bool) or not isinstance(value, int | float):
            self.bad(key, f"`{key}` is a number, not {kind_of(value)}")
            return default
        if not low <= value <= high:
            self.bad(key, f"`{key}` is from {low:g} to {high:.10g}, not {value:.15g}")
            return default
        return float(value)

    def duration(self, key: str, low: float, high: float, default: float | None = None) -> float | None:
        """Seconds: ``3``, ``3s``, ``0.5s``, ``2m``, ``4d``."""
        value = self._value(key)
        if value is None:
            return default
        found = seconds(value)
        if found is None:
            self.bad(key, f"`{key}` is a time such as 3s, 0.5s or 2m, not `{value}`")
            return default
        if not low <= found <= high:
            self.bad(key, f"`{key}` is from {low:g} to {high:.10g} seconds, not {found:.15g}")
            return default
        return found

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts, or one text."""
        value = self._value(key)
        if value is None:
            return ()
        items = value if isinstance(value, list) else [value]
        for index, item in enumerate(items):
            if not isinstance(item, str):
                self.findings.add((*self.at(key), index), f"`{key}` is a list of texts, not {kind_of(item)}")
        return tuple(item for item in items if isinstance(item, str))

    def mapping(self, key: str) -> dict[str, Any]:
        """A mapping, as it stands."""
        value = self._value(key)
        if value is None:
            return {}
        if isinstance(value, dict):
            return value
        self.bad(key, f"`{key}` is a mapping (`key: value`), not {kind_of(value)}")
        return {}

    def items(self, key: str) -> list[Any]:
        """A list, as it stands."""
        value = self._value(key)
        if value is None:
            return []
        if isinstance(value, list):
            return value
        self.bad(key, f"`{key}` is a list (`- …`), not {kind_of(value)}")
        return []

    def inner(self, key: str, what: str) -> Reader | None:
        """A reader of the mapping under a key, None when the key is absent."""
        if not self.has(key):
            self.raw(key)
            return None
        return Reader(self.raw(key), self.at(key), self.findings, what)

    def done(self, also: Iterable[str] = ()) -> None:
        """Report every key that was not read; ``also`` are known keys that are read elsewhere."""
        known = self._seen | set(also)
        for key in self.data:
            if key not in known:
                if glued := glue(key, known):
                    self.findings.add(self.at(key), glued, key=True)
                    continue
                near = nearest(key, known) or (f"; it has {', '.join(sorted(known))}" if len(known) <= 16 else "")
                self.findings.add(self.at(key), f"unknown key `{key}` in {self.what}{near}", key=True)

    def _value(self, key: str, required: bool = False) -> Any:
        value = self.raw(key)
        if value in (None, "") and required and self.whole:
            self.findings.add(self.where, f"{self.what} has no `{key}`")
        return value
