"""The question before a real account is touched: what it is, what is done, what it costs; its id is typed.

All of it goes to stderr: stdout is for results.
"""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from labcli.cli.options import TargetOptions
from labcli.errors import TargetError, UsageError
from labcli.show.text import plural, visible

if TYPE_CHECKING:
    from labcli.aws.targets import Target
    from labcli.lab.aws import Catalog
    from labcli.lab.model import Lab
    from labcli.run.plan.plan import Plan
    from labcli.run.typed import Given


def confirm_run(
    options: TargetOptions, target: Target, plan: Plan, catalog: Catalog, yes: bool, account: str | None, given: Given,
    from_step: str = "",
) -> None:  # fmt: skip
    """Before a run: account, alias, region, actions and price, then the typed account id. Local asks nothing."""
    if target.name == "local":
        return
    from labcli.aws.services import SERVICES
    from labcli.run.ledger.runs import all_runs, of_lab
    from labcli.run.plan.plan import cost
    from labcli.run.plan.policy import actions_of, passed_to
    from labcli.run.removal.week import also_deletes
    from labcli.run.typed import of_lab as named
    from labcli.run.typed import run_day

    show_account(options, target)
    actions = actions_of(plan, catalog)
    _say(options, f"It uses {_listed([each.called for each in SERVICES.values() if _about(actions, each.actions)])}:")
    for service in SERVICES.values():
        if mine := _about(actions, service.actions):
            _say(options, ", ".join(mine), 4)
    for line in _taken_along(plan, passed_to(actions)):
        _say(options, line)
    _say(options, f"It costs {cost(plan)}, should all be repeated as often as the plan allows")
    _say(options, f"What it makes is tagged labcli:owner={target.owner}")
    if also := also_deletes(options.context, target, plan.lab):
        _say(options, also)
    earlier = of_lab(all_runs(options.context), plan.lab.id, target.key)
    if earlier is not None and earlier.unfinished:
        first = plural(len(earlier.unfinished), "resource")
        _say(options, f"First the earlier run is taken away: {first}")
    command = run_day(named(plan.lab, options.context.env), given, from_step)
    _confirm(options, target, yes, account, command)


def _say(options: TargetOptions, text: str, indent: int = 2) -> None:
    """Text for stderr, broken between words so that it fits the terminal."""
    for line in textwrap.wrap(visible(text), options.screen.width - indent, break_on_hyphens=False):
        options.screen.line(" " * indent + line, err=True)


def _about(actions: set[str], service: str) -> list[str]:
    return sorted(each for each in actions if each.startswith(f"{service}:"))


def _listed(words: list[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def _taken_along(plan: Plan, services: list[str]) -> list[str]:
    """What else goes to the account than calls: code that will run there, and roles that services assume."""
    resources = [*plan.lab.resources.values(), *(s for lab in plan.lab.needed.values() for s in lab.resources.values())]
    functions = [each for each in resources if each.kind == "function"]
    roles = [each for each in resources if each.kind == "role"]
    said = []
    if functions:
        files = [f"{each.name} ({each.props.source.name})" for each in functions if each.props.source is not None]
        said.append(f"The code of {plural(len(functions), 'function')} is uploaded and run there: {', '.join(files)}")
    if roles:
        made = f"{plural(len(roles), 'role')} {'are' if len(roles) > 1 else 'is'} created"
        said.append(f"{made} and given to {_listed(services)} (iam:PassRole)")
    return said


def confirm_cleanup(
    options: TargetOptions, target: Target, yes: bool, account: str | None, command: str = "labcli cleanup"
) -> None:
    """Before a cleanup on a real account. ``command`` is what was typed, for the line that says how to go on."""
    if target.name == "local":
        return
    show_account(options, target)
    options.screen.line("  It deletes what labcli made there for you, and nothing else", err=True)
    _confirm(options, target, yes, account, command)


def confirm_tasks(
    options: TargetOptions, target: Target, lab: Lab, yes: bool, account: str | None, command: str
) -> None:
    """Before the first task of a day on a real account, for all of them; and before a solution is performed there."""
    if target.name == "local":
        return
    makes = [spec for task in lab.tasks for spec in task.resources.values() if not spec.of]
    show_account(options, target)
    _say(options, f"For its {plural(len(lab.tasks), 'task')} {lab.id} makes {plural(len(makes), 'resource')} there, as")
    _say(options, "each is opened, sends messages to them, and tries what you make: that is the proof of a task")
    _say(options, f"What it makes is tagged labcli:owner={target.owner}; labcli cleanup {lab.id} takes it away")
    _confirm(options, target, yes, account, command)


def show_account(options: TargetOptions, target: Target) -> None:
    """Which account a command acts on or reads; nothing for the local AWS."""
    if target.name == "local":
        return
    alias = f" {target.alias}" if target.alias else ""
    if target.alias_unread:
        alias = f" (its alias cannot be read: {target.alias_unread})"
    options.screen.line(("AWS account ", "bold"), (target.place.account, "bold"), visible(alias), err=True)
    options.screen.line(f"  region {target.place.region} · you are {visible(target.caller)}", err=True)


def _confirm(options: TargetOptions, target: Target, yes: bool, account: str | None, command: str) -> None:
    wanted = target.place.account
    if account is not None and account != wanted:
        raise TargetError(f"these credentials are for account {wanted}, not {account}: nothing was done")
    if yes and account == wanted:
        return
    if not options.context.may_ask:
        raise UsageError(
            "a real account is confirmed at a terminal", f"Or say: {command}{target.options} --yes --account {wanted}"
        )
    from labcli.ask import type_it
    from labcli.show.keyboard import Keyboard

    Keyboard(options.context).forget()  # what was typed before it could be known what is asked
    typed = type_it(options.screen, f"Type the account id to go on ({wanted[:4]}…)")
    if typed.strip() != wanted:
        raise TargetError("that is not the account id: nothing was done")
