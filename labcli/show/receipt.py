"""The receipt of a cleanup: what was owned, what is gone, what is not."""

from __future__ import annotations

import time

from labcli.context import Context
from labcli.run.cleanup import Receipt, ReceiptRow
from labcli.show.documents import document, write
from labcli.show.screen import Screen
from labcli.show.text import plural, visible


def draw_receipt(screen: Screen, receipt: Receipt) -> None:
    """The table, the proof or what is missing from it, and the next command."""
    for warning in receipt.warnings:
        screen.line(visible(warning), err=True)
    rows = receipt.rows
    if rows:
        screen.line(f"Owned by {plural(receipt.runs, 'run')} on {_the(receipt)}: {plural(len(rows), 'resource')}")
        screen.line("")
        screen.table(("resource", "", "day", "deleted", "seen gone"), [_row(row) for row in rows], 1)
        screen.line("")
    _left(screen, receipt)
    others = (
        f"{plural(receipt.others, 'resource')} of others not touched" if receipt.others else "nothing else was touched"
    )
    at = time.strftime("%H:%M:%S", time.localtime(receipt.at))
    if receipt.dry:
        screen.line(f"Nothing was done: this was a dry run. {plural(len(rows), 'resource')} would go · {others}")
        screen.next("labcli cleanup --all" + receipt.target.options)
        return
    gone = sum(row.gone for row in rows)
    if gone == len(rows) and not receipt.unread:
        count = f"{gone} of {len(rows)} gone, read back at {at}" if rows else f"nothing was owned, read at {at}"
        screen.line(("Nothing is left", "bold green"), f": {count} · {others}")
    else:
        screen.line(("Something is left", "bold red"), f": {gone} of {len(rows)} gone, read back at {at} · {others}")
    for command in receipt.elsewhere:
        screen.line("Live elsewhere: ", visible(command))
    if gone == len(rows) and not receipt.unread and not receipt.elsewhere:
        screen.next("labcli")
    else:
        screen.next("labcli cleanup --all" + receipt.target.options)


def _the(receipt: Receipt) -> str:
    return "the local AWS" if receipt.target.name == "local" else receipt.target.words


def _row(row: ReceiptRow) -> tuple[str, ...]:
    day = f"{row.day} (found by its tag)" if row.swept else row.day
    words = {"deleted": "✔", "was gone": "was gone", "planned": "–", "foreign": "kept: not ours", "left": "✘"}
    seen = "✔" if row.gone else "–" if row.how == "planned" else "✘"
    return row.key, row.kind, day, words[row.how], seen


def _left(screen: Screen, receipt: Receipt) -> None:
    for row in receipt.rows:
        if row.gone or row.how == "planned":
            continue
        screen.line(("✘ ", "bold red"), visible(f"{row.key} ({row.kind}) is still there: {row.reason}"))
        if row.by_hand:
            screen.line("    ", visible(row.by_hand))
    for each in receipt.unread:
        screen.line(("✘ ", "bold red"), visible(f"not verified: {each}"))


def write_receipt(context: Context, receipt: Receipt) -> None:
    """The receipt as one document."""
    body = document(
        "cleanup", receipt.exit_code, target=receipt.target.key, dry_run=receipt.dry,
        owned=len(receipt.rows), gone=sum(row.gone for row in receipt.rows), others=receipt.others,
        elsewhere=receipt.elsewhere, warnings=receipt.warnings, not_verified=receipt.unread,
        resources=[
            {
                "name": row.key, "kind": row.kind, "day": row.day, "run": row.run, "aws_name": row.name,
                "how": row.how, "seen_gone": row.gone, "reason": row.reason or None, "by_hand": row.by_hand or None,
                "found_by_tag": row.swept,
            }
            for row in receipt.rows
        ],
    )  # fmt: skip
    write(context, body)
