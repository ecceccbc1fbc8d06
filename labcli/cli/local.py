"""``labcli local start|stop|status|reset|env``: the embedded AWS."""

from __future__ import annotations

from typing import Annotated

import typer

from labcli.cli.options import OutputOption, output_format, target_options
from labcli.errors import UsageError
from labcli.local.awslike import seed
from labcli.local.shells import SHELLS, current

local_commands = typer.Typer(rich_markup_mode=None, help="The AWS embedded in your machine.")

AwsLikeOption = Annotated[
    str | None,
    typer.Option(
        "--aws-like", metavar="SEED",
        help="Behave as AWS may, drawn from this number: order, copies, late rights. What it shows is SIMULATED.",
    ),
]  # fmt: skip

_ENDED = {
    "none": "It was not running.",
    "saved": "Stopped; what is in it is saved.",
    "killed": "It did not answer, and was ended. What it had saved is there; the last seconds may be missing.",
}


@local_commands.callback()
def local_group() -> None:
    """The AWS embedded in your machine."""


@local_commands.command()
def start(ctx: typer.Context, aws_like: AwsLikeOption = None) -> None:
    """Start it; every command that needs it does so by itself. One that hangs is ended first."""
    from labcli.local import life

    options = target_options(ctx)
    options.target = "local"
    context = options.context
    wanted = None if aws_like is None else seed.seed(aws_like, "--aws-like")
    if wanted is not None:
        context.env = {**context.env, seed.VARIABLE: str(wanted)}
    life.ensure(context.home, context.sleep, context.monotonic, replace=True, aws_like=wanted)
    session = options.open()
    endpoint = life.find(context.home)
    where = endpoint.url if endpoint is not None else session.target.words
    mode = "" if context.aws_like is None else f", {seed.words(context.aws_like)}"
    options.screen.line(("✔ ", "good"), f"the local AWS answers at {where}{mode}")
    options.screen.next(current(context.env).enter(), "for the aws CLI and boto3")


@local_commands.command()
def stop(ctx: typer.Context) -> None:
    """Stop it; what is in it is saved."""
    from labcli.local import life
    from labcli.run.ledger.locks import refuse_while_busy

    options = target_options(ctx)
    context = options.context
    refuse_while_busy(context, "local")
    options.screen.line(_ENDED[str(life.stop(context.home, context.sleep, context.monotonic))])
    options.screen.next("labcli", "the next command that needs it starts it again")


@local_commands.command()
def status(ctx: typer.Context, output: OutputOption = "table") -> None:
    """Whether it runs, where, and for whom. Starts nothing."""
    from labcli.local import life
    from labcli.show.local import draw_local, write_local

    options = target_options(ctx)
    found = life.find(options.context.home)
    if output_format(output) == "json":
        write_local(options.context, found)
    else:
        draw_local(options.screen, found)


@local_commands.command()
def reset(ctx: typer.Context, yes: Annotated[bool, typer.Option("--yes", help="Ask nothing.")] = False) -> None:
    """Empty it: labs and your own resources alike. The keys and the port stay."""
    from labcli.local import life
    from labcli.run.ledger.locks import refuse_while_busy

    options = target_options(ctx)
    context = options.context
    refuse_while_busy(context, "local")
    if not yes:
        if not context.may_ask:
            raise UsageError("`local reset` empties the local AWS, your own resources too", "Say --yes")
        from labcli.ask import yes_or_no

        if not yes_or_no(options.screen, "Everything in the local AWS goes, your own resources too. Go on?"):
            options.screen.line("Nothing was done.")
            options.screen.next("labcli status")
            return
    life.reset(context.home, context.sleep, context.monotonic)
    options.screen.line("The local AWS is empty.")
    options.target = "local"
    options.open()
    options.screen.next("labcli")


@local_commands.command()
def env(
    ctx: typer.Context,
    unset: Annotated[bool, typer.Option("--unset", help="Restore what stood before.")] = False,
    shell: Annotated[
        str | None,
        typer.Option("--shell", help="sh, fish, powershell or cmd; else the one that is there.", metavar="SHELL"),
    ] = None,
) -> None:
    """Print what points a shell's aws CLI and boto3 at it.

    sh: eval "$(labcli local env)"

    fish: labcli local env | source

    PowerShell: labcli local env | Out-String | Invoke-Expression

    cmd: for /f "delims=" %i in ('labcli local env') do @%i
    """
    from labcli.local import life
    from labcli.show.shell import exports, restores

    options = target_options(ctx)
    if shell and shell not in SHELLS:
        raise UsageError(f"no shell `{shell}`", f"The shells: {', '.join(SHELLS)}")
    if not shell:
        found = current(options.context.env)
        shell, others = found.name, ", ".join(each for each in SHELLS if each != found.name)
        options.screen.line(f"For {shell}: {found.why}. For another: --shell {others}.", err=True)
    if unset:
        options.screen.write(restores(shell, options.context.env))
        return
    options.target = "local"
    options.open()
    options.screen.write(exports(shell, life.keys(options.context.home), options.context.env))
