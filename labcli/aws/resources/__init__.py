"""The kinds of resources, by the word that a lab uses: one file a kind, one line here."""

from __future__ import annotations

from labcli.aws.resources.base import LiveKind
from labcli.aws.resources.function import Function
from labcli.aws.resources.log_group import LogGroup
from labcli.aws.resources.machine import Machine
from labcli.aws.resources.mapping import Mapped
from labcli.aws.resources.queue import Queue
from labcli.aws.resources.role import Role
from labcli.aws.resources.subscription import Subscription
from labcli.aws.resources.topic import Topic

KINDS: dict[str, LiveKind] = {
    "queue": Queue(),
    "topic": Topic(),
    "subscription": Subscription(),
    "function": Function(),
    "mapping": Mapped(),
    "machine": Machine(),
    "role": Role(),
    "log_group": LogGroup(),
}
