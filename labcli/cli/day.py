"""``labcli day DAY [plan|run]``: each lab on the shelf is a command."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from labcli.cli import by_hand
from labcli.cli.day_lab import checked_lab, lab_file
from labcli.cli.options import (
    AccountOption,
    OutputOption,
    ProfileOption,
    RegionOption,
    TargetOption,
    TargetOptions,
    WithOption,
    YesOption,
    catalog,
    output_format,
    own_sources,
    target_options,
)
from labcli.errors import ExitCode, LabcliError, UsageError

if TYPE_CHECKING:
    from labcli.lab.model import Lab

READERS = ("calls", "policy", "cli", "powershell", "boto3")


class _Days(TyperGroup):
    """The group ``day``: its commands are the labs found on disk, each a group of its own."""

    names_days = True

    def list_commands(self, ctx: Any) -> list[str]:
        from labcli.run.shelf import labs
        from labcli.show.text import visible

        return [visible(lab.id) for lab in labs(ctx.find_root().obj.context.env)]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        group = typer.main.get_group(day_commands)
        group.name = cmd_name
        return group

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """The labs by their titles, for ``labcli day --help``."""
        from labcli.run.overview import overview
        from labcli.show.text import visible

        days = overview(ctx.find_root().obj.context).days
        rows = [(visible(day.name), visible(day.lab.title if day.lab else day.words)) for day in days]
        with formatter.section("Days"):
            formatter.write_dl(rows or [("FILE", "A lab of your own, by its path.")])

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The name as it can be shown: help and usage print it. What was typed stays the group's name."""
        from labcli.run.shelf import labs
        from labcli.show.text import visible

        env = ctx.find_root().obj.context.env
        if args and args[0] in of_a_day() and args[0] not in {lab.id for lab in labs(env)}:
            from labcli.cli.meant import meant

            ctx.fail(f"The day comes first: '{meant(args, (), of_a_day(), env)}'")
        name, command, rest = super().resolve_command(ctx, args)
        return visible(name or ""), command, rest


def of_a_day() -> list[str]:
    """The commands of a day."""
    return [each.name or str(getattr(each.callback, "__name__", "")) for each in day_commands.registered_commands]


days = typer.Typer(cls=_Days, rich_markup_mode=None, help="The labs, a day each: mon, week10/mon or a YAML file.")
day_commands = typer.Typer(rich_markup_mode=None, invoke_without_command=True)


@days.callback()
def day_group() -> None:
    """The labs, a day each: mon, week10/mon or a path to a YAML file."""


@day_commands.callback()
def show(ctx: typer.Context) -> None:
    """What the day is: goals, notes, resources, steps, minutes. Nothing is called."""
    if ctx.invoked_subcommand is not None:
        return
    from labcli.lab.load import load
    from labcli.run.plan.plan import UNREAD, cost
    from labcli.run.plan.plan import plan as make_plan
    from labcli.show.day import draw_day
    from labcli.steps.language import LANGUAGE

    options = target_options(ctx)
    lab = load(lab_file(ctx, options), LANGUAGE)
    draw_day(options.screen, lab, str(cost(make_plan(lab, LANGUAGE, UNREAD, 1.0))))


@day_commands.command()
def plan(
    ctx: typer.Context,
    reader: Annotated[
        str, typer.Option("--as", help="calls, policy, cli, powershell, boto3.", metavar="READER")
    ] = "calls",
    sources: WithOption = [],  # noqa: B006 - typer makes a new list
    target: TargetOption = None,
    region: RegionOption = None,
    output: OutputOption = "table",
) -> None:
    """Every call that a run would make. Nothing is sent.

    As a script (cli is bash and the aws CLI) it runs by itself, and takes away what it made.
    """
    from labcli.local.process.keyring import REGION as LOCAL_REGION
    from labcli.local.shells import quoted
    from labcli.run.plan.plan import plan as make_plan
    from labcli.run.typed import Given
    from labcli.show.plan import draw_plan, draw_policy, write_plan
    from labcli.steps.language import LANGUAGE

    options = target_options(ctx, target, None, region)
    if options.region and options.target is None:
        options.target = "aws"  # nothing is sent: a region alone says which plan is meant
    if reader not in READERS:
        raise UsageError(f"a plan cannot be read as `{reader}`", f"It can be read as: {', '.join(READERS)}")
    lab = checked_lab(ctx, options, sources)
    if reader not in ("calls", "policy"):
        from labcli.run.plan.script.languages import as_script

        options.screen.write(as_script(lab, reader, LANGUAGE, catalog()))
        return
    poll = 0.1 if options.name == "local" else 1.0
    the_plan = make_plan(lab, LANGUAGE, catalog(), poll)
    where = options.region or (LOCAL_REGION if options.target == "local" else "*")
    if reader == "policy":
        draw_policy(options.screen, the_plan, catalog(), where)
    elif output_format(output) == "json":
        write_plan(options.context, the_plan, catalog(), where)
    else:
        onward = f" --target {options.target}" if options.target not in (None, "local") else ""
        onward += f" --region {options.region}" if options.region else ""
        onward += f" --profile {quoted(options.profile)}" if options.profile else ""
        draw_plan(options.screen, the_plan, Given(own_sources(sources)), onward)


