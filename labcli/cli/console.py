"""``labcli console``: the embedded AWS in a browser."""

from __future__ import annotations

from typing import Annotated

import typer

from labcli.cli.options import target_options


def console(
    ctx: typer.Context,
    open_: Annotated[bool, typer.Option("--open/--no-open", help="Open it in your browser too.")] = True,
) -> None:
    """Look at the local AWS, and work on it, in your browser. Ctrl-C ends it.

    It is StackPort, an extra: labcli[console]. The address that is printed opens once, on this machine only.
    """
    import webbrowser

    from labcli.local.console import launch

    launch.refuse_without()
    options = target_options(ctx)
    options.target = "local"
    options.open()
    home = options.context.home
    try:
        with launch.console(home) as (address, process):
            options.screen.line(address)
            options.screen.line("It opens once. Ctrl-C, or labcli local stop, ends the console.", err=True)
            options.context.stdout.flush()
            if open_ and not webbrowser.open_new_tab(address):
                options.screen.line("No browser was found here: open the address yourself.", err=True)
            launch.stay(home, process, options.context.sleep)
    except KeyboardInterrupt:
        options.screen.line("The console has ended; the local AWS goes on.", err=True)
    else:
        options.screen.line("The local AWS has stopped, and so has the console.", err=True)
