"""Who begins is led to a guided run, which shows goals and notes; what a day deletes is said before it does."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.cli.small import quick
from tests.conftest import Cli

LAST = """
lab: last
week: 10
title: "Everything goes"
goals: [Take it away]
notes: Read this **first**.
resources: {mine: {queue: standard}}
steps:
- create: [mine]
- delete: {every: queue}
"""


@pytest.fixture
def shelf(cli: Cli, tmp_path: Path) -> Cli:
    (tmp_path / "quick.yaml").write_text(quick(), "utf-8")
    (tmp_path / "last.yaml").write_text(LAST, "utf-8")
    return cli


def test_what_a_day_deletes_of_other_days_is_said_before_it_does(shelf: Cli, tmp_path: Path) -> None:
    assert shelf("day", str(tmp_path / "quick.yaml"), "run").exit_code == 0
    ran = shelf("day", str(tmp_path / "last.yaml"), "run", "--output", "json")
    assert "This day deletes what is live of the other days too: 1 of quick." in json.loads(ran.out)["notes"]
    assert "other days" not in shelf("day", str(tmp_path / "last.yaml"), "run").both, "nothing is there any more"


@pytest.mark.parametrize("command", [(), ("plan",)])
def test_the_page_and_the_plan_of_such_a_day_say_it_too(shelf: Cli, tmp_path: Path, command: tuple[str, ...]) -> None:
    said = " ".join(shelf("day", str(tmp_path / "last.yaml"), *command).out.split())
    assert "deletes also what the other days of the week left live: every queue" in said


def test_where_one_is_and_what_ran_say_how_a_run_ended_in_the_same_words(shelf: Cli, tmp_path: Path) -> None:
    shelf.env["LABCLI_LABS"] = str(tmp_path)
    shelf("day", str(tmp_path / "quick.yaml"), "run")
    for said in (shelf().out, shelf("status").out):
        assert "5 of 5" in said and "passed" not in said
        assert "labcli verify asks what is really there" in said
    shelf("day", str(tmp_path / "quick.yaml"), "run", "--from", "4")
    assert "3 of 5" in shelf().out and "3 of 5" in shelf("status").out


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("run mon --guided", "labcli day mon run --guided"),
        ("mon run --from 3", "labcli day mon run --from 3"),
        ("guided tue", "labcli day tue run --guided"),
        ("start tue", "labcli day tue run"),
        ("start", "labcli local start"),
        ("clean mon tue", "labcli cleanup mon tue"),
        ("test mon", "labcli verify mon"),
        ("quiz mon", "labcli day mon quiz"),
    ],
)
def test_what_is_meant_keeps_what_was_said(cli: Cli, typed: str, meant: str) -> None:
    assert f"Did you mean '{meant}'?" in cli(*typed.split()).err


@pytest.mark.parametrize(("typed", "meant"), [("run mon", "mon run"), ("quiz", "mon quiz"), ("plan tue", "tue plan")])
def test_a_verb_in_the_place_of_the_day_is_put_right(cli: Cli, typed: str, meant: str) -> None:
    refused = cli("day", *typed.split())
    assert refused.exit_code == 2
    assert f"The day comes first: 'labcli day {meant}'" in refused.err


if sys.platform != "win32":
    from tests.cli.terminal import Terminal

    @pytest.fixture
    def terminal(home: Path, tmp_path: Path, shelf: Cli) -> Iterator[Callable[..., Terminal]]:
        opened: list[Terminal] = []

        def open_one(*arguments: str) -> Terminal:
            opened.append(Terminal(home, *arguments, cwd=tmp_path, columns=100))
            return opened[-1]

        yield open_one
        for each in opened:
            each.child.close(force=True)

    def test_who_begins_is_sent_to_a_guided_run(terminal: Callable[..., Terminal], shelf: Cli) -> None:
        for arguments in ((), ("day", "mon")):
            on = terminal(*arguments)
            assert on.ends() == 0
            assert "Next: labcli day mon run --guided" in on.text
        assert "--guided" not in shelf().out.splitlines()[-1], "where nobody sits, it cannot be guided"

    def test_who_runs_without_a_guide_is_not_sent_to_one(terminal: Callable[..., Terminal], shelf: Cli) -> None:
        shelf("day", "mon", "plan")
        on = terminal("day", "quick.yaml", "run")
        assert on.ends() == 0
        on = terminal("day", "mon")
        assert on.ends() == 0
        assert "--guided" not in on.last

    def test_a_guided_run_shows_goals_and_notes_and_waits_until_they_are_read(
        terminal: Callable[..., Terminal], home: Path
    ) -> None:
        on = terminal("day", "last.yaml", "run", "--guided")
        on.sees("Step 1: Create mine. Press any key")
        assert "What you can do afterwards" in on.text and "· Take it away" in on.text
        assert "What to know before" in on.text and "Read this first." in on.text
        assert not any('"intent"' in path.read_text("utf-8") for path in (home / "runs").glob("*.jsonl"))
        on.type(" ")
        on.sees("Step 2: Delete every queue. Press any key")
        on.type(" ")
        assert on.ends() == 0
