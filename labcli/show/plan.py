"""The plan on the screen: calls, or the IAM policy, or data."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from labcli.aws import prices
from labcli.context import Context
from labcli.lab.aws import Catalog
from labcli.lab.model import Planned
from labcli.lab.refs import untold
from labcli.run import typed
from labcli.run.plan.plan import Plan, cost
from labcli.run.plan.policy import policy
from labcli.run.removal.week import deletes_every
from labcli.run.typed import Given
from labcli.show.documents import document, write
from labcli.show.screen import Screen
from labcli.show.text import cells, cut_value, day_name, visible

LONGEST = 160
"""Characters of one parameter; the document (``--output json``) holds all of them."""


def draw_plan(screen: Screen, plan: Plan, given: Given = typed.NOTHING, options: str = "") -> None:
    """Every call with its parameters, step by step; what only a run can know stands as ``${…}``."""
    lab = plan.lab
    screen.line((f"{day_name(lab.id)} · the plan", "bold"), "   nothing is sent")
    if kinds := deletes_every(lab):
        screen.flow(f"It deletes also what the other days of the week left live: every {', '.join(kinds)}")
    for name, calls in plan.needed:
        screen.line("")
        screen.wrapped(f"needs {name}: its resources, where they are not live", 4, "bold", 2)
        _calls(screen, calls)
    for step, calls in plan.steps:
        screen.line("")
        screen.wrapped(f"{step.number:>2}  {untold(step.title)}", 0, "bold", 4)
        _calls(screen, calls)
        if not calls:
            screen.line("      no call")
    if plan.verify:
        screen.line("")
        screen.line(("    labcli verify", "bold"))
        _calls(screen, plan.verify)
    for names, alike in _alike(plan.cleanup, {*lab.resources, *lab.borrowed}):
        screen.line("")
        each = f" · for each of {', '.join(names)}" if len(names) > 1 else ""
        screen.wrapped(f"labcli cleanup{each}", 4, "bold", 2)
        _calls(screen, alike)
    price = cost(plan)
    screen.line("")
    screen.flow(f"Free on the local AWS. On AWS {price}: at most {price.requests} requests ({prices.AS_OF}).")
    screen.next(typed.run_day(typed.of_lab(lab, screen.context.env), given, "", options))


def _calls(screen: Screen, calls: tuple[Planned, ...]) -> None:
    for each in calls:
        times = "" if str(each.times) == "1 ×" else f"  {each.times}"
        params, behind = _params(each.call.params), ""
        if cells(f"      {each.call}{times}  {params}") <= screen.width:
            params, behind = "", params
        screen.styled([(str(each.call), "code"), (times, ""), (f"  {behind}" if behind else "", "")], 6, hang=4)
        if params:
            screen.wrapped(params, 10)


def _params(params: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={_value(value)}" for name, value in params.items())


def _value(value: Any) -> str:
    text = visible(value) if isinstance(value, str) else visible(json.dumps(value, ensure_ascii=False))
    return cut_value(text, LONGEST)


def _alike(calls: tuple[Planned, ...], resources: set[str]) -> list[tuple[list[str], tuple[Planned, ...]]]:
    """The calls by the resource that they are about, resources with the same calls together: a loop stays a loop."""
    runs: list[tuple[str, list[Planned]]] = []
    for each in calls:
        last = runs[-1][0] if runs else ""  # an execution is stopped for the machine whose calls these are
        name = next((name for name in _names(each) if name in resources), last)
        if not runs or runs[-1][0] != name:
            runs.append((name, []))
        runs[-1][1].append(each)
    found: list[tuple[list[str], tuple[Planned, ...], str]] = []
    for name, mine in runs:
        shape = json.dumps([[str(c.call), str(c.times), _params(c.call.params)] for c in mine])
        shape = shape.replace(f"${{{name}.", "${each.") if name else shape
        same = next((index for index, (_, _, known) in enumerate(found) if known == shape and name), None)
        if same is None:
            found.append(([name], tuple(mine), shape))
        else:
            found[same][0].append(name)
    return [(names, _renamed(mine, names)) for names, mine, _ in found]


def _names(each: Planned) -> list[str]:
    """What the references of a call may name: ``flow`` of ``${flow.arn}``, ``wed.flow`` of ``${wed.flow.arn}``."""
    paths = [path.split(".") for path in re.findall(r"\$\{([\w.]+)", json.dumps(each.call.params))]
    return [name for path in paths for name in (path[0], ".".join(path[:2]))]


def _renamed(calls: tuple[Planned, ...], names: list[str]) -> tuple[Planned, ...]:
    """For several resources, ``${orders.url}`` is ``${each.url}``."""
    if len(names) < 2:
        return calls
    text = [json.dumps(c.call.params).replace(f"${{{names[0]}.", "${each.") for c in calls]
    return tuple(
        c._replace(call=c.call._replace(params=json.loads(params))) for c, params in zip(calls, text, strict=True)
    )


def draw_policy(screen: Screen, plan: Plan, catalog: Catalog, region: str) -> None:
    """The least-privilege policy, ready to paste."""
    screen.write(json.dumps(policy(plan, catalog, region=region), indent=2) + "\n")


def write_plan(context: Context, plan: Plan, catalog: Catalog, region: str = "*") -> None:
    """The plan as one document."""
    price = cost(plan)
    body = document(
        "plan", 0,
        lab={"id": plan.lab.id, "title": plan.lab.title, "file": plan.lab.file},
        needed=[{"lab": name, "calls": [_call(each) for each in calls]} for name, calls in plan.needed],
        steps=[
            {"number": step.number, "title": untold(step.title), "calls": [_call(each) for each in calls]}
            for step, calls in plan.steps
        ],
        verify=[_call(each) for each in plan.verify],
        cleanup=[_call(each) for each in plan.cleanup],
        policy=policy(plan, catalog, region=region),
        cost={"requests_at_most": price.requests, "dollars_at_most": price.dollars, "prices_of": prices.AS_OF},
    )  # fmt: skip
    write(context, body)


def _call(each: Planned) -> dict[str, object]:
    times = each.times
    return {
        "service": each.call.service, "operation": each.call.operation, "params": each.call.params,
        "effect": each.effect.value, "least": times.least, "most": times.most, "until": times.until or None,
    }  # fmt: skip
