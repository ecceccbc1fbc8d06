"""``labcli local status``."""

from __future__ import annotations

from labcli.context import Context
from labcli.local.awslike import seed
from labcli.local.life import Endpoint
from labcli.local.shells import current
from labcli.show.documents import document, write
from labcli.show.screen import Screen


def draw_local(screen: Screen, found: Endpoint | None) -> None:
    """Where the embedded AWS answers, or that it does not run."""
    if found is None:
        screen.line("The local AWS does not run; the next command that needs it starts it.")
        screen.next("labcli local start")
        return
    mode = "" if found.aws_like is None else f", {seed.words(found.aws_like)}"
    screen.line(("✔ ", "good"), f"the local AWS answers at {found.url}{mode}")
    screen.line(f"  account {found.account}, region {found.region}, process {found.pid}")
    screen.next(current(screen.context.env).enter(), "for the aws CLI and boto3")


def write_local(context: Context, found: Endpoint | None) -> None:
    """The same as one document; no secret is in it."""
    body = document("local", 0, running=found is not None)
    if found is not None:
        context.aws_like = found.aws_like
        body.update(url=found.url, account=found.account, region=found.region, pid=found.pid)
    write(context, body)
