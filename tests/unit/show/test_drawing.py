"""Real machines as pictures: every text has room, labels are where nothing else is, and what is cut stays different."""

from __future__ import annotations

import io
import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from typing import Any

import pytest

from labcli.context import Context
from labcli.machines.definition import kind_words
from labcli.machines.drawings import timeline
from labcli.machines.tree import tree_of
from labcli.show.pictures.cutting import Apart, cut_middle, keeping_end
from labcli.show.pictures.graph import Level, graph
from labcli.show.pictures.layout import LONGEST_LABEL
from labcli.show.pictures.mermaid import mermaid
from labcli.show.pictures.metrics import pixels
from labcli.show.pictures.svg import svg
from labcli.show.pictures.timeline import changed_first, draw_timeline
from labcli.show.pictures.tree import draw_tree
from labcli.show.screen import Screen
from labcli.show.text import cells
from tests.cli.test_pictures import MEETING
from tests.unit.machines.histories import CHARGE, LARGE, Story
from tests.unit.show.nasty import ALIKE, LONGEST, NASTY, PREFIX
from tests.unit.show.seen import SVG, Area, Seen, faults, seen, width

DRAWN = {**NASTY, "meeting": MEETING, "charge": CHARGE, "large": LARGE}


def _names(level: Level) -> Iterator[str]:
    for vertex in level.vertices.values():
        yield vertex.name
        for inner in vertex.inside:
            yield from _names(inner)


@pytest.mark.parametrize("name", DRAWN)
def test_texts_fit_their_states_and_labels_meet_nothing(name: str) -> None:
    assert faults(seen(svg(name, graph(DRAWN[name])))) == []


@pytest.mark.parametrize("name", DRAWN)
def test_every_name_that_aws_allows_stands_in_its_state_in_full(name: str) -> None:
    level = graph(DRAWN[name])
    shown = [texts[0].text for _, texts in seen(svg(name, level)).states]
    assert sorted(shown) == sorted(_names(level))


@pytest.mark.parametrize("machine", [ALIKE, LONGEST], ids=["alike", "longest"])
def test_labels_that_are_cut_stay_different_and_their_full_text_is_the_title(machine: dict[str, Any]) -> None:
    root = ET.fromstring(svg("x", graph(machine)))
    shown = [label.text for label in seen(svg("x", graph(machine))).labels]
    assert len(set(shown)) == len(shown) and max(map(cells, shown)) <= LONGEST_LABEL
    cut = {}
    for group in root.iter(f"{SVG}g"):
        title, label = group.find(f"{SVG}title"), group.find(f"{SVG}text[@class='label']")
        if title is not None and label is not None:
            cut[label.text] = title.text
    assert set(cut) == {text for text in shown if "…" in text} and len(set(cut.values())) == len(cut) > 1


def test_of_a_name_that_is_too_long_even_for_aws_all_is_told_in_the_title() -> None:
    names = [f"{PREFIX}{PREFIX}{number}" for number in range(3)]
    states = {name: {"Type": "Pass", "End": True} for name in names}
    root = ET.fromstring(svg("x", graph({"StartAt": names[0], "States": states})))
    groups = [each for each in root.iter(f"{SVG}g") if each.get("class") == "state"]
    assert [(each.findtext(f"{SVG}title") or "").split(" · ")[0] for each in groups] == names
    assert len({each.findtext(f"{SVG}text") for each in groups}) == 3


@pytest.mark.parametrize("name", DRAWN)
def test_mermaid_has_no_sign_of_its_own_in_what_is_said(name: str) -> None:
    words = r"(?:[\w .,/()→≥≤·↪×\-\u0300-\u036f]|#\d+;)*"
    own = rf'state "{words}" as s\d+(?: \{{)?|(?:s\d+|\[\*\]) --> (?:s\d+|\[\*\])(?: : {words})?|\}}|--|'
    lines = mermaid(graph(DRAWN[name])).splitlines()[2:]
    assert [line for line in lines if not re.fullmatch(own, line.strip())] == []


def test_what_looks_at_the_pictures_sees_faults() -> None:
    state = Area(0, 0, 50, 46)
    found = Seen(Area(0, 0, 100, 100), [(state, [Area(-5, 5, 55, 20, "name")])], [Area(10, 60, 40, 72, "a")])
    found.labels += [Area(30, 60, 60, 72, "b"), Area(90, 60, 120, 72, "c")]
    found.lines.append([(20.0, 50.0), (20.0, 65.0), (20.0, 101.0)])
    said = "\n".join(faults(found))
    for each in ("'name' is wider", "'b' and 'a'", "a line through 'a'", "is not on the page", "a line leaves"):
        assert each in said


@pytest.mark.parametrize("text", ["W" * 80, "illicit", "注文を検証", "e\u0301" * 9, "🚀🚀", PREFIX, "$.a[0] >= 10"])
def test_the_room_for_a_text_is_never_less_than_a_wide_font_takes(text: str) -> None:
    assert pixels(text, 14) >= width(text, 14)


def test_one_sign_that_is_a_whole_sentence_has_the_room_of_one() -> None:
    assert pixels("\ufdfd", 10) > 100 and pixels("\ufdfa", 10) > 100


