"""The kinds of resources, by the word that a lab uses: one file a kind, one line here.

A kind's file is imported when the kind is first asked for: most labs use few of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module

from labcli.aws.resources.base import LiveKind

_FILES = {
    "queue": ("queue", "Queue"),
    "topic": ("topic", "Topic"),
    "subscription": ("subscription", "Subscription"),
    "function": ("function", "Function"),
    "mapping": ("mapping", "Mapped"),
    "machine": ("machine", "Machine"),
    "role": ("role", "Role"),
    "log_group": ("log_group", "LogGroup"),
}
"""The word, the file and the class in it."""


class _Kinds(Mapping[str, LiveKind]):
    """The kinds by their words."""

    def __init__(self) -> None:
        self._known: dict[str, LiveKind] = {}

    def __getitem__(self, word: str) -> LiveKind:
        if word not in self._known:
            file, name = _FILES[word]
            self._known[word] = getattr(import_module(f"labcli.aws.resources.{file}"), name)()
        return self._known[word]

    def __contains__(self, word: object) -> bool:
        return word in _FILES

    def __iter__(self) -> Iterator[str]:
        return iter(_FILES)

    def __len__(self) -> int:
        return len(_FILES)


KINDS: Mapping[str, LiveKind] = _Kinds()
