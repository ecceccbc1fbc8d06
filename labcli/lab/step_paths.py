"""The paths of a step (``expect``, ``save``, ``show``) held against what the step gives, at any depth."""

from __future__ import annotations

from labcli.lab import expect
from labcli.lab.aws import Shape
from labcli.lab.given import ANY, Given, structure, words
from labcli.lab.language import LabScope
from labcli.lab.model import Step, Where
from labcli.lab.params import may_perish
from labcli.lab.paths import NoSuchMember, find
from labcli.lab.refs import references
from labcli.lab.scope import Scope
from labcli.lab.wanted import wanted_error
from labcli.rules.near import nearest

_DEPTH = structure({"visible": "integer", "in_flight": "integer", "delayed": "integer"})
_AFTER = ("calls", "seconds", "depth")
"""What every step gives once it is over."""


def given_by(step: Step, scope: LabScope) -> Shape:
    """The shape of what a step gives: what its verb gives, or the steps inside it by their names, and what all give."""
    inner = (*step.arms, *step.steps)
    if inner:
        members: dict[str, Shape | str] = {each.name: given_by(each, scope) for each in inner}
        if step.verb == "either" and not step.arms:
            members["chosen"] = words(*(each.name for each in inner))
    elif not step.verb or (own := scope.language.verbs[step.verb].answer(step, scope)).kind != "structure":
        return ANY
    else:
        members = dict(own.members)
    members.setdefault("calls", "integer")
    members.setdefault("seconds", "float")
    if any(heading == "depth" and not path for heading, path in step.show):
        members["depth"] = _DEPTH
    return structure(members, "step" if inner else "answer")


def check_expect(step: Step, scope: LabScope) -> None:
    """Every path of ``expect`` finds something that can be there, and what is expected of it can hold."""
    for path, wanted in step.expect.items():
        where = (*step.where, "expect", path)
        shape = _path(step, path, where, scope, key=True)
        scope.references(wanted, where)
        if shape is None:
            continue
        if step.within is not None and not step.steps and scope.language.verbs[step.verb].repeats:
            _known_within(path, step, where, scope)
        if problem := wanted_error(wanted, shape):
            scope.findings.add(where, f"`{path}`: {problem}" if problem.startswith("it is ") else problem)


def _known_within(path: str, step: Step, where: Where, scope: LabScope) -> None:
    """With ``within`` a try is over when it answers, and the step is not."""
    root = next((each for each in _AFTER if path == each or path.startswith(f"{each}.")), "")
    own = scope.language.verbs[step.verb].answer(step, scope).members
    if root and root not in own:
        said = f"`{root}` is known when the step is over, and with `within` it is over when `expect` holds"
        scope.findings.add(where, said, key=True)


def check_show(step: Step, scope: LabScope) -> None:
    """Every column of ``show`` is a view, or a path that finds something that can be there."""
    for index, (heading, path) in enumerate(step.show):
        if path or heading not in scope.language.views:
            shown = step.arms[0] if step.arms else step  # a matrix shows each arm alike
            _path(shown, path or heading, (*step.where, "show", index, heading), scope, near=scope.language.views)


def check_save(step: Step, scope: LabScope) -> None:
    """Every path of ``save`` finds something that can be there and lasts; the names are known from here on."""
    for name, path in step.save.items():
        where = (*step.where, "save", name)
        if name in scope.lab.resources:
            scope.findings.add(where, f"`{name}` is a resource: save under another name", key=True)
        shape = _path(step, path, where, scope)
        if shape is not None and may_perish(shape, path):
            scope.perishing |= {name}
            if not step.name:
                said = f"`{name}` would hold a receipt handle or a task token: use it inside one `in_order` step"
                scope.findings.add(where, said)
        scope.saved[name] = shape.kind if shape is not None else "any"


def check_path(path: str, shape: Shape, where: Where, scope: Scope, key: bool = False) -> Shape | None:
    """The shape that a path finds; None, and a problem, where it finds nothing that can be there."""
    if refs := references(path):
        scope.findings.add(where, f"`{path}` is a path: {refs[0].text} is not filled in it", key)
        return None
    if problem := expect.syntax_error(path):
        scope.findings.add(where, f"`{path}` is not a JMESPath: {problem}", key)
        return None
    try:
        found, names = find(path, shape)
    except NoSuchMember as error:
        scope.findings.add(where, f"`{path}`: {error}", key)
        return None
    for name in names:
        if meant := scope.vocabulary.mistake(name):
            said = f"`{path}`: nothing in this lab or beside it knows `{name}`; did you mean `{meant}`?"
            scope.findings.add(where, said, key)
            return None
    return found


def _path(
    step: Step, path: str, where: Where, scope: LabScope, key: bool = False, near: frozenset[str] = frozenset()
) -> Shape | None:
    shape = given_by(step, scope)
    said = nearest(path, near) if path.isidentifier() else ""  # a view is one word
    if said and isinstance(shape, Given) and shape.kind == "structure" and path not in shape.members:
        scope.findings.add(where, f"no view `{path}`{said}", key)
        return None
    return check_path(path, shape, where, scope, key)
