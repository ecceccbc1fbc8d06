"""Many learners on one account: what is another's is counted and never touched, what is lost is found again."""

from __future__ import annotations

import json
import shutil
import time
from pathlib import Path

import pytest

from tests.aws.conftest import PROFILE, REGION, Account, Settings, User
from tests.aws.world import IDENTITY_ONLY, AccountCli, Clock


def test_resources_of_another_owner_are_counted_and_never_touched(
    on_account: AccountCli, account: Account, small: str, learner: User
) -> None:
    theirs = ["labcli-mon-aaaaaaaa-orders", "labcli-mon-bbbbbbbb-orders", "labcli-by-hand", "other"]
    account.queue(theirs[0], labcli_run="aaaaaaaa", labcli_lab="mon", labcli_owner="0123456789abcdef")
    account.queue(theirs[1], labcli_run="bbbbbbbb", labcli_lab="mon")  # no owner: nobody's to take
    account.queue(theirs[2], labcli_owner=learner.owner)  # no run: labcli never made it
    account.queue(theirs[3])
    assert on_account("day", small, "run", *account.sure).exit_code == 0
    cleaned = on_account("cleanup", "--all", *account.sure)
    assert cleaned.exit_code == 0
    assert "3 of 3 gone" in cleaned.out
    assert "3 resources of others not touched" in cleaned.out.replace("\n", " ")
    assert account.queues() == sorted(theirs)


def test_two_learners_take_away_their_own_only(
    on_account: AccountCli,
    account: Account,
    small: str,
    settings: Settings,
    learner: User,
    tmp_path: Path,
    monday_policy: str,
) -> None:
    second = account.user("second", monday_policy)
    settings.write(credentials=learner.as_profile() + second.as_profile("second"))
    other = AccountCli(tmp_path / "second", account.endpoint.url)
    sure = [each if each != PROFILE else "second" for each in account.sure]
    assert on_account("day", small, "run", *account.sure).exit_code == 0
    mine = account.queues()
    assert other("day", small, "run", *sure).exit_code == 0
    theirs = sorted(set(account.queues()) - set(mine))

    assert on_account("cleanup", "--all", *account.sure).exit_code == 0
    assert account.queues() == theirs
    assert other("cleanup", "--all", *sure).exit_code == 0
    assert account.queues() == []


def test_what_no_ledger_knows_is_listed_with_its_age_and_taken_with_yes(
    on_account: AccountCli, account: Account, small: str, home: Path
) -> None:
    assert on_account("day", small, "run", *account.sure).exit_code == 0
    shutil.rmtree(home / "runs")  # another machine, or a state folder that was lost
    plain = on_account("cleanup", *account.sure)
    assert plain.exit_code == 0
    assert len(account.queues()) == 3  # without --all nothing is swept

    dry = on_account("cleanup", "--all", "--dry-run", *account.target, "--output", "json")
    assert [row["age_seconds"] is not None for row in json.loads(dry.out)["resources"]] == [True] * 3

    days_later = time.time() + 3 * 86_400 + 60  # noqa: TID251 - the queues carry the real time
    cleaned = on_account("cleanup", "--all", *account.sure, clock=lambda: days_later)
    assert cleaned.exit_code == 0, cleaned.both
    listed = [line for line in cleaned.err.splitlines() if line.startswith("No ledger knows labcli-small-")]
    assert len(listed) == 3
    assert all(line.endswith("(queue, made 3 days ago)") for line in listed)
    assert account.queues() == []


def test_credentials_that_changed_their_account_since_the_run_are_refused(
    on_account: AccountCli, account: Account, small: str, settings: Settings, own_home: Path, monday_policy: str
) -> None:
    from labcli.local import life

    assert on_account("day", small, "run", *account.sure).exit_code == 0
    clock = Clock()
    elsewhere = Account(own_home, life.ensure(own_home, clock.sleep, clock.monotonic))
    settings.write(credentials=elsewhere.user("learner", monday_policy).as_profile())
    there = AccountCli(on_account.home, elsewhere.endpoint.url)
    for more in ([], ["--all"], ["small"]):
        refused = there("cleanup", *more, *elsewhere.sure)
        assert refused.exit_code == 3
        said = refused.err.replace("\n", " ")
        assert f"the run of small belongs to account {account.id}" in said
        assert f"these credentials are now for {elsewhere.id}" in said
        assert there.recorder.calls == IDENTITY_ONLY
    assert len(account.queues()) == 3


@pytest.mark.parametrize("region", ["us-east-1"])
def test_what_is_live_in_another_region_is_named(
    on_account: AccountCli, account: Account, small: str, region: str
) -> None:
    assert on_account("day", small, "run", *account.sure).exit_code == 0
    sure = [each if each != REGION else region for each in account.sure]
    cleaned = on_account("cleanup", "--all", *sure)
    assert cleaned.exit_code == 4
    named = f"labcli cleanup --all --target aws --region {REGION} --profile {PROFILE}"
    assert named in cleaned.out.replace("\n", " ")
    assert len(account.queues()) == 3
