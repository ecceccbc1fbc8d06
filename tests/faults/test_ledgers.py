"""A ledger that is torn, broken, newer, foreign or gone: one clear word, and still nothing is left (60 to 62, 66)."""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from labcli.errors import LabcliError
from labcli.run.ledger.ledger import line_of
from labcli.run.ledger.runs import all_runs
from tests.faults.conftest import SMALL, Stage, small


@pytest.fixture
def ran(stage: Stage, tmp_path: Path) -> Path:
    """The ledger of a run of the small lab, three queues alive."""
    assert stage.cli("day", str(small(tmp_path)), "run", "-q").exit_code == 0
    assert len(stage.left()) == len(SMALL)
    return stage.ledgers()[0]


def rewrite(path: Path, change: Callable[[dict[str, Any]], bytes | None]) -> None:
    """Each line as ``change`` wants it, None for as it is."""
    lines = []
    for line in path.read_bytes().splitlines(keepends=True):
        lines.append(change(json.loads(line)["event"]) or line)
    path.write_bytes(b"".join(lines))


def damaged(event: dict[str, Any]) -> bytes:
    """The event's line with one bit of it turned."""
    line = bytearray(line_of(event))
    line[len(line) // 2] ^= 1
    return bytes(line)


def test_a_torn_last_line_is_healed_and_noted(stage: Stage, ran: Path) -> None:
    whole = ran.read_bytes()
    ran.write_bytes(whole + line_of({"n": 99, "at": 1.0, "type": "intent", "does": "create"})[:40])
    result = stage.cli("cleanup")
    assert result.exit_code == 0
    assert "was torn: healed" in result.err
    assert ran.read_bytes().startswith(whole)
    assert all(json.loads(line)["event"] for line in ran.read_bytes().splitlines())
    assert stage.left() == []


def test_a_run_goes_on_from_a_ledger_whose_last_line_is_torn(stage: Stage, ran: Path, tmp_path: Path) -> None:
    ran.write_bytes(ran.read_bytes()[:-9])
    assert stage.cli("day", str(tmp_path / "small.yaml"), "run", "-q").exit_code == 0
    assert len(stage.left()) == len(SMALL)
    assert stage.cli("cleanup").exit_code == 0
    assert stage.left() == []


@pytest.mark.parametrize("lost", ["header", "intents", "outcomes", "everything"])
def test_broken_lines_are_skipped_and_the_sweep_finds_what_they_knew(stage: Stage, ran: Path, lost: str) -> None:
    kinds = {"header": ["run"], "intents": ["intent"], "outcomes": ["outcome"]}.get(lost)
    rewrite(ran, lambda event: damaged(event) if kinds is None or event["type"] in kinds else None)
    stage.add_canaries()
    result = stage.cli("cleanup")
    assert result.exit_code == 0, result.both
    assert "cannot be read: skipped" in result.err
    assert stage.left() == []


def test_what_was_swept_once_is_not_swept_again(stage: Stage, ran: Path) -> None:
    rewrite(ran, lambda event: damaged(event) if event["type"] == "intent" else None)
    assert "skipped" in stage.cli("cleanup").err
    again = stage.cli("cleanup")
    assert (again.exit_code, again.err) == (0, "")


def test_a_broken_ledger_of_one_day_costs_no_other_day_its_queues(stage: Stage, ran: Path, tmp_path: Path) -> None:
    assert stage.cli("day", str(small(tmp_path, "other")), "run", "-q").exit_code == 0
    rewrite(ran, lambda event: damaged(event) if event["type"] == "intent" else None)
    assert stage.cli("cleanup", "small").exit_code == 0
    left = stage.left()
    assert len(left) == len(SMALL)
    assert all(name.startswith("labcli-other-") for name in left)


def test_a_ledger_that_lost_its_header_still_knows_that_it_is_of_a_real_account(stage: Stage, ran: Path) -> None:
    account = "aws-123456789012-eu-west-1"

    def change(event: dict[str, Any]) -> bytes | None:
        if event["type"] == "run":
            return damaged(event)
        return line_of({**event, "target": account}) if event["type"] == "intent" else None

    rewrite(ran, change)
    result = stage.cli("cleanup")
    assert not any(event["type"] == "gone" for event in _events(ran))
    assert "labcli cleanup --all --target aws --region eu-west-1" in result.out
    assert stage.clean().exit_code == 4


def _events(path: Path) -> list[dict[str, Any]]:
    found = []
    for line in path.read_bytes().splitlines():
        text = line.partition(b',"event":')[2][:-1]
        if line.startswith(f'{{"sum":"{zlib.crc32(text):08x}"'.encode()):
            found.append(json.loads(text))
    return found


def test_a_ledger_of_a_newer_labcli_is_left_alone_and_said(stage: Stage, ran: Path, tmp_path: Path) -> None:
    rewrite(ran, lambda event: line_of({**event, "version": 2}) if event["type"] == "run" else None)
    before, queues = ran.read_bytes(), sorted(stage.left())
    for arguments in (["cleanup"], ["cleanup", "--all"], ["cleanup", "small"], ["cleanup", "--all", "--dry-run"]):
        result = stage.cli(*arguments)
        assert result.exit_code == 4, result.both
        assert "written by a newer labcli" in result.out.replace("\n", " ")
        assert "Nothing is left" not in result.out
    again = stage.cli("day", str(tmp_path / "small.yaml"), "run", "-q")
    assert again.exit_code == 4
    assert "newer labcli" in again.err.replace("\n", " ")
    assert (ran.read_bytes(), sorted(stage.left())) == (before, queues)


def test_a_kind_that_this_labcli_does_not_know_is_said_and_the_rest_goes(stage: Stage, ran: Path) -> None:
    event = {"n": 99, "at": 1.0, "type": "intent", "does": "create", "kind": "moon", "key": "m", "name": "labcli-m"}
    ran.write_bytes(ran.read_bytes() + line_of({**event, "target": "local"}))
    result = stage.clean()
    assert result.exit_code == 4
    assert "does not know the kind `moon`" in result.out.replace("\n", " ")
    assert stage.left() == []


@pytest.mark.parametrize(
    "event",
    [
        {"type": "intent"},
        {"n": "one", "at": 1.0, "type": "intent", "does": "create", "kind": "queue", "name": "labcli-x"},
        {"n": 9, "at": 1.0, "type": "intent", "does": "create", "kind": ["queue"], "name": "labcli-x"},
        {"n": 9, "at": 1.0, "type": "outcome", "of": 2, "ok": True, "attributes": {"url": 7}},
        {"n": 9, "at": None, "type": "gone", "name": {}},
        {"n": 9, "at": float("nan"), "type": "run", "lab": "small", "version": 1},
        {"n": 9, "at": 1.0, "type": "run", "lab": 7, "version": 1},
    ],
)
def test_lines_with_a_right_checksum_and_wrong_contents_are_broken_lines(
    stage: Stage, ran: Path, event: dict[str, Any]
) -> None:
    ran.write_bytes(ran.read_bytes() + line_of(event) + b"[" * 50_000 + b"\n")
    assert stage.cli("status").exit_code == 0
    result = stage.clean()
    assert (result.exit_code, "2 lines" in result.err) == (0, True), result.both
    assert stage.left() == []


def test_a_lab_name_in_a_ledger_leads_nowhere(stage: Stage, ran: Path, tmp_path: Path) -> None:
    rewrite(ran, lambda event: line_of({**event, "lab": "../../escaped"}) if event["type"] == "run" else None)
    assert stage.clean().exit_code == 0
    locks = stage.cli.home / "locks"
    around = [path for root in (stage.cli.home.parent, tmp_path) for path in root.rglob("*escaped*")]
    assert all(path.parent == locks for path in around)
    assert list(locks.glob("*escaped.lock"))


def test_what_is_gone_already_is_a_success(stage: Stage, ran: Path) -> None:
    for url in stage.sqs.list_queues()["QueueUrls"]:
        stage.sqs.delete_queue(QueueUrl=url)
    result = stage.cli("cleanup")
    assert result.exit_code == 0
    assert result.out.count("was gone") == len(SMALL)
    assert "Nothing is left" in result.out


def test_a_create_that_is_begun_once_more_after_the_thing_was_gone_is_open_again() -> None:
    from labcli.run.ledger.owned import State, owned

    create = {"type": "intent", "does": "create", "kind": "queue", "key": "q", "name": "labcli-q"}
    events = [{**create, "n": 1}, {"type": "outcome", "of": 1, "ok": True}, {"type": "gone", "name": "labcli-q"}]
    assert owned(events)["labcli-q"].state is State.GONE
    assert owned([*events, {**create, "n": 4}])["labcli-q"].state is State.INTENDED


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root, and Windows, may list every folder")
def test_ledgers_that_cannot_be_listed_are_not_taken_for_none(stage: Stage) -> None:
    place = stage.cli.home / "runs"
    place.mkdir(parents=True, exist_ok=True)
    place.chmod(0)
    try:
        with pytest.raises(LabcliError, match="cannot be read"):
            all_runs(stage.cli.context())
    finally:
        place.chmod(0o700)
