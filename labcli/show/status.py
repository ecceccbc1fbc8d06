"""``labcli status``: the runs as the ledgers tell."""

from __future__ import annotations

from labcli.context import Context
from labcli.run import typed
from labcli.run.ledger.locks import busy
from labcli.run.ledger.runs import Run
from labcli.run.overview import ended, overview
from labcli.run.shelf import day_argument
from labcli.show.documents import document, write
from labcli.show.overview import AS_RECORDED
from labcli.show.screen import Screen
from labcli.show.text import moment


def draw_status(screen: Screen, runs: list[Run]) -> None:
    """Every run that left something, and the last one of each day."""
    shown = [run for run in runs if run.live or run.kept or run is _last(runs, run)]
    if not shown:
        screen.line("No lab was run yet.")
        screen.next(overview(screen.context).next)
        return
    now = screen.context.clock()
    screen.table(
        ("day", "run", "target", "started", "steps", "live"), [_row(screen.context, run, now) for run in shown], 1
    )
    screen.line("")
    screen.flow(AS_RECORDED.format(moment(now, now)))
    live = [run for run in shown if run.live]
    if live and live[-1].state == "passed":
        last = live[-1]
        name = day_argument(last.lab, str(last.file or ""), screen.context.env)
        take = typed.cleanup(["--all"], last.options)
        screen.next(typed.verify([name], last.options), f"take everything away: {take}")
    else:
        screen.next(overview(screen.context).next)


def _last(runs: list[Run], of: Run) -> Run:
    return next(run for run in reversed(runs) if run.lab == of.lab and run.target == of.target)


def _row(context: Context, run: Run, now: float) -> tuple[str, ...]:
    running = not run.state and busy(context, run.target, run.lab)
    said = "lost by the local AWS" if run.lost else f"running now (process {running})" if running else ended(run)
    gone = bool(run.resources) and not run.unfinished and not run.lost
    live = ", ".join(each.key for each in run.live) or ("taken away" if gone else "nothing")
    if gone and run.taken_away:
        live = f"taken away at {moment(run.taken_away, now)}"
    if run.kept:
        kept = f"{', '.join(each.key for each in run.kept)} kept: not ours by their tags"
        live = kept if live == "nothing" else f"{live}; {kept}"
    return run.lab, run.id, run.target or "?", moment(run.started, now), said, live


def write_status(context: Context, runs: list[Run]) -> None:
    """All runs as one document."""
    body = document(
        "status", 0,
        runs=[
            {
                "lab": run.lab, "run": run.id, "target": run.target, "started": run.started,
                "state": run.state or None, "stopped_at": run.end.get("stopped_at") or None, "lost": run.lost,
                "resources": [
                    {"name": each.key, "kind": each.kind, "aws_name": each.name, "state": each.state.value}
                    for each in run.resources.values()
                ],
            }
            for run in runs
        ],
    )  # fmt: skip
    write(context, body)
