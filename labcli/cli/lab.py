"""``labcli lab new|check|test|schema``: for authors."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from labcli.cli.options import catalog, target_options
from labcli.errors import ExitCode

if TYPE_CHECKING:
    from labcli.context import Context
    from labcli.lab.model import Lab
    from labcli.run.by_hand.proving import Proved

lab_commands = typer.Typer(rich_markup_mode=None, help="For lab authors.")


@lab_commands.callback()
def lab_group() -> None:
    """For lab authors."""


@lab_commands.command()
def new(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(help="Up to 16 small letters and digits: its id.", metavar="NAME")],
    folder: Annotated[Path, typer.Option("--folder", help="Where to write it.", metavar="FOLDER")] = Path(),
) -> None:
    """Write a small lab to begin with, NAME.yaml.

    It has steps, a check, a question and two tasks, with comments, and holds as it is. A file that is there is left.
    """
    from labcli.lab.new import new_lab
    from labcli.show.text import visible

    screen = target_options(ctx).screen
    path = new_lab(name, folder)
    screen.line(("✔ ", "good"), f"{visible(str(path))}: a lab to begin with")
    screen.next(f"labcli lab check {path}", f"then: labcli lab test {path}")


@lab_commands.command()
def schema(ctx: typer.Context) -> None:
    """Print a JSON Schema of the lab language, for editors.

    Labs that `lab check` lets pass are valid. It knows keys and sorts of values; `lab check` knows the rest.
    """
    import json

    from labcli.lab.schema import schema as language_schema
    from labcli.steps.language import LANGUAGE

    stdout = target_options(ctx).screen.context.stdout
    stdout.write(json.dumps(language_schema(LANGUAGE), indent=1) + "\n")


@lab_commands.command()
def check(
    ctx: typer.Context,
    files: Annotated[list[Path], typer.Argument(help="Lab files, or folders of them.", metavar="FILE|FOLDER...")],
) -> None:
    """Find every mistake in lab files, without AWS.

    Each with file:line:column, what it is, and the nearest right name. Of a folder, every lab (*.yaml) in it.
    """
    from labcli.errors import LabcliError
    from labcli.lab.check import checked
    from labcli.run.shelf import day_argument, labs
    from labcli.show.text import plural, visible
    from labcli.steps.language import LANGUAGE

    screen = target_options(ctx).screen
    labs(screen.context.env)  # a wrong LABCLI_LABS is said first
    models = catalog()
    worst, lab = ExitCode.OK, None
    for file in _files(files):
        try:
            lab = checked(file, LANGUAGE, models, author=True)
        except LabcliError as error:
            screen.error(error)
            worst = max(worst, error.exit_code)
            continue
        counted = ((lab.steps, "step"), (lab.checks, "check"), (lab.resources, "resource"))
        said = ", ".join(plural(len(things), word) for things, word in counted)
        screen.line(("✔ ", "good"), f"{visible(str(file))}: {said}")
    if worst is ExitCode.OK and lab is not None:
        screen.next(f"labcli day {day_argument(lab.id, lab.file, screen.context.env)} run")
    raise typer.Exit(worst)


@lab_commands.command()
def test(
    ctx: typer.Context,
    files: Annotated[list[Path], typer.Argument(help="Lab files, or folders of them.", metavar="FILE|FOLDER...")],
    output: Annotated[str, typer.Option("--output", help="table, json or junit.", metavar="FORMAT")] = "table",
) -> None:
    """Steps, checks and tasks prove that they hold, and leave nothing.

    In a local AWS of its own, which is taken away again. A task must not hold before its solution, must hold after it,
    and nothing may be left.
    """
    from labcli.errors import UsageError
    from labcli.lab.check import checked
    from labcli.show.junit import write_junit
    from labcli.show.proving import draw_end, draw_proved, proved_case, write_proved
    from labcli.steps.language import LANGUAGE

    if output not in ("table", "json", "junit"):
        raise UsageError(f"there is no output `{output}`", "It can be: table, json, junit")
    screen = target_options(ctx).screen
    models = catalog()
    labs = [checked(file, LANGUAGE, models, author=True) for file in _files(files)]
    found: list[Proved] = []
    for lab in labs:
        found += _proved(screen.context, lab, lambda each: draw_proved(screen, each) if output == "table" else None)
    if output == "table":
        draw_end(screen, found, " ".join(str(file) for file in files))
    elif output == "json":
        write_proved(screen.context, found)
    else:
        write_junit(screen.context, "labcli lab test", [proved_case(each) for each in found])
    raise typer.Exit(int(ExitCode.FAILED if any(each.why for each in found) else ExitCode.OK))


def _proved(context: Context, lab: Lab, tell: Callable[[Proved], None]) -> list[Proved]:
    """Prove a lab in an AWS of its own, which ends with it."""
    from tempfile import TemporaryDirectory

    from labcli.aws.targets import open_local
    from labcli.local import life
    from labcli.run.by_hand.proving import Proving, apart

    with TemporaryDirectory(prefix="labcli-", ignore_cleanup_errors=True) as home:
        own = apart(context, home)
        try:
            return Proving(own, open_local(own), lab, catalog(), tell).go()
        finally:
            life.stop(own.home, own.sleep, own.monotonic)


def _files(named: list[Path]) -> list[Path]:
    """The named files, and the labs of the named folders. A folder without one is left for the reader to refuse."""
    return [file for each in named for file in _labs_in(each) or [each]]


def _labs_in(path: Path) -> list[Path]:
    from labcli.run.shelf import lab_files

    try:
        return lab_files(path) if path.is_dir() else []
    except OSError:  # no file can be called so: the reader says it
        return []
