"""``labcli doctor``: what this machine has, and how to mend what it lacks."""

from __future__ import annotations

import typer

from labcli.cli.options import OutputOption, ProfileOption, RegionOption, TargetOption, output_format, target_options


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

    options = target_options(ctx, target, profile, region)
    findings = examine(options.context, options.name, options.profile or "", options.region or "")
    if output_format(output) == "json":
        write_findings(options.context, findings)
    else:
        draw_findings(options.screen, findings)
    raise typer.Exit(max(each.exit_code for each in findings))
