"""In local nothing of the user's AWS settings, proxies or tokens is read: no call can be redirected, and none fails."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.aws.conftest import SMALL
from tests.aws.trap import Trap, trap

BROKEN_CONFIG = "[default\nregion = \x00 many\n"
REDIRECTING_CONFIG = """
[default]
endpoint_url = {trap}
region = xx-nowhere-9
max_attempts = many
use_fips_endpoint = true
use_dualstack_endpoint = true
defaults_mode = nonsense
retry_mode = nonsense
credential_process = touch {touched}
services = mine
sso_session = school
csm_enabled = true
ca_bundle = /nonexistent/ca.pem
[services mine]
sqs =
  endpoint_url = {trap}
[sso-session school]
sso_region = eu-west-1
sso_start_url = https://school.awsapps.example/start
"""


def hostile(place: Path, caught: Trap, config: str) -> dict[str, str]:
    """An environment in which everything that botocore reads is wrong, or points at the trap."""
    home = place / "home"
    (home / ".aws" / "models" / "sqs" / "2012-11-05").mkdir(parents=True)
    (home / ".aws" / "models" / "sqs" / "2012-11-05" / "service-2.json").write_text("not a model", "utf-8")
    (home / ".aws" / "models" / "endpoints.json").write_text("not endpoints", "utf-8")
    (home / ".aws" / "config").write_text(config, "utf-8")
    (home / ".netrc").write_text("machine 127.0.0.1 login me password secret\n", "utf-8")
    proxies = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "all_proxy"), caught.url)
    endpoints = {f"AWS_ENDPOINT_URL{service}": caught.url for service in ("", "_SQS", "_STS", "_IAM")}
    return {
        **proxies, **endpoints,
        "PATH": os.environ.get("PATH", ""), "HOME": str(home), "LABCLI_HOME": str(place / "labcli"),
        "NO_PROXY": "example.com", "no_proxy": "example.com",
        "AWS_PROFILE": "does-not-exist", "AWS_DEFAULT_PROFILE": "neither",
        "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE", "AWS_SECRET_ACCESS_KEY": "x\ny", "AWS_SESSION_TOKEN": "token",
        "AWS_SECURITY_TOKEN": "token", "AWS_CREDENTIAL_EXPIRATION": "2020-01-01T00:00:00Z",
        "AWS_CONFIG_FILE": str(home / ".aws" / "config"), "AWS_SHARED_CREDENTIALS_FILE": str(home / ".aws" / "config"),
        "AWS_DATA_PATH": str(home / ".aws" / "models"), "AWS_CA_BUNDLE": "/nonexistent/ca.pem",
        "REQUESTS_CA_BUNDLE": "/nonexistent/ca.pem", "AWS_DEFAULT_REGION": "xx-nowhere-9", "AWS_REGION": "../../x",
        "AWS_MAX_ATTEMPTS": "many", "AWS_RETRY_MODE": "nonsense", "AWS_DEFAULTS_MODE": "nonsense",
        "AWS_USE_FIPS_ENDPOINT": "true", "AWS_USE_DUALSTACK_ENDPOINT": "true", "AWS_STS_REGIONAL_ENDPOINTS": "nonsense",
        "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "false", "AWS_EC2_METADATA_SERVICE_ENDPOINT": caught.url,
        "AWS_METADATA_SERVICE_TIMEOUT": "many", "AWS_CONTAINER_CREDENTIALS_FULL_URI": caught.url,
        "AWS_CSM_ENABLED": "true", "AWS_CSM_PORT": "many", "AWS_BEARER_TOKEN_SQS": "token",
        "AWS_BEARER_TOKEN_BEDROCK": "token", "AWS_AUTH_SCHEME_PREFERENCE": "nonsense",
        "AWS_ACCOUNT_ID_ENDPOINT_MODE": "nonsense", "AWS_REQUEST_CHECKSUM_CALCULATION": "nonsense",
        "AWS_RESPONSE_CHECKSUM_VALIDATION": "nonsense", "AWS_SIGV4A_SIGNING_REGION_SET": "*",
        "AWS_REQUEST_MIN_COMPRESSION_SIZE_BYTES": "many", "AWS_ENDPOINT_DISCOVERY_ENABLED": "nonsense",
        "AWS_SDK_UA_APP_ID": "x\r\nX-Evil: 1", "AWS_NEW_RETRIES_2026": "true", "BOTOCORE_TCP_KEEPALIVE": "nonsense",
        "AWS_EXECUTION_ENV": "x\r\nX-Evil: 1", "AWS_LAMBDA_FUNCTION_NAME": "f", "_X_AMZN_TRACE_ID": "x\r\nX-Evil: 1",
        "BOTO_CONFIG": "/nonexistent", "BOTOCORE_EXPERIMENTAL__PLUGINS": "evil=evil_plugin",
    }  # fmt: skip


@pytest.mark.parametrize("config", [BROKEN_CONFIG, REDIRECTING_CONFIG], ids=["broken", "redirecting"])
def test_the_local_target_works_and_the_trap_hears_nothing(tmp_path: Path, config: str) -> None:
    lab = tmp_path / "small.yaml"
    lab.write_text(SMALL, "utf-8")
    touched = tmp_path / "touched"
    with trap() as caught:
        env = hostile(tmp_path, caught, config.format(trap=caught.url, touched=touched) if "{" in config else config)

        def labcli(*arguments: str) -> subprocess.CompletedProcess[str]:
            command = [sys.executable, "-m", "labcli", *arguments]
            return subprocess.run(
                command, env=env, cwd=tmp_path, capture_output=True, encoding="utf-8", timeout=120, check=False
            )

        try:
            for arguments in (
                ("day", str(lab), "run"),
                ("verify", str(lab)),
                ("inspect", "orders"),
                ("doctor",),
                ("cleanup", "--all"),
            ):
                done = labcli(*arguments)
                assert done.returncode == 0, (arguments, done.stdout, done.stderr)
                assert "Traceback" not in done.stderr
            assert "Nothing is left: 3 of 3 gone" in done.stdout
            assert caught.heard == []
            assert not touched.exists()
        finally:
            labcli("local", "stop")


def test_a_profile_or_a_region_for_local_is_a_mistake_and_says_so(tmp_path: Path) -> None:
    from tests.conftest import Cli

    for option in ("--profile", "--region"):
        said = Cli(tmp_path / "labcli")("day", "mon", "run", option, "eu-west-1")
        assert said.exit_code == 2
        assert f"{option} is for a real account" in said.err
