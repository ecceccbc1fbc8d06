"""Every lab on an account that a second embedded AWS stands in for, by IAM users who may do what the plan says."""

from __future__ import annotations

import json
import random
import re
import shutil
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from labcli.aws.catalog import BotoCatalog
from labcli.aws.resources import KINDS
from tests.aws.conftest import REGION, Account, User, denying
from tests.aws.world import AccountCli, Hasty
from tests.conftest import LABS, Cli
from tests.faults.everything import everything

DAYS = sorted(each.stem for each in LABS.glob("week10/*.yaml"))
ROUNDS = (["fri"], ["mon", "thu"], ["tue", "wed"])
"""Days that run one after the other; the rounds run at once, as most of a day is waiting."""
OF_TAGS = {"sqs:TagQueue", "sns:TagResource", "lambda:TagResource", "states:TagResource", "logs:TagResource",
           "iam:TagRole"}  # fmt: skip
"""What a create with tags needs beside its own action; no call is named after them, and the stand-in asks for none."""
ROOM = 6144
"""Characters of a managed policy (IAM quotas); white space does not count."""


def action_of(call: str) -> str:
    service, _, operation = call.partition(".")
    known = BotoCatalog().operation(service, operation)
    assert known is not None
    return known.iam_action


def actions(policy: str) -> set[str]:
    return {action for each in json.loads(policy)["Statement"] for action in each["Action"]}


def plan_of(folder: Path, lab: str, *options: str) -> str:
    """The policy that a plan prints."""
    return Cli(folder)("day", lab, "plan", "--as", "policy", *options).out


@dataclass
class Walk:
    """A day, each command as a document, and the calls that were made and refused."""

    policy: str
    exit_codes: list[int] = field(default_factory=list)
    documents: list[dict[str, Any]] = field(default_factory=list)
    made: set[str] = field(default_factory=set)
    denied: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Week:
    """All days, and what was left of them in the account."""

    walks: Mapping[str, Walk]
    left: list[str]


@pytest.fixture
def week(_standin: Account, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Week]:
    """Run, verify, cleanup and cleanup --all of every day, each by a user and in a state folder of its own."""
    place = tmp_path_factory.mktemp("week")
    _without_waits(place / "week10")
    _standin.is_called("acme-lab")
    policies = {day: plan_of(place, day, "--target", "aws", "--region", REGION) for day in DAYS}
    (place / "credentials").write_text(
        "".join(_standin.user(day, policies[day]).as_profile(day) for day in DAYS), "utf-8"
    )
    with pytest.MonkeyPatch.context() as patch, ThreadPoolExecutor(len(ROUNDS)) as pool:
        patch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(place / "credentials"))
        patch.setenv("AWS_CONFIG_FILE", str(place / "none"))
        rounds = [[day for day in each if day in DAYS] for each in ROUNDS]
        found = pool.map(lambda days: [(day, _walk(_standin, place / day, day, policies[day])) for day in days], rounds)
        walks = dict(each for days in found for each in days)
    yield Week(walks, _standin.left())


def _without_waits(folder: Path) -> None:
    """The labs, but for the seconds that AWS needs and an embedded AWS does not."""
    shutil.copytree(LABS / "week10", folder)
    for path in folder.glob("*.yaml"):
        path.write_text(re.sub(r"(wait: {local: (\w+), aws: )\w+}", r"\1\2}", path.read_text("utf-8")), "utf-8")


def _walk(account: Account, home: Path, day: str, policy: str) -> Walk:
    learner, walk = AccountCli(home, account.endpoint.url, Hasty()), Walk(policy)
    target = ["--target", "aws", "--profile", day, "--region", REGION, "--output", "json"]
    sure = [*target, "--yes", "--account", account.id]
    lab = str(home.parent / "week10" / f"{day}.yaml")
    for command in (["day", lab, "run"], ["verify", lab], ["cleanup", day], ["cleanup", "--all"]):
        said = learner(*command, *(target if command[0] == "verify" else sure))
        walk.exit_codes.append(said.exit_code)
        walk.documents.append(json.loads(said.out or "{}"))
        walk.made |= {action_of(each) for each in learner.recorder.calls}
        walk.denied += learner.recorder.denied
    return walk


def test_no_day_is_left_out() -> None:
    assert sorted(day for days in ROUNDS for day in days) == DAYS


def test_every_day_under_exactly_the_policy_of_its_plan(week: Week, tmp_path: Path) -> None:
    """One test, so that the days run once, however tests are spread over processes."""
    wrong: dict[str, Any] = {}
    for day, walk in week.walks.items():
        steps = [each for each in walk.documents[0].get("steps", []) if each["state"] != "passed"]
        missed = {action for action, surely in planned(tmp_path, day).items() if surely} - walk.made
        unread = walk.documents[3].get("not_verified")
        if walk.exit_codes != [0, 0, 0, 0] or walk.denied or missed or unread:
            wrong[day] = walk.exit_codes, walk.denied, steps, missed, unread
    assert wrong == {}
    assert week.left == []


