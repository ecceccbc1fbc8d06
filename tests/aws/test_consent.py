"""A person at a terminal: the account id is typed, or nothing happens."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.aws.conftest import PROFILE, REGION, Account, Settings, User
from tests.aws.world import AccountCli

pexpect = pytest.importorskip("pexpect", reason="no pseudo-terminals here")

OPTIONS = ["--target", "aws", "--profile", PROFILE, "--region", REGION]


class Person:
    """Somebody at a terminal of their own."""

    def __init__(self, home: Path, endpoint: str) -> None:
        self._home = home
        self._endpoint = endpoint
        self._open: list[Any] = []

    def types(self, *arguments: str, columns: int = 120) -> Any:
        child = pexpect.spawn(
            sys.executable, ["-m", "tests.aws.world", self._endpoint, *arguments], encoding="utf-8", timeout=60,
            env={**os.environ, "LABCLI_HOME": str(self._home), "TERM": "xterm"}, dimensions=(60, columns),
        )  # fmt: skip
        self._open.append(child)
        return child

    def close(self) -> None:
        for child in self._open:
            child.close(force=True)


@pytest.fixture
def person(home: Path, account: Account, learner: User, settings: Settings) -> Iterator[Person]:
    settings.write(credentials=learner.as_profile())
    with closing(Person(home, account.endpoint.url)) as found:
        yield found


def ends(child: Any) -> int:
    child.expect(pexpect.EOF)
    child.wait()
    return int(child.exitstatus)


def test_the_right_id_typed_starts_the_run(person: Person, account: Account, small: str) -> None:
    child = person.types("day", small, "run", *OPTIONS)
    child.expect(f"AWS account.*{account.id}.*acme-lab")  # between them: bold
    child.expect("It costs under 1 cent")
    child.expect("Type the account id to go on")
    assert account.queues() == []
    child.sendline(account.id)
    assert ends(child) == 0
    assert len(account.queues()) == 3


def test_what_is_shown_before_a_run_fits_80_columns_and_says_what_goes_there(person: Person) -> None:
    child = person.types("day", "thu", "run", *OPTIONS, columns=80)
    child.expect("Type the account id to go on")
    lines = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", child.before).splitlines()
    assert max(map(len, lines)) <= 80
    shown = " ".join(line.strip() for line in lines)
    assert "It uses SQS, Lambda, Step Functions, CloudWatch Logs and IAM:" in shown
    assert "lambda:CreateFunction, " in shown
    code = "BranchWork (branch_work.py), ProcessStep1 (process_step1.py), ChargeCard (charge_card.py)"
    assert f"The code of 3 functions is uploaded and run there: {code}" in shown
    assert "roles are created and given to lambda.amazonaws.com and states.amazonaws.com (iam:PassRole)" in shown
    assert re.search(r"It costs (under 1 cent|at most \$0\.\d\d), should all be repeated", shown)
    child.sendintr()
    assert ends(child) == 130


def test_a_day_of_queues_only_uploads_nothing(on_account: AccountCli, account: Account) -> None:
    shown = on_account("day", "mon", "run", *account.target)
    assert "It uses SQS:" in shown.err
    assert "PassRole" not in shown.err
    assert "uploaded" not in shown.err
    assert max(len(line) for line in shown.err.splitlines() if not line.startswith(("Error", "Or", "  Or"))) <= 80


@pytest.mark.parametrize("typed", ["111122223333", "yes", ""])
def test_another_id_typed_does_nothing(person: Person, account: Account, small: str, typed: str) -> None:
    child = person.types("day", small, "run", *OPTIONS)
    child.expect("Type the account id to go on")
    child.sendline(typed)
    child.expect("that is not the account id: nothing was done")
    assert ends(child) == 3
    assert account.queues() == []


def test_yes_alone_still_asks_for_the_id(person: Person, account: Account, small: str) -> None:
    child = person.types("day", small, "run", *OPTIONS, "--yes")
    child.expect("Type the account id to go on")
    child.sendintr()
    assert ends(child) == 130
    assert account.queues() == []


def test_what_no_ledger_knows_is_asked_separately(
    person: Person, on_account: AccountCli, account: Account, small: str
) -> None:
    assert on_account("day", small, "run", *account.sure).exit_code == 0
    for ledger in (on_account.home / "runs").glob("*.jsonl"):
        ledger.unlink()
    child = person.types("cleanup", "--all", *OPTIONS)
    child.expect("Type the account id to go on")
    child.sendline(account.id)
    child.expect("No ledger knows labcli-small-")
    child.expect("Take these 3 away too")
    child.send("n")
    child.expect("not confirmed")
    assert ends(child) == 4
    assert len(account.queues()) == 3

    child = person.types("cleanup", "--all", *OPTIONS)
    child.expect("Type the account id to go on")
    child.sendline(account.id)
    child.expect("Take these 3 away too")
    child.send("y")
    child.expect("Nothing is left")
    assert ends(child) == 0
    assert account.queues() == []
