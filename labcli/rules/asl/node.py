"""One object of a definition, and the questions that are asked of every one: known fields, types, ranges."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from labcli.rules.asl.diagnostic import LABCLI, SCHEMA, TARGET, Diagnostic, Path, place_of
from labcli.rules.asl.operations import Operations
from labcli.rules.near import nearest

MANY_HINTS = 20
"""Looking for the nearest name is slow; a hostile definition has thousands of wrong ones."""
LONG_NAME = 200

LANGUAGE = "The QueryLanguage is set to '{}', but field '{}' is only supported for the '{}' QueryLanguage"


@dataclass
class Report:
    """The findings about one definition, in the order in which AWS gives them."""

    kind: str
    jsonata: bool = False
    operations: Operations | None = None
    """AWS's operations, where somebody has handed them in."""
    schema: list[Diagnostic] = field(default_factory=list)
    missing: list[Diagnostic] = field(default_factory=list)
    lost: list[Diagnostic] = field(default_factory=list)
    names: dict[str, Path] = field(default_factory=dict)
    labels: set[str] = field(default_factory=set)
    hints: int = 0

    @property
    def found(self) -> list[Diagnostic]:
        """All of it: what is written wrong, then what leads nowhere, then what nothing leads to."""
        return self.schema + self.missing + self.lost

    def near(self, word: str, known: Iterable[str]) -> str:
        """``; did you mean `x`?``, or nothing."""
        self.hints += 1
        return nearest(word, known) if self.hints <= MANY_HINTS and len(word) <= LONG_NAME else ""


def reference(value: Any) -> bool:
    """Whether ``${orders.url}`` stands in it: a lab fills it before AWS sees it, so it may become anything."""
    return isinstance(value, str) and "${" in value


def expression(value: Any) -> bool:
    """Whether it is meant as a JSONata expression: ``{% … %}``."""
    return isinstance(value, str) and value.startswith("{%")


def speaks_jsonata(data: Mapping[str, Any], inherited: bool) -> bool:
    """Whether the fields are JSONata: to AWS, whatever is given and is not the very word ``JSONPath``."""
    return data["QueryLanguage"] != "JSONPath" if "QueryLanguage" in data else inherited


