"""``labcli doctor``: what this machine has, and how to mend what it lacks."""

from __future__ import annotations

import typer

from labcli.cli.options import OutputOption, ProfileOption, RegionOption, TargetOption, asked, output_format


def doctor(
    ctx: typer.Context,
    target: TargetOption = None,
    profile: ProfileOption = None,
    region: RegionOption = None,
    output: OutputOption = "table",
) -> None:
    """Look at all that labcli stands on, and say how to mend it."""
    from labcli.run.doctor import examine
    from labcli.show.doctor import draw_findings, write_findings

    ask = asked(ctx, target, profile, region)
    findings = examine(ask.context, ask.name, ask.profile or "", ask.region or "")
    if output_format(output) == "json":
        write_findings(ask.context, findings)
    else:
        draw_findings(ask.screen, findings)
    raise typer.Exit(max(each.exit_code for each in findings))
