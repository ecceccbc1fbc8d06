"""The plan of a lab: the shapes of its steps. Everything that is known before a run is read from it.

The calls, the IAM policy and the cost are readers of the plan; so is the test that holds what a run calls against it.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any, NamedTuple

from labcli.aws import prices
from labcli.aws.resources import KINDS
from labcli.aws.services import SERVICES
from labcli.aws.services.functions import POLLS
from labcli.lab.aws import Catalog, Operation
from labcli.lab.language import Language
from labcli.lab.model import Effect, Lab, Planned, Step
from labcli.lab.problem import Problem
from labcli.lab.reader import Findings
from labcli.lab.scope import Scope
from labcli.steps import raised
from labcli.steps.shapes import shape

VERSION = 1
"""The version of the plan as a JSON document."""


class Nowhere:
    """Where the problems of a lab go that was checked before."""

    def problem(self, where: tuple[str | int, ...], message: str, key: bool = False) -> Problem:
        """A checked lab has no problems."""
        raise AssertionError(message)


class _Unread:
    """A catalog that knows nothing: for those who only count calls, and need not read AWS's models for it."""

    def services(self) -> list[str]:
        return []

    def operations(self, service: str) -> list[str]:
        return []

    def operation(self, service: str, name: str) -> Operation | None:
        return None


UNREAD: Catalog = _Unread()


class Plan(NamedTuple):
    """The calls of each step, of ``verify`` and of ``cleanup``, with how often each is made."""

    lab: Lab
    steps: tuple[tuple[Step, tuple[Planned, ...]], ...]
    verify: tuple[Planned, ...]
    cleanup: tuple[Planned, ...]
    needed: tuple[tuple[str, tuple[Planned, ...]], ...] = ()
    """For each lab that it needs: what makes that lab's resources first, where it is not live."""

    @property
    def everything(self) -> list[Planned]:
        """Every call that may be made for this lab."""
        first = [each for _, calls in self.needed for each in calls]
        return [*first, *self.run, *self.verify, *self.cleanup]

    @property
    def run(self) -> list[Planned]:
        """The calls of a run."""
        return [each for _, calls in self.steps for each in calls]


def plan(lab: Lab, language: Language, catalog: Catalog, poll: float) -> Plan:
    """The plan of a checked lab on a target that is polled every ``poll`` seconds. Nothing is sent."""
    scope = Scope(lab, language.kinds, catalog, Findings(Nowhere()))
    steps = tuple((step, (*shape(step, scope, poll), *raised.shape(step, lab, poll))) for step in lab.steps)
    verify = tuple(each for check in lab.checks for each in shape(check, scope, poll))
    created = set(created_of(lab))
    gone = _deleted(lab)
    cleanup = tuple(
        each._replace(times=replace(each.times, least=0)) if spec.name in gone else each
        for spec in lab.resources.values()
        if spec.name in created
        for each in KINDS[spec.kind].shape_of_delete(spec)
    )
    restored = tuple(each for step in lab.every_step() for each in _put_back(step, lab))
    needed = tuple((name, tuple(_makes(other, name))) for name, other in lab.needed.items())
    made = tuple(each for name, other in lab.needed.items() for each in _unmakes(other, name))
    return Plan(lab, steps, verify, (*restored, *cleanup, *made), needed)


def _deleted(lab: Lab) -> set[str]:
    """The resources that steps delete: a cleanup finds them gone when these steps were performed."""
    deletes = [step.args for step in lab.every_step() if step.verb == "delete" and not step.arms]
    every = {each.every for each in deletes}
    by_kind = {name for name, spec in lab.resources.items() if spec.kind in every}
    return by_kind | {name for each in deletes for name in each.names}


