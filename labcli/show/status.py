"""``labcli status``: the runs as the ledgers tell."""

from __future__ import annotations

import time

from labcli.context import Context
from labcli.run.runs import Run
from labcli.show.documents import document, write
from labcli.show.screen import Screen


def draw_status(screen: Screen, runs: list[Run]) -> None:
    """Every run that left something, and the last one of each day."""
    shown = [run for run in runs if run.live or run is _last(runs, run)]
    if not shown:
        screen.line("No lab was run yet.")
        screen.next("labcli day mon run")
        return
    screen.table(("day", "run", "target", "started", "ended", "live"), [_row(run) for run in shown], 1)
    screen.line("")
    screen.line(("as recorded; nothing was asked", "dim"))
    live = [run for run in shown if run.live]
    if live:
        screen.next(f"labcli verify {live[-1].lab}", "take everything away: labcli cleanup --all")
    else:
        screen.next("labcli")


def _last(runs: list[Run], of: Run) -> Run:
    return next(run for run in reversed(runs) if run.lab == of.lab and run.target == of.target)


def _row(run: Run) -> tuple[str, ...]:
    started = time.strftime("%d %b %H:%M", time.localtime(run.started))
    ended = "lost" if run.lost else str(run.end.get("state") or "did not end")
    if run.resources and not run.unfinished and not run.lost:
        ended += ", taken away"
    return run.lab, run.id, run.target, started, ended, ", ".join(each.key for each in run.live) or "nothing"


def write_status(context: Context, runs: list[Run]) -> None:
    """All runs as one document."""
    body = document(
        "status", 0,
        runs=[
            {
                "lab": run.lab, "run": run.id, "target": run.target, "started": run.started,
                "state": run.end.get("state"), "stopped_at": run.end.get("stopped_at") or None, "lost": run.lost,
                "resources": [
                    {"name": each.key, "kind": each.kind, "aws_name": each.name, "state": each.state.value}
                    for each in run.resources.values()
                ],
            }
            for run in runs
        ],
    )  # fmt: skip
    write(context, body)
