"""``labcli inspect NAME``: all about one live resource."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from labcli.cli.options import (
    OutputOption,
    ProfileOption,
    RegionOption,
    TargetOption,
    TargetOptions,
    output_format,
    target_options,
)
from labcli.errors import LabcliError, UsageError

if TYPE_CHECKING:
    from labcli.aws.targets import Session
    from labcli.run.inspect import Inspected
    from labcli.show.pictures.machine import MachinePicture

RunOption = Annotated[
    str,
    typer.Option(
        "--run", help="Of a state machine: this execution (name, ARN or last).", metavar="EXECUTION",
        show_default=False,
    ),
]  # fmt: skip
MermaidOption = Annotated[bool, typer.Option("--mermaid", help="Of a state machine: print a Mermaid diagram.")]
SvgOption = Annotated[
    str,
    typer.Option(
        "--svg", help="Of a state machine: write a picture (- for stdout).", metavar="FILE", show_default=False
    ),
]


def inspect(
    ctx: typer.Context,
    name: Annotated[
        str,
        typer.Argument(
            help="Its name in the lab (orders, mon.orders), its AWS name (aws:NAME), or its ARN.", metavar="NAME"
        ),
    ],
    target: TargetOption = None,
    profile: ProfileOption = None,
    region: RegionOption = None,
    output: OutputOption = "table",
    run: RunOption = "",
    mermaid: MermaidOption = False,
    svg: SvgOption = "",
) -> None:
    """All about one live resource.

    Its full name, URL, ARN, depth, attributes and tags, and the run that owns it. Of a state machine also its
    definition as a tree and its last executions; with --run one of them over time.
    """
    from labcli.cli.confirm import show_account
    from labcli.run.inspect import inspect as look
    from labcli.run.typed import inspect as command
    from labcli.show.inspect import draw_sheet, write_sheet

    options = target_options(ctx, target, profile, region)
    json = output_format(output) == "json"
    if mermaid + (svg == "-") + json > 1:
        raise UsageError("--mermaid, --svg - and --output json each want stdout", "Say one of them")
    session = options.open()
    show_account(options, session.target)
    found = look(options.context, session, name)
    if (run or mermaid or svg) and not found.sheet.definition:
        said = " and ".join(filter(None, ["--run" * bool(run), "--mermaid" * mermaid, "--svg" * bool(svg)]))
        raise UsageError(
            f"{said}: for state machines, and `{name}` is a {found.kind}", command(name, session.target.options)
        )
    machine = _picture(session, found, run) if found.sheet.definition else None
    if machine is not None and svg:
        _write(options, svg, machine.svg())
    if machine is not None and mermaid:
        options.screen.write(machine.mermaid())
    if json:
        write_sheet(options.context, found, machine)
    elif not mermaid and not svg:
        draw_sheet(options.screen, found, session.target.options, machine)


def _picture(session: Session, found: Inspected, run: str) -> MachinePicture:
    from labcli.run.inspect import of_machine
    from labcli.show.pictures.machine import MachinePicture

    executions, executed = of_machine(session, found, run)
    return MachinePicture(found.name, found.sheet.definition, executions, executed)


def _write(options: TargetOptions, file: str, text: str) -> None:
    """Write the picture where it was asked for; a file that is there is replaced, as by any ``-o``."""
    if file == "-":
        options.screen.write(text)
        return
    try:
        Path(file).write_text(text, encoding="utf-8", newline="\n")
    except (OSError, ValueError) as error:  # a name with a NUL in it is a ValueError
        why = error.strerror if isinstance(error, OSError) else error
        raise LabcliError(f"the picture cannot be written: {file}: {why}", "Name a file that you may write") from error
    options.screen.line(("✔ ", "good"), f"{file} is written", err=True)