def _put_back(step: Step, lab: Lab) -> list[Planned]:
    """What a cleanup calls to put back what a step changed of another lab's."""
    spec = lab.spec(step.args.name) if step.verb == "update" and not step.arms else None
    if spec is None or not spec.lab:
        return []
    kind = KINDS[spec.kind]
    reads = [each for each in kind.shape_of_delete(spec) if each.effect is Effect.READ]
    found = [*reads, *kind.shape_of_put_back(spec)]
    return [each._replace(times=replace(each.times, least=0)) for each in found]


def _makes(lab: Lab, called: str) -> list[Planned]:
    """The creates of all that a needed lab's steps create, named as the lab that needs it names them."""
    inner = [each for name, other in lab.needed.items() for each in _makes(other, name)]
    created = [each for name in created_of(lab) for each in KINDS[lab.resources[name].kind].shape(lab.resources[name])]
    return [*inner, *(_of(each, lab, called) for each in created)]


def _unmakes(lab: Lab, called: str) -> list[Planned]:
    """What takes a needed lab's resources away, should they have been made for the lab that needs it only."""
    specs = [lab.resources[name] for name in created_of(lab)]
    deletes = [each for spec in specs for each in KINDS[spec.kind].shape_of_delete(spec)]
    own = [_of(each, lab, called)._replace(times=replace(each.times, least=0)) for each in deletes]
    return [*own, *(each for name, other in lab.needed.items() for each in _unmakes(other, name))]


def created_of(lab: Lab) -> list[str]:
    """All that the steps of a lab create, each after what it needs."""
    return list(dict.fromkeys(name for step in lab.steps for name in created_by(step, lab)))


def _of(each: Planned, lab: Lab, called: str) -> Planned:
    return each._replace(call=each.call._replace(params=renamed(each.call.params, lab, called)))


def renamed(data: Any, lab: Lab, called: str) -> Any:
    """``${flow.arn}`` as ``${wed.flow.arn}``."""
    if isinstance(data, str):
        return re.sub(r"\$\{(\w+)", lambda m: f"${{{called}.{m[1]}" if m[1] in lab.resources else m[0], data)
    if isinstance(data, dict):
        return {key: renamed(value, lab, called) for key, value in data.items()}
    if isinstance(data, list):
        return [renamed(each, lab, called) for each in data]
    return data


def created_by(step: Step, lab: Lab) -> list[str]:
    """The resources that a step creates, with those that they need."""
    from labcli.steps.verbs.create import in_order_of_need

    return in_order_of_need([n for s in step.tree() if s.verb == "create" and s.args for n in s.args], lab.resources)


def cost(the_plan: Plan) -> prices.Cost:
    """What a run, its verify and its cleanup cost on AWS at most, with what they set going there."""
    counts: dict[str, int] = {}
    for each in the_plan.everything:
        counts[each.call.service] = counts.get(each.call.service, 0) + each.times.most
    for what, count in _set_going(the_plan).items():
        counts[what] = count
    return prices.cost(counts)


def _set_going(the_plan: Plan) -> dict[str, int]:
    """Executions and invocations, with those that messages lead to, and an hour of each mapping's polling.

    A message may be published again by a machine, and a function that fails is invoked three times.
    """
    made = {str(each.call): 0 for each in the_plan.everything}
    for each in the_plan.everything:
        made[str(each.call)] += each.times.most * (10 if each.call.operation.endswith("_batch") else 1)
    messages = sum(made.get(f"{each.name}.{send}", 0) for each in SERVICES.values() for send in each.sends)
    kinds = [spec.kind for spec in the_plan.lab.resources.values()]
    told = kinds.count("mapping") + sum(
        spec.kind == "subscription" and spec.props.protocol == "lambda" for spec in the_plan.lab.resources.values()
    )
    led_on = messages if kinds.count("mapping") and kinds.count("machine") else 0
    return {
        "executions": made.get("stepfunctions.start_execution", 0) + led_on,
        "invocations": made.get("lambda.invoke", 0) + 3 * told * messages,
        "polls": kinds.count("mapping") * POLLS,
    }
