"""The options that many commands share, and the way from them to an open target."""

from __future__ import annotations

import gc
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from labcli.context import Context
from labcli.errors import UsageError

if TYPE_CHECKING:
    from labcli.aws.catalog import BotoCatalog
    from labcli.aws.targets import Session
    from labcli.show.screen import Screen

TARGETS = ("local", "aws")
OUTPUTS = ("table", "json")

TargetOption = Annotated[
    str | None,
    typer.Option("--target", help="Where calls go: local (the default) or aws.", metavar="TARGET"),
]
ProfileOption = Annotated[
    str | None, typer.Option("--profile", help="With --target aws: the profile to use.", metavar="NAME")
]
RegionOption = Annotated[
    str | None, typer.Option("--region", help="With --target aws: the region to use.", metavar="REGION")
]
OutputOption = Annotated[
    str, typer.Option("--output", help="table (the default), or json.", metavar="FORMAT", show_default=False)
]
YesOption = Annotated[bool, typer.Option("--yes", help="Ask nothing; with --target aws say --account too.")]
AccountOption = Annotated[
    str | None, typer.Option("--account", help="With --target aws: the account that is meant.", metavar="ID")
]


@dataclass
class TargetOptions:
    """What was said on the command line about the target, before and after the command."""

    context: Context
    target: str | None = None
    profile: str | None = None
    region: str | None = None

    def __post_init__(self) -> None:
        """UsageError when there is no such target: said by every command, also by those that need none."""
        if self.target is not None and self.target not in TARGETS:
            from labcli.rules.near import nearest

            raise UsageError(
                f"no target `{self.target}`{nearest(self.target, TARGETS)}", f"The targets: {', '.join(TARGETS)}"
            )

    def narrowed(self, target: str | None, profile: str | None, region: str | None) -> TargetOptions:
        """What was said after the command counts before what was said in front of it."""
        return TargetOptions(self.context, target or self.target, profile or self.profile, region or self.region)

    @property
    def name(self) -> str:
        """The target's name. UsageError when options do not go with it."""
        name = self.target or "local"
        if name == "local" and (self.profile or self.region):
            said = "--profile" if self.profile else "--region"
            raise UsageError(f"{said} is for a real account", f"Add --target aws, or leave {said} out")
        return name

    def open(self) -> Session:
        """Open the target; what the embedded AWS lost meanwhile is marked, and said on stderr."""
        from labcli.aws.targets import open_target
        from labcli.run.ledger.reconcile import reconcile
        from labcli.run.ledger.runs import check_home

        check_home(self.context)
        session = open_target(self.context, self.name, self.profile or "", self.region or "")
        if not gc.isenabled():  # the process has started up (labcli.__main__)
            gc.freeze()
            gc.enable()
        for line in reconcile(self.context, session):
            self.screen.line(line, err=True)
        return session

    @property
    def screen(self) -> Screen:
        """A screen on this context's streams."""
        from labcli.show.screen import Screen

        return Screen(self.context)


def target_options(
    ctx: typer.Context, target: str | None = None, profile: str | None = None, region: str | None = None
) -> TargetOptions:
    """What the command line says, from typer's context."""
    root: Any = ctx.find_root().obj
    return TargetOptions(root.context, root.target, root.profile, root.region).narrowed(target, profile, region)


def output_format(value: str) -> str:
    """``table`` or ``json``. UsageError for anything else."""
    if value not in OUTPUTS:
        raise UsageError(f"no output format `{value}`", f"The formats: {', '.join(OUTPUTS)}")
    return value


def catalog() -> BotoCatalog:
    """AWS's operations."""
    from labcli.aws.catalog import BotoCatalog

    return BotoCatalog()


WithOption = Annotated[
    list[str], typer.Option("--with", help="A file of yours as the source of a function.", metavar="NAME=PATH")
]


def own_sources(given: list[str]) -> dict[str, Path]:
    """``--with notify=mine.py`` as a name and a path. UsageError when it is neither."""
    found: dict[str, Path] = {}
    for text in given:
        name, sign, path = text.partition("=")
        if not (name and sign and path):
            raise UsageError(f"--with {text}: a function's name and a file", "Write --with NAME=PATH")
        try:
            found[name] = Path(path).expanduser().absolute()
        except RuntimeError as error:
            raise UsageError(f"--with {text}: {error}", "Name a file") from error
    return found