def planned(folder: Path, day: str) -> dict[str, bool]:
    """The actions of the calls that are planned, and whether one of them is sure to be made."""
    plan = json.loads(Cli(folder)("day", day, "plan", "--output", "json").out)
    groups = [*(step["calls"] for step in plan["steps"]), *(each["calls"] for each in plan["needed"])]
    found: dict[str, bool] = {}
    for each in [call for group in (*groups, plan["verify"], plan["cleanup"]) for call in group]:
        action = action_of(f"{each['service']}.{each['operation']}")
        found[action] = found.get(action, False) or each["least"] > 0
    return found


@pytest.mark.parametrize("day", DAYS)
def test_a_policy_allows_nothing_that_belongs_to_no_call(day: str, tmp_path: Path) -> None:
    sweeps = {action_of(str(each.call)) for kind in KINDS.values() for each in kind.shape_of_sweep()}
    own = {"iam:PassRole", "sts:GetCallerIdentity", "iam:ListAccountAliases"}
    assert actions(plan_of(tmp_path, day)) - set(planned(tmp_path, day)) - sweeps - OF_TAGS - own == set()


@pytest.mark.parametrize(
    ("options", "begins"),
    [
        (["--target", "aws", "--region", REGION], f"arn:aws:*:{REGION}:"),
        (["--region", "cn-north-1"], "arn:aws-cn:*:cn-north-1:"),
        (["--region", "us-gov-west-1"], "arn:aws-us-gov:*:us-gov-west-1:"),
        (["--target", "local"], "arn:aws:*:eu-central-2:"),
        ([], "arn:aws:*:*:"),
    ],
    ids=["aws", "china", "gov", "local", "anywhere"],
)
def test_a_policy_is_limited_to_names_of_labcli_and_a_region(options: list[str], begins: str, tmp_path: Path) -> None:
    document = json.loads(plan_of(tmp_path, "thu", *options))
    partition, region = begins.split(":")[1], begins.split(":")[3]
    for statement in document["Statement"]:
        named = statement["Resource"] if isinstance(statement["Resource"], list) else [statement["Resource"]]
        for arn in named if statement["Sid"] != "LabcliAnywhere" else []:
            service = arn.split(":")[2]
            assert arn.startswith(f"arn:{partition}:{service}:{'' if service == 'iam' else region}:")
            assert "labcli-" in arn or ":event-source-mapping:" in arn
        passes = "iam:PassRole" in statement["Action"]
        assert passes == ("Condition" in statement)
        if passes:
            services = ["lambda.amazonaws.com", "states.amazonaws.com"]
            assert statement["Condition"] == {"StringEquals": {"iam:PassedToService": services}}
            assert statement["Action"] == ["iam:PassRole"]
            assert named == [f"arn:{partition}:iam::*:role/labcli-*"]


@pytest.mark.parametrize("day", DAYS)
def test_a_policy_fits_into_a_managed_policy(day: str, tmp_path: Path) -> None:
    assert len(json.dumps(json.loads(plan_of(tmp_path, day)), separators=(",", ":"))) < ROOM


@pytest.fixture
def every(tmp_path: Path) -> Path:
    """A lab with every kind of resource."""
    return everything(tmp_path)


SEED = 10


def sampled(count: int) -> list[str]:
    """Some of the actions that a run and a cleanup of every kind make."""
    calls = [each.call for kind in KINDS.values() for each in kind.shape_of_sweep()]
    kept = {action_of(str(each)) for each in calls}
    used = {
        "sqs:CreateQueue", "sqs:DeleteQueue", "sns:CreateTopic", "sns:Subscribe", "sns:DeleteTopic", "sns:Publish",
        "lambda:CreateFunction", "lambda:AddPermission", "lambda:GetFunctionConfiguration", "lambda:DeleteFunction",
        "lambda:CreateEventSourceMapping", "lambda:DeleteEventSourceMapping", "states:CreateStateMachine",
        "states:UpdateStateMachine", "states:StartExecution", "states:StopExecution", "states:ListExecutions",
        "states:DeleteStateMachine", "logs:CreateLogGroup", "logs:DeleteLogGroup", "iam:CreateRole",
        "iam:PutRolePolicy", "iam:DeleteRolePolicy", "iam:DeleteRole", "iam:PassRole", "sqs:SetQueueAttributes",
    }  # fmt: skip
    return random.Random(SEED).sample(sorted(used | kept), count)


@pytest.mark.parametrize("action", sampled(6))
def test_each_right_of_a_policy_is_needed_and_named_where_it_is_missing(
    action: str, every: Path, on_account: AccountCli, learner: User, account: Account
) -> None:
    policy = plan_of(every.parent, str(every))
    assert action in actions(policy)
    account.policy(learner, denying(policy, action))
    said = [on_account(*command, *account.sure) for command in (["day", str(every), "run"], ["cleanup", "--all"])]
    assert [each.exit_code for each in said] != [0, 0]
    assert action.lower() in " ".join(each.both for each in said).replace("\n", " ").lower()
    account.policy(learner, policy)
    cleaned = on_account("cleanup", "--all", *account.sure)
    assert cleaned.exit_code == 0, cleaned.both
    assert account.left() == []
