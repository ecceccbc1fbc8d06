"""``labcli verify [DAY…]``: ask the live resources the lab's checks."""

from __future__ import annotations

from typing import Annotated

import typer

from labcli.cli.options import (
    Ask,
    OutputOption,
    ProfileOption,
    RegionOption,
    TargetOption,
    asked,
    catalog,
    output_format,
)


def verify(
    ctx: typer.Context,
    days: Annotated[
        list[str] | None, typer.Argument(help="The days to ask; all when none is named.", metavar="DAY")
    ] = None,
    target: TargetOption = None,
    profile: ProfileOption = None,
    region: RegionOption = None,
    output: OutputOption = "table",
) -> None:
    """Ask the live resources: day, check, expected, seen. Exit 0 only if something was asked and all of it held."""
    from labcli.lab.check import checked
    from labcli.run.runs import all_runs, of_lab
    from labcli.run.shelf import find
    from labcli.run.verify import Verified
    from labcli.run.verify import verify as ask_day
    from labcli.show.verify import draw_verified, write_verified
    from labcli.steps import LANGUAGE

    ask = asked(ctx, target, profile, region)
    json = output_format(output) == "json"
    models = catalog()
    labs = [checked(find(day, ask.context.env), LANGUAGE, models) for day in _days(ask, days)]
    session = ask.open()
    runs = all_runs(ask.context)
    found = Verified(session.target.words)
    for lab in labs:
        run = of_lab(runs, lab.id, session.target.key)
        found.rows += ask_day(ask.context, session, lab, run, models)
    if json:
        write_verified(ask.context, found)
    else:
        draw_verified(ask.screen, found, session.target.options)
    raise typer.Exit(found.exit_code)


def _days(ask: Ask, days: list[str] | None) -> list[str]:
    """The named days, or every lab on the shelf and every lab file that was run by its path."""
    if days:
        return days
    from labcli.run.runs import all_runs
    from labcli.run.shelf import labs

    shelf = labs(ask.context.env)
    known = {str(lab.path.resolve()) for lab in shelf}
    ran = {str(run.record.header.get("file", "")) for run in all_runs(ask.context) if run.unfinished}
    from pathlib import Path

    others = [file for file in sorted(ran) if file and Path(file).is_file() and str(Path(file).resolve()) not in known]
    return [str(lab.path) for lab in shelf] + [str(Path(file).resolve()) for file in others]
