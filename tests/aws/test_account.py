"""A lab on a real account, which a second embedded AWS stands in for, through the real command line."""

from __future__ import annotations

import json

import pytest

from tests.aws.conftest import PROFILE, REGION, Account, User, denying
from tests.aws.world import IDENTITY_ONLY, AccountCli
from tests.conftest import Cli


def test_a_lab_runs_is_verified_and_leaves_nothing(
    on_account: AccountCli, account: Account, small: str, learner: User
) -> None:
    ran = on_account("day", small, "run", *account.sure, "--output", "json")
    assert ran.exit_code == 0, ran.both
    made = account.queues()
    assert len(made) == 3
    assert {account.tags(name)["labcli:owner"] for name in made} == {learner.owner}

    verified = on_account("verify", small, *account.target)
    assert verified.exit_code == 0, verified.both

    cleaned = on_account("cleanup", "small", *account.sure)
    assert cleaned.exit_code == 0, cleaned.both
    assert "Nothing is left: 3 of 3 gone" in cleaned.out
    assert account.queues() == []


def test_absence_is_believed_after_15_reads(on_account: AccountCli, account: Account, small: str) -> None:
    assert on_account("day", small, "run", *account.sure).exit_code == 0
    assert on_account("cleanup", "small", *account.sure).exit_code == 0
    reads = on_account.recorder.calls.count("sqs.get_queue_attributes")
    assert reads >= 3 * (1 + 15), on_account.recorder.calls


def test_what_is_shown_first_is_account_alias_region_actions_and_price(
    on_account: AccountCli, account: Account, small: str
) -> None:
    shown = on_account("day", small, "run", *account.target)
    assert shown.exit_code == 2
    assert f"AWS account {account.id} acme-lab" in shown.err
    assert f"region {REGION}" in shown.err
    assert ":user/learner" in shown.err
    assert "sqs:CreateQueue" in shown.err
    assert "sqs:DeleteQueue" in shown.err
    assert "It costs under 1 cent" in shown.err
    assert shown.out == ""
    assert f"labcli day {small} run --target aws" in shown.err.replace("\n", " ")


@pytest.mark.parametrize("command", [["day", "mon", "run"], ["cleanup"], ["cleanup", "--all"]], ids=" ".join)
def test_without_a_terminal_the_flags_are_named_and_only_identity_was_read(
    on_account: AccountCli, account: Account, command: list[str]
) -> None:
    refused = on_account(*command, *account.target)
    assert refused.exit_code == 2
    said = f"labcli {' '.join(command)} --target aws --region {REGION} --profile {PROFILE} --yes --account {account.id}"
    assert said in refused.err.replace("\n", " ")
    assert on_account.recorder.calls == IDENTITY_ONLY


@pytest.mark.parametrize("flags", [["--yes"], ["--account", "ID"]], ids=["yes", "account"])
def test_one_of_the_two_flags_is_not_consent(on_account: AccountCli, account: Account, flags: list[str]) -> None:
    given = [account.id if each == "ID" else each for each in flags]
    assert on_account("day", "mon", "run", *account.target, *given).exit_code == 2
    assert on_account.recorder.calls == IDENTITY_ONLY


def test_another_account_than_the_one_meant_is_refused(on_account: AccountCli, account: Account) -> None:
    refused = on_account("day", "mon", "run", *account.target, "--yes", "--account", "111122223333")
    assert refused.exit_code == 3
    assert f"for account {account.id}, not 111122223333: nothing was done" in refused.err
    assert on_account.recorder.calls == IDENTITY_ONLY


def test_json_of_a_run_on_an_account_is_one_document(on_account: AccountCli, account: Account, small: str) -> None:
    ran = on_account("day", small, "run", *account.sure, "--output", "json")
    assert json.loads(ran.out)["document"] == "run"
    assert "AWS account" in ran.err


def test_the_root_user_is_refused(on_account: AccountCli, account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", account.endpoint.access_key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", account.endpoint.secret_key)
    refused = on_account("day", "mon", "run", "--target", "aws", "--region", REGION, "--yes", "--account", account.id)
    assert refused.exit_code == 3
    assert "root user" in refused.err
    assert account.endpoint.secret_key not in refused.err
    assert on_account.recorder.calls == IDENTITY_ONLY[:1]


