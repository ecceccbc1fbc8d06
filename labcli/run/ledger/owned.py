"""What a run owns: a fold of its ledger's events, and nothing else. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any


class State(Enum):
    """Where a resource stands, as far as the ledger knows."""

    INTENDED = "intended"
    """A create was begun and nobody knows how it ended."""
    REFUSED = "refused"
    """AWS refused the create."""
    LIVE = "live"
    DELETING = "deleting"
    """A delete was begun; it has not been read back yet."""
    GONE = "gone"
    """Read back as gone."""
    LOST = "lost"
    """The embedded AWS lost it."""
    FOREIGN = "foreign"
    """Its tags do not say that it is ours: it is kept, and every cleanup looks again until it is gone."""


OVER = frozenset({State.GONE, State.LOST})
MAY_LIVE = frozenset({State.INTENDED, State.LIVE, State.DELETING})


@dataclass(frozen=True)
class Owned:
    """A resource of a run: its name in the lab, its kind, its AWS name, its state, what AWS gave it (``url``)."""

    key: str
    kind: str
    name: str
    state: State
    attributes: Mapping[str, str] = field(default_factory=dict)


def owned(events: Iterable[Mapping[str, Any]]) -> dict[str, Owned]:
    """Every resource that the events speak of, by its AWS name, in the order of their creation."""
    found: dict[str, Owned] = {}
    intents: dict[int, tuple[str, str]] = {}
    for event in events:
        kind, name = event.get("type"), str(event.get("name", ""))
        if kind == "intent":
            intents[int(event["n"])] = (str(event.get("does")), name)
            _intended(found, event, name)
        elif kind == "outcome":
            does, name = intents.pop(int(event.get("of", 0)), ("", ""))
            if name in found:
                found[name] = _ended(found[name], does, event)
        elif kind == "back" and name in found:  # taken away, and there again: a kill came before the embedded AWS saved
            found[name] = replace(found[name], state=State.LIVE)
        elif kind in ("gone", "lost", "foreign") and name in found:
            found[name] = replace(found[name], state=State(kind))
    return found


def _intended(found: dict[str, Owned], event: Mapping[str, Any], name: str) -> None:
    if event.get("does") == "create":  # also once more, after it was gone
        found[name] = Owned(str(event.get("key")), str(event.get("kind")), name, State.INTENDED)
    elif event.get("does") == "delete" and name in found and found[name].state not in OVER:
        found[name] = replace(found[name], state=State.DELETING)


def _ended(resource: Owned, does: str, event: Mapping[str, Any]) -> Owned:
    if does == "create":
        state = State.LIVE if event.get("ok") else State.REFUSED
        return replace(resource, state=state, attributes=event.get("attributes") or {})
    if does == "delete" and not event.get("ok"):
        return replace(resource, state=State.LIVE)
    return resource


@dataclass(frozen=True)
class Changed:
    """Another run's resource that this run updated, and what puts it back as it was before the first time."""

    key: str
    kind: str
    name: str
    of_run: str
    before: Mapping[str, str]


def changed(events: Iterable[Mapping[str, Any]]) -> list[Changed]:
    """The updates of other runs' resources that were not put back, the last one first."""
    found: dict[str, Changed] = {}
    for event in events:
        name = str(event.get("name", ""))
        if event.get("type") == "intent" and event.get("does") == "update" and event.get("of_run"):
            key, kind, of_run = str(event.get("key")), str(event.get("kind")), str(event["of_run"])
            found.setdefault(name, Changed(key, kind, name, of_run, event.get("before") or {}))
        elif event.get("type") == "restored":
            found.pop(name, None)
    return list(reversed(found.values()))
