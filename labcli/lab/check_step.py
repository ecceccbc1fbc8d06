"""One step held against the world it will run in: its verb, what it creates, what it expects, saves and says."""

from __future__ import annotations

from typing import Any

from labcli.lab import refs
from labcli.lab.aws import Operation
from labcli.lab.language import LabScope, Language
from labcli.lab.model import Effect, Lab, ResourceSpec, Step
from labcli.lab.step_paths import check_expect, check_save, check_show


def creates(step: Step, lab: Lab, language: Language) -> set[str]:
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


def check_step(step: Step, scope: LabScope) -> None:
    """Report what cannot work in a step, at any depth; what it creates and saves is known in ``scope`` from then on."""
    if not step.verb:
        return
    scope.said(step.title, (*step.where, "title"))
    scope.said(step.ask, (*step.where, "ask"))
    scope.made.update(creates(step, scope.lab, scope.language))
    if step.arms:
        for arm in step.arms:
            check_step(arm, scope.child())
    elif step.steps:
        inside = scope.child()
        for inner in step.steps:
            here = inside if step.verb == "in_order" else scope.child()
            here.number = inner.number
            check_step(inner, here)
    else:
        scope.language.verbs[step.verb].check(step, scope)
    check_expect(step, scope)
    check_show(step, scope)
    check_save(step, scope)
    scope.said(step.say, (*step.where, "say"))
    scope.said(step.differs, (*step.where, "differs"))
    if step.invite is not None:
        _check_invite(step.invite, scope.child())


def _check_invite(invite: Step, scope: LabScope) -> None:
    """It is a call that can be made, and changes nothing: labcli goes on as if nobody had made it."""
    check_step(invite._replace(title=""), scope)
    scope.said(invite.title, (*invite.where, "say"))
    operation = scope.catalog.operation(invite.args.service, invite.args.operation) if invite.verb else None
    if operation is not None and operation.effect is not Effect.READ:
        said = f"an invitation only reads; {invite.args.service}.{invite.args.operation} does not"
        scope.findings.add((*invite.where, "do"), said)


def reads_only(step: Step, scope: LabScope) -> None:
    """Report what acts, in a step that may only read."""
    for each in step.tree():
        if each.verb and scope.language.verbs[each.verb].reads:
            continue
        if each.verb and each.verb != "do" and not each.arms:
            scope.findings.add(each.where, f"a check only reads: `do`, not `{each.verb}`")
        elif each.verb == "do" and not each.arms:
            operation = scope.catalog.operation(each.args.service, each.args.operation)
            if operation is not None and (why := _no_check(operation, f"{each.args.service}.{each.args.operation}")):
                scope.findings.add((*each.where, "do"), why)
            if not each.expect and not each.fails and not step.expect:
                scope.findings.add(each.where, "a check says what it expects: `expect:`")


def _no_check(operation: Operation, said: str) -> str:
    """Why a check may not make this call; nothing when it may, or when no step may (that is said of it already)."""
    if operation.effect is Effect.READ:
        unknown = f"nobody has reviewed for labcli whether {said} only reads, and a check makes reviewed calls only"
        return "" if operation.reviewed else unknown
    return f"a check only reads; {said} does not" if operation.effect is not None else ""


def check_declared(spec: ResourceSpec, scope: LabScope) -> None:
    """References in a declaration (a queue's policy) see resources and the run. Bare names are the kind's to check."""
    bare = {name for _, name in scope.language.kinds[spec.kind].needs(spec.props)}
    scope.number = f"resource {spec.name}"
    for place, text in refs.texts(spec.raw, spec.where):
        if text not in bare:
            scope.references(text, place)


def texts(data: Any) -> list[str]:
    """Every text in data."""
    if isinstance(data, dict | list | tuple):
        return [text for each in (data.values() if isinstance(data, dict) else data) for text in texts(each)]
    return [data] if isinstance(data, str) else []
