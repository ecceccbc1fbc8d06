"""The question before a real account is touched: what it is, what is done, what it costs; its id is typed.

All of it goes to stderr: stdout is for results.
"""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from labcli.cli.options import Ask
from labcli.errors import TargetError, UsageError
from labcli.show.text import plural, visible

if TYPE_CHECKING:
    from labcli.aws.targets import Target
    from labcli.lab.language import Catalog
    from labcli.run.plan import Plan


def confirm_run(ask: Ask, target: Target, plan: Plan, catalog: Catalog, yes: bool, account: str | None) -> None:
    """Before a run: account, alias, region, actions and price, then the typed account id. Local asks nothing."""
    if target.name == "local":
        return
    from labcli.run.plan import cost, policy
    from labcli.run.runs import all_runs, of_lab
    from labcli.run.shelf import word

    show_account(ask, target)
    actions = sorted({action for each in policy(plan, catalog)["Statement"] for action in each["Action"]})
    for line in textwrap.wrap(f"It calls {', '.join(actions)}", ask.screen.width - 2):
        ask.screen.line(f"  {line}", err=True)
    price = cost(plan)
    ask.screen.line(f"  It costs {price}: at most {plural(price.requests, 'request')}", err=True)
    ask.screen.line(f"  What it makes is tagged labcli:owner={target.owner}", err=True)
    earlier = of_lab(all_runs(ask.context), plan.lab.id, target.key)
    if earlier is not None and earlier.unfinished:
        first = plural(len(earlier.unfinished), "resource")
        ask.screen.line(f"  First the earlier run is taken away: {first}", err=True)
    named = word(plan.lab.id, plan.lab.file, ask.context.env)
    _confirm(ask, target, yes, account, f"labcli day {named} run")


def confirm_cleanup(ask: Ask, target: Target, yes: bool, account: str | None, command: str = "labcli cleanup") -> None:
    """Before a cleanup on a real account. ``command`` is what was typed, for the line that says how to go on."""
    if target.name == "local":
        return
    show_account(ask, target)
    ask.screen.line("  It deletes what labcli made there for you, and nothing else", err=True)
    _confirm(ask, target, yes, account, command)


def show_account(ask: Ask, target: Target) -> None:
    """Which account a command acts on or reads; nothing for the local AWS."""
    if target.name == "local":
        return
    alias = f" {target.alias}" if target.alias else ""
    if target.alias_unread:
        alias = f" (its alias cannot be read: {target.alias_unread})"
    ask.screen.line(("AWS account ", "bold"), (target.place.account, "bold"), visible(alias), err=True)
    ask.screen.line(f"  region {target.place.region} · you are {visible(target.caller)}", err=True)


def _confirm(ask: Ask, target: Target, yes: bool, account: str | None, command: str) -> None:
    wanted = target.place.account
    if account is not None and account != wanted:
        raise TargetError(f"these credentials are for account {wanted}, not {account}: nothing was done")
    if yes and account == wanted:
        return
    if not ask.context.may_ask:
        raise UsageError(
            "a real account is confirmed at a terminal", f"Or say: {command}{target.options} --yes --account {wanted}"
        )
    from labcli.ask import type_it

    typed = type_it(f"Type the account id to go on ({wanted[:4]}…)")
    if typed.strip() != wanted:
        raise TargetError("that is not the account id: nothing was done")
