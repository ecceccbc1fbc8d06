"""`labcli doctor --target aws`: which credentials would be used, whose they are, whether labcli would work there."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import boto3
import pytest

from tests.aws.conftest import PROFILE, REGION, Account, Settings, User
from tests.aws.world import IDENTITY_ONLY, AccountCli


def test_it_names_profile_account_and_region(on_account: AccountCli, account: Account) -> None:
    said = on_account("doctor", *account.target)
    assert said.exit_code == 0, said.out
    assert f"from the credentials file, profile {PROFILE}; region {REGION}" in said.out
    assert (
        f"AWS account {account.id} (acme-lab) in {REGION}, you are arn:aws:iam::{account.id}:user/learner" in said.out
    )
    assert on_account.recorder.calls == IDENTITY_ONLY


def test_it_names_the_environment(on_account: AccountCli, learner: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", learner.key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", learner.secret)
    monkeypatch.setenv("AWS_REGION", REGION)
    said = on_account("doctor", "--target", "aws")
    assert said.exit_code == 0
    assert f"from the environment (AWS_ACCESS_KEY_ID); region {REGION}" in said.out
    assert learner.secret not in said.both


def test_it_names_a_program(
    on_account: AccountCli, account: Account, settings: Settings, learner: User, tmp_path: Path
) -> None:
    program = tmp_path / "give.py"
    program.write_text(
        f'print(\'{{"Version": 1, "AccessKeyId": "{learner.key}", "SecretAccessKey": "{learner.secret}"}}\')', "utf-8"
    )
    settings.write(config=f"[profile {PROFILE}]\ncredential_process = {sys.executable} {program}\n")
    said = on_account("doctor", *account.target)
    assert said.exit_code == 0, said.out
    assert f"from the profile's credential_process, profile {PROFILE}" in said.out


def test_production_and_root_are_findings(
    on_account: AccountCli, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    account.is_called("acme-prod")
    said = on_account("doctor", *account.target)
    assert said.exit_code == 3
    assert "labcli does not run in production" in said.out
    assert "✔ AWS credentials" in said.out
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", account.endpoint.access_key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", account.endpoint.secret_key)
    said = on_account("doctor", "--target", "aws", "--region", REGION)
    assert said.exit_code == 3
    assert "root user" in said.out


def assumed(account: Account, learner: User, policy: str, session: str) -> dict[str, str]:
    """The credentials of a role that the learner has assumed, as variables."""
    iam = account.client("iam")
    if "labs" not in [role["RoleName"] for role in iam.list_roles()["Roles"]]:
        principal = {"AWS": f"arn:aws:iam::{account.id}:root"}
        trust = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
        document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
        iam.create_role(RoleName="labs", AssumeRolePolicyDocument=document)
        iam.put_role_policy(RoleName="labs", PolicyName="labcli", PolicyDocument=policy)
    allowed = json.loads(policy)
    allowed["Statement"].append({"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"})
    account.policy(learner, json.dumps(allowed))
    sts = boto3.client(
        "sts", endpoint_url=account.endpoint.url, region_name=REGION, aws_access_key_id=learner.key,
        aws_secret_access_key=learner.secret,
    )  # fmt: skip
    arn = f"arn:aws:iam::{account.id}:role/labs"
    found = sts.assume_role(RoleArn=arn, RoleSessionName=session)["Credentials"]
    names = {"AccessKeyId": "ACCESS_KEY_ID", "SecretAccessKey": "SECRET_ACCESS_KEY", "SessionToken": "SESSION_TOKEN"}
    return {f"AWS_{variable}": found[name] for name, variable in names.items()}


def test_a_role_works_and_one_whose_session_is_named_anew_each_time_is_a_finding(
    on_account: AccountCli,
    account: Account,
    learner: User,
    monday_policy: str,
    small: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    options = ["--target", "aws", "--region", REGION]
    for name, value in assumed(account, learner, monday_policy, "ada").items():
        monkeypatch.setenv(name, value)
    assert on_account("doctor", *options).exit_code == 0
    sure = [*options, "--yes", "--account", account.id]
    assert on_account("day", small, "run", *sure).exit_code == 0
    assert on_account("cleanup", "--all", *sure).exit_code == 0
    assert account.queues() == []

    for name, value in assumed(account, learner, monday_policy, "botocore-session-1790000000").items():
        monkeypatch.setenv(name, value)
    said = on_account("doctor", *options)
    assert said.exit_code == 1
    assert "Set role_session_name in the profile" in said.out


def test_an_endpoint_in_a_profile_that_assumes_a_role_is_refused_before_sts_is_asked(
    on_account: AccountCli, account: Account, settings: Settings, learner: User
) -> None:
    role = f"role_arn = arn:aws:iam::{account.id}:role/labs\nsource_profile = {PROFILE}"
    settings.write(
        config=f"[profile role]\n{role}\nendpoint_url = {account.endpoint.url}\n", credentials=learner.as_profile()
    )
    said = on_account("doctor", "--target", "aws", "--profile", "role", "--region", REGION)
    assert said.exit_code == 3
    assert "the profile would send the calls for AWS somewhere else" in said.out
    assert on_account.recorder.calls == []
