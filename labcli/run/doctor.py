"""The doctor: one finding for each thing that labcli stands on, each with the way to mend it."""

from __future__ import annotations

import platform
import re
import shutil
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib import metadata

from labcli import __version__
from labcli.aws.resources.function_props import RUNTIME
from labcli.context import Context
from labcli.errors import ExitCode, LabcliError, TargetError
from labcli.local import life
from labcli.local.awslike import seed
from labcli.run.ledger.runs import all_runs, check_home

PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
PACKAGES = ("boto3", "botocore", "ministack", "typer", "rich", "questionary", "PyYAML")

_REQUIREMENT = re.compile(r"([\w.-]+)(?:\[[\w,]+\])?\s*((?:(?:==|>=|<)[\d.]+,?)+)")

NAMED_ANEW = re.compile(r":assumed-role/.*/(botocore|aws-cli|awscli)-session-\d+$", re.IGNORECASE)
"""The caller of a role without a session name: a new UserId, and so a new owner, with each command."""


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at. ``mend`` says how to put it right, when it is not."""

    subject: str
    good: bool
    seen: str
    mend: str = ""
    exit_code: ExitCode = ExitCode.OK
    command: str = ""
    """The labcli command that mends it, where one does."""


def examine(context: Context, target: str, profile: str, region: str) -> list[Finding]:
    """Look at everything; what fails is a finding, never an error."""
    account: list[tuple[str, Callable[[], str]]] = [("AWS credentials", lambda: _not_used(context))]
    if target == "aws":
        settings = _Settings(context, profile, region)
        account = [("AWS credentials", settings.credentials), ("AWS account", settings.account)]
    looks: list[tuple[str, Callable[[], str]]] = [
        ("Python", _python),
        ("labcli", _versions),
        ("state folder", lambda: _state_folder(context)),
        ("ledgers", lambda: _ledgers(context)),
        ("local AWS", lambda: _local(context)),
        ("functions", lambda: f"declared as {RUNTIME}, run here by Python {platform.python_version()}"),
        *account,
        ("clock", lambda: _clock(context)),
        ("terminal", lambda: _terminal(context)),
        ("aws CLI", _aws_cli),
    ]
    findings = []
    for subject, look in looks:
        try:
            findings.append(Finding(subject, True, look()))
        except life.HangError as error:
            findings.append(Finding(subject, False, error.message, error.hint, error.exit_code, error.mend))
        except LabcliError as error:
            findings.append(Finding(subject, False, error.message, error.hint, error.exit_code))
        except OSError as error:
            mend = "Mend its rights or make room, or set LABCLI_HOME to another folder"
            findings.append(Finding(subject, False, str(error), mend, ExitCode.FAILED))
    return findings


def _python() -> str:
    if sys.version_info < (3, 11):  # noqa: UP036 - the doctor says what pip would have refused
        raise LabcliError(f"Python {platform.python_version()}", "labcli needs Python 3.11 or newer")
    return f"{platform.python_version()} on {platform.system()} ({sys.executable})"


def _versions() -> str:
    if odd := not_as_declared(metadata.requires("labcli") or (), metadata.version):
        raise LabcliError(
            f"{__version__} with {'; '.join(odd)}",
            "Give labcli an environment of its own (uv tool install, pipx): something else moved what it needs",
        )
    return f"{__version__} with " + ", ".join(f"{name} {metadata.version(name)}" for name in PACKAGES)


def not_as_declared(declared: Iterable[str], version: Callable[[str], str]) -> list[str]:
    """The packages whose release is none that labcli was tried with, each with what it should be."""
    odd = []
    for text in declared:
        found = _REQUIREMENT.fullmatch(text)
        if found is None:  # an extra, or a system's own
            continue
        name, limits = found.groups()
        try:
            here = version(name)
        except metadata.PackageNotFoundError:
            odd.append(f"no {name} (it needs {limits})")
            continue
        if not all(_within(here, limit) for limit in limits.split(",")):
            odd.append(f"{name} {here} (it needs {limits})")
    return odd


def _within(version: str, limit: str) -> bool:
    sign, wanted = limit[:2].rstrip("0123456789"), limit.lstrip("<>=")
    one, other = (tuple(int(part) for part in re.findall(r"\d+", text)[:3]) for text in (version, wanted))
    one, other = ((*each, 0, 0)[:3] for each in (one, other))
    return {"==": one == other, ">=": one >= other, "<": one < other}.get(sign, True)


def _state_folder(context: Context) -> str:
    check_home(context)
    home = context.home
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    probe = home / "doctor.probe"
    probe.write_text("x", "utf-8")
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
    several = "" if live == 1 else "s"
    return f"{len(runs)} run{'' if len(runs) == 1 else 's'}, {live} resource{several} live as recorded"


def _local(context: Context) -> str:
    began = context.monotonic()
    endpoint = life.ensure(context.home, context.sleep, context.monotonic, aws_like=seed.asked(context.env))
    context.aws_like = endpoint.aws_like
    took = context.monotonic() - began
    word = f"started in {took:.1f} s" if endpoint.started else "was running"
    mode = "" if endpoint.aws_like is None else f", {seed.words(endpoint.aws_like)}"
    return f"{endpoint.url}, process {endpoint.pid}, {word}{mode}"


def _not_used(context: Context) -> str:
    said = sorted(name for name in context.env if name.startswith("AWS_") or name.upper() in PROXIES)
    return "not used by the local AWS" + (f" (set, and ignored: {', '.join(said)})" if said else "")


@dataclass
class _Settings:
    """What ``--target aws`` would use: which credentials, and whose they are. Only STS and the alias are read."""

    context: Context
    profile: str
    region: str
    usable: bool = False

    def credentials(self) -> str:
        """Where they come from; what is missing or broken, as the error it is."""
        from labcli.aws.sessions import account_session, source_of

        session = account_session(self.profile, self.region, self.context.may_ask)
        self.usable = True
        return f"from {source_of(session)}; region {session.region_name}"

    def account(self) -> str:
        """Who AWS says we are, and whether labcli would work there."""
        if not self.usable:
            raise TargetError("not asked: there are no credentials to ask with", "Mend the credentials first")
        from labcli.aws.targets import open_aws

        target = open_aws(self.context, self.profile, self.region).target
        if NAMED_ANEW.search(target.caller):
            raise LabcliError(
                f"{target.words}: the session of your role has another name each time ({target.caller})",
                "Set role_session_name in the profile: else `cleanup --all` finds only what the ledgers know",
            )
        alias = f"; its alias cannot be read ({target.alias_unread})" if target.alias_unread else ""
        return f"{target.words}, you are {target.caller}{alias}"


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
