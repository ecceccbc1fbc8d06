"""``labcli status``: the runs and what is live, as the ledgers tell. It starts nothing."""

from __future__ import annotations

import typer

from labcli.cli.options import OutputOption, output_format, target_options


def status(ctx: typer.Context, output: OutputOption = "table") -> None:
    """What is live, by run, as the ledgers tell. Starts nothing."""
    from labcli.local.awslike.running_as import seed_of
    from labcli.run.ledger.runs import all_runs
    from labcli.run.shelf import labs
    from labcli.show.status import draw_status, write_status

    options = target_options(ctx)
    options.context.aws_like = seed_of(options.context.home)
    labs(options.context.env)  # a wrong LABCLI_LABS is said first
    runs = all_runs(options.context)
    if output_format(output) == "json":
        write_status(options.context, runs)
    else:
        draw_status(options.screen, runs)
