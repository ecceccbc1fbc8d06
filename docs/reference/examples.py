"""Examples for the pages, cut out of lab files that run: those that ship, then those of docs/examples."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from labcli.lab.load import load
from labcli.lab.model import Lab, ResourceSpec, Step
from labcli.lab.source import Source, read
from labcli.steps.language import LANGUAGE

ROOT = Path(__file__).resolve().parent.parent.parent
FOLDERS = ("labs", "docs/examples")


@dataclass(frozen=True)
class Example:
    """A piece of a lab file, and which file it is, as a path from the top of the repository."""

    file: str
    text: str


@lru_cache(maxsize=1)
def _files() -> tuple[tuple[Source, Lab], ...]:
    paths = [path for folder in FOLDERS for path in sorted((ROOT / folder).glob("**/*.yaml"))]
    return tuple((read(path), load(path, LANGUAGE)) for path in paths)


def _cut(source: Source, section: str, at: int | str) -> Example:
    """An item of a section as the author wrote it: from its line to the line before what follows it."""
    path = Path(source.file)
    lines = path.read_text("utf-8").splitlines()
    where = (section, at)
    first = source.mark(where, key=isinstance(at, str))[0]
    starts = [mark[1][0] for way, mark in source.marks.items() if len(way) == 1]
    starts += [source.mark(way, key=True)[0] for way in source.marks if len(way) == 2 and way[0] == section]
    end = min((line for line in starts if line > first), default=len(lines) + 1)
    kept = lines[first - 1 : end - 1]
    while kept and (not kept[-1].strip() or kept[-1].lstrip().startswith("#")):
        kept.pop()
    return Example(path.relative_to(ROOT).as_posix(), textwrap.dedent("\n".join(kept)))


def of_verb(verb: str) -> Example | None:
    """The first step of this verb in the first file that has any; there, where it is in blocks only, the shortest."""
    for source, lab in _files():
        plain = [index for index, step in enumerate(lab.steps) if step.verb == verb and not step.arms]
        if plain:
            return _cut(source, "steps", plain[0])
        holding = [index for index, step in enumerate(lab.steps) if any(each.verb == verb for each in step.tree())]
        if holding:
            return min((_cut(source, "steps", index) for index in holding), key=lambda example: len(example.text))
    return None


def of_modifier(modifier: str) -> Example | None:
    """The shortest step that uses a modifier, of the first file that has any."""
    for source, lab in _files():
        found = [_cut(source, "steps", index) for index, step in enumerate(lab.steps) if _uses(step, modifier)]
        if found:
            return min(found, key=lambda example: len(example.text))
    return None


def _uses(step: Step, modifier: str) -> bool:
    return any(getattr(each, modifier, None) for each in step.tree())


def of_kind(kind: str) -> tuple[Example, ResourceSpec] | None:
    """The fullest declaration of a kind: the longest one, in the first file that has any."""
    for source, lab in _files():
        found = [spec for spec in lab.declared.values() if spec.kind == kind]
        if found:
            cut = {spec.name: _cut(source, "resources", spec.name) for spec in found}
            fullest = max(found, key=lambda spec: (len(cut[spec.name].text), spec.name))
            return cut[fullest.name], fullest
    return None
