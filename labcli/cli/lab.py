"""``labcli lab check FILE|FOLDER…``: for authors."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from labcli.cli.options import catalog, target_options
from labcli.errors import ExitCode

lab_commands = typer.Typer(rich_markup_mode=None, help="For lab authors.")


@lab_commands.callback()
def lab_group() -> None:
    """For lab authors."""


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


def _files(named: list[Path]) -> list[Path]:
    """The named files, and the labs of the named folders. A folder without one is left for the reader to refuse."""
    return [file for each in named for file in _labs_in(each) or [each]]


def _labs_in(path: Path) -> list[Path]:
    from labcli.run.shelf import lab_files

    try:
        return lab_files(path) if path.is_dir() else []
    except OSError:  # no file can be called so: the reader says it
        return []
