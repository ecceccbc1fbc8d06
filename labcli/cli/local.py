"""``labcli local start|stop|status|reset|env|trail``: the embedded AWS."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from labcli.cli.options import OutputOption, catalog, output_format, target_options
from labcli.errors import UsageError
from labcli.local.awslike import seed
from labcli.local.shells import SHELLS, current

if TYPE_CHECKING:
    from labcli.aws.trail import TrailCall
    from labcli.cli.options import TargetOptions

TRAIL_READERS = ("calls", "policy")
LAST = 10
"""Earlier calls that ``trail -f`` begins with."""
WAIT = 3600.0
"""Seconds of one wait for a call; then the next one begins."""

local_commands = typer.Typer(rich_markup_mode=None, help="The AWS embedded in your machine.")

AwsLikeOption = Annotated[
    str | None,
    typer.Option(
        "--aws-like", metavar="SEED",
        help="Behave as AWS may at worst, drawn from this number.",
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
    """Print what points a shell's aws CLI and boto3 at it. `labcli shell` opens a shell that is.

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


@local_commands.command()
def trail(
    ctx: typer.Context,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on with each new call until Ctrl-C.")] = False,
    reader: Annotated[str, typer.Option("--as", help="calls, or policy: the IAM policy.", metavar="READER")] = "calls",
    output: OutputOption = "table",
) -> None:
    """The calls made to it from outside.

    Those of the aws CLI, boto3 and the console; labcli's own are not there. With -f, --output json is one call a line.
    """
    from labcli.aws.trail import read_trail
    from labcli.show.trail import draw_trail, write_trail

    options = target_options(ctx)
    output_format(output)
    if reader not in TRAIL_READERS:
        raise UsageError(f"a trail cannot be read as `{reader}`", f"It can be read as: {', '.join(TRAIL_READERS)}")
    if follow and reader == "policy":
        raise UsageError("a policy is of the calls that were made, and -f waits for more", "Leave -f out")
    options.target = "local"
    options.open()
    calls = read_trail(options.context)
    if follow:
        _follow(options, calls, output)
    elif reader == "policy":
        _print_policy(options, calls)
    elif output == "json":
        write_trail(options.context, calls)
    else:
        draw_trail(options.screen, calls)


def _follow(options: TargetOptions, calls: list[TrailCall], output: str) -> None:
    """The last calls, then each that comes, until Ctrl-C or until nobody reads any more."""
    from labcli.aws.trail import read_trail
    from labcli.show.trail import draw_call, write_call

    screen = options.screen
    after = calls[-1].number if calls else 0
    shown = calls[-LAST:]
    if output == "table" and options.context.may_ask:
        screen.line("The calls to the local AWS, as they come; Ctrl-C ends this.", err=True)
    try:
        while True:
            for call in shown:
                draw_call(screen, call) if output == "table" else write_call(screen, call)
                after = call.number
            if screen.unread:
                return
            shown = read_trail(options.context, after, WAIT)
    except KeyboardInterrupt:  # that is how it ends
        return


def _print_policy(options: TargetOptions, calls: list[TrailCall]) -> None:
    import json

    from labcli.run.plan.least import calls_without_rights, least_policy

    found = least_policy(calls, catalog())
    if not found["Statement"]:
        raise UsageError("no call was made that needs a right", "Make some first: labcli local trail shows them")
    options.screen.write(json.dumps(found, indent=2) + "\n")
    if unknown := calls_without_rights(calls, catalog()):
        said = "1 call is" if unknown == 1 else f"{unknown} calls are"
        options.screen.line(f"{said} not in it: no model of AWS knows what was asked for.", err=True)
