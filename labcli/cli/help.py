"""``labcli help [COMMAND]...``: what ``--help`` prints, for those who ask for it in words."""

from __future__ import annotations

from typing import Annotated

import typer

from labcli.cli.options import target_options


def help_of(
    ctx: typer.Context,
    words: Annotated[
        list[str] | None, typer.Argument(help="The command: day mon run, for one.", metavar="[COMMAND]...")
    ] = None,
) -> None:
    """The help of labcli, or of a command."""
    from labcli.cli.main import run

    raise typer.Exit(run([*(words or []), "--help"], target_options(ctx).context))
