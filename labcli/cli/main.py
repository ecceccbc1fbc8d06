"""The command line: parse, build the context, call one use case, render its result, exit.

Every way out of the program is here, mapped to an exit code once.
"""

from __future__ import annotations

import errno
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from labcli import __version__
from labcli.byword import ByWord
from labcli.cli.options import ProfileOption, RegionOption, TargetOption, TargetOptions
from labcli.cli.variables import in_front, refuse_nothing, with_values, with_variables
from labcli.context import Context
from labcli.errors import ExitCode, LabcliError, reader_gone

# one of typer's own classes, found through a public one: typer carries its own copy of the library it is made of
_ClickException: Any = next(each for each in typer.BadParameter.__mro__ if each.__name__ == "ClickException")


class _Commands(TyperGroup):
    """The commands, in the order in which a learner meets them; each is imported and built when first asked for."""

    def list_commands(self, ctx: Any) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in COMMANDS:
            return None
        found = COMMANDS[cmd_name]
        if isinstance(found, typer.Typer):
            group = typer.main.get_group(found)
            group.name = cmd_name
            return with_variables(group)
        return with_variables(self._alone(cmd_name, found))

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """What each is for. None is built with its options: that takes as long as all the rest of the help."""
        found = {name: COMMANDS[name] for name in self.list_commands(ctx)}
        said = {name: each.info.help if isinstance(each, typer.Typer) else each.__doc__ for name, each in found.items()}
        with formatter.section("Commands"):
            formatter.write_dl([(name, str(words).partition("\n")[0]) for name, words in said.items()])

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        if args and args[0] not in COMMANDS:
            from labcli.cli.day import of_a_day
            from labcli.cli.meant import meant

            known: Any = ctx.find_root().obj  # a Context until the options in front of the command are read
            near = meant(args, COMMANDS, of_a_day(), getattr(known, "context", known).env)
            ctx.fail(f"No such command '{args[0]}'." + (f" Did you mean '{near}'?" if near else ""))
        return super().resolve_command(ctx, args)

    @staticmethod
    def _alone(cmd_name: str, found: Callable[..., None]) -> Any:
        alone = typer.Typer(rich_markup_mode=None, add_completion=False)
        alone.command(cmd_name)(found)
        return typer.main.get_command(alone)


COMMANDS: Mapping[str, Any] = ByWord(
    "labcli.cli",
    {
        "day": ("day", "days"),
        "verify": ("verify", "verify"),
        "cleanup": ("cleanup", "cleanup"),
        "status": ("status", "status"),
        "inspect": ("inspect", "inspect"),
        "doctor": ("doctor", "doctor"),
        "local": ("local", "local_commands"),
        "shell": ("shell", "shell"),
        "console": ("console", "console"),
        "lab": ("lab", "lab_commands"),
        "help": ("help", "help_of"),
    },
    as_is=True,
)
"""A group of commands, or the function of one."""

app = typer.Typer(
    name="labcli", cls=_Commands, rich_markup_mode=None, add_completion=False, pretty_exceptions_enable=False,
    invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]},
    help="AWS labs in your terminal, on an AWS embedded in your own machine.",
)  # fmt: skip


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"labcli {__version__}")
        raise typer.Exit


def _plain(ctx: typer.Context, wanted: bool) -> bool:
    if wanted:
        context: Any = ctx.obj
        context.plain = True
    return wanted


@app.callback()
def root(
    ctx: typer.Context,
    target: TargetOption = None,
    profile: ProfileOption = None,
    region: RegionOption = None,
    plain: Annotated[
        bool,
        typer.Option("--plain", help="Words and lines, for a screen reader.", callback=_plain, is_eager=True),
    ] = False,
    version: Annotated[
        bool, typer.Option("--version", "-V", help="Say the version.", callback=_version, is_eager=True)
    ] = False,
    install: Annotated[
        str, typer.Option("--install-completion", help="Teach your shell to complete labcli.", metavar="[SHELL]")
    ] = "",
    show: Annotated[
        str, typer.Option("--show-completion", help="Print what it would be taught.", metavar="[SHELL]")
    ] = "",
) -> None:
    """AWS labs in your terminal, on an AWS embedded in your own machine.

    Without a command: where you are, and the next command to type.
    """
    ctx.obj = TargetOptions(ctx.obj, target, profile, region)
    if install or show:
        from labcli.cli.completion import complete_shell

        complete_shell(ctx.obj, install or show, bool(install))
        raise typer.Exit
    if ctx.invoked_subcommand is None:
        from labcli.cli.home import home

        raise typer.Exit(home(ctx.obj))


