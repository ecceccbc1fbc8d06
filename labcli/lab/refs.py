"""References: ``${orders.url}`` walks dicts and lists, and nothing else.

A reference is text until it is filled; a string that is one whole reference keeps the type of what it finds.
``$${`` writes a literal ``${``; ``$.total`` and ``$$.Task.Token`` are just text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from labcli.lab.model import Lab, Where
from labcli.lab.words import text_of

_OPEN = re.compile(r"\$\$\{|\$\{([^}]*)\}?")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_STEP = re.compile(r"\.([A-Za-z_][A-Za-z0-9_]*)|\[(\d{1,4})\]")

LONGEST_TOLD = 200
"""Characters of a value inside a text for a reader."""


class Ref(NamedTuple):
    """``${root.path}``; ``whole`` when nothing else stands in the string."""

    root: str
    path: tuple[str | int, ...]
    text: str
    whole: bool


class BadRef(ValueError):  # noqa: N818 - a word of the lab language
    """A ``${`` that is not a reference."""


class NoSuchValue(LookupError):  # noqa: N818 - a word of the lab language
    """A reference that finds nothing."""


def parse(text: str) -> list[str | Ref]:
    """Split a string into literal text and references. BadRef for a ``${`` that does not follow the grammar."""
    if "${" not in text:
        return [text]
    parts: list[str | Ref] = []
    end = 0
    for match in _OPEN.finditer(text):
        parts.append(text[end : match.start()])
        end = match.end()
        if match[0] == "$${":
            parts.append("${")
            continue
        root, path = _grammar(match)
        parts.append(Ref(root, path, match[0], match[0] == text))
    parts.append(text[end:])
    return [part for part in parts if part != ""]


def _grammar(match: re.Match[str]) -> tuple[str, tuple[str | int, ...]]:
    inner = match[1]
    name = _NAME.match(inner)
    if not match[0].endswith("}") or name is None:
        raise BadRef(f"`{match[0]}` is not a reference; write ${{name}} or ${{name.field}}")
    path: list[str | int] = []
    at = name.end()
    while at < len(inner):
        step = _STEP.match(inner, at)
        if step is None:
            raise BadRef(f"`{match[0]}` is not a reference: only .field and [0] may follow the name")
        path.append(step[1] if step[1] is not None else int(step[2]))
        at = step.end()
    return name[0], tuple(path)


def only(value: Any) -> Ref | None:
    """The reference that is the whole of ``value``, None when it is anything else."""
    try:
        parts = parse(value) if isinstance(value, str) else []
    except BadRef:
        return None
    return parts[0] if len(parts) == 1 and isinstance(parts[0], Ref) else None


def resource_of(ref: Ref, lab: Lab) -> str:
    """The resource that a reference is about: ``orders``, or ``wed.flow``, or the role in ``${price.role.name}``."""
    inner = ".".join([ref.root, *(str(at) for at in ref.path)][:2])
    return inner if ref.root in lab.needed or inner in lab.resources else ref.root


def find(data: Any, where: Where = ()) -> Iterator[tuple[Where, Ref]]:
    """Every reference in ``data``, with the way to the string it stands in. BadRef is raised by ``parse``."""
    if isinstance(data, str):
        yield from ((where, part) for part in parse(data) if isinstance(part, Ref))
    elif isinstance(data, Mapping):
        for key, value in data.items():
            yield from find(value, (*where, key))
    elif isinstance(data, list | tuple):
        for index, value in enumerate(data):
            yield from find(value, (*where, index))


def references(text: str) -> list[Ref]:
    """The references in a text; none where one is broken."""
    try:
        return [part for part in parse(text) if isinstance(part, Ref)]
    except BadRef:
        return []


def texts(data: Any, where: Where) -> Iterator[tuple[Where, str]]:
    """Every text in ``data`` in which a reference may stand."""
    if isinstance(data, str) and "${" in data:
        yield where, data
    elif isinstance(data, Mapping):
        for key, value in data.items():
            yield from texts(value, (*where, key))
    elif isinstance(data, list | tuple):
        for index, value in enumerate(data):
            yield from texts(value, (*where, index))


def keys(data: Any, where: Where = ()) -> Iterator[tuple[Where, str]]:
    """Every key in ``data`` in which a reference may stand."""
    for key, value in data.items() if isinstance(data, Mapping) else enumerate(data) if isinstance(data, list) else ():
        if isinstance(key, str) and "${" in key:
            yield (*where, key), key
        yield from keys(value, (*where, key))


def fill(data: Any, lookup: Callable[[Ref], Any]) -> Any:
    """A copy of ``data`` with every reference replaced by what ``lookup`` finds for it."""
    if isinstance(data, str):
        parts = parse(data)
        if len(parts) == 1 and isinstance(parts[0], Ref):
            return lookup(parts[0])
        return "".join(part if isinstance(part, str) else _inside(lookup(part)) for part in parts)
    if isinstance(data, Mapping):
        return {key: fill(value, lookup) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [fill(value, lookup) for value in data]
    return data


def told(text: str, lookup: Callable[[Ref], Any]) -> str:
    """``text`` for a reader: each reference as what ``lookup`` finds for it, or as ``‹n›`` where it finds nothing yet.

    ``lookup`` raises NoSuchValue. What it finds comes from outside: whoever draws the text makes it visible.
    """
    try:
        return "".join(part if isinstance(part, str) else _one_told(part, lookup) for part in parse(text))
    except BadRef:  # said by the check; a page of a lab is shown without it
        return text


def _one_told(ref: Ref, lookup: Callable[[Ref], Any]) -> str:
    try:
        said = text_of(lookup(ref))
    except NoSuchValue:
        return f"‹{ref.text[2:-1]}›"
    return said if len(said) <= LONGEST_TOLD else f"{said[:LONGEST_TOLD]}…"


def untold(text: str) -> str:
    """``text`` for a reader before any run: the names of what a run will fill in."""
    return told(text, _nowhere)


def literal(data: Any) -> Any:
    """Data from outside, so written that ``fill`` gives it back as it is."""
    if isinstance(data, str):
        return data.replace("${", "$${")
    if isinstance(data, Mapping):
        return {key: literal(value) for key, value in data.items()}
    return [literal(value) for value in data] if isinstance(data, list) else data


def walk(value: Any, ref: Ref) -> Any:
    """Follow the path of ``ref`` from ``value``. NoSuchValue when it leads nowhere."""
    for at in ref.path:
        try:
            indexable: Any = value if isinstance(value, Mapping | list) else _nowhere(ref)
            value = indexable[at]
        except (KeyError, IndexError, TypeError):
            _nowhere(ref)
    return value


def rename(data: Any, variable: str, value: Any) -> Any:
    """Put ``value`` in the place of a matrix variable: ``${q}`` becomes it, ``${q.url}`` becomes ``${orders.url}``.

    Other references stay as they stand; a string with a bad reference is left for the check to report.
    """

    def one(ref: Ref) -> Any:
        if ref.root != variable:
            return ref.text
        return value if not ref.path else ref.text.replace(variable, str(value), 1)

    if isinstance(data, str):
        try:
            parts = parse(data)
        except BadRef:
            return data
        if not any(isinstance(part, Ref) and part.root == variable for part in parts):
            return data
        if len(parts) == 1 and isinstance(parts[0], Ref):
            return one(parts[0])
        literal = (p.replace("${", "$${") if isinstance(p, str) else _inside(one(p)) for p in parts)
        return "".join(literal)
    if isinstance(data, Mapping):
        return {key: rename(each, variable, value) for key, each in data.items()}
    if isinstance(data, list):
        return [rename(each, variable, value) for each in data]
    return data


def _inside(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float):
        return str(value)
    raise NoSuchValue("only text and numbers can stand inside a longer string")


def _nowhere(ref: Ref) -> Any:
    raise NoSuchValue(f"{ref.text} finds nothing")
