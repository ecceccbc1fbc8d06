"""The kinds of resources, by the word that a lab uses: one file a kind, one line here."""

from __future__ import annotations

from labcli.aws.resources.base import LiveKind
from labcli.aws.resources.queue import Queue

KINDS: dict[str, LiveKind] = {
    "queue": Queue(),
}
