"""The plan on the screen: calls, or the IAM policy, or data."""

from __future__ import annotations

import json

from labcli.aws import prices
from labcli.context import Context
from labcli.lab.language import Catalog
from labcli.lab.model import Planned
from labcli.run.plan import Plan, cost, policy
from labcli.show.documents import document, write
from labcli.show.run import day_name
from labcli.show.screen import Screen
from labcli.show.text import cut, visible


def draw_plan(screen: Screen, plan: Plan) -> None:
    """Every call with its parameters, step by step; what only a run can know stands as ``${…}``."""
    lab = plan.lab
    screen.line((f"{day_name(lab.id)} · the plan", "bold"), ("   nothing is sent", "dim"))
    for step, calls in plan.steps:
        screen.line("")
        screen.line((f"{step.number:>2}  ", "dim"), (visible(step.title), "bold"))
        _calls(screen, calls)
        if not calls:
            screen.line(("      no call", "dim"))
    for title, calls in (("labcli verify", plan.verify), ("labcli cleanup", plan.cleanup)):
        if calls:
            screen.line("")
            screen.line(("    ", "dim"), (title, "bold"))
            _calls(screen, calls)
    price = cost(plan)
    screen.line("")
    screen.line(f"On the local AWS: free. On AWS: {price}, at most {price.requests} requests ({prices.AS_OF}).")
    screen.next(f"labcli day {lab.id} run")


def _calls(screen: Screen, calls: tuple[Planned, ...]) -> None:
    for each in calls:
        times = "" if str(each.times) == "1 ×" else f"{each.times}  "
        params = json.dumps(each.call.params, ensure_ascii=False)
        screen.line("      ", (str(each.call), "cyan"), "  ", (times, "yellow"), cut(visible(params), 400))


def draw_policy(screen: Screen, plan: Plan, catalog: Catalog, region: str) -> None:
    """The least-privilege policy, ready to paste."""
    screen.write(json.dumps(policy(plan, catalog, region=region), indent=2) + "\n")


def write_plan(context: Context, plan: Plan, catalog: Catalog) -> None:
    """The plan as one document."""
    price = cost(plan)
    body = document(
        "plan", 0,
        lab={"id": plan.lab.id, "title": plan.lab.title, "file": plan.lab.file},
        steps=[
            {"number": step.number, "title": step.title, "calls": [_call(each) for each in calls]}
            for step, calls in plan.steps
        ],
        verify=[_call(each) for each in plan.verify],
        cleanup=[_call(each) for each in plan.cleanup],
        policy=policy(plan, catalog),
        cost={"requests_at_most": price.requests, "dollars_at_most": price.dollars, "prices_of": prices.AS_OF},
    )  # fmt: skip
    write(context, body)


def _call(each: Planned) -> dict[str, object]:
    times = each.times
    return {
        "service": each.call.service, "operation": each.call.operation, "params": each.call.params,
        "effect": each.effect.value, "least": times.least, "most": times.most, "until": times.until or None,
    }  # fmt: skip
