"""Reading declarations of resources: under ``resources`` of a lab or a task, under ``yours`` of a task."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labcli.lab.language import Language
from labcli.lab.model import ResourceSpec, Where
from labcli.lab.reader import Reader
from labcli.lab.steps import NAME, RESERVED
from labcli.rules.near import nearest


def read_resources(
    reader: Reader, key: str, language: Language, others: Mapping[str, ResourceSpec] | None = None
) -> dict[str, ResourceSpec]:
    """What stands under ``key``, and what each of it brings along. ``others`` are declared elsewhere; one that is
    declared again here keeps what was said of it there, and what is said here counts.
    """
    before: Mapping[str, ResourceSpec] = others or {}
    found: dict[str, ResourceSpec] = {}
    for name, declaration in reader.mapping(key).items():
        where: Where = (*reader.at(key), name)
        if not NAME.fullmatch(name) or name in RESERVED:
            said = f"`{name}` cannot be a resource's name: up to 32 letters, digits and _, from a letter"
            reader.findings.add(where, said, key=True)
        again = isinstance(declaration, dict) and name in before
        whole = {**before[name].raw, **declaration} if again else declaration
        spec = _read(name, whole, where, reader, language)
        if spec is not None:
            found[name] = spec
    for spec in list(found.values()):
        found.update({each.name: each for each in language.kinds[spec.kind].brings(spec, {**before, **found})})
    return found


def _read(name: str, declaration: Any, where: Where, around: Reader, language: Language) -> ResourceSpec | None:
    """One declaration; None, and a problem, when it says no kind."""
    reader = Reader(declaration, where, around.findings, f"resource `{name}`")
    kinds = [key for key in reader.data if key in language.kinds]
    if len(kinds) > 1 and "role" in kinds:  # beside another kind it names the role that this one works with
        kinds.remove("role")
    if len(kinds) != 1:
        said = ", ".join(f"`{word}`" for word, kind in language.kinds.items() if not kind.brought)
        if isinstance(declaration, dict):
            _no_kind(reader, kinds, language, said)
        return None
    reader.what = f"a {kinds[0]}"
    props = language.kinds[kinds[0]].read(reader)
    reader.done()
    return ResourceSpec(name, kinds[0], props, where, reader.data)


def _no_kind(reader: Reader, kinds: list[str], language: Language, known: str) -> None:
    """A problem for a declaration that says no kind, or several: the word that should be one is named."""
    odd = next((key for key in reader.data if nearest(key, language.kinds)), next(iter(reader.data), ""))
    if kinds:
        why = f", not {len(kinds)} ({', '.join(kinds)})"
        reader.findings.add(reader.where, f"{reader.what} says one kind{why}: {known}")
    else:
        near = f" (`{odd}`{nearest(odd, language.kinds) or ' is none'})" if odd else ""
        reader.findings.add(reader.where, f"{reader.what} says one kind: {known}{near}")
