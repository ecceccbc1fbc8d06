"""``labcli verify`` on the screen and as a document."""

from __future__ import annotations

from labcli.context import Context
from labcli.errors import ExitCode
from labcli.run import typed
from labcli.run.overview import overview
from labcli.run.verify import CheckRow, Verified
from labcli.show.documents import document, write
from labcli.show.run.expected import expected_text
from labcli.show.screen import Screen
from labcli.show.styles import MARKS
from labcli.show.text import cut_value, moment, plural, visible

NARROW, WIDE = 24, 40
"""Cells of a value beside a check: of one that holds nobody reads more, and the check's title wants the room."""

NOT_ASKED = ("not run", "taken away", "lost")
"""States of a day that has no live resources to ask."""


def draw_verified(screen: Screen, found: Verified, options: str) -> None:
    """Day, check, expected, seen; then how many hold, and what to type next."""
    rows: list[tuple[object, ...]] = []
    for row in found.rows:
        rows += _rows(row, screen.context.clock(), "why: " if screen.words_only else "→ ")
    if rows:
        screen.table(("day", "check", "expected", "seen"), rows, 1)
        screen.line("")
    code = found.exit_code
    end = f" · exit code {int(code)}" if code is not ExitCode.OK else ""
    if found.asked:
        word = "holds" if found.held == 1 else "hold"
        screen.flow(f"{found.held} of {plural(found.asked, 'check')} {word} · {found.target}{end}")
    else:
        live = any(row.state not in NOT_ASKED for row in found.rows)
        why = "there is no check" if live else f"nothing is live on {_the(found)}"
        screen.flow(f"Nothing was asked: {why}{end}")
    screen.next(*_next(screen, found, options))


def _the(found: Verified) -> str:
    return "the local AWS" if found.target == "local AWS" else found.target


def _next(screen: Screen, found: Verified, options: str) -> tuple[str, str]:
    wrong = next((row for row in found.rows if row.state in ("not", "error")), None)
    if wrong is not None:
        again = _run_again(found, wrong.day, options)
        return (typed.inspect(wrong.about, options) if wrong.about else again), ""
    if not found.asked:
        idle = [row.day for row in found.rows if row.state == "no checks" and row.live]
        if idle:
            return typed.cleanup(idle, options), ""
        waits = next((row.day for row in found.rows if row.state in NOT_ASKED), "")
        return (_run_again(found, waits, options) if waits else "labcli"), ""
    held = list(dict.fromkeys(row.day for row in found.rows if row.state == "held" and row.live))
    take = typed.cleanup(held, options)
    onward = overview(screen.context).next if not options else ""
    if not held:
        return onward or "labcli", ""
    if onward.startswith("labcli day"):
        return onward, f"take {'it' if len(held) == 1 else 'them'} away: {take}"
    return take, ""


def _run_again(found: Verified, day: str, options: str) -> str:
    return typed.run_day(found.called.get(day, day), found.given.get(day, typed.NOTHING), "", options)


def _rows(row: CheckRow, now: float, why: str) -> list[tuple[object, ...]]:
    """A line for each expectation of a check; below one that does not hold, what may be the reason."""
    mark = MARKS[row.state]
    if row.state in (*NOT_ASKED, "no checks"):
        words = {
            "lost": "lost by the local AWS: run it again",
            "no checks": f"{'live' if row.live else 'it ran'}, and its lab has no checks",
        }
        at = f" at {moment(row.at, now)}" if row.at is not None else ""
        title = f"{row.title}: " if row.title else ""
        return [(row.day, f"{mark} {title}{words.get(row.state, row.state)}{at}")]
    lines: list[tuple[object, ...]] = []
    for index, expectation in enumerate(row.expectations):
        title = f"{mark} {row.title}" if index == 0 else f"  {expectation.path}"
        room = NARROW if expectation.met else WIDE
        expected, seen = (
            cut_value(visible(each), room) for each in (expected_text(expectation.expected), expectation.seen)
        )
        lines.append((row.day if index == 0 else "", title, expected, seen))
    if not lines:
        lines.append((row.day, f"{mark} {row.title}"))
    if row.reason:
        lines.append(("", f"  {why}{row.reason}"))
    return lines


def write_verified(context: Context, found: Verified) -> None:
    """The checks as one document."""
    body = document(
        "verify", found.exit_code, target=found.target, asked=found.asked, held=found.held,
        checks=[
            {
                "day": row.day, "check": row.title, "state": row.state, "reason": row.reason or None,
                "at": row.at,
                "expectations": [
                    {"path": h.path, "expected": h.expected, "seen": h.seen, "held": h.met} for h in row.expectations
                ],
            }
            for row in found.rows
        ],
    )  # fmt: skip
    write(context, body)
