"""``labcli inspect NAME``: all about one live resource."""

from __future__ import annotations

from typing import Annotated

import typer

from labcli.cli.options import OutputOption, ProfileOption, RegionOption, TargetOption, asked, output_format


def inspect(
    ctx: typer.Context,
    name: Annotated[
        str, typer.Argument(help="A resource by its name in the lab (orders) or its AWS name.", metavar="NAME")
    ],
    target: TargetOption = None,
    profile: ProfileOption = None,
    region: RegionOption = None,
    output: OutputOption = "table",
) -> None:
    """The full name, URL, ARN, attributes and depth of a live resource, and the run that owns it."""
    from labcli.run.inspect import inspect as look
    from labcli.show.inspect import draw_sheet, write_sheet

    ask = asked(ctx, target, profile, region)
    json = output_format(output) == "json"
    session = ask.open()
    found = look(ask.context, session, name)
    if json:
        write_sheet(ask.context, found)
    else:
        draw_sheet(ask.screen, found)
