"""``labcli doctor`` on the screen and as a document."""

from __future__ import annotations

from labcli.context import Context
from labcli.run.doctor import Finding
from labcli.show.documents import document, write
from labcli.show.screen import Screen
from labcli.show.text import visible


def draw_findings(screen: Screen, findings: list[Finding]) -> None:
    """One line each; under what is wrong, the way to mend it."""
    for each in findings:
        mark, style = ("✔", "good") if each.good else ("✘", "bad")
        screen.flow((f"{mark} ", style), (f"{each.subject:<16}", "bold"), visible(each.seen), hang=18)
        if not each.good and each.mend:
            screen.flow(" " * 18, visible(each.mend), hang=18)
    screen.line("")
    bad = sum(not each.good for each in findings)
    screen.line("All is well." if not bad else f"{bad} to mend.")
    commands = [each.command for each in findings if each.command]
    screen.next("labcli" if not bad else commands[0] if commands else "labcli doctor")


def write_findings(context: Context, findings: list[Finding]) -> None:
    """The findings as one document."""
    code = max(each.exit_code for each in findings)
    body = document(
        "doctor", code,
        findings=[
            {"subject": e.subject, "good": e.good, "seen": e.seen, "mend": e.mend or None} for e in findings
        ],
    )  # fmt: skip
    write(context, body)
