"""The question before a real account is touched: what it is, what is done, what it costs; its id is typed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labcli.cli.options import Ask
from labcli.errors import ExitCode, LabcliError, TargetError, UsageError
from labcli.show.text import visible

if TYPE_CHECKING:
    from labcli.aws.targets import Target
    from labcli.lab.language import Catalog
    from labcli.run.plan import Plan


def confirm_run(ask: Ask, target: Target, plan: Plan, catalog: Catalog, yes: bool, account: str | None) -> None:
    """Before a run: account, alias, region, actions and price, then the typed account id. Local asks nothing."""
    if target.name == "local":
        return
    from labcli.run.plan import cost, policy

    actions = sorted({a for s in policy(plan, catalog)["Statement"] for a in s["Action"]})
    price = cost(plan)
    _show(ask, target)
    ask.screen.wrapped(f"It calls: {', '.join(actions)}", 2)
    ask.screen.line(
        f"  It costs {price} (at most {price.requests} requests); everything is tagged labcli:owner={target.owner}"
    )
    _confirm(ask, target, yes, account, f"labcli day {plan.lab.id} run")


def confirm_cleanup(ask: Ask, target: Target, yes: bool, account: str | None) -> None:
    """Before a cleanup on a real account."""
    if target.name == "local":
        return
    _show(ask, target)
    _confirm(ask, target, yes, account, "labcli cleanup")


def _show(ask: Ask, target: Target) -> None:
    ask.screen.line(
        ("AWS account ", "bold"), (target.place.account, "bold"), f" {target.alias}" if target.alias else ""
    )
    ask.screen.line(f"  region {target.place.region} · you are {visible(target.caller)}")


def _confirm(ask: Ask, target: Target, yes: bool, account: str | None, command: str) -> None:
    wanted = target.place.account
    if account is not None and account != wanted:
        raise TargetError(f"these credentials are for account {wanted}, not {account}", "Nothing was called there")
    if yes and account == wanted:
        return
    if not ask.context.may_ask:
        raise UsageError(
            "a real account is confirmed at a terminal", f"Or say: {command}{target.options} --yes --account {wanted}"
        )
    from labcli.ask import type_it

    typed = type_it(f"Type the account id to go on ({wanted[:4]}…)")
    if typed.strip() != wanted:
        raise LabcliError("that is not the account id: nothing was done", exit_code=ExitCode.TARGET)
