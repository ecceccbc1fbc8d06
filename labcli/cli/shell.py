"""``labcli shell``: a shell, or one command, that talks to the embedded AWS."""

from __future__ import annotations

from typing import Annotated

import typer

from labcli.cli.options import target_options
from labcli.errors import UsageError


def shell(
    ctx: typer.Context,
    command: Annotated[
        list[str] | None, typer.Argument(help="One command, behind --, instead of a shell.", metavar="[-- COMMAND]...")
    ] = None,
) -> None:
    """Open a shell whose aws CLI and boto3 talk to the local AWS. `exit` leaves it.

    Your own credentials, profiles and endpoints cannot be seen inside. Your start-up files are read, never changed.

    labcli shell -- COMMAND runs one command in it, and ends with its exit code.
    """
    from labcli.local import life
    from labcli.local.subshell import enter
    from labcli.show.screen import is_terminal

    options = target_options(ctx)
    context = options.context
    if not command:
        if enter.is_inside(context.home, context.env):
            options.screen.line("This shell talks to the local AWS already. `exit` leaves it.")
            return
        if not (is_terminal(context.stdin) and is_terminal(context.stdout)):
            raise UsageError(
                "`labcli shell` opens a shell for a person: there is no terminal", "labcli shell -- COMMAND"
            )
    options.target = "local"
    options.open()
    keys = life.keys(context.home)
    if command:
        raise typer.Exit(enter.command(keys, context.home, context.env, command))
    options.screen.line(f"This shell talks to the local AWS, region {keys.region}. `exit` leaves it.", err=True)
    context.stderr.flush()
    raise typer.Exit(enter.shell(keys, context.home, context.env))
