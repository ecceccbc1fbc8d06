"""What the lab language names by a word, each in a file of its own, imported when the word is first asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any


class ByWord(Mapping[str, Any]):
    """The verbs, or the kinds: most labs use few of them, and a start-up pays for what it imports."""

    def __init__(self, package: str, made_by: Mapping[str, tuple[str, str]]) -> None:
        """``made_by`` says for each word the module of the package, and what in it is called to make the thing."""
        self._package = package
        self._made_by = made_by
        self._made: dict[str, Any] = {}

    def __getitem__(self, word: str) -> Any:
        if word not in self._made:
            module, name = self._made_by[word]
            self._made[word] = getattr(import_module(f"{self._package}.{module}"), name)()
        return self._made[word]

    def __contains__(self, word: object) -> bool:
        return word in self._made_by

    def __iter__(self) -> Iterator[str]:
        return iter(self._made_by)

    def __len__(self) -> int:
        return len(self._made_by)
