"""A lab held against the world it will run in, without AWS: names, references, paths, calls.

``check`` takes what ``load`` understood and reports what cannot work; docs/labs.md lists it.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from labcli.lab import refs
from labcli.lab.aws import Catalog
from labcli.lab.check_step import check_declared, check_step, creates, reads_only, texts
from labcli.lab.check_tasks import check_tasks
from labcli.lab.language import LabScope, Language
from labcli.lab.load import assemble
from labcli.lab.model import Lab
from labcli.lab.problem import LabInvalid
from labcli.lab.reader import NO_SOURCES, Findings
from labcli.lab.source import read


def checked(
    file: Path,
    language: Language,
    catalog: Catalog,
    sources: Mapping[str, Path] = NO_SOURCES,
    author: bool = False,
) -> Lab:
    """Read and check a lab file. LabInvalid with every problem, of structure and of meaning, at once.

    ``sources`` are files that stand in for the sources of functions, by the functions' names. An ``author`` hears also
    of what is declared or saved and never used: it harms no run.
    """
    source = read(file)
    lab, findings = assemble(source, language, sources)
    check(lab, language, catalog, findings, author)
    if findings.problems:
        raise LabInvalid(source.file, findings.problems)
    return lab


def check(lab: Lab, language: Language, catalog: Catalog, findings: Findings, author: bool = False) -> None:
    """Add what cannot work in ``lab`` to ``findings``; for its ``author``, what is never used as well."""
    scope = LabScope(
        lab, language.kinds, catalog, findings, later=_saves(lab), makers=_makers(lab, language), language=language
    )
    everything = {**lab.resources, **lab.borrowed}
    for spec in lab.resources.values():
        language.kinds[spec.kind].check(spec, everything, findings)
        check_declared(spec, scope)
    _cycles(lab, language, findings)
    _cycles(lab.by_hand, language, findings)
    _one_question(lab, findings)
    for step in lab.steps:
        scope.number = step.number
        check_step(step, scope)
        if findings.enough:
            return
    for step in lab.checks:
        aside = scope.child()
        aside.number, aside.saved, aside.aside = step.number, {}, True
        check_step(step, aside)
        reads_only(step, aside)
        if findings.enough:
            return
    check_tasks(lab, language, catalog, findings)
    if author and not findings.problems:  # what is wrong may be the only use of something
        _unused(lab, scope)


def _saves(lab: Lab) -> dict[str, str]:
    return {name: step.number for top in reversed(lab.steps) for step in reversed(top.tree()) for name in step.save}


def _makers(lab: Lab, language: Language) -> dict[str, str]:
    """The step that first creates each resource."""
    found: dict[str, str] = {}
    for step in lab.every_step():
        for name in creates(step, lab, language):
            found.setdefault(name, step.number)
    return found


def _one_question(lab: Lab, findings: Findings) -> None:
    """A person is asked one thing at a time, so a matrix holds no ``either``; `together` is asked first."""
    for step in lab.every_step():
        if step.arms:
            for each in step.tree():
                if each.verb == "either":
                    findings.add(each.where, "`either` asks a person, and cannot stand in a matrix")


def _unused(lab: Lab, scope: LabScope) -> None:
    """A resource that no step creates, and a save that no reference names: nobody would notice that they are there.

    A step that fails on purpose may name what is never created.
    """
    tried = {ref.root for step in lab.every_step() if step.fails for ref in _references(step.args)}
    for name, spec in lab.declared.items():
        if name not in scope.makers and name not in tried:
            scope.findings.add(spec.where, f"no step creates `{name}`: create it, or take it out", key=True)
    told = [text for step in (*lab.every_step(), *lab.checks) for text in (step.title, step.say, step.ask)]
    used = scope.used | {ref.root for ref in _references([lab.notes, lab.goals, told])}
    for step in lab.every_step():
        for name in step.save:
            if name not in used:
                said = f"nothing uses `{name}`: take it out, or show it with `show:`"
                scope.findings.add((*step.where, "save", name), said, key=True)


def _references(data: Any) -> list[refs.Ref]:
    """Every reference in texts; what is no good reference was reported where it was read."""
    found = []
    for text in texts(data):
        try:
            found += [part for part in refs.parse(text) if isinstance(part, refs.Ref)]
        except refs.BadRef:
            continue
    return found


def _cycles(lab: Lab, language: Language, findings: Findings) -> None:
    """Resources that need each other can never be created."""
    needs = {name: language.kinds[spec.kind].needs(spec.props) for name, spec in lab.resources.items()}
    safe: set[str] = set()

    def go(name: str, way: tuple[str, ...]) -> None:
        if name in way:
            circle = (*way[way.index(name) :], name)
            findings.add(lab.resources[name].where, f"resources that need each other: {' → '.join(circle)}", key=True)
        elif name not in safe:
            for _, needed in needs.get(name, ()):
                go(needed, (*way, name))
            safe.add(name)

    for name in lab.resources:
        go(name, ())
