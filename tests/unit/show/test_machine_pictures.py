"""A machine as Mermaid and as SVG: complete, escaped, standing alone, and not to be bent by a hostile definition."""

from __future__ import annotations

import re
import time
import xml.etree.ElementTree as ET
from itertools import pairwise
from typing import Any

import pytest

from labcli.machines.executions import document_of
from labcli.machines.history import read_history
from labcli.machines.tree import tree_of
from labcli.show.pictures.graph import END, START, graph
from labcli.show.pictures.layout import place
from labcli.show.pictures.machine import MachinePicture
from labcli.show.pictures.mermaid import escaped, mermaid
from labcli.show.pictures.svg import svg
from tests.cli.test_pictures import HOSTILE, MEETING
from tests.unit.machines.histories import CHARGE, LARGE, always, large

SVG = "{http://www.w3.org/2000/svg}"
LOOP = {
    "StartAt": "Look",
    "States": {
        "Look": {"Type": "Choice", "Choices": [{"Variable": "$.n", "IsNull": True, "Next": "Nap"}], "Default": "Done"},
        "Nap": {"Type": "Wait", "Seconds": 1, "Next": "Look"},
        "Done": {"Type": "Succeed"},
    },
}  # fmt: skip


def _texts(picture: str) -> list[str]:
    return ["".join(each.itertext()) for each in ET.fromstring(picture).iter(f"{SVG}text")]


def test_mermaid_has_every_state_every_way_and_what_was_executed() -> None:
    assert mermaid(graph(LARGE, read_history(large(), LARGE))).splitlines() == [
        "stateDiagram-v2",
        "    direction TB",
        '    state "ProcessStep1 (Task → lambda · 0.71 s)" as s1',
        '    state "HighValue (Choice)" as s2',
        '    state "QueueForReview (sqs#58;sendMessage · 0.13 s)" as s3',
        '    state "AutoApprove (Pass)" as s4',
        "    [*] --> s1",
        "    s1 --> s2",
        "    s2 --> s3 : #36;.total ≥ 1000",
        "    s2 --> s4 : else",
        "    s3 --> [*]",
        "    s4 --> [*]",
        "    classDef executed fill:#d7f5dd,stroke:#1a7f37,stroke-width:2px,color:#000",
        "    class s1,s2,s3 executed",
    ]


def test_mermaid_puts_branches_into_their_state() -> None:
    text = mermaid(graph(MEETING))
    assert "    --\n" in text and text.count(" {\n") == 2 and text.count("    }\n") == 2
    assert "classDef" not in text
    failed = mermaid(graph(CHARGE, read_history(always(), CHARGE)))
    assert "    class s1,s4 failed\n" in failed


def test_what_is_odd_says_nothing_to_mermaid() -> None:
    said = escaped(HOSTILE + '"; x --> y : {z}')
    assert (
        not re.search(r'[<>"{}\n\x1b:]', said)
        and not re.search(r"(?<!#\d\d)(?<!#\d\d\d)(?<!#\d\d\d\d);", said)
        and "#60;script#62;" in said
    )


