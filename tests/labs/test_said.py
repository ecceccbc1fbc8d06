"""What a step tells a reader, and sends on, of what earlier steps saved: in a real run."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from tests.conftest import Cli

LAB = r"""
lab: said
title: Said
resources: {orders: {queue: standard}, copy: {queue: standard}}
steps:
- create: [orders, copy]
- send: {to: orders, bodies: [a, "turned \u202e ${orders.name}", {x: 1}, "no $${run.id}"]}
  title: Into ${orders.name}
  save: {n: sent_count}
  say: There were ${n} of them, in ${run.lab}.
- title: All ${n} come back
  consume: {from: orders, until: 4}
  save: {got: completed}
- title: Sent on
  send: {to: copy, bodies: "${got}"}
  expect: {sent_count: "${n}"}
  say: "Sent: ${got}"
- title: A person and a queue
  together:
    work: {consume: {from: copy, until: 4}}
    who: {either: {yes: {wait: 0s}, no: {wait: 0s}}}
  save: {copied: work.completed}
  expect: {who.chosen: yes, work.completed_count: 4}
- send: {to: copy, bodies: "${got[1]}"}
"""


def test_titles_texts_and_bodies_are_filled_and_nothing_hidden_stays_hidden(cli: Cli, lab: Callable[..., Path]) -> None:
    path = str(lab(LAB))
    page = cli("day", path).out
    assert "Into ‹orders.name›" in page and "All ‹n› come back" in page
    run = cli("day", path, "run", "--output", "json")
    document = json.loads(run.out)
    titles = [step["title"] for step in document["steps"]]
    assert titles[1].startswith("Into labcli-said-") and titles[2] == "All 4 come back"
    assert [step["state"] for step in document["steps"]] == ["passed"] * 5 + ["failed"]
    assert "${got[1]} is text, not a list of one to 1000 bodies" in run.out
    shown = cli("day", path, "run").out
    assert "There were 4 of them, in said." in " ".join(shown.split())
    assert "\u202e" not in shown and "turned \\u202e labcli-said-" in " ".join(shown.split())
    assert "no ${run.id}" in " ".join(shown.split())
    assert cli("cleanup", "--all", "--yes").exit_code == 0
