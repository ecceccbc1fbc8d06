"""Targets: where calls go. ``local`` is the AWS embedded in the learner's machine, ``aws`` a real account.

``local`` takes nothing from the learner's AWS settings: no profile, no proxy, no variable can redirect a call.
``aws`` takes credentials as the aws CLI does, refuses an endpoint that comes from the environment or a profile, and
reads only who one is (STS, the account alias) until the account is confirmed.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from labcli.aws.client import BotoAws
from labcli.aws.resources.base import Place
from labcli.context import Aws, Context
from labcli.errors import AwsError, LabcliError, TargetError
from labcli.local import life
from labcli.local.awslike import figures, seed
from labcli.local.process.files import refuse_few
from labcli.local.shells import quoted

TARGETS = ("local", "aws")
REGION = re.compile(r"[a-z]{2}(-[a-z]+){1,3}-\d{1,2}")


@dataclass(frozen=True)
class Target:
    """An account and a region, who we are in it, and how fast it forgets and remembers."""

    name: str
    place: Place
    owner: str
    """What ``labcli:owner`` says on everything of ours: ``local``, or a hash of the caller's STS UserId."""
    profile: str = ""
    alias: str = ""
    alias_unread: str = ""
    """Why nobody knows whether the account has an alias; empty when it was read."""
    caller: str = ""
    absent_reads: int = 1
    """How many reads in a row must say "not there" before it is believed, as Terraform does 15 times for SQS."""
    absent_gap: float = 0.0
    """Seconds between those reads."""
    settle: float = 0.5
    """Seconds that a call may still be under way after the process that made it died."""
    patience: float = 0.0
    """Seconds that AWS may need until one of its services knows what another one was told (a new role)."""
    poll: float = 0.1
    """Seconds between two tries of a step that repeats."""
    aws_like: int | None = None
    """The seed of the local AWS in its AWS-like mode, None where it is as always."""
    known: float = 0.0
    """Seconds after which it surely holds what it was told; 0 where it does at once, or nobody knows."""

    @property
    def key(self) -> str:
        """A name for files and locks: ``local``, or ``aws-123456789012-eu-west-1``."""
        return "local" if self.name == "local" else f"{self.name}-{self.place.account}-{self.place.region}"

    @property
    def words(self) -> str:
        """The target for people: ``local AWS``, or account and region."""
        if self.name == "local":
            return "local AWS" if self.aws_like is None else f"local AWS, {seed.words(self.aws_like)}"
        alias = f" ({self.alias})" if self.alias else ""
        return f"AWS account {self.place.account}{alias} in {self.place.region}"

    @property
    def options(self) -> str:
        """What to add to a command so that it acts on this target."""
        return "" if self.name == "local" else options_of(self.place.region, self.profile)


def options_of(region: str, profile: str) -> str:
    """What to add to a command so that it acts on an account, in this region, by this profile (empty: the default)."""
    return f" --target aws --region {quoted(region)}" + (f" --profile {quoted(profile)}" if profile else "")


@dataclass(frozen=True)
class Session:
    """An open way to a target. ``incarnation`` names the process of the embedded AWS that answers, empty elsewhere."""

    target: Target
    aws: Aws
    incarnation: str = ""
    notices: tuple[str, ...] = ()
    """What a person should know of the embedded AWS that answers now."""


def open_target(context: Context, name: str, profile: str = "", region: str = "") -> Session:
    """Open a target by its name. TargetError when it cannot be reached or must not be used."""
    refuse_few()
    if name == "local":
        if profile or region:
            said = "--profile" if profile else "--region"
            raise LabcliError(
                f"{said} is for a real account", f"Add --target aws, or leave {said} out", TargetError.exit_code
            )
        return open_local(context)
    return open_aws(context, profile, region)


