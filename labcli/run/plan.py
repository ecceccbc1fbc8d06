"""The plan of a lab: the shapes of its steps. Everything that is known before a run is read from it.

The calls, the IAM policy and the cost are readers of the plan; so is the test that holds what a run calls against it.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from labcli.aws import prices
from labcli.aws.operations import ANY_RESOURCE
from labcli.aws.resources import KINDS
from labcli.aws.resources.base import PREFIX
from labcli.lab.language import Catalog, Language, Operation
from labcli.lab.model import Call, Lab, Planned, Step
from labcli.lab.problem import Problem
from labcli.lab.reader import Findings
from labcli.lab.scope import Scope
from labcli.steps.shapes import shape

VERSION = 1
"""The version of the plan as a JSON document."""


class _Nowhere:
    def problem(self, where: tuple[str | int, ...], message: str, key: bool = False) -> Problem:
        """A checked lab has no problems."""
        raise AssertionError(message)


class _Unread:
    """A catalog that knows nothing: for those who only count calls, and need not read AWS's models for it."""

    def services(self) -> list[str]:
        """None."""
        return []

    def operations(self, service: str) -> list[str]:
        """None."""
        return []

    def operation(self, service: str, name: str) -> Operation | None:
        """None."""
        return None


UNREAD: Catalog = _Unread()


class Plan(NamedTuple):
    """The calls of each step, of ``verify`` and of ``cleanup``, with how often each is made."""

    lab: Lab
    steps: tuple[tuple[Step, tuple[Planned, ...]], ...]
    verify: tuple[Planned, ...]
    cleanup: tuple[Planned, ...]

    @property
    def run(self) -> list[Planned]:
        """The calls of a run."""
        return [each for _, calls in self.steps for each in calls]


def plan(lab: Lab, language: Language, catalog: Catalog, poll: float) -> Plan:
    """The plan of a checked lab on a target that is polled every ``poll`` seconds. Nothing is sent."""
    scope = Scope(lab, language, catalog, Findings(_Nowhere()))
    steps = tuple((step, tuple(shape(step, scope, poll))) for step in lab.steps)
    verify = tuple(each for check in lab.checks for each in shape(check, scope, poll))
    created = {name for step in lab.steps for name in created_by(step, lab)}
    cleanup = tuple(
        each
        for spec in lab.resources.values()
        if spec.name in created
        for each in KINDS[spec.kind].shape_of_delete(spec)
    )
    return Plan(lab, steps, verify, cleanup)


def created_by(step: Step, lab: Lab) -> list[str]:
    """The resources that a step creates, with those that they need."""
    from labcli.steps.create import in_order_of_need

    return in_order_of_need([n for s in step.tree() if s.verb == "create" and s.args for n in s.args], lab.resources)


def policy(the_plan: Plan, catalog: Catalog, account: str = "*", region: str = "*") -> dict[str, Any]:
    """The least-privilege IAM policy for run, verify and cleanup of this lab by one learner."""
    calls = [*the_plan.run, *the_plan.verify, *the_plan.cleanup]
    own = [
        Call("sqs", "list_queues", {}),
        Call("sts", "get_caller_identity", {}),
        Call("iam", "list_account_aliases", {}),
    ]
    actions = {_action(each.call, catalog) for each in calls} | {_action(call, catalog) for call in own}
    actions |= {"sqs:TagQueue"} if "sqs:CreateQueue" in actions else set()  # CreateQueue with tags needs it too
    services = sorted({action.split(":")[0] for action in actions - ANY_RESOURCE})
    statements: list[dict[str, Any]] = [
        {
            "Sid": f"Labcli{service.capitalize()}",
            "Effect": "Allow",
            "Action": sorted(action for action in actions - ANY_RESOURCE if action.startswith(f"{service}:")),
            "Resource": f"arn:aws:{service}:{region}:{account}:{PREFIX}*",
        }
        for service in services
    ]
    anywhere = sorted(actions & ANY_RESOURCE)
    statements.append({"Sid": "LabcliAnywhere", "Effect": "Allow", "Action": anywhere, "Resource": "*"})
    return {"Version": "2012-10-17", "Statement": statements}


def _action(call: Call, catalog: Catalog) -> str:
    known = catalog.operation(call.service, call.operation)
    return known.iam_action if known is not None else f"{call.service}:*"


def cost(the_plan: Plan) -> prices.Cost:
    """What a run, its verify and its cleanup cost on AWS at most."""
    counts: dict[str, int] = {}
    for each in (*the_plan.run, *the_plan.verify, *the_plan.cleanup):
        counts[each.call.service] = counts.get(each.call.service, 0) + each.times.most
    return prices.cost(counts)
