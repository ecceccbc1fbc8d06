"""``labcli inspect NAME``: all about one live resource."""

from __future__ import annotations

from typing import Annotated

import typer

from labcli.cli.confirm import show_account
from labcli.cli.options import OutputOption, ProfileOption, RegionOption, TargetOption, asked, output_format


def inspect(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(help="Its name in the lab (orders), or its AWS name.", metavar="NAME")],
    target: TargetOption = None,
    profile: ProfileOption = None,
    region: RegionOption = None,
    output: OutputOption = "table",
) -> None:
    """All about one live resource.

    Its full name, URL, ARN, depth, attributes and tags, and the run that owns it.
    """
    from labcli.run.inspect import inspect as look
    from labcli.show.inspect import draw_sheet, write_sheet

    ask = asked(ctx, target, profile, region)
    json = output_format(output) == "json"
    session = ask.open()
    show_account(ask, session.target)
    found = look(ask.context, session, name)
    if json:
        write_sheet(ask.context, found)
    else:
        draw_sheet(ask.screen, found, session.target.options)
