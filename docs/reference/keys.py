"""The keys that a verb or a resource kind reads, in words: ``labcli.lab.probe`` notes what it asks."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from labcli.lab.probe import Asked, asked_by


@dataclass(frozen=True)
class Key:
    """One key as the code reads it; ``inner`` are the keys of the mapping under it."""

    name: str
    kind: str
    default: str = ""
    required: bool = False
    inner: dict[str, Key] = field(default_factory=dict)


def _key(name: str, asked: list[Asked]) -> Key:
    """A key in words: the first question that says what it is, else the last."""
    said = [each for each in asked if each.sort != "raw"]
    if not said:
        return Key(name, "anything")
    last = said[-1]
    inner = {inside: _key(inside, each) for inside, each in last.inner.items()}
    return Key(name, _kind(last), _default(last), last.required, inner)


def _kind(asked: Asked) -> str:
    match asked.sort:
        case "choice":
            return " or ".join(f"`{option}`" for option in asked.options)
        case "integer":
            return f"whole number, {asked.low} to {asked.high}"
        case "duration":
            return f"time, {span(asked.low)} to {span(asked.high)}"
        case _:
            return _KINDS[asked.sort]


_KINDS = {
    "text": "text", "flag": "`true` or `false`", "texts": "text, or a list of texts", "mapping": "mapping",
    "inner": "mapping", "items": "list", "number": "number",
}  # fmt: skip


def _default(asked: Asked) -> str:
    if asked.sort == "flag" and asked.default is False:
        return "false"
    if asked.sort == "duration":
        return "" if asked.default is None else f"{asked.default:g}s"
    return "" if asked.default in (None, "", False) else _said(asked.default)


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
        for name, asked in asked_by(thing.read, probe).items():
            key, before = _key(name, asked), found.get(name)
            if before is None or key.inner:
                both = before is not None and before.kind not in ("anything", "mapping")
                found[name] = replace(key, kind=f"{before.kind}; or a mapping") if before and both else key
    return found


def known_keys(problem: str) -> set[str]:
    """The keys that the message for an unknown key lists: ``unknown key `x` in a message; it has body, delay``."""
    return set(problem.partition("; it has ")[2].split(", ")) - {""}
