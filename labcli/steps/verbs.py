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
from labcli.steps.execute import Execute
from labcli.steps.inventory import Inventory
from labcli.steps.permit import Permit
from labcli.steps.pictures import PICTURES
from labcli.steps.publish import Publish
from labcli.steps.send import Send
from labcli.steps.tables import TABLES
from labcli.steps.update import Update
from labcli.steps.views import VIEWS
from labcli.steps.wait import Wait

if TYPE_CHECKING:
    from labcli.steps.base import LiveVerb

VERBS: dict[str, LiveVerb] = {
    "create": Create(),
    "update": Update(),
    "delete": Delete(),
    "permit": Permit(),
    "do": Do(),
    "send": Send(),
    "publish": Publish(),
    "consume": Consume(),
    "execute": Execute(),
    "chart": Chart(),
    "wait": Wait(),
    "inventory": Inventory(),
    "in_order": Block(word="in_order"),
    "together": Block(word="together"),
    "either": Block(word="either"),
}

LANGUAGE = Language(verbs=VERBS, kinds=KINDS, views=frozenset((*VIEWS, *PICTURES, *TABLES)))
"""The lab language as this labcli speaks it."""