@pytest.mark.parametrize("width", [5, 8, 12, 20, 33, 60])
def test_texts_that_are_cut_for_one_picture_are_never_alike(width: int) -> None:
    texts = [f"{PREFIX}{number}{PREFIX}" for number in range(40)] + [
        f"{PREFIX}{PREFIX}{number}" for number in range(40)
    ]
    texts += ["注文" * 20 + str(number) for number in range(9)] + ["short", "x" * 70, "x" * 71]
    apart = Apart(texts)
    shown = [apart.cut(text, width) for text in texts]
    assert len(set(shown)) == len(texts) and max(map(cells, shown)) <= width


def test_both_ends_of_a_long_name_stay() -> None:
    assert cut_middle("ReserveTheStockOfTheWarehouse", 15) == "Reserve…rehouse"
    assert cut_middle("注文" * 9, 7) == "注文…文"


@pytest.mark.parametrize("width", range(12, 90))
def test_a_rule_gives_way_before_the_state_that_it_leads_to(width: int) -> None:
    shown = keeping_end(f"if {PREFIX} = 7", " ↪ Final status", width)
    assert cells(shown) <= width
    assert shown.endswith("↪ Final status") if width >= 20 else "↪ " in shown


def _tree(machine: dict[str, Any], width: int) -> list[str]:
    out = io.StringIO()
    draw_tree(Screen(Context(stdout=out, stderr=io.StringIO(), env={"COLUMNS": str(width)})), tree_of("x", machine))
    return out.getvalue().splitlines()


@pytest.mark.parametrize("width", [60, 80])
@pytest.mark.parametrize("name", DRAWN)
def test_a_way_in_a_tree_says_whereto_at_any_width(name: str, width: int) -> None:
    whole = [line.rpartition("↪ ")[2] for line in _tree(DRAWN[name], 2000) if "↪" in line]
    lines = _tree(DRAWN[name], width)
    shown = [line.rpartition("↪ ")[2] for line in lines if "↪" in line]
    assert max(map(cells, lines)) <= width and len(shown) == len(whole)
    for full, told in zip(whole, shown, strict=True):
        head, _, tail = told.partition("…")
        assert told == full if len(full) < 20 else full.startswith(head) and full.endswith(tail)


@pytest.mark.parametrize("width", [60, 80, 120])
def test_states_and_rules_in_a_tree_are_not_cut_to_the_same_text(width: int) -> None:
    lines = [line.strip("│├└─ ") for line in _tree(ALIKE, width)]
    rules = [line for line in lines if line.startswith(("if ", "catch "))]
    names = [line for line in lines if line.startswith(PREFIX[:4])]
    assert len(rules) == len(set(rules)) == 12 and len(names) == len(set(names)) == 7


def test_a_rule_in_a_timeline_keeps_whereto_and_long_names_stay_different() -> None:
    story, names = Story(), [f"{PREFIX}{number}" for number in (1, 2)]
    for number, name in enumerate(names):
        story.enter("Wait", name)
        story.at(2.0 * number + 1).exit("Wait", name)
        story.enter("Choice", f"Which way {number}?")
        story.at(2.0 * number + 2).exit("Choice", f"Which way {number}?")
    states = {"Which way 0?": {"Type": "Choice", "Choices": [_rule(1, names[1])], "Default": "Else"}}
    document = {"machine": "m", "events": story.end(output="{}"), "definition": {"States": states}}
    shown = timeline({"": document})
    assert shown is not None
    out = io.StringIO()
    draw_timeline(Screen(Context(stdout=out, stderr=io.StringIO(), env={"COLUMNS": "80"})), shown)
    _, first, choice, other, second, *_ = out.getvalue().splitlines()
    assert first.split("▇")[0].split()[2] != second.split("▇")[0].split()[2]
    assert re.search(r"→ Val\S*…\S*2 +1\.", choice) and other.strip().endswith("○ else → Else")


def _rule(value: int, to: str) -> dict[str, Any]:
    return {"Variable": "$.detail.requestParameters.bucket", "NumericEquals": value, "Next": to}


def test_of_a_long_output_what_differs_from_the_input_comes_first() -> None:
    given = {"order": {"lines": ["x" * 90], "total": 0}, "note": "y" * 90}
    assert list(changed_first({"note": "y" * 90, "paid": True}, given)) == ["paid", "note"]
    output = {"note": "y" * 90, "order": {"lines": ["x" * 90], "total": 12}}
    story = Story()
    story.enter("Pass", "Price")
    story.exit("Pass", "Price")
    shown = timeline({"": {"machine": "m", "events": story.end(output=json.dumps(output)), "input": given}})
    assert shown is not None
    out = io.StringIO()
    draw_timeline(Screen(Context(stdout=out, stderr=io.StringIO(), env={"COLUMNS": "60"})), shown)
    assert '{"order": {"total": 12, ' in out.getvalue().splitlines()[-1]


def test_one_is_said_of_one() -> None:
    branch = {"StartAt": "a", "States": {"a": {"Type": "Pass", "End": True}}}
    retry = [{"ErrorEquals": ["E"], "MaxAttempts": 1}]
    machine = {"States": {"P": {"Type": "Parallel", "Branches": [branch], "Retry": retry, "End": True}}}
    lines = _tree(machine, 80)
    assert lines[1].endswith("P  Parallel · 1 branch") and "E: 1 time, after 1 s" in lines[2] + lines[3]
    assert kind_words({"Type": "Parallel", "Branches": [branch, branch]}) == "Parallel · 2 branches"
