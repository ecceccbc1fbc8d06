"""``labcli verify [DAY…]``: ask the live resources the lab's checks."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from labcli.cli.options import (
    ProfileOption,
    RegionOption,
    TargetOption,
    TargetOptions,
    catalog,
    target_options,
)

if TYPE_CHECKING:
    from labcli.aws.targets import Session
    from labcli.errors import ExitCode
    from labcli.lab.model import Lab
    from labcli.run.verify import CheckRow
    from labcli.show.junit import Case


def verify(
    ctx: typer.Context,
    days: Annotated[
        list[str] | None, typer.Argument(help="The days to ask; all when none is named.", metavar="[DAY]...")
    ] = None,
    tasks: Annotated[bool, typer.Option("--tasks", help="The tasks by hand, instead of the checks.")] = False,
    target: TargetOption = None,
    profile: ProfileOption = None,
    region: RegionOption = None,
    output: Annotated[str, typer.Option("--output", help="table, json or junit.", metavar="FORMAT")] = "table",
) -> None:
    """Ask the live resources whether the checks hold; with --tasks, what the learner did by hand.

    Exit 0 only if something was asked and all of it held.
    """
    from labcli.cli.confirm import show_account
    from labcli.errors import UsageError
    from labcli.lab.check import checked
    from labcli.lab.problem import LabInvalid
    from labcli.run.ledger.runs import all_runs, of_lab
    from labcli.run.shelf import day_argument, only_file
    from labcli.run.typed import given_to
    from labcli.run.verify import CheckRow, Verified
    from labcli.run.verify import verify as ask_day
    from labcli.show.junit import write_junit
    from labcli.show.verify import draw_verified, write_verified
    from labcli.steps.language import LANGUAGE

    options = target_options(ctx, target, profile, region)
    if output not in ("table", "json", "junit"):
        raise UsageError(f"there is no output `{output}`", "It can be: table, json, junit")
    models = catalog()
    labs: list[Lab] = []
    broken: list[CheckRow] = []
    for day in _days(options, days):
        try:
            labs.append(checked(_file(options, day), LANGUAGE, models))
        except LabInvalid as error:
            if days:
                raise
            broken.append(CheckRow(Path(day).stem, "its lab file", "error", reason=error.message))
    session = options.open()
    show_account(options, session.target)
    if tasks:
        raise typer.Exit(_tasks(options, session, labs, output))
    runs = all_runs(options.context)
    found = Verified(session.target.words, broken)
    for lab in labs:
        found.called[lab.id] = day_argument(lab.id, lab.file, options.context.env)
        run = of_lab(runs, lab.id, session.target.key, only_file(lab.id, lab.file, options.context.env))
        found.given[lab.id] = given_to(run)
        found.rows += ask_day(options.context, session, lab, run, models)
    if output == "json":
        write_verified(options.context, found)
    elif output == "junit":
        write_junit(options.context, "labcli verify", [_case(row) for row in found.rows])
    else:
        draw_verified(options.screen, found, session.target.options)
    raise typer.Exit(found.exit_code)


def _case(row: CheckRow) -> Case:
    """A check for JUnit: what was not asked is skipped."""
    from labcli.show.junit import Case

    wrong = row.reason or "it does not hold" if row.state in ("not", "error") else ""
    return Case(row.day, row.title or row.day, wrong, "" if row.state in ("held", "not", "error") else row.state)


def _tasks(options: TargetOptions, session: Session, labs: list[Lab], output: str) -> ExitCode:
    """The tasks of these days. Exit 0 when all of them are done."""
    from labcli.errors import ExitCode
    from labcli.run.by_hand.asked import ask_tasks
    from labcli.show.asked import draw_asked, task_case, write_asked
    from labcli.show.junit import write_junit

    found = [each for lab in labs for each in ask_tasks(options.context, session, lab, catalog())]
    code = ExitCode.OK if found and all(each.state == "done" for each in found) else ExitCode.FAILED
    if output == "json":
        write_asked(options.context, found, code)
    elif output == "junit":
        write_junit(options.context, "labcli verify --tasks", [task_case(each) for each in found])
    else:
        draw_asked(options.screen, found, session.target.words, session.target.options)
    return code


def _file(options: TargetOptions, day: str) -> Path:
    """The lab file that a DAY means; a lab that was run by its path is known by its id too."""
    from labcli.errors import UsageError
    from labcli.run.ledger.runs import all_runs
    from labcli.run.shelf import find

    try:
        return find(day, options.context.env)
    except UsageError:
        ran = next((run for run in reversed(all_runs(options.context)) if run.lab == day), None)
        if ran is not None and ran.file is not None:
            return ran.file
        raise


def _days(options: TargetOptions, days: list[str] | None) -> list[str]:
    """The named days, or every lab on the shelf and every lab file that was run by its path."""
    from labcli.run.ledger.runs import all_runs
    from labcli.run.shelf import labs

    shelf = labs(options.context.env)
    if days:
        return days
    known = {lab.path.resolve() for lab in shelf}
    others: dict[Path, None] = {}
    for run in all_runs(options.context):
        if not run.unfinished or (run.file is not None and run.file.resolve() in known):
            continue
        if run.file is not None:
            others[run.file.resolve()] = None
        else:
            file = run.record.header.get("file", "unknown")
            options.screen.flow(
                f"{run.lab} is live, but its lab file is gone, and its checks with it: {file}", err=True
            )
    return [str(lab.path) for lab in shelf] + [str(file) for file in others]
