"""The command line: parse, build the context, call one use case, render its result, exit.

Every way out of the program is here, mapped to an exit code once.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Annotated, Any

import typer

from labcli import __version__
from labcli.cli.cleanup import cleanup
from labcli.cli.day import days
from labcli.cli.doctor import doctor
from labcli.cli.home import home
from labcli.cli.inspect import inspect
from labcli.cli.lab import lab_commands
from labcli.cli.local import local_commands
from labcli.cli.options import Ask, ProfileOption, RegionOption, TargetOption
from labcli.cli.status import status
from labcli.cli.verify import verify
from labcli.context import Context
from labcli.errors import ExitCode, LabcliError

if TYPE_CHECKING:
    from pathlib import Path

# one of typer's own classes, found through a public one: typer carries its own copy of the library it is made of
_ClickException: Any = next(each for each in typer.BadParameter.__mro__ if each.__name__ == "ClickException")

app = typer.Typer(
    name="labcli", rich_markup_mode=None, add_completion=False, pretty_exceptions_enable=False,
    invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]},
    help="AWS labs in your terminal, on an AWS embedded in your own machine.",
)  # fmt: skip


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"labcli {__version__}")
        raise typer.Exit


@app.callback()
def root(
    ctx: typer.Context,
    target: TargetOption = None,
    profile: ProfileOption = None,
    region: RegionOption = None,
    version: Annotated[
        bool, typer.Option("--version", help="Say the version.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    """AWS labs in your terminal, on an AWS embedded in your own machine.

    Without a command: where you are, and the next command to type.
    """
    ctx.obj = Ask(ctx.obj, target, profile, region)
    if ctx.invoked_subcommand is None:
        raise typer.Exit(home(ctx.obj))


app.add_typer(days, name="day")
app.command()(verify)
app.command()(cleanup)
app.command()(status)
app.command()(inspect)
app.command()(doctor)
app.add_typer(local_commands, name="local")
app.add_typer(lab_commands, name="lab")


def run(arguments: Sequence[str], context: Context) -> int:
    """Run one command and return its exit code; nothing is raised."""
    command = typer.main.get_command(app)
    try:
        result = command.main(list(arguments), prog_name="labcli", standalone_mode=False, obj=context)
    except KeyboardInterrupt:
        _say(context, "Interrupted. What is live: labcli status · take it away: labcli cleanup --all")
        return ExitCode.INTERRUPTED
    except typer.Abort:
        _say(context, "Interrupted.")
        return ExitCode.INTERRUPTED
    except LabcliError as error:
        return _expected(context, arguments, error)
    except _ClickException as error:
        return _usage(context, arguments, error)
    except BrokenPipeError:
        return ExitCode.OK
    except Exception as error:  # noqa: BLE001 - a bug in labcli gets one line and a log file, never a traceback
        return _bug(context, arguments, error)
    finally:
        _flush(context)
    return int(result or 0)


def _wants_json(arguments: Sequence[str]) -> bool:
    return "--output=json" in arguments or any(one == "--output" and two == "json" for one, two in pairwise(arguments))


def _expected(context: Context, arguments: Sequence[str], error: LabcliError) -> int:
    if _wants_json(arguments):
        from labcli.show.documents import error_document, write

        write(context, error_document(error))
    else:
        from labcli.show.screen import Screen

        Screen(context).error(error)
    return int(error.exit_code)


def _usage(context: Context, arguments: Sequence[str], error: Any) -> int:
    ctx = getattr(error, "ctx", None)
    usage = f"{ctx.command_path} --help" if ctx is not None else "labcli --help"
    said = LabcliError(str(error.format_message()).replace("\n", " "), f"See: {usage}", ExitCode.USAGE)
    return _expected(context, arguments, said)


def _bug(context: Context, arguments: Sequence[str], error: Exception) -> int:
    log = _log(context, error)
    said = LabcliError(
        f"a bug in labcli ({type(error).__name__}); nothing of the ledgers is lost",
        f"The details are in {log}" if log else "",
        ExitCode.BUG,
    )
    return _expected(context, arguments, said)


def _log(context: Context, error: Exception) -> Path | None:
    import traceback

    path = context.home / "logs" / f"bug-{int(context.clock())}.log"
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.write_text("".join(traceback.format_exception(error)), encoding="utf-8")
    except OSError:
        return None
    return path


def _say(context: Context, text: str) -> None:
    from labcli.show.screen import Screen

    Screen(context).line(text, err=True)


def _flush(context: Context) -> None:
    for stream in (context.stdout, context.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):  # the reader has gone
            continue


def main() -> None:
    """The ``labcli`` command."""
    sys.exit(run(sys.argv[1:], Context()))


if __name__ == "__main__":
    main()
