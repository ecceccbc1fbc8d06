"""``labcli verify`` on the screen and as a document."""

from __future__ import annotations

from labcli.context import Context
from labcli.run.verify import CheckRow, Verified
from labcli.show.documents import document, write
from labcli.show.run import _expected
from labcli.show.screen import Screen
from labcli.show.text import MARKS, plural

WORDS = {"taken away": "taken away", "not run": "not run", "lost": "lost by the local AWS: run it again"}


def draw_verified(screen: Screen, found: Verified, options: str) -> None:
    """Day, check, expected, seen; then how many hold, and what to type next."""
    rows: list[tuple[object, ...]] = []
    for row in found.rows:
        rows += _rows(row)
    if rows:
        screen.table(("day", "check", "expected", "seen"), rows, 1)
        screen.line("")
    if not found.asked:
        days = [row.day for row in found.rows if row.state in ("not run", "taken away", "lost")]
        screen.line(f"Nothing was asked: nothing is live. {found.target}")
        screen.next(f"labcli day {days[0] if days else 'mon'} run{options}")
        return
    word = "holds" if found.asked == 1 else "hold"
    screen.line(f"{found.held} of {plural(found.asked, 'check')} {word} · {found.target}")
    if found.held == found.asked:
        days = sorted({row.day for row in found.rows if row.state == "held"})
        screen.next(f"labcli cleanup {' '.join(days)}{options}")
    else:
        screen.next(f"labcli status{options and ''}", "labcli inspect NAME shows a resource")


def _rows(row: CheckRow) -> list[tuple[object, ...]]:
    mark = MARKS[row.state]
    if row.state in WORDS:
        return [(row.day, f"{mark} {WORDS[row.state]}", "", "")]
    if row.state == "error":
        return [(row.day, f"{mark} {row.title}", "", row.reason)]
    lines: list[tuple[object, ...]] = []
    for index, held in enumerate(row.held):
        title = f"{mark} {row.title}" if index == 0 else f"  {held.path}"
        lines.append((row.day if index == 0 else "", title, _expected(held.expected), held.seen))
    return lines or [(row.day, f"{mark} {row.title}", "", "")]


def write_verified(context: Context, found: Verified) -> None:
    """The checks as one document."""
    body = document(
        "verify", found.exit_code, target=found.target, asked=found.asked, held=found.held,
        checks=[
            {
                "day": row.day, "check": row.title, "state": row.state, "reason": row.reason or None,
                "expectations": [
                    {"path": h.path, "expected": h.expected, "seen": h.seen, "held": h.held} for h in row.held
                ],
            }
            for row in found.rows
        ],
    )  # fmt: skip
    write(context, body)
