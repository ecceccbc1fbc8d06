"""The verbs of the lab language, by the word that a lab uses: one file a verb, one line here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from labcli.aws.resources import KINDS
from labcli.byword import ByWord
from labcli.lab.language import Language
from labcli.steps.evidence.pictures import PICTURES
from labcli.steps.evidence.tables import TABLES
from labcli.steps.evidence.views import VIEWS

if TYPE_CHECKING:
    from labcli.steps.verb import LiveVerb

VERBS: Mapping[str, LiveVerb] = ByWord(
    "labcli.steps.verbs",
    {
        "create": ("create", "Create"),
        "update": ("update", "Update"),
        "delete": ("delete", "Delete"),
        "permit": ("permit", "Permit"),
        "do": ("do", "Do"),
        "send": ("send", "Send"),
        "publish": ("publish", "Publish"),
        "consume": ("consume", "Consume"),
        "execute": ("execute", "Execute"),
        "chart": ("chart", "Chart"),
        "wait": ("wait", "Wait"),
        "inventory": ("inventory", "Inventory"),
        "in_order": ("blocks", "InOrder"),
        "together": ("blocks", "Together"),
        "either": ("blocks", "Either"),
    },
)

LANGUAGE = Language(verbs=VERBS, kinds=KINDS, views=frozenset((*VIEWS, *PICTURES, *TABLES)))
"""The lab language as this labcli speaks it."""
