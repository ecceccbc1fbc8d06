"""What is written in colour can be read on black and on white, as the common terminals draw it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from labcli.context import Context
from labcli.show.screen import Screen
from labcli.show.styles import ATTRIBUTES, COLOURED, PALETTE
from tests.cli.golden import COLOURS, Tty
from tests.cli.small import PAGE
from tests.conftest import Cli

Colour = tuple[int, int, int]
BLACK, WHITE = (0x0C, 0x0C, 0x0C), (0xFF, 0xFF, 0xFF)
ENOUGH = 4.5

# The first 16 colours, as each draws them: XTerm-col.ad of xterm; terminalColorRegistry.ts of VS Code (dark, light);
# the scheme Campbell in defaults.json of Windows Terminal.
SIXTEEN = {
    "xterm": (
        "000000 cd0000 00cd00 cdcd00 0000ee cd00cd 00cdcd e5e5e5 "
        "7f7f7f ff0000 00ff00 ffff00 5c5cff ff00ff 00ffff ffffff"
    ),
    "VS Code dark": (
        "000000 cd3131 0dbc79 e5e510 2472c8 bc3fbc 11a8cd e5e5e5 "
        "666666 f14c4c 23d18b f5f543 3b8eea d670d6 29b8db e5e5e5"
    ),
    "VS Code light": (
        "000000 cd3131 107c10 949800 0451a5 bc05bc 0598bc 555555 "
        "666666 cd3131 14ce14 b5ba00 0451a5 bc05bc 0598bc a5a5a5"
    ),
    "Windows Terminal": (
        "0c0c0c c50f1f 13a10e c19c00 0037da 881798 3a96dd cccccc "
        "767676 e74856 16c60c f9f1a5 3b78ff b4009e 61d6d6 f2f2f2"
    ),
}  # fmt: skip


def drawn(number: int, terminal: str) -> Colour:
    """A colour of 256 as a terminal draws it; those from 16 on are the same everywhere (xterm's 256colres.h)."""
    if number < 16:
        text = SIXTEEN[terminal].split()[number]
        return int(text[:2], 16), int(text[2:4], 16), int(text[4:], 16)
    if number >= 232:
        return (8 + 10 * (number - 232),) * 3
    steps = (0, 95, 135, 175, 215, 255)
    number -= 16
    return steps[number // 36], steps[number // 6 % 6], steps[number % 6]


def light(colour: Colour) -> float:
    """Relative luminance, WCAG 2.2."""
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in (each / 255 for each in colour)
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: Colour, two: Colour) -> float:
    low, high = sorted((light(one), light(two)))
    return (high + 0.05) / (low + 0.05)


def numbers(style: str) -> list[int]:
    return [int(each) for each in re.findall(r"color\((\d+)\)", style)]


def codes(text: str) -> Iterator[list[int]]:
    for found in re.findall(r"\x1b\[([\d;]*)m", text):
        yield [int(each or 0) for each in found.split(";")]


def unreadable(text: str) -> list[list[int]]:
    """The sequences in a screen that draw text under 4.5:1 on black or on white, in any of the terminals."""
    return [each for each in codes(text) if not _holds(each)]


def _holds(code: list[int]) -> bool:
    ink = paper = None
    rest = list(code)
    while rest:
        first = rest.pop(0)
        if first in (38, 48):
            assert rest.pop(0) == 5, code
            ink, paper = (rest[0], paper) if first == 38 else (ink, rest[0])
            rest.pop(0)
        elif 30 <= first <= 37 or 90 <= first <= 97:
            ink = first - 30 if first < 90 else first - 82
        elif 40 <= first <= 47 or 100 <= first <= 107:
            paper = first - 40 if first < 100 else first - 92
        elif first == 2:  # faint: Windows Terminal halves the colour, VS Code its opacity
            return False
    if ink is None and paper is None:
        return True
    if paper is None and ink is not None:
        return all(contrast(drawn(ink, each), ground) >= ENOUGH for each in SIXTEEN for ground in (BLACK, WHITE))
    return ink is not None and all(contrast(drawn(ink, each), drawn(paper or 0, each)) >= ENOUGH for each in SIXTEEN)


def test_no_colour_of_letters_alone_can_be_read_on_both() -> None:
    assert not [number for number in range(256) if _holds([38, 5, number])]
    assert unreadable("\x1b[33mx") and unreadable("\x1b[2mx") and unreadable("\x1b[1;36mx")  # what it was before


@pytest.mark.parametrize("name", COLOURED)
def test_a_style_with_colour_brings_its_background_and_is_readable(name: str) -> None:
    ink, paper = numbers(COLOURED[name])
    assert min(ink, paper) >= 16, "the first 16 are drawn as each terminal likes"
    assert contrast(drawn(ink, "xterm"), drawn(paper, "xterm")) >= ENOUGH


def test_ask_is_seen_first() -> None:
    shown = {name: contrast(*(drawn(each, "xterm") for each in numbers(style))) for name, style in COLOURED.items()}
    assert max(shown, key=lambda name: shown[name]) == "ask" and "bold" in COLOURED["ask"]
    assert shown["ask"] > 1.4 * max(value for name, value in shown.items() if name != "ask")
    assert "reverse" in ATTRIBUTES["ask"] and "reverse" not in ATTRIBUTES["differs"]


def test_identifiers_have_backgrounds_of_their_own() -> None:
    papers = [numbers(COLOURED[name])[1] for name in COLOURED]
    assert len(set(papers)) == len(COLOURED) and set(PALETTE) < set(COLOURED)


def test_styles_without_colour_have_none_and_stand_for_the_same() -> None:
    assert set(ATTRIBUTES) == set(COLOURED)
    assert not any("color" in style for style in ATTRIBUTES.values())


@pytest.mark.parametrize("term", ["xterm-256color", "xterm", "linux", "dumb"])
@pytest.mark.parametrize("no_color", ["", "1"])
def test_all_that_a_run_writes_on_a_terminal_can_be_read(
    cli: Cli, lab: Callable[..., Path], term: str, no_color: str
) -> None:
    file = str(lab(PAGE, "page.yaml"))
    cli.env.update(COLOURS, TERM=term, NO_COLOR=no_color)
    screen = Tty()
    commands = (
        ("day", file), ("day", file, "plan"), ("day", file, "run", "-v"), ("verify", file), ("inspect", "orders"),
        ("status",), (), ("cleanup", "page"), ("day", file, "quiz"), ("doctor",), ("nosuch",),
    )  # fmt: skip
    for arguments in commands:
        cli(*arguments, stdout=screen, stderr=screen)
    text = screen.getvalue()
    assert not unreadable(text)
    coloured = [each for each in codes(text) if 48 in each]
    assert bool(coloured) == (term == "xterm-256color" and not no_color)
    assert ("\x1b" in text) == (term != "dumb")


@pytest.mark.parametrize("env", [COLOURS, {**COLOURS, "TERM": "xterm"}, {**COLOURS, "NO_COLOR": "1"}])
def test_differs_is_no_explanation_and_ask_is_neither(env: dict[str, str]) -> None:
    out = Tty()
    screen = Screen(Context(stdout=out, stderr=Tty(), env=env))
    screen.wrapped("An explanation that is so long that it needs more than one line of a terminal, as all do.", 4)
    screen.labelled(
        "differs:", "differs", "Here it is so, and on AWS it is another way, in more than one line of it.", 4
    )
    screen.wrapped("What will come?", 4, "ask")
    explained, more, differs, behind, asked = out.getvalue().splitlines()
    assert "\x1b" not in explained + more + behind
    assert differs.startswith("    \x1b[") and behind.startswith(" " * 13)
    style_of_differs, style_of_ask = (next(codes(line)) for line in (differs, asked))
    assert style_of_differs != style_of_ask