@pytest.mark.parametrize("alias", ["prod", "acme-prod", "prod-eu", "acme-prod2", "production", "acme-non-prod"])
def test_an_alias_that_holds_the_word_prod_is_refused(on_account: AccountCli, account: Account, alias: str) -> None:
    account.is_called(alias)
    for command in (["day", "mon", "run"], ["cleanup", "--all"], ["verify"]):
        options = account.target if command == ["verify"] else account.sure
        refused = on_account(*command, *options)
        assert refused.exit_code == 3
        assert f"is called `{alias}`" in refused.err
        assert on_account.recorder.calls == IDENTITY_ONLY


@pytest.mark.parametrize("alias", ["nonprod", "product", "acme-products", "preprod", "reproduction", ""])
def test_an_alias_that_only_looks_like_prod_is_accepted(on_account: AccountCli, account: Account, alias: str) -> None:
    account.is_called(alias)
    assert on_account("cleanup", *account.sure).exit_code == 0


def test_an_alias_that_nobody_may_read_is_said_and_refuses_nothing(
    on_account: AccountCli, account: Account, learner: User, monday_policy: str
) -> None:
    account.policy(learner, denying(monday_policy, "iam:ListAccountAliases"))
    cleaned = on_account("cleanup", *account.sure)
    assert cleaned.exit_code == 0
    assert "its alias cannot be read: AccessDenied" in cleaned.err


def test_commands_that_only_read_show_the_account(on_account: AccountCli, account: Account, small: str) -> None:
    assert on_account("day", small, "run", *account.sure).exit_code == 0
    for command in (["verify", small], ["inspect", "orders"], ["cleanup", "--dry-run"]):
        said = on_account(*command, *account.target)
        assert said.exit_code == 0, said.both
        assert f"AWS account {account.id} acme-lab" in said.err
    assert on_account("inspect", "orders", *account.target).out.rstrip().endswith(
        f"small.yaml --target aws --region {REGION} --profile {PROFILE}"
    )  # fmt: skip


def test_a_second_run_says_before_consent_that_the_first_one_goes(
    on_account: AccountCli, account: Account, small: str
) -> None:
    assert on_account("day", small, "run", *account.sure).exit_code == 0
    first = account.queues()
    assert "First the earlier run is taken away: 3 resources" in on_account("day", small, "run", *account.target).err
    assert account.queues() == first
    assert on_account("day", small, "run", *account.sure).exit_code == 0
    assert len(account.queues()) == 3
    assert not set(first) & set(account.queues())


@pytest.mark.parametrize("action", ["sqs:CreateQueue", "sqs:ListQueueTags", "sqs:SendMessage"])
def test_a_right_that_is_missing_is_named(
    on_account: AccountCli, account: Account, learner: User, monday_policy: str, small: str, action: str
) -> None:
    account.policy(learner, denying(monday_policy, action))
    ran = on_account("day", small, "run", *account.sure)
    assert ran.exit_code == 1
    assert action.lower() in ran.both.replace("\n", " ").lower()  # AWS writes some of them small
    account.policy(learner, monday_policy)
    assert on_account("cleanup", "--all", *account.sure).exit_code == 0
    assert account.queues() == []


def test_a_right_that_is_missing_in_a_cleanup_leaves_exit_4_and_names_it(
    on_account: AccountCli, account: Account, learner: User, monday_policy: str, small: str
) -> None:
    assert on_account("day", small, "run", *account.sure).exit_code == 0
    account.policy(learner, denying(monday_policy, "sqs:DeleteQueue"))
    left = on_account("cleanup", *account.sure)
    assert left.exit_code == 4
    assert "sqs:deletequeue" in left.both.replace("\n", " ").lower()
    assert f"--region {REGION} --profile {PROFILE}" in left.out
    assert len(account.queues()) == 3
    account.policy(learner, monday_policy)
    assert on_account("cleanup", *account.sure).exit_code == 0


def test_both_targets_live_at_once_cleanup_all_names_the_other(
    on_account: AccountCli, account: Account, small: str, cli: Cli
) -> None:
    assert on_account("day", small, "run", *account.sure).exit_code == 0
    assert cli("day", small, "run").exit_code == 0

    local = cli("cleanup", "--all")
    assert local.exit_code == 4
    there = f"labcli cleanup --all --target aws --region {REGION} --profile {PROFILE}"
    assert there in local.out.replace("\n", " ")
    assert len(account.queues()) == 3

    assert cli("day", small, "run").exit_code == 0
    away = on_account("cleanup", "--all", *account.sure)
    assert away.exit_code == 4
    assert "in the local AWS → labcli cleanup --all" in away.out.replace("\n", " ")
    assert account.queues() == []
    assert cli("cleanup", "--all").exit_code == 0
