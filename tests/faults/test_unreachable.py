"""A target that does not answer, or refuses: "not verified", never "nothing is left"."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from labcli.local import life
from tests.faults.conftest import SMALL, Stage, Time, small
from tests.faults.faulty import Ruled, aws_error, denied, fails, no_answer


def everything(error: Callable[[str], Exception]) -> Callable[[str, Mapping[str, Any]], Exception | None]:
    return lambda name, params: error(name)


def disabled(name: str) -> Exception:
    return aws_error(name, "OptInRequired", 403)


@pytest.mark.parametrize("error", [no_answer, disabled], ids=["no answer", "region disabled"])
@pytest.mark.parametrize("options", [[], ["--all"]], ids=["ledgers", "all"])
def test_an_aws_that_does_not_answer_is_not_verified(
    stage: Stage, tmp_path: Path, error: Callable[[str], Exception], options: list[str]
) -> None:
    assert stage.cli("day", str(small(tmp_path)), "run", "-q").exit_code == 0
    result = stage.cli("cleanup", *options, through=Ruled(everything(error)).through, **Time().given)
    assert result.exit_code == 4
    assert "Nothing is left" not in result.out
    assert result.out.count("aws sqs delete-queue") == len(SMALL)
    assert ("not verified" in result.out) == (error is no_answer or bool(options))
    assert len(stage.left()) == len(SMALL)
    assert stage.clean().exit_code == 0


def test_a_delete_that_is_refused_once_is_tried_again(stage: Stage, tmp_path: Path) -> None:
    assert stage.cli("day", str(small(tmp_path)), "run", "-q").exit_code == 0
    refused: list[str] = []

    def rule(name: str, params: Mapping[str, Any]) -> Exception | None:
        if name != "sqs.delete_queue" or refused:
            return None
        refused.append(name)
        return aws_error(name, "Throttling")

    result = stage.clean(through=Ruled(rule).through)
    assert refused and result.exit_code == 0, result.both
    assert f"{len(SMALL)} of {len(SMALL)} gone" in result.out


@pytest.mark.parametrize("error", [denied, no_answer], ids=["denied", "no answer"])
def test_a_list_that_cannot_be_read_is_not_verified(
    stage: Stage, tmp_path: Path, error: Callable[[str], Exception]
) -> None:
    """All that the ledger knows is gone, and nobody knows what else there is."""
    assert stage.cli("day", str(small(tmp_path)), "run", "-q").exit_code == 0
    result = stage.clean(through=Ruled(fails("sqs.list_queues", error=error)).through)
    assert result.exit_code == 4
    assert "not verified: the list of every queue" in result.out.replace("\n", " ")
    assert "Nothing is left" not in result.out
    assert "Something is left" not in result.out
    assert stage.left() == []


@pytest.fixture
def account(stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """``account("day", …)``: the command on the target ``aws``; the embedded AWS stands in for the account."""
    endpoint = life.find(stage.cli.home)
    assert endpoint is not None
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", endpoint.access_key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", endpoint.secret_key)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))

    def call(*arguments: str, ruled: Ruled | None = None, **changes: Any) -> Any:
        ruled = ruled or Ruled()
        ruled.account = endpoint.account
        options = ["--target", "aws", "--region", "us-east-1", "--yes", "--account", endpoint.account]
        given = {**Time().given, "account_endpoint": endpoint.url, "through": ruled.through, **changes}
        return stage.cli(*arguments, *options, **given)

    return call


def test_on_a_real_account_absence_is_read_fifteen_times_before_it_is_believed(
    stage: Stage, account: Callable[..., Any], tmp_path: Path
) -> None:
    ran = account("day", str(small(tmp_path)), "run", "-q")
    assert ran.exit_code == 0, ran.both
    ruled = Ruled()
    result = account("cleanup", "--all", ruled=ruled)
    assert result.exit_code == 0, result.both
    assert "Nothing is left" in result.out
    assert stage.left() == []
    asked = [params["QueueUrl"] for name, params in ruled.calls if name == "sqs.get_queue_attributes"]
    ours = [url for url in set(asked) if "labcli-small-" in url]
    assert len(ours) == len(SMALL) and all(asked.count(url) >= 15 for url in ours)


def test_a_queue_that_reads_as_absent_now_and_then_is_not_believed_gone(
    stage: Stage, account: Callable[..., Any], tmp_path: Path
) -> None:
    """Stale reads: every other read of an existing queue says that it does not exist."""
    assert account("day", str(small(tmp_path)), "run", "-q").exit_code == 0
    counts: dict[str, int] = {}

    def rule(name: str, params: Mapping[str, Any]) -> Exception | None:
        if name != "sqs.get_queue_attributes":
            return None
        url = str(params["QueueUrl"])
        counts[url] = counts.get(url, 0) + 1
        return aws_error(name, "QueueDoesNotExist") if counts[url] % 3 else None

    result = account("cleanup", "--all", ruled=Ruled(rule))
    assert (result.exit_code, stage.left()) == (0, []), result.both


def test_an_account_that_stops_answering_is_not_verified_and_named_from_elsewhere(
    stage: Stage, account: Callable[..., Any], tmp_path: Path
) -> None:
    assert account("day", str(small(tmp_path)), "run", "-q").exit_code == 0
    silent = Ruled(lambda name, params: no_answer(name) if name.startswith("sqs.") else None)
    result = account("cleanup", "--all", ruled=silent)
    assert result.exit_code == 4
    assert "not verified" in result.out
    assert "aws sqs delete-queue" in result.out
    assert "labcli local env" not in result.out
    here = stage.clean()
    assert here.exit_code == 4
    assert "labcli cleanup --all --target aws --region us-east-1" in here.out.replace("\n", " ")
    assert "Nothing is left:" not in here.out
    assert account("cleanup", "--all").exit_code == 0
    assert stage.clean().exit_code == 0