def open_local(context: Context) -> Session:
    """The embedded AWS, started if it does not run."""
    wanted = seed.asked(context.env)
    endpoint = life.ensure(context.home, context.sleep, context.monotonic, aws_like=wanted)
    context.aws_like = endpoint.aws_like
    from labcli.aws.sessions import local_config, local_session

    session = local_session(endpoint.access_key, endpoint.secret_key, endpoint.region)
    why = partial(life.hanging, context.home)
    aws = context.through(BotoAws(session, "the local AWS", local_config(), endpoint.url, why))
    target = Target("local", Place(endpoint.account, endpoint.region, endpoint=endpoint.url), owner="local")
    if endpoint.aws_like is not None:
        known = figures.RIGHTS_LATE[1] + 1
        target = replace(target, aws_like=endpoint.aws_like, known=known, patience=3 * known)
    notices = []
    if endpoint.set_aside:
        notices.append(
            f"What the local AWS had saved could not be loaded; it began empty, and kept it in {endpoint.set_aside}"
        )
    if endpoint.broken:
        notices.append(f"These corrections do not fit the installed engine: {', '.join(endpoint.broken)}")
    return Session(target, aws, endpoint.incarnation, tuple(notices))


def open_aws(context: Context, profile: str, region: str) -> Session:
    """A real account: credentials as the aws CLI finds them; who one is, is read from STS."""
    from labcli.aws.sessions import account_config, account_session

    if region and not REGION.fullmatch(region):
        raise TargetError(f"`{region}` is not a region", "A region looks like eu-west-1")
    session = account_session(profile, region, context.may_ask)
    found = str(session.region_name)
    if not REGION.fullmatch(found):
        raise TargetError(f"the AWS settings name the region `{found}`, which is none", "Name one: --region eu-west-1")
    aws = context.through(BotoAws(session, "AWS", account_config(), context.account_endpoint))
    identity = _identity(aws, found)
    account, arn = str(identity["Account"]), str(identity["Arn"])
    if arn.endswith(":root"):
        raise TargetError(
            f"account {account}: these are the root user's credentials, and labcli does not use them",
            "Make an IAM user or role for the labs; `labcli day mon plan --as policy` says what it needs",
        )
    alias, why_not = _alias(aws)
    if _is_production(alias):
        raise TargetError(
            f"account {account} is called `{alias}`: labcli does not run in production",
            "Use another account: --profile NAME",
        )
    target = Target(
        "aws", Place(account, found, arn.split(":")[1]), owner=owner_of(str(identity["UserId"])), profile=profile,
        alias=alias, alias_unread=why_not, caller=arn, absent_reads=15, absent_gap=3.0, settle=90.0, patience=60.0,
        poll=1.0,
    )  # fmt: skip
    return Session(target, aws)


def owner_of(user_id: str) -> str:
    """What ``labcli:owner`` says for a caller: a hash of the UserId, so that a tag tells nobody who it is."""
    return hashlib.sha256(user_id.encode()).hexdigest()[:16]


def _is_production(alias: str) -> bool:
    """Whether the alias holds the word ``prod`` (or production): ``acme-prod2`` does, ``product`` does not."""
    return not {"prod", "production"}.isdisjoint(re.split(r"[^a-z]+", alias.lower()))


def _identity(aws: Aws, region: str) -> dict[str, Any]:
    try:
        return aws.call("sts", "get_caller_identity", {})
    except AwsError as error:
        hint = "Get new credentials; with SSO: aws sso login"
        if error.code in ("SignatureDoesNotMatch", "RequestTimeTooSkewed", "RequestExpired"):
            hint = "Look at this machine's clock with `labcli doctor`, and at the secret key"
        elif error.code == "InvalidClientTokenId":
            hint = f"Look at the key id; a region that is not switched on for the account ({region}) says the same"
        raise TargetError(f"AWS refuses these credentials ({error.code}): {error.aws_message}", hint) from error


def _alias(aws: Aws) -> tuple[str, str]:
    """The account's alias, or why it could not be read: it is a courtesy, and many identities may not read it."""
    try:
        return next(iter(aws.call("iam", "list_account_aliases", {}).get("AccountAliases", [])), ""), ""
    except AwsError as error:
        return "", error.code
    except TargetError:
        return "", "no answer"
