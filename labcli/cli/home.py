"""``labcli`` without a command: where you are, and the next command to type. It starts nothing."""

from __future__ import annotations

from labcli.cli.options import TargetOptions
from labcli.errors import ExitCode


def home(options: TargetOptions) -> ExitCode:
    """The days, their state as recorded, minutes, and the next command."""
    from labcli.local.awslike.running_as import seed_of
    from labcli.run.overview import overview
    from labcli.show.overview import draw_overview

    options.context.aws_like = seed_of(options.context.home)
    draw_overview(options.screen, overview(options.context), options.context.clock())
    return ExitCode.OK
