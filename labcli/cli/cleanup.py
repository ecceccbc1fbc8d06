"""``labcli cleanup [DAY…] [--all]``: take it away, with a receipt."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from labcli.cli.options import (
    AccountOption,
    OutputOption,
    ProfileOption,
    RegionOption,
    TargetOption,
    YesOption,
    output_format,
    target_options,
)

if TYPE_CHECKING:
    from labcli.context import Context


def cleanup(
    ctx: typer.Context,
    days: Annotated[list[str] | None, typer.Argument(help="Only these days.", metavar="[DAY]...")] = None,
    everything: Annotated[bool, typer.Option("--all", help="All that is yours on this target, by tag too.")] = False,
    mine: Annotated[bool, typer.Option("--mine", help="Also what you made for the tasks by hand.")] = False,
    dry: Annotated[bool, typer.Option("--dry-run", help="Only say what would be taken away.")] = False,
    yes: YesOption = False,
    account: AccountOption = None,
    target: TargetOption = None,
    profile: ProfileOption = None,
    region: RegionOption = None,
    output: OutputOption = "table",
) -> None:
    """Take away what labcli made, and prove it.

    It deletes, reads back until it is gone, and prints the receipt. With a day goes what uses it, and what was made for
    it only. Exit 4 when something is left.
    """
    from labcli.cli.confirm import confirm_cleanup, show_account
    from labcli.errors import ExitCode, LabcliError, UsageError
    from labcli.run.account import refuse_switched_account
    from labcli.run.overview import live_now
    from labcli.run.removal.cleanup import Cleanup
    from labcli.run.typed import cleanup as command
    from labcli.show.receipt import age, draw_receipt, write_receipt

    options = target_options(ctx, target, profile, region)
    json = output_format(output) == "json"
    if days and everything:
        raise UsageError("--all means every day", "Name days, or say --all")
    files = _meant(days or [], options.context)
    session = options.open()
    refuse_switched_account(options.context, session.target)
    typed = command(["--all"] if everything else days or [])
    if dry:
        show_account(options, session.target)
    else:
        confirm_cleanup(options, session.target, yes, account, typed)

    def may_sweep(rows: list[Any]) -> bool:
        if session.target.name == "local":
            return True
        for row in rows:
            options.screen.line(f"No ledger knows {row.name} ({row.kind}, {age(row.age)})", err=True)
        if yes:
            return True
        from labcli.ask import yes_or_no

        return yes_or_no(options.screen, f"Their tags say that they are yours. Take these {len(rows)} away too?")

    def say(line: str) -> None:
        options.screen.flow(line, err=True)

    try:
        receipt = Cleanup(options.context, session, tuple(files), files, everything, dry, may_sweep, mine, say).go()
    except KeyboardInterrupt:
        go_on = f"{live_now(options.context)} · go on: {typed}{session.target.options}"
        raise LabcliError("interrupted", go_on, ExitCode.INTERRUPTED) from None
    if json:
        write_receipt(options.context, receipt)
    else:
        draw_receipt(options.screen, receipt, typed)
    raise typer.Exit(receipt.exit_code)


def _meant(days: list[str], context: Context) -> dict[str, Path | None]:
    """The labs that the DAYs mean, by their ids; with the file where a DAY names one. The lab file is never read."""
    from labcli.errors import UsageError
    from labcli.rules.near import nearest
    from labcli.run.ledger.runs import all_runs
    from labcli.run.shelf import find
    from labcli.run.shelf import labs as on_shelf

    runs, shelf = all_runs(context), [lab.id for lab in on_shelf(context.env)]
    began = {run.made_for for run in runs if run.made_for}  # a day for which something was made, before it began
    known = {run.lab for run in runs} | began | set(shelf)
    meant: dict[str, Path | None] = {}
    for day in days:
        if day in known and shelf.count(day) < 2:
            meant[day] = None
            continue
        if "/" not in day and not day.endswith((".yaml", ".yml")) and day not in shelf:
            raise UsageError(f"no day `{day}`{nearest(day, known)}", f"The days: {', '.join(sorted(known)) or 'none'}")
        path = find(day, context.env).absolute()
        ran = next((run.lab for run in reversed(runs) if str(path) == run.record.header.get("file")), path.stem)
        if ran not in known:
            raise UsageError(f"no day `{ran}`{nearest(ran, known)}", f"The days: {', '.join(sorted(known)) or 'none'}")
        meant[ran] = path
    return meant
