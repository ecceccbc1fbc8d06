"""Every word of a lab in a place where the language gives it a meaning, and how it can be misspelt."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jmespath.lexer import Lexer

from labcli.aws.resources import KINDS
from labcli.lab.expect import MATCHERS
from labcli.lab.model import Where
from labcli.lab.source import Source, read
from labcli.lab.steps import MODIFIERS, TOP_ONLY
from labcli.steps.language import VERBS

LETTERS = "abcdefghijklmnopqrstuvwxyz"
BLOCKS = ("in_order", "together", "either")
NAMES = ("create", "delete", "permit", "to", "from", "queue", "execute", "update", "subscription", "mapping", "topic")
"""labcli's own keys that take names of resources."""
PROSE = ("title", "say", "ask", "differs", "notes", "goals", "quiz", "review", "id", "fails", "matrix", "inventory")
FREE = ("env", "policy", "filter", "input", "bodies", "groups", "messages", "attributes", "with", "save", "minutes")
"""Mappings whose keys are the author's, or AWS's and looked at by themselves."""
_REFERENCE = re.compile(r"\$\{([A-Za-z_]\w*)((?:\.\w+|\[\d+\])*)\}")


@dataclass(frozen=True)
class Word:
    """A word, the index in the text where it begins, and what it is there."""

    at: int
    text: str
    sort: str


def words_of(file: Path) -> list[Word]:
    """The words of a lab that mean something to labcli."""
    source = read(file)
    return sorted(set(_Words(source).walk(source.data, ())), key=lambda each: each.at)


def damaged(word: str, rng: random.Random) -> str:
    """A word with one letter swapped, dropped, doubled or replaced."""
    at = rng.randrange(len(word))
    match rng.randrange(4):
        case 0 if at + 1 < len(word):
            return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
        case 1:
            return word[:at] + word[at + 1 :]
        case 2:
            return word[: at + 1] + word[at:]
        case _:
            return word[:at] + rng.choice(LETTERS) + word[at + 1 :]


class _Words:
    def __init__(self, source: Source) -> None:
        self.marks = source.marks
        self.text = source.raw.decode()
        self.starts = [0, *(found.end() for found in re.finditer("\n", self.text))]

    def index(self, where: Where, key: bool) -> int:
        line, column = self.marks[where][key]
        return self.starts[line - 1] + column - 1

    def word(self, where: Where, word: str, sort: str, key: bool = False, skip: int = 0) -> Iterator[Word]:
        """The word at that place, when it stands there letter by letter; ``skip`` letters of a text are before it."""
        start = self.index(where, key)
        start += self.text[start] in "\"'"
        at = start + skip
        if word and self.text[at : at + len(word)] == word:
            yield Word(at, word, sort)

    def walk(self, data: Any, where: Where) -> Iterator[Word]:
        if isinstance(data, dict):
            for key, value in data.items():
                yield from self._pair(key, value, (*where, key))
        elif isinstance(data, list):
            for index, value in enumerate(data):
                yield from self.walk(value, (*where, index))
        elif isinstance(data, str):
            yield from self._references(data, where)

    def _pair(self, key: str, value: Any, where: Where) -> Iterator[Word]:
        above = where[-2] if len(where) > 1 else ""
        if key in PROSE and above not in ("machine", "to"):
            yield from self.word(where, key, "key", key=True) if not isinstance(above, str) or not above else ()
            return
        if key == "machine":
            yield from self.word(where, key, "key", key=True)
            yield from self._states(value, where)
            return
        known = {*VERBS, *KINDS, *MODIFIERS, *TOP_ONLY, *FREE, "resources", "steps", "checks", "needs", "lab", "week"}
        own = not set(where[:-1]) & {*FREE, "expect", "machine", "show"} and above not in BLOCKS  # a step's own name
        if own and (key in known or above in {*VERBS, "dead_letter"} - set(BLOCKS)):
            yield from self.word(where, key, "key", key=True)
        if key in NAMES and own:
            yield from self._names(value, where)
        if key == "do":
            service, _, operation = value.partition(".")
            yield from self.word(where, service, "service")
            yield from self.word(where, operation, "operation", skip=len(service) + 1)
        if key == "with":
            for name in value:
                yield from self.word((*where, name), name, "parameter", key=True)
        if key in ("expect", "save", "show", "label"):
            yield from self._paths(key, value, where)
        yield from self.walk(value, where)

    def _names(self, value: Any, where: Where) -> Iterator[Word]:
        for index, name in enumerate(value if isinstance(value, list) else ()):
            yield from self.word((*where, index), name, "name")
        if isinstance(value, str) and "$" not in value and value not in ("standard", "fifo"):
            yield from self.word(where, value, "name")

    def _paths(self, key: str, value: Any, where: Where) -> Iterator[Word]:
        if key == "expect":
            for path, wanted in value.items():
                yield from self._path(path, (*where, path), key=True)
                if isinstance(wanted, dict) and len(wanted) == 1 and set(wanted) <= set(MATCHERS):
                    matcher = next(iter(wanted))
                    yield from self.word((*where, path, matcher), matcher, "matcher", key=True)
        elif isinstance(value, str):
            yield from self._path(value, where)
        elif isinstance(value, dict):
            for name, path in value.items():
                yield from self._path(path, (*where, name))
        else:
            for index, item in enumerate(value):
                yield from self._paths("save", item, (*where, index))

    def _path(self, path: str, where: Where, key: bool = False) -> Iterator[Word]:
        if "output" in path:  # what an execution gives: nobody knows its fields
            return
        for token in Lexer().tokenize(path):
            if token["type"] == "unquoted_identifier":
                yield from self.word(where, token["value"], "path", key, token["start"])

    def _references(self, text: str, where: Where) -> Iterator[Word]:
        for found in _REFERENCE.finditer(text):
            yield from self.word(where, found[1], "reference", skip=found.start(1))
            for part in re.finditer(r"[a-zA-Z_]\w*", found[2]):
                yield from self.word(where, part[0], "reference", skip=found.start(2) + part.start())

    def _states(self, data: Any, where: Where) -> Iterator[Word]:
        """The fields of a machine and of its states, without what their payloads hold."""
        if isinstance(data, list):
            for index, each in enumerate(data):
                yield from self._states(each, (*where, index))
        for key, value in data.items() if isinstance(data, dict) else ():
            here = (*where, key)
            if where[-1] != "States":
                yield from self.word(here, key.removesuffix(".$"), "field", key=True)
            if key in ("StartAt", "Next", "Default"):
                yield from self.word(here, value, "state")
            if key not in ("Parameters", "Arguments", "Result", "ResultSelector", "ItemSelector", "Output", "Assign"):
                yield from self._states(value, here)
            yield from self.walk(value, here) if isinstance(value, str) else ()
