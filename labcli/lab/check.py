"""A lab held against the world it will run in, without AWS: names, references, paths, calls.

``check`` takes what ``load`` understood and reports what cannot work: see DESIGN's list in docs/labs.md.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from labcli.lab import expect
from labcli.lab.language import Catalog, Language, Shape
from labcli.lab.load import assemble
from labcli.lab.model import Lab, Step
from labcli.lab.params import PERISHABLE, NoSuchMember, perishes, resolve
from labcli.lab.problem import LabInvalid, nearest
from labcli.lab.reader import Findings
from labcli.lab.scope import Scope
from labcli.lab.source import read

ALWAYS = frozenset({"calls", "seconds", "error"})
"""What every step gives, beside what its verb gives."""


def checked(file: Path, language: Language, catalog: Catalog) -> Lab:
    """Read and check a lab file. LabInvalid with every problem, of structure and of meaning, at once."""
    source = read(file)
    lab, findings = assemble(source, language)
    check(lab, language, catalog, findings)
    if findings.problems:
        raise LabInvalid(source.file, findings.problems)
    return lab


def check(lab: Lab, language: Language, catalog: Catalog, findings: Findings) -> None:
    """Add what cannot work in ``lab`` to ``findings``."""
    scope = Scope(lab, language, catalog, findings, later=_saves(lab))
    for spec in lab.resources.values():
        language.kinds[spec.kind].check(spec, lab.resources, findings)
    _cycles(lab, language, findings)
    for step in lab.steps:
        scope.number = step.number
        _step(step, scope)
    for step in lab.checks:
        aside = scope.child()
        aside.number = step.number
        aside.saved = {}
        _step(step, aside)
        _reads_only(step, aside)


def _saves(lab: Lab) -> dict[str, str]:
    return {name: step.number for top in reversed(lab.steps) for step in reversed(top.tree()) for name in step.save}


def _step(step: Step, scope: Scope) -> None:
    if not step.verb:
        return
    if step.arms:
        for arm in step.arms:
            _step(arm, scope.child())
    elif step.steps:
        inside = scope.child()
        for inner in step.steps:
            here = inside if step.verb == "in_order" else scope.child()
            here.number = inner.number
            _step(inner, here)
    else:
        scope.language.verbs[step.verb].check(step, scope)
    _paths(step, scope)
    for name, path in step.save.items():
        _clash(name, step, scope)
        shape = _answer(step, path, scope)
        if not step.name and (path_perishes(path) or perishes(shape)):
            scope.findings.add(
                (*step.where, "save", name),
                f"`{name}` would be a receipt handle or a task token: use it inside one `in_order` step",
            )
        scope.saved[name] = shape.kind if shape is not None else "any"


def path_perishes(path: str) -> bool:
    """Whether a path names something that perishes."""
    return any(word in path for word in PERISHABLE)


def _paths(step: Step, scope: Scope) -> None:
    """Every JMESPath of the step parses, and finds a member that the answer can have."""
    for key, paths in (("expect", step.expect), ("save", step.save)):
        for path in [*paths] if key == "expect" else [*step.save.values()]:
            where = (*step.where, key, path if key == "expect" else _key_of(step.save, path))
            if problem := expect.syntax_error(path):
                scope.findings.add(where, f"`{path}` is not a JMESPath: {problem}", key=key == "expect")
            else:
                try:
                    _answer(step, path, scope)
                except NoSuchMember as error:
                    scope.findings.add(where, f"`{path}`: the answer has no {error}", key=key == "expect")
    for path, wanted in step.expect.items():
        scope.references(wanted, (*step.where, "expect", path))
        if problem := expect.matcher_error(wanted):
            scope.findings.add((*step.where, "expect", path), problem)
    for heading, path in step.show:
        if not path and heading in scope.language.views:
            continue
        if problem := expect.syntax_error(path or heading):
            near = nearest(heading, scope.language.views)
            scope.findings.add((*step.where, "show"), f"`{path or heading}` is not a JMESPath: {problem}{near}")


def _key_of(save: Any, path: str) -> str:
    return next(str(name) for name, each in save.items() if each == path)


def _answer(step: Step, path: str, scope: Scope) -> Shape | None:
    """The shape that ``path`` finds in what the step gives, None when only a run can tell."""
    first, _, rest = path.partition(".")
    inner = [*step.arms, *step.steps]
    if inner:
        named = {each.name: each for each in inner}
        if first in named and rest:
            return _answer(named[first], rest, scope)
        if first.replace("_", "").isalnum() and first not in named and first not in ALWAYS:
            raise NoSuchMember(f"`{first}`{nearest(first, named) or '; it has ' + ', '.join(named)}")
        return None
    if first in ALWAYS or not step.verb:
        return None
    shape = scope.language.verbs[step.verb].answer(step, scope)
    return resolve(shape, path) if shape is not None else None


def _clash(name: str, step: Step, scope: Scope) -> None:
    if name in scope.lab.resources:
        scope.findings.add((*step.where, "save", name), f"`{name}` is a resource: save under another name", key=True)


def _reads_only(step: Step, scope: Scope) -> None:
    for each in step.tree():
        if each.verb and each.verb != "do" and not each.arms:
            scope.findings.add(each.where, f"a check only reads: `do`, not `{each.verb}`")
        elif each.verb == "do" and not each.arms:
            operation = scope.catalog.operation(each.args.service, each.args.operation)
            if operation is not None and (operation.effect is None or operation.effect.value != "read"):
                scope.findings.add(
                    (*each.where, "do"), f"a check only reads; {each.args.service}.{each.args.operation} does not"
                )
            if not each.expect and not each.fails and not step.expect:
                scope.findings.add(each.where, "a check says what it expects: `expect:`")


def _cycles(lab: Lab, language: Language, findings: Findings) -> None:
    """Resources that need each other can never be created."""
    needs = {name: language.kinds[spec.kind].needs(spec.props) for name, spec in lab.resources.items()}
    for name, spec in lab.resources.items():
        way, at = [name], name
        while needs.get(at):
            at = needs[at][0][1]
            way.append(at)
            if at == name:
                findings.add(spec.where, f"resources that need each other: {' → '.join(way)}")
                break
            if at in way[:-1]:
                break
