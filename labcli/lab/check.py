"""A lab held against the world it will run in, without AWS: names, references, paths, calls.

``check`` takes what ``load`` understood and reports what cannot work; docs/labs.md lists it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from labcli.lab import expect
from labcli.lab.aws import Catalog, Shape
from labcli.lab.language import Language
from labcli.lab.load import assemble
from labcli.lab.model import Effect, Lab, ResourceSpec, Step, Where
from labcli.lab.params import NoSuchMember, may_perish, resolve
from labcli.lab.problem import LabInvalid
from labcli.lab.reader import NO_SOURCES, Findings
from labcli.lab.scope import Scope
from labcli.lab.source import read
from labcli.lab.steps import GIVEN
from labcli.rules.near import nearest


@dataclass
class LabScope(Scope):
    """A scope that knows the verbs: what checks a lab asks them; what they check sees only names."""

    language: Language = field(kw_only=True)


def checked(file: Path, language: Language, catalog: Catalog, sources: Mapping[str, Path] = NO_SOURCES) -> Lab:
    """Read and check a lab file. LabInvalid with every problem, of structure and of meaning, at once.

    ``sources`` are files that stand in for the sources of functions, by the functions' names.
    """
    source = read(file)
    lab, findings = assemble(source, language, sources)
    check(lab, language, catalog, findings)
    if findings.problems:
        raise LabInvalid(source.file, findings.problems)
    return lab


def check(lab: Lab, language: Language, catalog: Catalog, findings: Findings) -> None:
    """Add what cannot work in ``lab`` to ``findings``."""
    scope = LabScope(
        lab, language.kinds, catalog, findings, later=_saves(lab), makers=_makers(lab, language), language=language
    )
    everything = {**lab.resources, **lab.borrowed}
    for spec in lab.resources.values():
        language.kinds[spec.kind].check(spec, everything, findings)
        _declared(spec, scope)
    _cycles(lab, language, findings)
    _one_question(lab, findings)
    for step in lab.steps:
        scope.number = step.number
        _step(step, scope)
        if findings.enough:
            return
    for step in lab.checks:
        aside = scope.child()
        aside.number, aside.saved, aside.aside = step.number, {}, True
        _step(step, aside)
        _reads_only(step, aside)
        if findings.enough:
            return


def _declared(spec: ResourceSpec, scope: LabScope) -> None:
    """References in a declaration (a queue's policy) see resources and the run. Bare names are the kind's to check."""
    bare = {name for _, name in scope.language.kinds[spec.kind].needs(spec.props)}
    scope.number = f"resource {spec.name}"
    scope.references({key: value for key, value in spec.raw.items() if not bare & set(_texts(value))}, spec.where)


def _texts(data: Any) -> list[str]:
    if isinstance(data, dict | list):
        return [text for each in (data.values() if isinstance(data, dict) else data) for text in _texts(each)]
    return [data] if isinstance(data, str) else []


def _saves(lab: Lab) -> dict[str, str]:
    return {name: step.number for top in reversed(lab.steps) for step in reversed(top.tree()) for name in step.save}


def _makers(lab: Lab, language: Language) -> dict[str, str]:
    """The step that first creates each resource."""
    found: dict[str, str] = {}
    for step in lab.every_step():
        for name in _creates(step, lab, language):
            found.setdefault(name, step.number)
    return found


def _creates(step: Step, lab: Lab, language: Language) -> set[str]:
    """What a ``create`` creates: what it names, and what that needs."""
    if step.verb != "create" or step.arms:
        return set()
    found: set[str] = set()
    left = list(step.args)
    while left:
        name = left.pop()
        if name in lab.resources and name not in found:
            found.add(name)
            spec = lab.resources[name]
            left += [needed for _, needed in language.kinds[spec.kind].needs(spec.props)]
    return found


def _step(step: Step, scope: LabScope) -> None:
    if not step.verb:
        return
    scope.made.update(_creates(step, scope.lab, scope.language))
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
        where = (*step.where, "save", name)
        if name in scope.lab.resources:
            scope.findings.add(where, f"`{name}` is a resource: save under another name", key=True)
        shape = _path(step, path, where, scope)
        if not step.name and _perishes(step, path, scope):
            scope.findings.add(
                where, f"`{name}` would hold a receipt handle or a task token: use it inside one `in_order` step"
            )
        projected = "*" in path or "[]" in path  # it finds a list of what the model says
        scope.saved[name] = shape.kind if shape is not None and not projected else "any"


def _paths(step: Step, scope: LabScope) -> None:
    """Every JMESPath of the step parses, and finds a member that the answer can have; matchers are right."""
    for path, wanted in step.expect.items():
        where = (*step.where, "expect", path)
        _path(step, path, where, scope, key=True)
        scope.references(wanted, where)
        if problem := expect.matcher_error(wanted):
            scope.findings.add(where, problem)
    for index, (heading, path) in enumerate(step.show):
        if path or heading not in scope.language.views:
            shown = step.arms[0] if step.arms else step  # a matrix shows each arm alike
            _path(shown, path or heading, (*step.where, "show", index, heading), scope, near=scope.language.views)


def _path(
    step: Step, path: str, where: Where, scope: LabScope, key: bool = False, near: frozenset[str] = frozenset()
) -> Shape | None:
    """The shape that a path finds, None when only a run can tell; what is wrong with the path is a problem."""
    said = nearest(path, near) if path.isidentifier() else ""  # a view is one word
    if problem := expect.syntax_error(path):
        scope.findings.add(where, f"`{path}` is not a JMESPath: {problem}{said}", key)
        return None
    try:
        return _answer(step, path, scope)
    except NoSuchMember as error:
        what = f"no view `{path}`{said}" if said else f"`{path}`: {error}"
        scope.findings.add(where, what, key)
        return None


def _within(step: Step, path: str) -> tuple[Step, str] | None:
    """The step inside a block or a matrix that a path leads to, and the rest of the path; None for the block itself."""
    first, _, rest = path.partition(".")
    named = {each.name: each for each in (*step.arms, *step.steps)}
    if first in named:
        return (named[first], rest) if rest else None
    if step.verb == "either" and first == "chosen":
        return None
    if first.replace("_", "").isalnum() and first not in GIVEN:
        raise NoSuchMember(f"the step has no `{first}`{nearest(first, named) or '; it has ' + ', '.join(named)}")
    return None


def _answer(step: Step, path: str, scope: LabScope) -> Shape | None:
    """The shape that ``path`` finds in what the step gives, None when only a run can tell."""
    if step.arms or step.steps:
        inner = _within(step, path)
        return _answer(*inner, scope) if inner is not None else None
    shape = _shape(step, scope)
    return resolve(shape, path) if shape is not None and path.partition(".")[0] not in GIVEN else None


def _shape(step: Step, scope: LabScope) -> Shape | None:
    return scope.language.verbs[step.verb].answer(step, scope) if step.verb else None


def _perishes(step: Step, path: str, scope: LabScope) -> bool:
    """Whether what a path finds may hold a receipt handle or a task token."""
    named = {each.name: each for each in (*step.arms, *step.steps)}
    try:
        inner = (named[path], "@") if path in named else _within(step, path) if named else None
        if inner is not None:
            return _perishes(*inner, scope)
        return any(may_perish(_shape(each, scope), path) for each in step.tree())
    except NoSuchMember:
        return False


def _reads_only(step: Step, scope: LabScope) -> None:
    for each in step.tree():
        if each.verb and scope.language.verbs[each.verb].reads:
            continue
        if each.verb and each.verb != "do" and not each.arms:
            scope.findings.add(each.where, f"a check only reads: `do`, not `{each.verb}`")
        elif each.verb == "do" and not each.arms:
            operation = scope.catalog.operation(each.args.service, each.args.operation)
            if operation is not None and not (operation.effect is Effect.READ and operation.reviewed):
                scope.findings.add(
                    (*each.where, "do"), f"a check only reads; {each.args.service}.{each.args.operation} does not"
                )
            if not each.expect and not each.fails and not step.expect:
                scope.findings.add(each.where, "a check says what it expects: `expect:`")


def _one_question(lab: Lab, findings: Findings) -> None:
    """A person is asked one thing at a time, so nothing that goes on at once holds an ``either``."""
    for step in lab.every_step():
        if step.arms or step.verb == "together":
            for each in step.tree():
                if each.verb == "either":
                    findings.add(each.where, "`either` asks a person, and cannot stand in a matrix or in `together`")


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
