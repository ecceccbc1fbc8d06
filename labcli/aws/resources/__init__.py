"""The kinds of resources, by the word that a lab uses: one file a kind, one line here."""

from __future__ import annotations

from collections.abc import Mapping

from labcli.aws.resources.base import LiveKind
from labcli.byword import ByWord

KINDS: Mapping[str, LiveKind] = ByWord(
    __name__,
    {
        "queue": ("queue", "Queue"),
        "topic": ("topic", "Topic"),
        "subscription": ("subscription", "Subscription"),
        "function": ("function", "Function"),
        "mapping": ("mapping", "EventSourceMapping"),
        "machine": ("machine", "Machine"),
        "role": ("role", "Role"),
        "log_group": ("log_group", "LogGroup"),
    },
)
