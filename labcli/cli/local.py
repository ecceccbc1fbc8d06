"""``labcli local start|stop|status|reset|env``: the embedded AWS."""

from __future__ import annotations

from typing import Annotated

import typer

from labcli.cli.options import OutputOption, asked, output_format
from labcli.errors import UsageError

local_commands = typer.Typer(rich_markup_mode=None, help="The AWS embedded in your machine.")
SHELLS = ("sh", "fish", "powershell")


@local_commands.callback()
def local_group() -> None:
    """The AWS embedded in your machine."""


@local_commands.command()
def start(ctx: typer.Context) -> None:
    """Start it; every command that needs it does so by itself."""
    from labcli.local import life

    ask = asked(ctx)
    ask.target = "local"
    session = ask.open()
    endpoint = life.find(ask.context.home)
    where = endpoint.url if endpoint is not None else session.target.words
    ask.screen.line(("✔ ", "green"), f"the local AWS answers at {where}")
    ask.screen.next('eval "$(labcli local env)"', "for the aws CLI and boto3")


@local_commands.command()
def stop(ctx: typer.Context) -> None:
    """Stop it; what is in it is saved."""
    from labcli.local import life
    from labcli.run.ledger.locks import refuse_while_busy

    ask = asked(ctx)
    context = ask.context
    refuse_while_busy(context, "local")
    stopped = life.stop(context.home, context.sleep, context.monotonic)
    ask.screen.line("Stopped; what is in it is saved." if stopped else "It was not running.")
    ask.screen.next("labcli", "the next command that needs it starts it again")


@local_commands.command()
def status(ctx: typer.Context, output: OutputOption = "table") -> None:
    """Whether it runs, where, and for whom. Starts nothing."""
    from labcli.local import life
    from labcli.show.local import draw_local, write_local

    ask = asked(ctx)
    found = life.find(ask.context.home)
    if output_format(output) == "json":
        write_local(ask.context, found)
    else:
        draw_local(ask.screen, found)


@local_commands.command()
def reset(ctx: typer.Context, yes: Annotated[bool, typer.Option("--yes", help="Ask nothing.")] = False) -> None:
    """Empty it: labs and your own resources alike. The keys and the port stay."""
    from labcli.local import life
    from labcli.run.ledger.locks import refuse_while_busy

    ask = asked(ctx)
    context = ask.context
    refuse_while_busy(context, "local")
    if not yes:
        if not context.may_ask:
            raise UsageError("`local reset` empties the local AWS, your own resources too", "Say --yes")
        from labcli.ask import yes_or_no

        if not yes_or_no("Everything in the local AWS goes, your own resources too. Go on?"):
            ask.screen.line("Nothing was done.")
            ask.screen.next("labcli status")
            return
    life.reset(context.home, context.sleep, context.monotonic)
    ask.screen.line("The local AWS is empty.")
    ask.target = "local"
    ask.open()
    ask.screen.next("labcli")


@local_commands.command()
def env(
    ctx: typer.Context,
    unset: Annotated[bool, typer.Option("--unset", help="Restore what stood before.")] = False,
    shell: Annotated[str, typer.Option("--shell", help="sh, fish or powershell.", metavar="SHELL")] = "sh",
) -> None:
    """Print exports for the aws CLI and boto3.

    Use it so: eval "$(labcli local env)"
    """
    from labcli.local import life
    from labcli.show.shell import exports, restores

    ask = asked(ctx)
    if shell not in SHELLS:
        raise UsageError(f"no shell `{shell}`", f"The shells: {', '.join(SHELLS)}")
    if unset:
        ask.screen.write(restores(shell, ask.context.env))
        return
    ask.target = "local"
    ask.open()
    ask.screen.write(exports(shell, life.keys(ask.context.home), ask.context.env))