@day_commands.command()
def run(
    ctx: typer.Context,
    guided: Annotated[bool, typer.Option("--guided", help="Stop at each step, ask for a prediction.")] = False,
    from_step: Annotated[
        str, typer.Option("--from", help="Go on at this step, its number or id.", metavar="STEP")
    ] = "",
    then_cleanup: Annotated[bool, typer.Option("--cleanup", help="Take everything away at the end.")] = False,
    verbose: Annotated[
        bool, typer.Option("-v", "--verbose", help="Show every request, as one would type it, and its answer.")
    ] = False,
    quiet: Annotated[bool, typer.Option("-q", "--quiet", help="Only a line for each step, and the summary.")] = False,
    sources: WithOption = [],  # noqa: B006 - typer makes a new list
    yes: YesOption = False,
    account: AccountOption = None,
    target: TargetOption = None,
    profile: ProfileOption = None,
    region: RegionOption = None,
    output: OutputOption = "table",
) -> None:
    """Run the day step by step; what it made stays live."""
    from labcli.cli.confirm import confirm_run
    from labcli.run.day import DayRun
    from labcli.run.plan.plan import cost
    from labcli.run.plan.plan import plan as make_plan
    from labcli.run.resume import start_at
    from labcli.run.typed import Given, cleanup
    from labcli.show.documents import RunDocument
    from labcli.show.run.screen import RunScreen
    from labcli.steps.language import LANGUAGE

    options = target_options(ctx, target, profile, region)
    json = output_format(output) == "json"
    if guided and (json or not options.context.may_ask):
        raise UsageError("--guided needs a person at a terminal", "Leave --guided out")
    models, given = catalog(), Given(own_sources(sources), guided, then_cleanup)
    lab = checked_lab(ctx, options, sources)
    if from_step:
        start_at(lab, from_step)
    session = options.open()
    the_plan = make_plan(lab, LANGUAGE, models, session.target.poll)
    confirm_run(options, session.target, the_plan, models, yes, account, given, from_step)
    introduces = guided and not from_step and bool(lab.goals or lab.notes) and not quiet
    detail = 2 if verbose else 0 if quiet else 1
    tell: Any = RunDocument(options.context) if json else RunScreen(options.screen, detail, given, introduces)
    day_run = DayRun(
        options.context, session, lab, models, tell, cost=str(cost(the_plan)), from_step=from_step,
        given=given, trace=verbose or guided,
    )  # fmt: skip
    if guided:
        from labcli.ask import Guide

        guide = Guide(options.screen, tell, introduces)
        day_run.before_step, day_run.after_step, day_run.choose = guide.before, guide.after, guide.choose
    try:
        with nullcontext() if json else tell.keyboard.quiet():
            ended = day_run.go()
    except KeyboardInterrupt:  # before the first step, or a second time while it was ending
        take = cleanup([lab.id], session.target.options)
        raise LabcliError("interrupted; the ledger is safe", take, ExitCode.INTERRUPTED) from None
    raise typer.Exit(_reviewed(options, lab, ended.exit_code) if guided else ended.exit_code)


def _reviewed(options: TargetOptions, lab: Lab, code: ExitCode) -> ExitCode:
    """After a guided run that passed: the review of the lab, for who wants it now."""
    if code != ExitCode.OK:
        return code
    from labcli.ask import offer_review

    return offer_review(options.screen, lab, _seed(options))


@day_commands.command()
def quiz(
    ctx: typer.Context,
    seed: Annotated[
        int | None, typer.Option("--seed", help="Options in the order that this seed gave before.", metavar="N")
    ] = None,
    output: OutputOption = "table",
) -> None:
    """The questions of the day, one by one, with the reasons.

    Without a terminal they are listed, without their answers. Nothing is called.
    """
    from labcli.lab.load import load
    from labcli.run.quiz import needs_quiz, pose
    from labcli.show.quiz import draw_list, write_quiz
    from labcli.steps.language import LANGUAGE

    options = target_options(ctx)
    json = output_format(output) == "json"
    lab = load(lab_file(ctx, options), LANGUAGE)
    needs_quiz(lab, options.context.env)
    seed = _seed(options) if seed is None else seed
    posed = pose(lab.quiz, seed)
    if json:
        write_quiz(options.context, lab, posed, seed)
    elif options.context.may_ask:
        from labcli.ask import ask_quiz

        raise typer.Exit(int(ask_quiz(options.screen, lab, posed, seed).exit_code))
    else:
        draw_list(options.screen, lab, posed, seed)


day_commands.command("try")(by_hand.attempt)
day_commands.command("hint")(by_hand.hint)
day_commands.command("solve")(by_hand.solve)


def _seed(options: TargetOptions) -> int:
    """A seed that is short enough to be typed again."""
    return int(options.context.random(2), 16)
