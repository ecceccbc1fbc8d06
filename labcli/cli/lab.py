"""``labcli lab check FILE…``: for authors."""

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
    ctx: typer.Context, files: Annotated[list[Path], typer.Argument(help="Lab files.", metavar="FILE...")]
) -> None:
    """Find every mistake in lab files, without AWS.

    Each with file:line:column, what it is, and the nearest right name.
    """
    from labcli.errors import LabcliError
    from labcli.lab.check import checked
    from labcli.run.shelf import day_argument
    from labcli.show.text import plural, visible
    from labcli.steps.language import LANGUAGE

    screen = target_options(ctx).screen
    models = catalog()
    worst, lab = ExitCode.OK, None
    for file in files:
        try:
            lab = checked(file, LANGUAGE, models)
        except LabcliError as error:
            screen.error(error)
            worst = max(worst, error.exit_code)
            continue
        counted = ((lab.steps, "step"), (lab.checks, "check"), (lab.resources, "resource"))
        said = ", ".join(plural(len(things), word) for things, word in counted)
        screen.line(("✔ ", "green"), f"{visible(str(file))}: {said}")
    if worst is ExitCode.OK and lab is not None:
        screen.next(f"labcli day {day_argument(lab.id, lab.file, screen.context.env)} run")
    raise typer.Exit(worst)