@dataclass(frozen=True)
class Node:
    """An object at its place. ``jsonata`` is the query language that its fields are written in."""

    data: Mapping[str, Any]
    path: Path
    report: Report
    jsonata: bool = False

    def at(self, *steps: str | int) -> Path:
        """The way to something inside."""
        return (*self.path, *steps)

    def schema(self, message: str, *steps: str | int, hint: str = "", here: bool = False) -> None:
        """Note what AWS refuses; ``here`` when AWS gives the place of the object and not of the field."""
        place = place_of(self.path) if here else None
        self.report.schema.append(Diagnostic(SCHEMA, message, self.at(*steps), hint, place))

    def note(self, message: str, *steps: str | int, hint: str = "", code: str = LABCLI) -> None:
        """Note what only labcli refuses (or what has another code)."""
        self.report.schema.append(Diagnostic(code, message, self.at(*steps), hint))

    def missing(self, target: str, known: Iterable[str], *steps: str | int) -> None:
        """Note a transition to a state that is not there. AWS says ``Next`` whatever the field is called."""
        hint = self.report.near(target, known)
        self.report.missing.append(Diagnostic(TARGET, f"Missing 'Next' target: {target}", self.at(*steps), hint))

    def inner(self, data: Mapping[str, Any], *steps: str | int) -> Node:
        """An object inside, in the same query language."""
        return replace(self, data=data, path=self.at(*steps))

    # --- fields

    def known(self, fields: Iterable[str], foreign: Iterable[str] = ()) -> int:
        """Note the fields that do not belong here, and how many; ``foreign`` are those of the other query language."""
        mine, other = set(fields), set(foreign)
        wrong = [key for key in self.data if key not in mine]
        for key in wrong:
            if key in other:
                languages = ("JSONata", "JSONPath") if self.jsonata else ("JSONPath", "JSONata")
                self.schema(LANGUAGE.format(languages[0], key, languages[1]), key, here=True)
            else:
                hint = self.report.near(key, mine)
                self.schema(f"Field '{key}' is not supported", key, hint=hint, here=True)
        return len(wrong)

    def required(self, *fields: str) -> bool:
        """Whether all of these are there."""
        absent = [key for key in fields if key not in self.data]
        if absent:
            self.schema(f"These fields are required: [{', '.join(absent)}]")
        return not absent

    def one_of(self, *fields: str, needed: bool = False) -> None:
        """At most one of these is there; exactly one when ``needed``."""
        there = [key for key in fields if key in self.data]
        if len(there) > 1:
            self.schema(f"There should only be one of the following fields: [{', '.join(fields)}]")
        elif needed and not there:
            self.schema(f"This object should have only one of the following fields: [{', '.join(fields)}]")

    # --- values

    def wants(self, key: str) -> bool:
        """Whether there is a value that can be judged: references and null cannot."""
        if key not in self.data or reference(self.data[key]):
            return False
        if self.data[key] is None:
            self.note(f"`{key}` is null: leave it out", key)
            return False
        return True

    def text(self, key: str) -> str | None:
        """A string; None when it is absent or something else."""
        value: str | None = self._typed(key, str, "[STRING]")
        return value

    def flag(self, key: str) -> None:
        """A boolean."""
        self._typed(key, bool, "[BOOLEAN]")

    def choice(self, key: str, *options: str) -> None:
        """One of a few words."""
        value = self.text(key)
        if value is not None and value not in options:
            hint = self.report.near(value, options)
            self.schema(f"Value should be one of the following: [{', '.join(options)}]", key, hint=hint)

    def number(self, key: str, low: int, high: int | None = None, whole: bool = True) -> None:
        """A number in a range."""
        if not self.wants(key) or (self.jsonata and expression(self.data[key])):
            return
        value = self.data[key]
        if isinstance(value, bool) or not isinstance(value, int | float) or (whole and value != value // 1):
            self.schema(f"Expected value of type {'Integer' if whole else 'Double'}", key)
        elif value < low:
            self.schema(f"Minimum value is {low if whole else float(low)}", key)
        elif high is not None and value > high:
            self.schema(f"Maximum value is {high if whole else float(high)}", key)

    def object(self, key: str) -> Node | None:
        """The object under a key."""
        value: Mapping[str, Any] | None = self._typed(key, dict, "[OBJECT]")
        return None if value is None else self.inner(value, key)

    def objects(self, key: str, empty: bool = True) -> list[Node]:
        """The objects of a list, without what is no object in it; ``empty`` when it may be."""
        value: list[Any] | None = self._typed(key, list, "[ARRAY]")
        if value == [] and not empty:
            self.schema("Value cannot be empty", key)
        for index, item in enumerate(value or []):
            if not isinstance(item, dict) and not reference(item):
                self.schema("Expected value of type [OBJECT]", key, index)
        return [self.inner(item, key, index) for index, item in enumerate(value or []) if isinstance(item, dict)]

    def strings(self, key: str) -> list[str]:
        """The strings of a list that may not be empty."""
        value: list[Any] | None = self._typed(key, list, "[ARRAY]")
        if value == []:
            self.schema("Value cannot be empty", key)
        for index, item in enumerate(value or []):
            if not isinstance(item, str):
                self.schema("Expected value of type [STRING]", key, index)
        return [item for item in value or [] if isinstance(item, str)]

    def _typed(self, key: str, wanted: type, said: str) -> Any:
        if not self.wants(key):
            return None
        if isinstance(self.data[key], wanted):
            return self.data[key]
        if self.jsonata and expression(self.data[key]):  # it may give what is wanted
            return None
        self.schema(f"Expected value of type {said}", key)
        return None
