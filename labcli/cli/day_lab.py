"""The lab that the DAY before a command means."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labcli.cli.options import catalog, own_sources

if TYPE_CHECKING:
    from pathlib import Path

    import typer

    from labcli.cli.options import TargetOptions
    from labcli.lab.model import Lab


def lab_file(ctx: typer.Context, options: TargetOptions) -> Path:
    """Its file. UsageError when none or several are meant."""
    from labcli.run.shelf import find

    inside = ctx.parent is not None and not getattr(ctx.parent.command, "names_days", False)
    command = ctx.parent.command if inside and ctx.parent is not None else ctx.command
    return find(command.name or "", options.context.env)


def checked_lab(ctx: typer.Context, options: TargetOptions, sources: list[str]) -> Lab:
    """It, read and checked. LabInvalid with every problem."""
    from labcli.lab.check import checked
    from labcli.steps.language import LANGUAGE

    return checked(lab_file(ctx, options), LANGUAGE, catalog(), own_sources(sources))
