"""`labcli doctor`: one finding for each thing that labcli stands on, what is wrong with its remedy and an exit code."""

from __future__ import annotations

import json
import os
import socket
from contextlib import closing
from importlib import metadata
from pathlib import Path

import pytest

from labcli.local import life
from labcli.run import doctor
from tests.conftest import Cli, Result

posix = pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="needs file modes that bind")


def findings(result: Result) -> dict[str, dict[str, object]]:
    document = json.loads(result.out)
    assert document["document"] == "doctor"
    assert document["exit_code"] == result.exit_code
    return {each["subject"]: each for each in document["findings"]}


def bad(result: Result) -> list[str]:
    found = findings(result)
    assert all(each["mend"] for each in found.values() if not each["good"])
    return [name for name, each in found.items() if not each["good"]]


def test_all_is_well_exits_0(cli: Cli) -> None:
    said = cli("doctor")
    assert said.exit_code == 0, said.out
    assert "All is well." in said.out
    subjects = ("Python", "labcli", "state folder", "ledgers", "local AWS", "functions", "AWS credentials", "clock")
    for subject in (*subjects, "terminal"):
        assert f"✔ {subject}" in said.out
    assert bad(cli("doctor", "--output", "json")) == []


def test_aws_settings_are_said_to_be_ignored_by_local(cli: Cli) -> None:
    cli.env.update(AWS_PROFILE="nosuch", AWS_ENDPOINT_URL="https://x.example", HTTPS_PROXY="http://p.example:1")
    said = cli("doctor", "--output", "json")
    assert said.exit_code == 0
    seen = findings(said)["AWS credentials"]["seen"]
    assert seen == "not used by the local AWS (set, and ignored: AWS_ENDPOINT_URL, AWS_PROFILE, HTTPS_PROXY)"


def test_values_of_settings_are_never_shown(cli: Cli) -> None:
    cli.env.update(AWS_SECRET_ACCESS_KEY="CanarySecret", AWS_SESSION_TOKEN="CanaryToken")
    assert "Canary" not in cli("doctor").both


def test_a_damaged_ledger_is_found(cli: Cli) -> None:
    runs = cli.home / "runs"
    runs.mkdir(parents=True)
    (runs / "mon-aaaaaaaa.jsonl").write_text("not a ledger\n", "utf-8")
    said = cli("doctor", "--output", "json")
    assert said.exit_code == 1
    assert bad(said) == ["ledgers"]
    assert "labcli cleanup --all" in str(findings(said)["ledgers"]["mend"])


def test_a_clock_that_is_years_behind_is_found(cli: Cli) -> None:
    said = cli("doctor", "--output", "json", clock=lambda: 1_000_000_000.0)
    assert said.exit_code == 1
    assert bad(said) == ["clock"]
    assert findings(said)["clock"]["mend"] == "Set this machine's clock"


def test_a_state_folder_that_is_a_link_is_found(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    said = Cli(tmp_path / "link")("doctor", "--output", "json")
    assert said.exit_code in (2, 3)
    assert {"state folder", "ledgers", "local AWS"} <= set(bad(said))


def test_a_port_that_somebody_else_took_is_found(own_home: Path) -> None:
    keys = life.keys(own_home)
    with closing(socket.create_server(("127.0.0.1", keys.port))) as taken:
        taken.settimeout(0)
        said = Cli(own_home)("doctor", "--output", "json")
    assert said.exit_code == 3
    assert bad(said) == ["local AWS"]
    assert str(keys.port) in str(findings(said)["local AWS"]["seen"])


@posix
def test_a_state_folder_without_rights_is_found(tmp_path: Path) -> None:
    home = tmp_path / "labcli"
    home.mkdir(mode=0o500)
    said = Cli(home)("doctor", "--output", "json")
    assert "state folder" in bad(said)
    assert said.exit_code != 0


def test_no_credentials_for_an_account_are_a_finding_and_exit_3(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    said = cli("doctor", "--target", "aws", "--region", "eu-west-1", "--output", "json")
    assert said.exit_code == 3
    assert bad(said) == ["AWS credentials", "AWS account"]
    assert findings(said)["AWS credentials"]["seen"] == "no AWS credentials were found"
    assert "aws configure" in str(findings(said)["AWS credentials"]["mend"])


def test_a_package_that_something_else_moved_is_named() -> None:
    declared = ["botocore==1.43.106", "typer<0.29,>=0.27", "moto[stepfunctions]<5.3,>=5.2.5", "gone>=1",
                "pexpect<5,>=4.9; sys_platform != 'win32' and extra == 'dev'"]  # fmt: skip
    here = {"botocore": "1.40.1", "typer": "0.27", "moto": "5.3.0"}

    def version(name: str) -> str:
        if name not in here:
            raise metadata.PackageNotFoundError(name)
        return here[name]

    assert doctor.not_as_declared(declared, version) == [
        "botocore 1.40.1 (it needs ==1.43.106)", "moto 5.3.0 (it needs <5.3,>=5.2.5)", "no gone (it needs >=1)",
    ]  # fmt: skip
    here.update(botocore="1.43.106", moto="5.2.9", gone="1.0")
    assert doctor.not_as_declared(declared, version) == []


def test_what_is_installed_here_is_as_declared() -> None:
    assert doctor.not_as_declared(metadata.requires("labcli") or (), metadata.version) == []
