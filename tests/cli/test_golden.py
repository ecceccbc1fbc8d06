"""What the commands show, screen by screen, at 80 columns."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from labcli.show.text import cells
from tests.cli.golden import COLOURS, Tty, check, plain, steady
from tests.cli.small import EVERY_VERB, FAILS, PAGE
from tests.conftest import Cli

Write = Callable[..., Path]
Boto = Callable[[str], Any]


@pytest.fixture
def shelf(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cli:
    """Only our small labs are on the shelf."""
    folder = tmp_path / "labs" / "week10"
    folder.mkdir(parents=True)
    (folder / "every.yaml").write_text(EVERY_VERB, encoding="utf-8")
    (folder / "fails.yaml").write_text(FAILS, encoding="utf-8")
    (tmp_path / "page.yaml").write_text(PAGE, encoding="utf-8")
    monkeypatch.setattr("labcli.run.shelf.shipped", lambda: tmp_path / "labs")
    return cli


def coloured(cli: Cli, *arguments: str) -> str:
    """What a terminal gets."""
    cli.env.update(COLOURS)
    stdout = Tty()
    cli(*arguments, stdout=stdout)
    for name in COLOURS:
        del cli.env[name]
    return stdout.getvalue()


def test_bare_labcli_tells_a_newcomer_what_there_is_and_what_to_type(shelf: Cli) -> None:
    check("home_new", shelf().out)
    check("home_new.colour", coloured(shelf))


def test_the_day_tells_what_it_is(shelf: Cli) -> None:
    check("day", shelf("day", "every").out)
    check("day.colour", coloured(shelf, "day", "every"))


def test_the_plan_shows_every_call_and_keeps_loops_as_loops(shelf: Cli) -> None:
    check("plan", shelf("day", "every", "plan").out)


def test_a_run_shows_a_line_for_each_step_and_what_proves_it(shelf: Cli) -> None:
    check("run", shelf("day", "every", "run").out)
    check("home_after", shelf().out)
    check("status", shelf("status").out)
    check("inspect", shelf("inspect", "orders").out)
    check("verify_held", shelf("verify").out)
    check("verify_held.colour", coloured(shelf, "verify"))


def test_a_run_on_a_terminal_says_the_same_in_colour(shelf: Cli) -> None:
    screen = coloured(shelf, "day", "every", "run")
    check("run.colour", screen)
    assert "\x1b[0m" not in plain(screen)
    shelf.env.update(COLOURS, NO_COLOR="1")
    stdout = Tty()
    shelf("status", stdout=stdout)
    assert "\x1b[3" not in stdout.getvalue()


def test_a_quiet_run_is_only_lines_and_the_summary(shelf: Cli) -> None:
    check("run_quiet", shelf("day", "every", "run", "-q").out)


def test_a_failing_run_says_what_was_expected_what_came_and_how_to_go_on(shelf: Cli) -> None:
    check("run_fails", shelf("day", "fails", "run").out)
    check("home_failed", shelf().out)
    check("status_failed", shelf("status").out)
    check("run_fails.colour", coloured(shelf, "day", "fails", "run", "--from", "3"))
    check("run_fails_verbose", shelf("day", "fails", "run", "--from", "3", "-v").out)


def test_verify_shows_what_somebody_changed_and_what_is_not_there(shelf: Cli, boto: Boto) -> None:
    shelf("day", "every", "run")
    sqs = boto("sqs")
    url = next(each for each in sqs.list_queues()["QueueUrls"] if each.endswith("-orders"))
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "30"})
    check("verify_changed", shelf("verify").out)
    check("verify_changed.colour", coloured(shelf, "verify"))
    sqs.delete_queue(QueueUrl=url)
    check("verify_deleted", shelf("verify").out)
    shelf("cleanup")
    check("verify_taken_away", shelf("verify").out)
    check("home_taken_away", shelf().out)


def test_cleanup_prints_a_receipt_and_a_second_one_says_that_nothing_was_owned(shelf: Cli, boto: Boto) -> None:
    shelf("day", "fails", "run")
    shelf("day", "every", "run")
    sqs = boto("sqs")
    gone = next(each for each in sqs.list_queues()["QueueUrls"] if each.endswith("-dlq"))
    sqs.delete_queue(QueueUrl=gone)
    check("cleanup_dry", shelf("cleanup", "--all", "--dry-run").out)
    check("cleanup", shelf("cleanup").out)
    check("cleanup_again", shelf("cleanup", "--all").out)


def test_what_is_left_behind_is_named_with_the_command_for_it(shelf: Cli, lab: Write) -> None:
    shelf("day", "fails", "run")
    stays = shelf("cleanup", "fails", through=Refusing)
    assert stays.exit_code == 4
    check("cleanup_left", stays.out)


PAGES = (
    ("day", "page.yaml", "run"),
    ("verify", "page.yaml"),
    ("cleanup", "page"),
    ("day", "page.yaml", "quiz", "--seed", "7"),
)
KINDS: dict[str, dict[str, str]] = {"": {"NO_COLOR": "1"}, ".colour": {}, ".plain": {}}


@pytest.mark.parametrize("width", [60, 80])
@pytest.mark.parametrize("kind", KINDS)
def test_run_verify_cleanup_and_quiz_stand_at_two_widths_in_colour_in_none_and_in_words(
    shelf: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, width: int, kind: str
) -> None:
    monkeypatch.chdir(tmp_path)
    shelf.env.update(COLOURS, COLUMNS=str(width), **KINDS[kind])
    said = []
    for arguments in PAGES:
        stdout = Tty()
        failed = shelf(*arguments, *(["--plain"] if kind == ".plain" else []), stdout=stdout).err
        assert not failed, failed
        said.append(f"$ labcli {' '.join(arguments)}\n{stdout.getvalue()}")
    screen = "\n".join(said)
    assert all(cells(line) <= width for line in plain(screen).splitlines())
    check(f"page_{width}{kind}", screen)


class Refusing:
    """A way to AWS on which no queue may be deleted."""

    def __init__(self, aws: Any) -> None:
        self._aws = aws

    def call(self, service: str, operation: str, params: Any) -> Any:
        from labcli.errors import AwsError

        if operation == "delete_queue":
            raise AwsError("sqs.delete_queue", "AccessDenied", "no", frozenset({"AccessDenied"}), 403)
        return self._aws.call(service, operation, params)


def test_no_screen_is_wider_than_it_may_be_or_ends_in_blanks(shelf: Cli) -> None:
    for arguments in ((), ("day", "every"), ("day", "every", "plan"), ("day", "every", "--help"), ("status",)):
        for line in shelf(*arguments).out.splitlines():
            assert len(line) <= 80, line
            assert line == line.rstrip(), line


def test_the_same_id_is_the_same_letter_in_a_steady_screen() -> None:
    assert steady("1f1c…9e02 aaaa…bbbb 1f1c…9e02") == "aaaa…aaaa bbbb…bbbb aaaa…aaaa"
