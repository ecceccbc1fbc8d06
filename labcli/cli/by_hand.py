"""``labcli day DAY try|hint``: tasks that the learner does by hand."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated

import typer

from labcli.cli.day_lab import checked_lab
from labcli.cli.options import (
    AccountOption,
    OutputOption,
    ProfileOption,
    RegionOption,
    TargetOption,
    YesOption,
    catalog,
    output_format,
    target_options,
)
from labcli.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from labcli.aws.targets import Session
    from labcli.cli.options import TargetOptions
    from labcli.lab.model import Lab
    from labcli.run.by_hand.attempt import Attempt

TaskArgument = Annotated[
    str, typer.Argument(help="The task, by its id or number; else the first that is not done.", metavar="[TASK]")
]


def attempt(
    ctx: typer.Context,
    task: TaskArgument = "",
    again: Annotated[
        str, typer.Option("--again", help="Make this task's scene afresh, then look.", metavar="TASK")
    ] = "",
    watch: Annotated[bool, typer.Option("--watch", help="Stay, and look again at each call that you make.")] = False,
    yes: YesOption = False,
    account: AccountOption = None,
    target: TargetOption = None,
    profile: ProfileOption = None,
    region: RegionOption = None,
    output: OutputOption = "table",
) -> None:
    """Tasks by hand: what to build, and what is wrong with it now.

    The first time, the scene of the task is set. Exit 0 when the task that was looked at is done.
    """
    from labcli.run.by_hand.attempt import attempt as look
    from labcli.show.tasks import draw_attempt, write_attempt

    options = target_options(ctx, target, profile, region)
    json = output_format(output) == "json"
    if task and again and task != again:
        raise UsageError(f"--again {again} looks at that task, not at {task}", f"labcli day DAY try --again {again}")
    if watch and (json or not options.context.may_ask):
        raise UsageError("--watch needs a person at a terminal", "Leave --watch out")
    models = catalog()
    lab = _lab(ctx, options)
    session = options.open()
    _consent(options, session, lab, yes, account, "try")
    if watch:
        raise typer.Exit(int(_watch(options, session, lab, task or again, again)))
    found = look(options.context, session, lab, models, task or again, bool(again))
    if json:
        write_attempt(options.context, found)
    else:
        draw_attempt(options.screen, found)
    done = found.verdict is None or found.verdict.done
    raise typer.Exit(int(ExitCode.OK if done else ExitCode.FAILED))


def _watch(options: TargetOptions, session: Session, lab: Lab, task: str, again: str) -> ExitCode:
    """Watch until the learner leaves."""
    from labcli.run.by_hand.attempt import attempt as look
    from labcli.run.by_hand.attempt import hinted
    from labcli.run.by_hand.solving import solution
    from labcli.show.watch import Page
    from labcli.watch import Watch

    context, models = options.context, catalog()
    local = session.target.name == "local"

    def find(wanted: str, prove: bool) -> Attempt:
        return look(context, session, lab, models, wanted, prove=prove)

    def one_hint(wanted: str) -> str:
        found = hinted(context, session, lab, models, wanted)
        return f"**Hint {found.level} of {len(found.task.hints)}:** {found.text}"

    def the_solution(wanted: str) -> str:
        found = solution(context, session, lab, models, wanted, "powershell" if os.name == "nt" else "cli")
        return f"**One way to do it:**\n\n{found.text}"

    if again:
        look(context, session, lab, models, again, True, prove=False)
    page = Page(options.screen, not context.words_only, task, sees_calls=local)
    return Watch(context, page, find, one_hint, the_solution, local).go()


def hint(
    ctx: typer.Context,
    task: TaskArgument = "",
    yes: YesOption = False,
    account: AccountOption = None,
    target: TargetOption = None,
    profile: ProfileOption = None,
    region: RegionOption = None,
) -> None:
    """The next hint for a task; each says more than the one before."""
    from labcli.run.by_hand.attempt import hinted
    from labcli.run.shelf import day_argument
    from labcli.show.tasks import draw_hint

    options = target_options(ctx, target, profile, region)
    models = catalog()
    lab = _lab(ctx, options)
    session = options.open()
    _consent(options, session, lab, yes, account, "hint")
    called = day_argument(lab.id, lab.file, options.context.env)
    draw_hint(options.screen, hinted(options.context, session, lab, models, task), called, session.target.options)


def solve(
    ctx: typer.Context,
    task: Annotated[str, typer.Argument(help="The task, by its id or number.", metavar="TASK")],
    language: Annotated[
        str | None, typer.Option("--as", help="cli (bash), powershell or boto3.", metavar="LANGUAGE")
    ] = None,
    do: Annotated[bool, typer.Option("--do", help="Do it, instead of saying how.")] = False,
    yes: YesOption = False,
    account: AccountOption = None,
    target: TargetOption = None,
    profile: ProfileOption = None,
    region: RegionOption = None,
) -> None:
    """One way to do a task, as commands to copy.

    With --do it is done. It is remembered that the solution was looked at.
    """
    from labcli.run.by_hand.solving import check_language, do_it, solution
    from labcli.run.shelf import day_argument
    from labcli.show.tasks import draw_solution

    options = target_options(ctx, target, profile, region)
    word = language or ("powershell" if os.name == "nt" else "cli")
    check_language(word)
    models = catalog()
    lab = _lab(ctx, options)
    session = options.open()
    _consent(options, session, lab, yes, account, f"solve {task}{' --do' if do else ''}", always=do)
    called = day_argument(lab.id, lab.file, options.context.env)
    if do:
        done = do_it(options.context, session, lab, models, task)
        options.screen.flow(("✔ ", "good"), f"{done.id}: its solution was performed")
        options.screen.next(f"labcli day {called} try {done.id}{session.target.options}")
    else:
        found = solution(options.context, session, lab, models, task, word)
        draw_solution(options.screen, found, called, session.target.options)


def _consent(
    options: TargetOptions, session: Session, lab: Lab, yes: bool, account: str | None, words: str, always: bool = False
) -> None:
    """On a real account: ask before the first task of the day."""
    if session.target.name == "local":
        return
    from labcli.cli.confirm import confirm_tasks
    from labcli.run.by_hand.scene import hand_run
    from labcli.run.shelf import day_argument

    if always or hand_run(options.context, session, lab) is None:
        day = day_argument(lab.id, lab.file, options.context.env)
        confirm_tasks(options, session.target, lab, yes, account, f"labcli day {day} {words}")


def _lab(ctx: typer.Context, options: TargetOptions) -> Lab:
    from labcli.run.by_hand.attempt import needs_tasks

    lab = checked_lab(ctx, options, [])
    needs_tasks(lab)
    return lab
