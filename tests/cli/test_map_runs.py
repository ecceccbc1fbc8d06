"""A distributed Map through the command line: how many items it has, its children, and those that failed."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from pathlib import Path

from tests.conftest import Cli

LAB = """
lab: dist
week: 10
title: "A distributed Map"
resources:
  each:
    machine:
      StartAt: Each
      States:
        Each:
          Type: Map
          ItemsPath: $.items
          ToleratedFailurePercentage: 100
          MaxConcurrency: 1
          ItemProcessor:
            ProcessorConfig: {Mode: DISTRIBUTED, ExecutionType: STANDARD}
            StartAt: Odd
            States:
              Odd:
                Type: Choice
                Choices: [{Variable: $, NumericEquals: 3, Next: Three}]
                Default: Fine
              Three: {Type: Fail, Error: NotThree}
              Fine: {Type: Pass, End: true}
          End: true
steps:
- create: [each]
- execute: each
  input: {items: [1, 3, 5]}
  show: timeline
"""


def test_a_distributed_map_shows_its_items_and_its_children(cli: Cli, tmp_path: Path) -> None:
    lab = tmp_path / "dist.yaml"
    lab.write_text(LAB, encoding="utf-8")
    ran = cli("day", str(lab), "run")
    assert ran.exit_code == 0, ran.both
    assert "Map · 3 items" in ran.out
    shown = cli("inspect", "each", "--run", "last").out
    for said in ("Map · 3 items", "of 3 items 1 failed", "child 0", "child 2", "Fine", "✘ Three", "Fail NotThree"):
        assert said in shown, shown
    assert shown.count("✔ Odd") == 3 and "else → Fine" in shown and "0 items" not in shown
    found = json.loads(cli("inspect", "each", "--run", "last", "--output", "json").out)["execution"]
    (run,) = found["map_runs"].values()
    assert run["run"]["itemCounts"]["total"] == 3
    assert sorted(child["status"] for child in run["children"]) == ["FAILED", "SUCCEEDED", "SUCCEEDED"]
    assert [row["state"] for row in found["timeline"]["rows"]][:2] == ["Each", "child 0"]
    drawn = cli("inspect", "each", "--run", "last", "--svg", "-").out
    classes = [group.get("class") for group in ET.fromstring(drawn).iter("{http://www.w3.org/2000/svg}g")]
    assert classes.count("state done") == 2 and classes.count("state failed") == 1, "Odd and Fine, and Three"
    assert cli("cleanup", "dist").exit_code == 0