def test_the_svg_stands_alone_and_its_way_is_bold() -> None:
    picture = svg("order-flow", graph(LARGE, read_history(large(), LARGE)))
    root = ET.fromstring(picture)
    assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)|url\(|@import|href|<script", picture)
    assert "prefers-color-scheme:dark" in picture
    classes = [each.get("class", "") for each in root.iter(f"{SVG}g")]
    assert sum("done" in each for each in classes) == 3 and sum("taken" in each for each in classes) == 4
    assert "Task → lambda · 0.71 s" in _texts(picture) and "$.total ≥ 1000" in _texts(picture)
    assert "taken" not in svg("order-flow", graph(LARGE)).split("</style>")[1]


@pytest.mark.parametrize("machine", [LARGE, CHARGE, MEETING, LOOP], ids=["large", "charge", "meeting", "loop"])
def test_no_state_covers_another_and_all_are_inside(machine: dict[str, Any]) -> None:
    def look(placed: Any) -> None:
        boxes = list(placed.boxes.values())
        for one in boxes:
            assert (
                one.x >= 0 and one.x + one.width <= placed.width + 0.01 and one.y + one.height <= placed.height + 0.01
            )
            for inner in one.inside:
                assert inner.x + inner.width <= one.width and inner.y + inner.height <= one.height
                look(inner)
            for other in boxes:
                if one is not other:
                    apart = one.x + one.width <= other.x or other.x + other.width <= one.x
                    assert apart or one.y + one.height <= other.y or other.y + other.height <= one.y
            for left, right in pairwise(one.inside):
                assert left.x + left.width <= right.x

    look(place(graph(machine)))


def test_a_loop_is_drawn_once_and_leads_back() -> None:
    level = graph(LOOP)
    assert [(edge.source, edge.target) for edge in level.edges] == [
        (START, "Look"), ("Look", "Nap"), ("Look", "Done"), ("Nap", "Look"), ("Done", END),
    ]  # fmt: skip
    placed = place(level)
    assert placed.boxes["Look"].y < placed.boxes["Nap"].y


def test_a_hostile_definition_is_text_and_nothing_else() -> None:
    rule = {"Variable": HOSTILE, "StringEquals": HOSTILE, "Next": HOSTILE}
    states = {HOSTILE: {"Type": "Fail", "Error": HOSTILE}, "C": {"Type": "Choice", "Choices": [rule]}}
    level = graph({"StartAt": "C", "States": states})
    picture = svg(HOSTILE, level)
    assert "<script" not in picture and "\x1b" not in picture and "\u202e" not in picture
    assert len(_texts(picture)) == 6
    assert len(mermaid(level).splitlines()) == 7


NONSENSE: list[Any] = [
    {}, {"States": 5}, {"States": {}}, {"States": {"a": 5}}, {"StartAt": 7, "States": {"a": {}}},
    {"States": {"a": {"Type": 7, "Next": "nowhere", "Choices": 5, "Catch": [5, {"Next": 7}], "Retry": {"x": 1}}}},
    {"States": {"a": {"Branches": [5, None, {"States": {"b": {"Branches": []}}}], "Iterator": 5}}},
    {"States": {"a": {"Type": "Choice", "Choices": [{"Next": "a"}, {"And": [5], "Next": "a"}, {"Not": 5}]}}},
]  # fmt: skip


@pytest.mark.parametrize("machine", NONSENSE)
def test_a_definition_that_is_none_is_drawn_as_far_as_it_goes(machine: Any) -> None:
    tree_of("x", machine)
    ET.fromstring(svg("x", graph(machine)))
    mermaid(graph(machine))


def _deep(levels: int) -> dict[str, Any]:
    machine: dict[str, Any] = {"StartAt": "x", "States": {"x": {"Type": "Pass", "End": True}}}
    for number in range(levels):
        machine = {"States": {f"p{number}": {"Type": "Parallel", "Branches": [machine, machine], "End": True}}}
    return machine


def _chain(count: int) -> dict[str, Any]:
    """Each state a Choice with ways to the next ones and back."""
    names = [f"s{number}" for number in range(count)]
    return {"StartAt": "s0", "States": {
        name: {"Type": "Choice", "Default": names[(number + 1) % count], "Choices": [
            {"Variable": "$.x", "NumericEquals": step, "Next": names[(number + step) % count]} for step in (2, 3, -5, 0)
        ]} for number, name in enumerate(names)
    }}  # fmt: skip


@pytest.mark.parametrize("machine", [_deep(18), _chain(3000)], ids=["deep", "chain"])
def test_a_definition_without_end_takes_no_time(machine: dict[str, Any]) -> None:
    began = time.process_time()
    tree_of("x", machine)
    ET.fromstring(svg("x", graph(machine)))
    mermaid(graph(machine))
    read_history(large(), machine)
    assert time.process_time() - began < 5.0


def test_an_execution_is_drawn_with_the_definition_that_it_ran_with() -> None:
    run = document_of({"name": "e-1"}, large(), LARGE)
    shown = MachinePicture("order-flow", '{"StartAt": "New", "States": {"New": {"Type": "Succeed"}}}', (), run)
    assert "HighValue" in shown.mermaid() and "New" not in shown.mermaid()
    assert "order-flow · SUCCEEDED · 0.84 s" in shown.svg()
    assert shown.body()["execution"]["timeline"]["rows"][0]["state"] == "ProcessStep1"
    assert "New" in MachinePicture("order-flow", '{"States": {"New": {"Type": "Succeed"}}}', (), None).mermaid()
