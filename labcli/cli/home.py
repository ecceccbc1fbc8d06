"""``labcli`` without a command: where you are, and the next command to type. It starts nothing."""

from __future__ import annotations

from labcli.cli.options import Ask
from labcli.errors import ExitCode


def home(ask: Ask) -> ExitCode:
    """The days, their state as recorded, minutes, and the next command."""
    from labcli.run.overview import overview
    from labcli.show.overview import draw_overview

    draw_overview(ask.screen, overview(ask.context), ask.context.clock())
    return ExitCode.OK
