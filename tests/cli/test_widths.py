"""Screens at every width, in every encoding, and in the log of a CI."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pytest

from labcli.show.text import cells
from tests.cli.golden import COLOURS, Tty, plain
from tests.cli.small import PAGE
from tests.conftest import Cli

Write = Callable[..., Path]


@pytest.fixture
def page(lab: Write, monkeypatch: pytest.MonkeyPatch) -> str:
    """A lab beside which we stand, so that commands are short."""
    file = lab(PAGE, "page.yaml")
    monkeypatch.chdir(file.parent)
    return file.name


def commands(page: str) -> tuple[tuple[str, ...], ...]:
    return (
        (), ("day", page), ("day", page, "plan"), ("day", page, "run"), ("verify", page), ("status",),
        ("cleanup", "page"),
        ("day", page, "quiz"), ("doctor",), ("nosuch",),
    )  # fmt: skip


@pytest.mark.parametrize("plainly", [False, True])
@pytest.mark.parametrize("width", [40, 60, 80, 200])
def test_no_line_is_wider_than_the_terminal_but_a_command_to_copy(
    cli: Cli, page: str, width: int, plainly: bool
) -> None:
    cli.env.update(COLOURS, COLUMNS=str(width), **({"TERM": "dumb"} if plainly else {}))
    screen = Tty()
    for arguments in commands(page):
        cli(*arguments, stdout=screen, stderr=screen)
    lines = [line.rpartition("\x1b[2K")[2] for line in plain(screen.getvalue()).splitlines()]  # the one that moved
    assert len(lines) > 50
    wide = [line for line in lines if cells(line) > width and "labcli" not in line]
    assert not wide


def test_a_log_is_lines_that_stay_with_or_without_colour(cli: Cli, page: str) -> None:
    cli.env.update(COLOURS, CI="true", FORCE_COLOR="1")
    log = io.StringIO()
    for arguments in commands(page):
        cli(*arguments, stdout=log, stderr=log)
    text = log.getvalue()
    assert "\r" not in text and "\x1b[2K" not in text and "\x1b[?" not in text and "⏳" not in text
    assert "Stopped at step 4 of 4 · 2 resources are live" in plain(text)


@pytest.mark.parametrize("env", [{}, COLOURS, {"TERM": "dumb"}])
def test_where_only_ascii_can_be_shown_every_symbol_has_letters(cli: Cli, page: str, env: dict[str, str]) -> None:
    cli.env.update(env)
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii", errors="strict", newline="\n")
    for arguments in commands(page):
        cli(*arguments, stdout=stream, stderr=stream)
    stream.flush()
    text = raw.getvalue().decode("ascii")
    assert "What cannot be" in text and "\\u" not in text
    assert "Nothing is left" in text and "Traceback" not in text
