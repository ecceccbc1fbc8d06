"""``labcli verify [DAY…]``: ask the live resources the lab's checks."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from labcli.cli.options import (
    OutputOption,
    ProfileOption,
    RegionOption,
    TargetOption,
    TargetOptions,
    catalog,
    output_format,
    target_options,
)

if TYPE_CHECKING:
    from labcli.lab.model import Lab


def verify(
    ctx: typer.Context,
    days: Annotated[
        list[str] | None, typer.Argument(help="The days to ask; all when none is named.", metavar="[DAY]...")
    ] = None,
    target: TargetOption = None,
    profile: ProfileOption = None,
    region: RegionOption = None,
    output: OutputOption = "table",
) -> None:
    """Ask the live resources whether the checks hold.

    Exit 0 only if something was asked and all of it held.
    """
    from labcli.cli.confirm import show_account
    from labcli.lab.check import checked
    from labcli.lab.problem import LabInvalid
    from labcli.run.ledger.runs import all_runs, of_lab
    from labcli.run.shelf import day_argument, only_file
    from labcli.run.typed import given_to
    from labcli.run.verify import CheckRow, Verified
    from labcli.run.verify import verify as ask_day
    from labcli.show.verify import draw_verified, write_verified
    from labcli.steps.language import LANGUAGE

    options = target_options(ctx, target, profile, region)
    json = output_format(output) == "json"
    models = catalog()
    labs: list[Lab] = []
    broken: list[CheckRow] = []
    for day in _days(options, days):
        try:
            labs.append(checked(_file(options, day), LANGUAGE, models))
        except LabInvalid as error:
            if days:
                raise
            broken.append(CheckRow(Path(day).stem, "its lab file", "error", reason=error.message))
    session = options.open()
    show_account(options, session.target)
    runs = all_runs(options.context)
    found = Verified(session.target.words, broken)
    for lab in labs:
        found.called[lab.id] = day_argument(lab.id, lab.file, options.context.env)
        run = of_lab(runs, lab.id, session.target.key, only_file(lab.id, lab.file, options.context.env))
        found.given[lab.id] = given_to(run)
        found.rows += ask_day(options.context, session, lab, run, models)
    if json:
        write_verified(options.context, found)
    else:
        draw_verified(options.screen, found, session.target.options)
    raise typer.Exit(found.exit_code)


def _file(options: TargetOptions, day: str) -> Path:
    """The lab file that a DAY means; a lab that was run by its path is known by its id too."""
    from labcli.errors import UsageError
    from labcli.run.ledger.runs import all_runs
    from labcli.run.shelf import find

    try:
        return find(day, options.context.env)
    except UsageError:
        ran = next((run for run in reversed(all_runs(options.context)) if run.lab == day), None)
        if ran is not None and ran.file is not None:
            return ran.file
        raise


def _days(options: TargetOptions, days: list[str] | None) -> list[str]:
    """The named days, or every lab on the shelf and every lab file that was run by its path."""
    from labcli.run.ledger.runs import all_runs
    from labcli.run.shelf import labs

    shelf = labs(options.context.env)
    if days:
        return days
    known = {lab.path.resolve() for lab in shelf}
    others: dict[Path, None] = {}
    for run in all_runs(options.context):
        if not run.unfinished or (run.file is not None and run.file.resolve() in known):
            continue
        if run.file is not None:
            others[run.file.resolve()] = None
        else:
            file = run.record.header.get("file", "unknown")
            options.screen.flow(
                f"{run.lab} is live, but its lab file is gone, and its checks with it: {file}", err=True
            )
    return [str(lab.path) for lab in shelf] + [str(file) for file in others]
