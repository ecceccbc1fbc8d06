"""What somebody found who tried to break the week: what is made for a day, and what vanishes under one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from labcli.aws.resources.base import Place
from labcli.aws.resources.role import Role
from labcli.run.removal.receipt import ReceiptRow
from tests.conftest import Cli
from tests.faults.conftest import plain, write_lab
from tests.faults.everything import Census
from tests.faults.pair import flow, pair


def stocked(folder: Path, *users: str) -> list[str]:
    """A lab ``a`` with a queue, and labs that need it and make nothing themselves."""
    write_lab(folder, "a", {"stock": {"queue": "standard"}}, [{"create": ["stock"]}])
    steps = [{"send": {"to": "a.stock", "bodies": ["one"]}}]
    return [str(write_lab(folder, user, {}, steps, needs=["a"])) for user in users]


def test_what_was_made_for_a_day_goes_with_it_though_that_day_never_began(
    cli: Cli, census: Census, home: Path, tmp_path: Path
) -> None:
    (b,) = stocked(tmp_path, "b")
    assert cli("day", b, "run", "-q").exit_code == 0
    (ledger,) = (home / "runs").glob("b-*.jsonl")
    ledger.unlink()  # as if a Ctrl-C had come while its neighbour was being made
    assert cli("cleanup", "b").exit_code == 0
    assert census.left() == []


def test_what_was_made_for_a_day_stays_while_another_uses_it(cli: Cli, census: Census, tmp_path: Path) -> None:
    (b,) = stocked(tmp_path, "b")
    steps = [{"create": ["own"]}, {"send": {"to": "a.stock", "bodies": ["one"]}}]
    c = str(write_lab(tmp_path, "c", {"own": {"queue": "standard"}}, steps, needs=["a"]))
    assert cli("day", b, "run", "-q").exit_code == 0
    assert cli("day", c, "run", "-q").exit_code == 0
    assert cli("cleanup", "b").exit_code == 0
    assert len(census.left()) == 2, "c uses it"
    assert cli("cleanup", "c").exit_code == 0
    assert census.left() == []


def test_a_run_that_goes_on_still_tells_of_what_was_made_for_it(cli: Cli, census: Census, tmp_path: Path) -> None:
    (b,) = stocked(tmp_path, "b")
    assert cli("day", b, "run", "-q").exit_code == 0
    on = cli("day", b, "run", "--from", "1", "-q")
    assert "1 of a, made for this one" in plain(on.out)
    assert cli("cleanup", "b").exit_code == 0
    assert census.left() == []


def test_a_machine_whose_role_somebody_deleted_is_put_back_without_it(
    cli: Cli, census: Census, boto: Callable[[str], Any], tmp_path: Path
) -> None:
    a, b = pair(tmp_path)
    assert cli("day", a, "run", "-q").exit_code == 0
    (before, _) = flow(census)
    (name,) = [name for name in census.look() if name.startswith("machine labcli-a-")]
    assert cli("day", b, "run", "-q").exit_code == 0
    remove_roles(boto, "flow")
    result = cli("cleanup", "b")
    assert result.exit_code == 0, result.both
    assert census.details("machine", census.look()[name])[0] == before, "its definition is as it was"
    assert cli("cleanup", "--all").exit_code == 0
    assert census.left() == []


@pytest.mark.parametrize("gone", ["machine", "role"])
def test_what_somebody_deleted_of_a_needed_day_is_made_again(
    cli: Cli, census: Census, boto: Callable[[str], Any], tmp_path: Path, gone: str
) -> None:
    a, b = pair(tmp_path)
    assert cli("day", a, "run", "-q").exit_code == 0
    if gone == "role":
        remove_roles(boto, "flow")
    else:
        states = boto("stepfunctions")
        for each in states.list_state_machines()["stateMachines"]:
            states.delete_state_machine(stateMachineArn=each["stateMachineArn"])
        states.close()
    ran = cli("day", b, "run", "-q")
    assert ran.exit_code == 0, ran.both
    assert "of a is gone: what is left of a goes first, and is made again" in plain(ran.err)
    assert cli("cleanup", "b").exit_code == 0
    assert census.left() == []


def remove_roles(boto: Callable[[str], Any], of: str) -> None:
    iam = boto("iam")
    for role in [each["RoleName"] for each in iam.list_roles()["Roles"] if f"-{of}-role" in each["RoleName"]]:
        for name in iam.list_role_policies(RoleName=role)["PolicyNames"]:
            iam.delete_role_policy(RoleName=role, PolicyName=name)
        iam.delete_role(RoleName=role)
    iam.close()


def test_a_name_that_two_days_have_is_asked_for_by_the_day(cli: Cli, tmp_path: Path) -> None:
    for lab in ("one", "two"):
        path = write_lab(tmp_path, lab, {"orders": {"queue": "standard"}}, [{"create": ["orders"]}])
        assert cli("day", str(path), "run", "-q").exit_code == 0
    asked = cli("inspect", "orders")
    assert asked.exit_code == 2
    assert "two and one each have a live `orders`" in plain(asked.err)
    assert "labcli inspect one.orders" in plain(asked.err)
    assert "labcli-one-" in cli("inspect", "one.orders").out
    assert cli("cleanup", "two").exit_code == 0
    assert "labcli-one-" in cli("inspect", "orders").out, "one is left, so its name will do"
    assert cli("inspect", "").exit_code == 2
    assert cli("cleanup", "--all").exit_code == 0


def test_the_command_that_deletes_a_role_by_hand_takes_off_what_somebody_attached() -> None:
    said = Role().by_hand("labcli-wed-abc-flow-role", Place("1", "eu-west-1"))
    assert "iam list-attached-role-policies" in said
    assert said.index("iam detach-role-policy") < said.index("iam delete-role --role-name")


def test_labs_that_need_each_other_are_named_from_either_side(cli: Cli, tmp_path: Path) -> None:
    for lab, other in (("one", "two"), ("two", "one")):
        write_lab(tmp_path, lab, {"q": {"queue": "standard"}}, [{"create": ["q"]}], needs=[other])
    said = cli("lab", "check", str(tmp_path / "one.yaml"))
    assert said.exit_code == 2
    assert "labs that need each other: one → two → one" in plain(said.err)


def test_what_is_wrong_with_a_file_of_ones_own_is_said_of_that_file(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "work.py").write_text("def handler(event, context):\n    return 1\n", "utf-8")
    path = write_lab(tmp_path, "own", {"work": {"function": "work.py"}}, [{"create": ["work"]}])
    for file in ("nowhere.py", "broken.py"):
        (tmp_path / "broken.py").write_text("def handler(:\n", "utf-8")
        said = cli("day", str(path), "plan", "--with", f"work={tmp_path / file}")
        assert said.exit_code == 2
        assert "--with work: " in plain(said.err)


def test_verbose_names_the_size_of_a_zip_and_does_not_print_it(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "work.py").write_text("def handler(event, context):\n    return 1\n", "utf-8")
    path = write_lab(tmp_path, "zip", {"work": {"function": "work.py"}}, [{"create": ["work"]}])
    ran = cli("day", str(path), "run", "-v", "--cleanup")
    assert ran.exit_code == 0
    assert "bytes)" in plain(ran.out) and "PK" not in ran.out


def test_what_nobody_could_read_is_not_said_to_be_there() -> None:
    row = ReceiptRow(
        "flow", "machine", "wed", "r", "n", "left", "not verified: the local AWS does not answer", unread=True
    )
    assert row.still == "flow (machine): not verified: the local AWS does not answer"
    assert "is still there" in replace(row, reason="deleted, but it answers", unread=False).still
