"""The receipt of a cleanup: what was owned, what is gone, what is not."""

from __future__ import annotations

import time
from collections.abc import Mapping

from labcli.context import Context
from labcli.run.overview import overview
from labcli.run.removal.receipt import Elsewhere, Receipt, ReceiptRow
from labcli.show.documents import document, write
from labcli.show.screen import Screen
from labcli.show.text import plural, visible


def draw_receipt(screen: Screen, receipt: Receipt, asked: str = "labcli cleanup --all") -> None:
    """The table, the proof or what is missing from it, and the next command. ``asked`` is what was typed."""
    for warning in receipt.warnings:
        screen.flow(visible(warning), err=True)
    rows = receipt.rows
    if rows:
        screen.flow(f"Owned by {plural(receipt.runs, 'run')} on {_the(receipt)}: {plural(len(rows), 'resource')}")
        screen.line("")
        swept = any(row.swept for row in rows)
        columns = ("resource", "kind", "day", "deleted", "seen gone", *(["found by"] if swept else []))
        screen.table(columns, [_row(row, swept) for row in rows], 1)
        screen.line("")
    _left(screen, receipt)
    _proof(screen, receipt)
    if receipt.put_back:
        screen.flow("Put back as it was: ", visible(", ".join(receipt.put_back)))
    if receipt.yours:
        screen.flow("Not made by labcli, and left alone: ", visible(_yours(receipt.yours)))
    _mine(screen, receipt, asked)
    for each in receipt.elsewhere:
        screen.flow("Live elsewhere: ", visible(_elsewhere(each)))
    screen.next(_next(screen, receipt, asked + receipt.target.options))


def _mine(screen: Screen, receipt: Receipt, asked: str) -> None:
    """What the learner made for the tasks, and stays."""
    if not receipt.mine:
        return
    screen.flow(f"You made for the tasks, and it stays ({asked} --mine takes it away):")
    for row in receipt.mine:
        screen.flow(f"  {visible(row.name)} ({row.kind})")
        screen.line("    ", visible(row.by_hand))


def _proof(screen: Screen, receipt: Receipt) -> None:
    """The line that says whether anything is left; never more than what was read."""
    rows, others = receipt.rows, "nothing else was touched"
    if receipt.others:
        others = f"{plural(receipt.others, 'resource')} of others not touched"
    at = time.strftime("%H:%M:%S", time.localtime(receipt.at))
    if receipt.dry:
        would = f"{plural(len(rows), 'resource')} would go" if rows else "nothing is owned"
        screen.flow(f"Nothing was done, this was a dry run: {would} · {others}")
        return
    gone = sum(row.gone for row in rows)
    count = f"{gone} of {len(rows)} gone, read back at {at}" if rows else f"nothing was owned, at {at}"
    if gone == len(rows) and not receipt.unread:
        here = " here" if receipt.elsewhere else ""
        screen.flow((f"Nothing is left{here}", "good"), f": {count} · {others}")
    elif gone == len(rows):
        screen.flow(("Not verified", "bad"), f": {count} · {others} · exit code {int(receipt.exit_code)}")
    else:
        screen.flow(("Something is left", "bad"), f": {count} · {others} · exit code {int(receipt.exit_code)}")


def _next(screen: Screen, receipt: Receipt, again: str) -> str:
    """The same command again as long as it has something to do; then what is live elsewhere; then the week."""
    left = [row for row in receipt.rows if not row.gone]
    if left and not receipt.unread and all(row.how == "foreign" for row in left):
        return "labcli status"  # the same command would keep them once more: what is not ours is deleted by hand
    if receipt.unread or left:
        return again
    if receipt.elsewhere:
        return receipt.elsewhere[0].command
    return overview(screen.context).next if receipt.target.name == "local" else "labcli"


_NAMED = 3


def _yours(yours: Mapping[str, list[str]]) -> str:
    """``5 queues (jobs, mail, news, …) and 1 topic (alarms)``."""
    said = []
    for kind, names in yours.items():
        more = ", …" if len(names) > _NAMED else ""
        said.append(f"{plural(len(names), kind)} ({', '.join(names[:_NAMED])}{more})")
    return " and ".join([", ".join(said[:-1]), said[-1]] if len(said) > 1 else said)


def _elsewhere(found: Elsewhere) -> str:
    return f"{found.what} → {found.command}"


def _the(receipt: Receipt) -> str:
    return "the local AWS" if receipt.target.name == "local" else receipt.target.words


def _row(row: ReceiptRow, swept: bool) -> tuple[str, ...]:
    words = {"deleted": "✔", "was gone": "was gone", "planned": "–", "foreign": "kept: not ours", "left": "✘"}
    seen = "✔" if row.gone else "–" if row.how == "planned" else "✘"
    found = (f"its tag, {age(row.age)}" if row.swept else "its ledger",) if swept else ()
    owner, _, part = row.key.rpartition(".")
    name, kind = (owner, f"its {part.replace('_', ' ')}") if part in ("role", "log_group") else (row.key, row.kind)
    return name, kind, row.day, words[row.how], seen, *found


def age(seconds: float | None) -> str:
    """``made 3 days ago``, in the largest unit that fits; AWS does not always say."""
    if seconds is None:
        return "of unknown age"
    for size, unit in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= size:
            return f"made {plural(int(seconds // size), unit)} ago"
    return "made less than a minute ago"


def _left(screen: Screen, receipt: Receipt) -> None:
    for row in receipt.rows:
        if row.gone or row.how == "planned":
            continue
        screen.flow(("✘ ", "bad"), visible(row.still))
        if row.by_hand:
            screen.line("    ", visible(row.by_hand))
    for each in receipt.unread:
        screen.flow(("✘ ", "bad"), visible(f"not verified: {each}"))


def write_receipt(context: Context, receipt: Receipt) -> None:
    """The receipt as one document."""
    body = document(
        "cleanup", receipt.exit_code, target=receipt.target.key, dry_run=receipt.dry,
        owned=len(receipt.rows), gone=sum(row.gone for row in receipt.rows), others=receipt.others,
        put_back=receipt.put_back, yours=receipt.yours,
        mine=[{"kind": row.kind, "aws_name": row.name, "day": row.day, "by_hand": row.by_hand} for row in receipt.mine],
        elsewhere=[_elsewhere(each) for each in receipt.elsewhere], warnings=receipt.warnings,
        not_verified=receipt.unread,
        resources=[
            {
                "name": row.key, "kind": row.kind, "day": row.day, "run": row.run, "aws_name": row.name,
                "how": row.how, "seen_gone": row.gone, "reason": row.reason or None, "by_hand": row.by_hand or None,
                "found_by_tag": row.swept, "age_seconds": None if row.age is None else round(row.age),
            }
            for row in receipt.rows
        ],
    )  # fmt: skip
    write(context, body)
