"""The doctor: one finding for each thing that labcli stands on, each with the way to mend it."""

from __future__ import annotations

import platform
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib import metadata

from labcli import __version__
from labcli.context import Context
from labcli.errors import ExitCode, LabcliError
from labcli.local import life
from labcli.run.runs import all_runs, check_home

PACKAGES = ("boto3", "botocore", "ministack", "typer", "rich", "questionary", "PyYAML")


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at. ``mend`` says how to put it right, when it is not."""

    subject: str
    good: bool
    seen: str
    mend: str = ""
    exit_code: ExitCode = ExitCode.OK


def examine(context: Context, target: str, profile: str, region: str) -> list[Finding]:
    """Look at everything; what fails is a finding, never an error."""
    looks: list[tuple[str, Callable[[], str]]] = [
        ("Python", _python),
        ("labcli", _versions),
        ("state folder", lambda: _state_folder(context)),
        ("ledgers", lambda: _ledgers(context)),
        ("local AWS", lambda: _local(context)),
        ("AWS credentials", lambda: _credentials(context, target, profile, region)),
        ("clock", lambda: _clock(context)),
        ("terminal", lambda: _terminal(context)),
        ("aws CLI", _aws_cli),
    ]
    findings = []
    for subject, look in looks:
        try:
            findings.append(Finding(subject, True, look()))
        except LabcliError as error:
            findings.append(Finding(subject, False, error.message, error.hint, error.exit_code))
        except OSError as error:
            findings.append(Finding(subject, False, str(error), "", ExitCode.FAILED))
    return findings


def _python() -> str:
    if sys.version_info < (3, 11):  # noqa: UP036 - the doctor says what pip would have refused
        raise LabcliError(f"Python {platform.python_version()}", "labcli needs Python 3.11 or newer")
    return f"{platform.python_version()} on {platform.system()} ({sys.executable})"


def _versions() -> str:
    return f"{__version__} with " + ", ".join(f"{name} {metadata.version(name)}" for name in PACKAGES)


def _state_folder(context: Context) -> str:
    check_home(context)
    home = context.home
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    probe = home / "doctor.probe"
    probe.write_text("x")
    probe.unlink()
    free = shutil.disk_usage(home).free // 2**20
    if free < 50:
        raise LabcliError(f"{home}: {free} MB free", "Make room, or set LABCLI_HOME to another folder")
    return f"{home} ({free} MB free)"


def _ledgers(context: Context) -> str:
    runs = all_runs(context)
    broken = [run.id for run in runs if run.record.broken or run.record.torn]
    if broken:
        raise LabcliError(f"damaged: {', '.join(broken)}", "labcli cleanup --all finds by tag what they lost")
    live = sum(len(run.live) for run in runs)
    return f"{len(runs)} runs, {live} resources live as recorded"


def _local(context: Context) -> str:
    began = context.monotonic()
    endpoint = life.ensure(context.home, context.sleep, context.monotonic)
    took = context.monotonic() - began
    word = f"started in {took:.1f} s" if endpoint.started else "was running"
    return f"{endpoint.url}, process {endpoint.pid}, {word}"


def _credentials(context: Context, target: str, profile: str, region: str) -> str:
    if target == "local":
        said = sorted(name for name in context.env if name.startswith("AWS_"))
        return "not used by the local AWS" + (f" (set, and ignored: {', '.join(said)})" if said else "")
    from labcli.aws.targets import open_aws

    target_found = open_aws(context, profile, region).target
    return f"{target_found.words}, you are {target_found.caller}"


def _clock(context: Context) -> str:
    import time

    now = context.clock()
    built = 1_760_000_000  # October 2025: a clock before that makes AWS refuse every signature
    if now < built:
        raise LabcliError(f"{time.strftime('%Y-%m-%d %H:%M', time.gmtime(now))} UTC", "Set this machine's clock")
    return f"{time.strftime('%Y-%m-%d %H:%M:%S', time.gmtime(now))} UTC"


def _terminal(context: Context) -> str:
    size = shutil.get_terminal_size()
    tty = "a terminal" if context.may_ask else "no terminal (nothing will be asked)"
    encoding = getattr(context.stdout, "encoding", "?")
    colour = "no colour (NO_COLOR)" if context.env.get("NO_COLOR") else "colour"
    return f"{tty}, {size.columns} columns, {encoding}, {colour}"


def _aws_cli() -> str:
    found = shutil.which("aws")
    return found or "not installed (labcli needs none)"