def run(arguments: Sequence[str], context: Context) -> int:
    """Run one command and return its exit code; nothing is raised."""
    command = with_variables(typer.main.get_command(app), shared=True)
    arguments = in_front(with_values(arguments))
    try:
        refuse_nothing(arguments)
        code = _invoke(command, arguments, context)
        return int(ExitCode.FAILED) if context.output_lost and code == ExitCode.OK else code
    except (KeyboardInterrupt, EOFError, typer.Abort):
        from labcli.run.overview import live_now

        said = f"{live_now(context)} · take it away: labcli cleanup --all"
        return _expected(context, arguments, LabcliError("interrupted", said, ExitCode.INTERRUPTED))
    except LabcliError as error:
        return _expected(context, arguments, error)
    except _ClickException as error:
        return _usage(context, arguments, error)
    except OSError as error:
        if reader_gone(error):
            return ExitCode.OK
        known = _disk(error)
        return _expected(context, arguments, known) if known is not None else _bug(context, arguments, error)
    except Exception as error:  # noqa: BLE001 - a bug in labcli gets one line and a log file, never a traceback
        return _bug(context, arguments, error)
    finally:
        _flush(context)


def _disk(error: OSError) -> LabcliError | None:
    """What a disk that is full or may not be written means for a person; None for any other error."""
    if error.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", None)):
        said = f"the disk is full: {error.filename or 'the output cannot be written'}"
        return LabcliError(said, "Make room, then: labcli status")
    if error.errno in (errno.EROFS, errno.EACCES, errno.EPERM) and error.filename:
        said = f"{error.strerror}: {error.filename}"
        return LabcliError(said, "Mend its rights, or set LABCLI_HOME to a folder of yours")
    return None


def _invoke(command: Any, arguments: Sequence[str], context: Context) -> int:
    """Run the command. Typer's own ``main`` would answer an interrupt and a closed pipe itself, and say nothing."""
    try:
        with command.make_context("labcli", list(arguments), obj=context) as opened:
            command.invoke(opened)
    except typer.Exit as done:
        return int(done.exit_code)
    return int(ExitCode.OK)


def _wants_json(arguments: Sequence[str], context: Context) -> bool:
    said = [two for one, two in pairwise(arguments) if one == "--output"]
    said += [each.partition("=")[2] for each in arguments if each.startswith("--output=")]
    return "json" in (said or [context.env.get("LABCLI_OUTPUT", "")])


def _expected(context: Context, arguments: Sequence[str], error: LabcliError) -> int:
    if _wants_json(arguments, context):
        from labcli.show.documents import error_document, write

        write(context, error_document(error))
    else:
        from labcli.show.screen import Screen

        Screen(context).error(error)
    return int(error.exit_code)


def _usage(context: Context, arguments: Sequence[str], error: Any) -> int:
    ctx = getattr(error, "ctx", None)
    usage = f"{ctx.command_path} --help" if ctx is not None else "labcli --help"
    message = str(error.format_message()).replace("\n", " ")
    near = getattr(error, "possibilities", None)
    if near:  # the option is misspelt: one way to say it everywhere
        message = f"no option `{error.option_name}`; did you mean {' or '.join(f'`{each}`' for each in near)}?"
    return _expected(context, arguments, LabcliError(message, f"See: {usage}", ExitCode.USAGE))


def _bug(context: Context, arguments: Sequence[str], error: Exception) -> int:
    log = _log(context, error)
    said = LabcliError(
        f"a bug in labcli ({type(error).__name__}); nothing of the ledgers is lost",
        f"The details are in {log}" if log else "",
        ExitCode.BUG,
    )
    return _expected(context, arguments, said)


def _log(context: Context, error: Exception) -> Path | None:
    import tempfile
    import traceback

    text = "".join(traceback.format_exception(error)).encode(errors="backslashreplace")
    try:
        folder = context.home / "logs"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, path = tempfile.mkstemp(".log", "bug-", folder)
        with os.fdopen(handle, "wb") as log:
            log.write(text)
    except Exception:  # noqa: BLE001 - what broke the command may break this too, the clock or the disk
        return None
    return Path(path)


def _flush(context: Context) -> None:
    for stream in (context.stdout, context.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):  # the reader has gone
            from labcli.show.screen import silence

            silence(stream)


def _three_streams() -> None:
    """Stdin, stdout and stderr exist: what the shell closed (``>&-``) leads nowhere, and never into a ledger."""
    for name, mode, flag in (("stdin", "r", os.O_RDONLY), ("stdout", "w", os.O_WRONLY), ("stderr", "w", os.O_WRONLY)):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(os.open(os.devnull, flag), mode, encoding="utf-8", closefd=False))


def _as_interrupt(number: int, frame: object) -> None:
    """A polite kill ends a run as Ctrl-C does: the ledger gets its end, and what is live is said."""
    raise KeyboardInterrupt


def main() -> None:
    """The ``labcli`` command."""
    _three_streams()
    for name in ("SIGTERM", "SIGHUP", "SIGBREAK"):  # SIGHUP, on Windows SIGBREAK: the terminal was closed
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, _as_interrupt)
    sys.exit(run(sys.argv[1:], Context()))


if __name__ == "__main__":
    main()
