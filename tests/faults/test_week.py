"""``delete: {every: …}`` over another day's ledger, and ledgers that lie about what was needed or changed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from labcli.run.ledger.ledger import line_of
from tests.conftest import Cli
from tests.faults.conftest import plain, write_lab
from tests.faults.everything import Census
from tests.faults.pair import flow, of_lab, pair
from tests.holding import held


@pytest.fixture
def labs(cli: Cli, tmp_path: Path) -> tuple[str, str]:
    """``a`` and ``b``, both run."""
    files = pair(tmp_path)
    for each in files:
        assert cli("day", each, "run", "-q").exit_code == 0
    return files


def ledger_of(cli: Cli, lab: str) -> Path:
    (found,) = (cli.home / "runs").glob(f"{lab}-*.jsonl")
    return found


def add(path: Path, *events: dict[str, Any]) -> None:
    """Events at the end of a ledger, in the place of the updates that it holds."""
    kept = [line for line in path.read_bytes().splitlines(keepends=True) if b'"does":"update"' not in line]
    lines = [line_of({"n": 900 + number, "at": 1.0, **event}) for number, event in enumerate(events)]
    path.write_bytes(b"".join([*kept, *lines]))


FRIDAY = [
    {"create": ["own"]},
    {"delete": {"every": "machine"}, "expect": {"deleted": ["a.flow"]}},
    {"delete": {"every": "queue"}, "expect": {"deleted_count": 3}},
]


def friday(folder: Path, steps: list[Any] | None = None, **more: Any) -> str:
    return str(write_lab(folder, "fin", {"own": {"queue": "standard"}}, steps or FRIDAY, **more))


def test_every_of_a_kind_goes_from_the_days_that_own_it(
    cli: Cli, census: Census, labs: tuple[str, str], tmp_path: Path
) -> None:
    result = cli("day", friday(tmp_path), "run")
    assert result.exit_code == 0, result.both
    assert not [name for name in census.left() if name.startswith(("queue", "machine"))]
    verified = cli("verify", labs[0])
    assert "taken away" in plain(verified.out), verified.both
    assert "by hand" not in verified.out
    assert cli("cleanup", "b").exit_code == 0, "there is nothing to put back"
    assert cli("cleanup").exit_code == 0
    assert census.left() == []


def test_another_week_keeps_what_it_has(cli: Cli, census: Census, labs: tuple[str, str], tmp_path: Path) -> None:
    steps = [{"create": ["own"]}, {"delete": {"every": "queue"}, "expect": {"deleted": ["own"]}}]
    assert cli("day", friday(tmp_path, steps, week=11), "run", "-q").exit_code == 0
    assert [name for name in of_lab(census, "a") if name.startswith("queue")]
    assert cli("cleanup").exit_code == 0


def test_a_busy_day_keeps_what_it_has_and_the_step_says_who_is_at_work(
    cli: Cli, census: Census, labs: tuple[str, str], tmp_path: Path
) -> None:
    before = of_lab(census, "a")
    with held(cli, "a") as other:
        result = cli("day", friday(tmp_path), "run")
        assert result.exit_code == 1
        assert f"busy: another labcli works on a (process {other.pid})" in plain(result.both)
    assert of_lab(census, "a") == before
    assert cli("day", friday(tmp_path), "run", "-q").exit_code == 0
    assert cli("cleanup").exit_code == 0
    assert census.left() == []


def test_a_day_that_is_needed_is_no_stranger_to_delete_every(
    cli: Cli, census: Census, labs: tuple[str, str], tmp_path: Path
) -> None:
    """The run holds the days that it needs itself, and theirs."""
    assert cli("day", friday(tmp_path, needs=["b"]), "run", "-q").exit_code == 0
    assert cli("cleanup").exit_code == 0
    assert census.left() == []


def test_what_is_foreign_now_is_not_deleted_by_a_lesson(
    cli: Cli, census: Census, labs: tuple[str, str], tmp_path: Path
) -> None:
    name = next(name for name in of_lab(census, "a") if name.startswith("queue"))
    census.of("sqs").tag_queue(QueueUrl=census.look()[name], Tags={"labcli:run": "somebody"})
    result = cli("day", friday(tmp_path), "run")
    assert (result.exit_code, "not of this run" in plain(result.both)) == (1, True)
    assert name in census.left()
    assert cli("cleanup").exit_code == 4
    census.of("sqs").delete_queue(QueueUrl=census.look()[name])
    assert cli("cleanup").exit_code == 0


def intent(**event: Any) -> dict[str, Any]:
    return {"type": "intent", "does": "update", "kind": "machine", "key": "a.flow", "target": "local", **event}


HOSTILE: dict[str, Callable[[str, str], list[dict[str, Any]]]] = {
    "a kind that nobody knows": lambda name, run: [intent(name=name, of_run=run, kind="moon", before={"x": "y"})],
    "a kind that is never put back": lambda name, run: [intent(name=name, of_run=run, kind="queue", before={})],
    "nothing before": lambda name, run: [intent(name=name, of_run=run, before={})],
    "no definition": lambda name, run: [intent(name=name, of_run=run, before={"definition": "", "policy": ""})],
    "a definition that is none": lambda name, run: [intent(name=name, of_run=run, before={"definition": "[}"})],
    "a policy that is none": lambda name, run: [
        intent(name=name, of_run=run, before={"definition": '{"StartAt": 1}', "policy": "no"})
    ],
    "a number before": lambda name, run: [intent(name=name, of_run=run, before={"definition": 7})],
    "a list before": lambda name, run: [intent(name=name, of_run=run, before=["definition"])],
    "a list for a run": lambda name, run: [intent(name=name, of_run=["x"], before={})],
    "a run that never was": lambda name, run: [intent(name=name, of_run="nobody", before={})],
    "a name that never was": lambda name, run: [intent(name="labcli-a-x-y", of_run=run, before={})],
    "an empty name": lambda name, run: [intent(name="", of_run=run, before={})],
    "itself": lambda name, run: [intent(name=name, of_run="itself", before={})],
    "a step without a state": lambda name, run: [{"type": "step"}],
    "an end that is no text": lambda name, run: [{"type": "end", "state": ["passed"], "stopped_at": {}}],
    "needs that are a list": lambda name, run: [{"type": "run", "lab": "b", "run": "x", "needs": ["a"]}],
    "needs that lead elsewhere": lambda name, run: [{"type": "run", "lab": "b", "needs": {"../../x": "y"}}],
    "needs that are numbers": lambda name, run: [{"type": "run", "lab": "b", "needs": {"a": 7}}],
}


@pytest.mark.parametrize("lie", HOSTILE)
def test_a_ledger_that_lies_about_the_days_around_it_breaks_nothing(
    cli: Cli, census: Census, labs: tuple[str, str], lie: str
) -> None:
    ledger, owner = ledger_of(cli, "b"), ledger_of(cli, "a")
    run = owner.stem.partition("-")[2]
    name = next(each for each in census.look() if each.startswith("machine labcli-a-")).split()[1]
    add(ledger, *HOSTILE[lie](name, run))
    codes = {}
    for arguments in (["status"], [], ["verify"], ["verify", labs[0]], ["cleanup", "b"], ["cleanup", "--dry-run"]):
        result = cli(*arguments)
        codes[" ".join(arguments)] = result.exit_code
        assert result.exit_code != 5, (arguments, result.both)
        assert "Traceback" not in result.both
    assert codes["cleanup b"] in (0, 4)
    assert cli("cleanup").exit_code == 0, "what was changed goes itself"
    assert cli("cleanup", "--all").exit_code == 0
    assert census.left() == []


def test_a_first_line_that_lies_about_needs_breaks_nothing(cli: Cli, census: Census, labs: tuple[str, str]) -> None:
    ledger = ledger_of(cli, "b")
    lines = ledger.read_bytes().splitlines(keepends=True)
    header = {"n": 1, "at": 1.0, "type": "run", "lab": "b", "target": "local", "version": 1, "week": ["x"]}
    for needs in ({"b": "itself"}, {"": ""}, {"/": "x"}, {"nobody": "x"}, ["a"], 7):
        ledger.write_bytes(b"".join([line_of({**header, "needs": needs}), *lines[1:]]))
        for arguments in (["status"], ["verify"], ["cleanup", "a", "--dry-run"], ["cleanup", "--dry-run"]):
            result = cli(*arguments)
            assert result.exit_code in (0, 1, 2), (needs, arguments, result.both)
    assert cli("cleanup", "--all").exit_code == 0
    assert census.left() == []


def test_a_change_of_something_that_is_not_of_that_run_is_left_alone(
    cli: Cli, census: Census, labs: tuple[str, str]
) -> None:
    assert cli("cleanup", "b").exit_code == 0
    assert cli("day", labs[1], "run", "-q").exit_code == 0
    name, arn = next(each for each in census.look().items() if each[0].startswith("machine labcli-a-"))
    tags = [{"key": "labcli:run", "value": "somebody"}]
    census.of("stepfunctions").tag_resource(resourceArn=arn, tags=tags)
    changed = flow(census)
    result = cli("cleanup", "b")
    assert (result.exit_code, "not of this run" in plain(result.out)) == (4, True)
    assert flow(census) == changed
    census.of("stepfunctions").delete_state_machine(stateMachineArn=arn)
    assert cli("cleanup").exit_code == 0, name
