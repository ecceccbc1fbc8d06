"""What is named by a word (a verb, a kind, a command), each in a file of its own, imported when first asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any


class ByWord(Mapping[str, Any]):
    """A table of words. A lab uses few verbs, a command line one command; a start-up pays for what it imports."""

    def __init__(self, package: str, places: Mapping[str, tuple[str, str]], as_is: bool = False) -> None:
        """``places`` says for each word the module of the package and the name in it: a class, of which one is made;
        with ``as_is`` the thing itself."""
        self._package = package
        self._places = places
        self._as_is = as_is
        self._found: dict[str, Any] = {}

    def __getitem__(self, word: str) -> Any:
        if word not in self._found:
            module, name = self._places[word]
            found = getattr(import_module(f"{self._package}.{module}"), name)
            self._found[word] = found if self._as_is else found()
        return self._found[word]

    def __contains__(self, word: object) -> bool:
        return word in self._places

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)
