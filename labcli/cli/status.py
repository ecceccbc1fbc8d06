"""``labcli status``: the runs and what is live, as the ledgers tell. It starts nothing."""

from __future__ import annotations

import typer

from labcli.cli.options import OutputOption, asked, output_format


def status(ctx: typer.Context, output: OutputOption = "table") -> None:
    """What is live, by run, as the ledgers tell. Starts nothing."""
    from labcli.run.ledger.runs import all_runs
    from labcli.show.status import draw_status, write_status

    ask = asked(ctx)
    runs = all_runs(ask.context)
    if output_format(output) == "json":
        write_status(ask.context, runs)
    else:
        draw_status(ask.screen, runs)
