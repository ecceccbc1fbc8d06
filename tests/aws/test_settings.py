"""Broken AWS settings of every sort: one clear message, exit 3, no traceback, no secret. botocore itself reads them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.aws.conftest import PROFILE, REGION, Account, Settings, User
from tests.aws.world import AccountCli
from tests.conftest import Result

KEY, SECRET = "AKIAIOSFODNN7EXAMPLE", "CanarySecretCanarySecretCanarySecretCan1"
STATIC = f"aws_access_key_id = {KEY}\naws_secret_access_key = {SECRET}\n"
NOWHERE = "http://127.0.0.1:1"
"""Nobody listens there: what must not be called cannot be."""


@pytest.fixture
def cli(home: Path, settings: Settings) -> AccountCli:
    """The command line of somebody whose settings a test breaks."""
    return AccountCli(home, NOWHERE)


def refused(cli: AccountCli, *options: str) -> str:
    """What every command says on standard error, on one line; it is one message of exit 3 and tells no secret."""
    options = options or ("--profile", PROFILE, "--region", REGION)
    said: list[str] = []
    for command in (["day", "mon", "run"], ["cleanup", "--all"], ["verify", "mon"]):
        found = cli(*command, "--target", "aws", *options)
        said.append(_checked(found))
    assert len(set(said)) == 1, said
    doctor = cli("doctor", "--target", "aws", *options)
    assert doctor.exit_code == 3
    assert "✘ AWS credentials" in doctor.out or "✘ AWS account" in doctor.out
    assert "Traceback" not in doctor.both
    assert SECRET not in doctor.both
    return said[0]


def _checked(found: Result) -> str:
    assert found.exit_code == 3, found.both
    assert found.out == ""
    assert "Traceback" not in found.err
    assert SECRET not in found.err
    assert "Canary" not in found.err
    assert len(found.err.strip().splitlines()) <= 2
    assert found.err.startswith("✘ ")
    return found.err.replace("\n", " ")


def test_46_no_credentials(cli: AccountCli) -> None:
    said = refused(cli, "--region", REGION)
    assert "no AWS credentials were found" in said
    assert "aws configure" in said


@pytest.mark.parametrize("half", ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"])
def test_47_half_a_pair(cli: AccountCli, monkeypatch: pytest.MonkeyPatch, half: str) -> None:
    monkeypatch.setenv(half, SECRET)
    said = refused(cli, "--region", REGION)
    if half == "AWS_ACCESS_KEY_ID":
        assert "half of the AWS credentials is missing: AWS_SECRET_ACCESS_KEY" in said
    else:  # botocore goes on to the next source when the key id is missing
        assert "no AWS credentials were found" in said


def test_47_half_a_pair_in_the_file(cli: AccountCli, settings: Settings) -> None:
    settings.write(credentials=f"[{PROFILE}]\naws_access_key_id = {KEY}\n")
    assert "half of the AWS credentials is missing: AWS_SECRET_ACCESS_KEY" in refused(cli)


def test_48_unknown_profile(cli: AccountCli, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "profile (nosuch) could not be found" in refused(cli, "--profile", "nosuch", "--region", REGION)
    monkeypatch.setenv("AWS_PROFILE", "nosuch2")
    assert "profile (nosuch2) could not be found" in refused(cli, "--region", REGION)


@pytest.mark.parametrize("broken", ["[profile lab\nregion =", "region\n", "\x00\x01", "[profile lab]\n[profile lab]\n"])
def test_49_broken_config(cli: AccountCli, settings: Settings, broken: str) -> None:
    settings.write(config=broken)
    said = refused(cli)
    assert f"the AWS settings file cannot be read: {settings.config}" in said or "could not be found" in said


def test_49_config_that_is_no_text(cli: AccountCli, settings: Settings) -> None:
    settings.config.write_bytes(b"[profile lab]\nregion = \xff\xfe\n")
    assert "the AWS settings file cannot be read" in refused(cli)


def test_50_no_region(cli: AccountCli, settings: Settings) -> None:
    settings.write(credentials=f"[{PROFILE}]\n{STATIC}")
    said = refused(cli, "--profile", PROFILE)
    assert "no region is set" in said
    assert "--region eu-west-1" in said


@pytest.mark.parametrize("region", ["eu_west_1", "eu-west-1/x", "-", "EU-WEST-1", "eu-west-1.evil.example"])
def test_50_a_region_that_is_none(
    cli: AccountCli, settings: Settings, monkeypatch: pytest.MonkeyPatch, region: str
) -> None:
    settings.write(credentials=f"[{PROFILE}]\n{STATIC}")
    monkeypatch.setenv("AWS_DEFAULT_REGION", region)
    assert "region" in refused(cli, "--profile", PROFILE)
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    assert f"`{region}` is not a region" in refused(cli, "--profile", PROFILE, f"--region={region}")


SSO = """
[profile lab]
sso_session = school
sso_account_id = 111122223333
sso_role_name = Learner
[sso-session school]
sso_region = eu-west-1
sso_start_url = https://school.awsapps.example/start
"""


@pytest.mark.parametrize("cached", [False, True], ids=["never logged in", "expired"])
def test_51_the_sso_login_has_ended(cli: AccountCli, settings: Settings, tmp_path: Path, cached: bool) -> None:
    settings.write(config=SSO)
    if cached:
        import hashlib

        place = tmp_path / ".aws" / "sso" / "cache"
        place.mkdir(parents=True)
        token = {"accessToken": SECRET, "expiresAt": "2020-01-01T00:00:00Z", "region": REGION, "startUrl": "x"}
        (place / f"{hashlib.sha1(b'school').hexdigest()}.json").write_text(json.dumps(token), "utf-8")
    said = refused(cli)
    assert "the SSO login has ended" in said
    assert f"aws sso login --profile {PROFILE}" in said


@pytest.mark.parametrize(
    "process", ["echo CanaryNotJson", "echo []", "echo '{}'", "sh -c 'echo Canary >&2; exit 3'", "/nonexistent/helper"]
)
def test_52_the_program_that_gives_credentials_fails(cli: AccountCli, settings: Settings, process: str) -> None:
    settings.write(config=f"[profile {PROFILE}]\ncredential_process = {process}\n")
    said = refused(cli)
    assert "the program that gives the AWS credentials" in said
    assert "credential_process" in said


def test_53_mfa_without_a_terminal(cli: AccountCli, settings: Settings) -> None:
    role = "role_arn = arn:aws:iam::111122223333:role/lab\nmfa_serial = arn:aws:iam::111122223333:mfa/me"
    settings.write(config=f"[profile {PROFILE}]\n{role}\nsource_profile = base\n[profile base]\n{STATIC}")
    assert "wants an MFA code, and nobody can type one here" in refused(cli)


def test_54_profiles_that_go_round_in_a_circle(cli: AccountCli, settings: Settings) -> None:
    role = "role_arn = arn:aws:iam::111122223333:role/lab"
    settings.write(
        config=f"[profile {PROFILE}]\n{role}\nsource_profile = b\n[profile b]\n{role}\nsource_profile = {PROFILE}\n"
    )
    assert "go round in a circle" in refused(cli)


@pytest.mark.parametrize("secret", [f"{SECRET}\nX-Evil: 1", f"{SECRET} ", f"{SECRET}\u00e9", f"{SECRET}\x1b[0m"])
def test_55_a_line_break_in_a_key(cli: AccountCli, monkeypatch: pytest.MonkeyPatch, secret: str) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", secret)
    assert "hold a space, a line break" in refused(cli, "--region", REGION)


def test_55_a_line_break_in_a_key_id(cli: AccountCli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", f"{KEY}\nCanary")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    assert "hold a space, a line break" in refused(cli, "--region", REGION)


def test_56_max_attempts_that_are_no_number(
    cli: AccountCli, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.write(credentials=f"[{PROFILE}]\n{STATIC}")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "many")
    said = refused(cli)
    assert "AWS_MAX_ATTEMPTS=many is not a number" in said
    assert "unset AWS_MAX_ATTEMPTS" in said


@pytest.mark.parametrize("name", ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_SQS", "AWS_ENDPOINT_URL_STS"])
def test_57_an_endpoint_from_the_environment(
    cli: AccountCli, settings: Settings, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    settings.write(credentials=f"[{PROFILE}]\n{STATIC}")
    monkeypatch.setenv(name, f"https://me:{SECRET}@evil.example:8443/x")
    said = refused(cli)
    assert f"{name}=https://…@evil.example:8443/x would send the calls for AWS somewhere else" in said
    assert f"unset {name}" in said
    assert cli.recorder.calls == []


def test_57_the_shell_that_points_at_the_local_aws_is_told_how_to_leave(
    cli: AccountCli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:21000")
    monkeypatch.setenv("LABCLI_ENV", "1")
    assert 'eval "$(labcli local env --unset)"' in refused(cli, "--region", REGION)


@pytest.mark.parametrize(
    "config",
    [
        f"[profile {PROFILE}]\n{STATIC}endpoint_url = https://evil.example\n",
        f"[profile {PROFILE}]\n{STATIC}services = mine\n[services mine]\nsqs =\n  endpoint_url = https://evil.example\n",
    ],
    ids=["profile", "services"],
)
def test_57_an_endpoint_from_a_profile(cli: AccountCli, settings: Settings, config: str) -> None:
    settings.write(config=config)
    said = refused(cli)
    assert "endpoint_url = https://evil.example" in said
    assert "the profile would send the calls for AWS somewhere else" in said
    assert cli.recorder.calls == []


def test_57_settings_of_services_without_an_endpoint_are_no_reason_to_refuse(
    on_account: AccountCli, account: Account, settings: Settings, learner: User
) -> None:
    settings.write(
        config=f"[profile {PROFILE}]\nservices = mine\n[services mine]\nsqs =\n  api_version = 2012-11-05\n",
        credentials=learner.as_profile(),
    )
    assert on_account("cleanup", *account.sure).exit_code == 0
