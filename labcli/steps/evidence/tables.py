"""The views of ``show`` that are tables over all that a block or a matrix gave: who got what, one id in many places."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from labcli.steps.evidence.evidence import Table

Document = Mapping[str, Any]
YES, NO = "✔", "·"
_ID = re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b")
_DEEP = 4
"""Blocks inside blocks that are looked into."""


def _matrix(document: Document) -> Table | None:
    """Who received what: a row for each message, by its label, a column for each queue."""
    heard = {arm: received for arm, inner in _inner(document) if (received := _received(inner)) is not None}
    labels = sorted({label for received in heard.values() for label in received})
    if not heard:
        return None
    rows = tuple((label, *(YES if label in received else NO for received in heard.values())) for label in labels)
    return Table(("message", *heard), rows)


def _received(document: Document, depth: int = _DEEP) -> list[str] | None:
    """The labels that the ``consume`` in this document received, None when there is none."""
    if isinstance(document.get("received"), list):
        return [str(label) for label in document["received"]]
    found = [_received(inner, depth - 1) for _, inner in _inner(document)] if depth else []
    return next((each for each in found if each is not None), None)


def _ids(document: Document) -> Table | None:
    """One id, seen in several places: a row for each step inside, with the id that it has in common with another."""
    seen = {name: _ids_in(inner) for name, inner in _places(document)}
    common = [each for ids in seen.values() for each in ids if sum(each in other for other in seen.values()) > 1]
    rows = []
    for name, ids in seen.items():
        shared = [each for each in ids if each in common]
        rows += [(name if each == shared[0] else "", each) for each in shared] or [(name, "nothing")]
    return Table(("place", "id"), tuple(rows)) if common else None


def _places(document: Document, depth: int = _DEEP) -> Iterator[tuple[str, Document]]:
    """The steps inside that made a call and are no blocks, in their order."""
    for name, inner in _inner(document):
        deeper = list(_places(inner, depth - 1)) if depth else []
        if deeper:
            yield from deeper
        elif inner.get("calls"):
            yield name, inner


def _inner(document: Document) -> Iterator[tuple[str, Document]]:
    """The documents of the steps inside: every step gives ``calls``."""
    for name, inner in document.items():
        if isinstance(inner, Mapping) and "calls" in inner:
            yield name, inner


def _ids_in(document: Document) -> list[str]:
    """Every id in a document, each once."""
    return list(dict.fromkeys(_ID.findall(json.dumps(document, default=str))))


TABLES: dict[str, Callable[[Document], Table | None]] = {"matrix": _matrix, "ids": _ids}

NEEDS: dict[str, str] = {"matrix": "a matrix of `consume`", "ids": "a block or a matrix"}
"""What the table is drawn of."""
