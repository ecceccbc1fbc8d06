"""Golden screens: what a command shows at 80 columns, with all that changes from run to run put into one form.

``python -m tests.cli.renew`` writes them anew; the difference is then read, as any other change is.
"""

from __future__ import annotations

import io
import re
from pathlib import Path

from labcli.show.styles import PALETTE

FOLDER = Path(__file__).parent / "golden"
RENEW = False
"""Whether screens are written instead of compared; ``tests.cli.renew`` sets it."""

_IDS = "|".join(each.removeprefix("id.") for each in PALETTE)
_ANSI = re.compile(r"\x1b\[([0-9;]*)m")
_VOLATILE = (
    (re.compile(r"\b[a-z]{2}-[a-z]+-\d\b"), "eu-west-1"),
    (re.compile(r"127\.0\.0\.1:\d+"), "127.0.0.1:PORT"),
    (re.compile(r"\b\d{12}\b"), "123456789012"),
    (re.compile(r"\b\d\d:\d\d:\d\d\b"), "14:02:11"),
    (re.compile(r"\b\d\d:\d\d\b"), "14:02"),
    (re.compile(r"\b[a-z2-7]{8}(?=-(?:dlq|orders|pay|buffer|one|two)\b)"), "k3f9x2a7"),
    (re.compile(r"(?<=run )[a-z2-7]{8}\b"), "k3f9x2a7"),
    (re.compile(r"(?<=labcli:run      )[a-z2-7]{8}\b|(?<=labcli:run     )[a-z2-7]{8}\b"), "k3f9x2a7"),
    (re.compile(r"(?m)(?<=^ every   )[a-z2-7]{8}\b|(?<=^ fails   )[a-z2-7]{8}\b"), "k3f9x2a7"),
    (re.compile(r"\d\.\d+ s\b( *$)?", re.M), lambda m: "0.0 s".rjust(len(m[0]))),
    (re.compile(r"(?<= · )[\d.]+ s · \d+ calls"), "1.0 s · 99 calls"),
    (re.compile(r"(?m)^( *)\d+ ┤.*$"), r"\g<1>30 ┤bars"),
    (re.compile(r"(?m)^( *)│.*$"), r"\1│bars"),
    (re.compile(r"(longest wait, s|(?<!-)seconds) [\d.]+"), r"\1 0.1"),
    (re.compile(r"(?<=after )\d(?= s   )"), "3"),
    (re.compile(r"\d+ requests"), "999 requests"),
    (re.compile(r'(?<="labcli:run": ")[a-z2-7]{8}|(?<=labcli:run=)[a-z2-7]{8}'), "k3f9x2a7"),
    (re.compile(r"of \d+ tries"), "of 9 tries"),
    (re.compile(r"\d times,"), "9 times,"),
)


class Tty(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


COLOURS = {"TERM": "xterm-256color", "COLUMNS": "80", "LINES": "30"}


def plain(screen: str) -> str:
    """A screen without its colours."""
    return _ANSI.sub("", screen)


def steady(screen: str, *known: tuple[str, str]) -> str:
    """A screen with all that changes from run to run in one form; the same id is the same letter again."""
    screen = _ANSI.sub(lambda m: f"‹{m[1]}›", screen)
    screen = re.sub(rf"‹38;5;231;48;5;(?:{_IDS})›", "‹id›", screen)
    for value, name in known:
        screen = screen.replace(value, name)
    seen: dict[str, str] = {}

    def letter(match: re.Match[str]) -> str:
        one = seen.setdefault(match[0], chr(ord("a") + len(seen)))
        return f"{one * 4}{match[1]}{one * 4}"

    screen = re.sub(r"\b[0-9a-f]{4}(…|\.\.\.)[0-9a-f]{4}\b", letter, screen)
    for pattern, form in _VOLATILE:
        screen = pattern.sub(form, screen)  # type: ignore[arg-type]
    return screen


def check(name: str, screen: str, *known: tuple[str, str]) -> None:
    """Hold a screen against its golden file."""
    path, seen = FOLDER / f"{name}.txt", steady(screen, *known)
    if RENEW:
        path.write_text(seen, encoding="utf-8", newline="\n")
        return
    assert path.is_file(), f"no golden screen {name}: python -m tests.cli.renew"
    assert seen == path.read_text("utf-8"), f"{name}: if it is better so: python -m tests.cli.renew"
