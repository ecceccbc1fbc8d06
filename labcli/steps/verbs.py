"""The verbs of the lab language, by the word that a lab uses: one file a verb, one line here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labcli.aws.resources import KINDS
from labcli.lab.language import Language
from labcli.steps.blocks import Block
from labcli.steps.chart import Chart
from labcli.steps.consume import Consume
from labcli.steps.create import Create
from labcli.steps.delete import Delete
from labcli.steps.do import Do
from labcli.steps.send import Send
from labcli.steps.views import VIEWS
from labcli.steps.wait import Wait

if TYPE_CHECKING:
    from labcli.steps.base import LiveVerb

VERBS: dict[str, LiveVerb] = {
    "create": Create(),
    "delete": Delete(),
    "do": Do(),
    "send": Send(),
    "consume": Consume(),
    "chart": Chart(),
    "wait": Wait(),
    "in_order": Block(word="in_order"),
    "together": Block(word="together"),
}

LANGUAGE = Language(verbs=VERBS, kinds=KINDS, views=frozenset(VIEWS))
"""The lab language as this labcli speaks it."""
