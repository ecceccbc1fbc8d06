"""Executions, branches and definitions as they stand on the screen, at 80 columns, to the letter."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest

from labcli.context import Context
from labcli.show.documents import picture
from labcli.show.run.evidence import draw
from labcli.show.screen import Screen
from labcli.show.text import cells
from labcli.steps.evidence.evidence import Several
from labcli.steps.evidence.pictures import PICTURES
from tests.cli import golden
from tests.cli.golden import COLOURS, Tty
from tests.unit.machines.histories import CHARGE, LARGE, Story, always, flaky, items, large, parallel, slow


def _of(events: list[dict[str, Any]], definition: Any = None, machine: str = "order-flow") -> dict[str, Any]:
    return {"machine": machine, "events": events, "definition": definition}


SEVERAL = {"flaky": _of(flaky(), CHARGE), "always": _of(always(), CHARGE), "slow": _of(slow(), CHARGE)}
MEETING = {
    "StartAt": "Price",
    "States": {
        "Price": {"Type": "Task", "Resource": "arn:aws:lambda:eu-west-1:123456789012:function:price", "Next": "High"},
        "High": {
            "Type": "Choice",
            "Choices": [
                {"And": [{"Variable": "$.total", "NumericGreaterThanEquals": 1000},
                         {"Not": {"Variable": "$.vip", "BooleanEquals": True}}], "Next": "Review"},
                {"Variable": "$.total", "NumericLessThan": 0, "Next": "Refused"},
            ],
            "Default": "Approve",
        },
        "Review": {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken", "Next": "Fan"},
        "Approve": {"Type": "Pass", "Next": "Fan"},
        "Refused": {"Type": "Fail", "Error": "Refund"},
        "Fan": {
            "Type": "Parallel", "Next": "Each",
            "Branches": [
                {"StartAt": "Pay", "States": {"Pay": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke",
                                                      "Retry": [{"ErrorEquals": ["Busy"]}], "End": True}}},
                {"StartAt": "Mail", "States": {"Mail": {"Type": "Pass", "Next": "Nap"},
                                               "Nap": {"Type": "Wait", "Seconds": 5, "End": True}}},
            ],
            "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Refused"}],
        },
        "Each": {"Type": "Map", "ItemProcessor": {"StartAt": "Pack", "States": {"Pack": {"Type": "Pass", "End": True}}},
                 "End": True},
        "Lost": {"Type": "Pass", "Next": "Fan"},
    },
}  # fmt: skip
SHOWN = {
    "timeline": ("timeline", {"": _of(large(), LARGE)}),
    "timeline_without_definition": ("timeline", {"": _of(large())}),
    "timeline_several": ("timeline", SEVERAL),
    "timeline_parallel": ("timeline", {"": _of(parallel())}),
    "timeline_parallel_fails": ("timeline", {"": _of(parallel("Failed"))}),
    "timeline_map": ("timeline", {"": _of(items(3))}),
    "timeline_long": ("timeline", {"": _of(items(40))}),
    "branches": ("branches", {"": _of(parallel())}),
    "branches_of_states": ("branches", {"": _of(large(), LARGE)}),
    "branches_several": ("branches", SEVERAL),
    "tree": ("tree", {"": {"name": "order-flow", "definition": json.dumps(MEETING)}}),
    "tree_catch": ("tree", {"": _of([], CHARGE)}),
}


def _drawn(name: str, stream: io.StringIO | io.TextIOWrapper | None = None, **env: str) -> str:
    view, documents = SHOWN[name]
    evidence = PICTURES[view](documents)
    assert evidence is not None
    out = stream or io.StringIO()
    draw(Screen(Context(stdout=out, stderr=io.StringIO(), env=env)), evidence)
    out.flush()
    return out.getvalue() if isinstance(out, io.StringIO) else ""


def _same(name: str, screen: str) -> None:
    """To the letter: nothing here changes from run to run."""
    path = golden.FOLDER / f"picture_{name}.txt"
    if golden.RENEW:
        path.write_text(screen, encoding="utf-8", newline="\n")
    assert screen == path.read_text("utf-8"), f"{name}: if it is better so: python -m tests.cli.renew"


@pytest.mark.parametrize("name", SHOWN)
def test_a_picture_stands_as_it_was_approved(name: str) -> None:
    screen = _drawn(name)
    assert all(cells(line) <= 80 and line == line.rstrip() for line in screen.splitlines())
    _same(name, screen)


@pytest.mark.parametrize("width", ["40", "60", "80", "100", "200"])
@pytest.mark.parametrize("name", SHOWN)
def test_a_picture_fits_any_width(name: str, width: str) -> None:
    assert all(cells(line) <= int(width) for line in _drawn(name, COLUMNS=width).splitlines())


def test_an_encoding_without_symbols_loses_nothing() -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii", newline="\n")
    _drawn("timeline_several", stream)
    _same("several_ascii", raw.getvalue().decode("ascii"))


def test_colour_repeats_what_symbols_say() -> None:
    colour = _drawn("timeline_several", Tty(), **COLOURS)
    assert "\x1b[" in colour
    assert [line.rstrip() for line in golden.plain(colour).splitlines()] == _drawn("timeline_several").splitlines()
    assert "\x1b[3" not in _drawn("timeline_several", Tty(), **COLOURS, NO_COLOR="1")


def test_of_a_long_rule_the_way_is_still_told() -> None:
    rules = [{"Variable": f"$.member_{number}", "IsPresent": True} for number in range(9)]
    states = {"C": {"Type": "Choice", "Choices": [{"And": rules, "Next": "Yes"}, {"Or": rules, "Next": "No"}]}}
    story = Story()
    story.enter("Choice", "C")
    story.exit("Choice", "C")
    story.enter("Pass", "Yes")
    story.exit("Pass", "Yes")
    evidence = PICTURES["timeline"]({"": _of(story.end(output="{}"), {"States": states})})
    assert evidence is not None
    draw(Screen(Context(stdout=(out := io.StringIO()), stderr=io.StringIO(), env={})), evidence)
    _, choice, other, *_ = out.getvalue().splitlines()
    assert choice.endswith("… → Yes") and other.endswith("… → No") and len(choice) == 80


HOSTILE = "\x1b[2J[/red]\u202e\n<script>&\"'#59;"


@pytest.mark.parametrize("view", PICTURES)
def test_names_from_outside_move_no_cursor_and_are_no_markup(view: str) -> None:
    story = Story({"x": HOSTILE})
    story.enter("Task", HOSTILE)
    story.task(0.0, 0.1, HOSTILE).exit("Task", HOSTILE)
    story.enter("Choice", "C" + HOSTILE)
    events = story.end("Failed", error=HOSTILE, cause=HOSTILE)
    rule = {"Variable": HOSTILE, "StringEquals": HOSTILE, "Next": HOSTILE}
    definition = {
        "States": {HOSTILE: {"Type": "Task", "Resource": HOSTILE}, "C": {"Type": "Choice", "Choices": [rule]}}
    }
    evidence = PICTURES[view]({HOSTILE: _of(events, definition, HOSTILE)})
    assert evidence is not None
    out = io.StringIO()
    draw(Screen(Context(stdout=out, stderr=io.StringIO(), env={})), Several((evidence, evidence)))
    assert "\x1b" not in out.getvalue() and "\u202e" not in out.getvalue() and "[/red]" in out.getvalue()
    assert all(cells(line) <= 80 for line in out.getvalue().splitlines())
    json.dumps(picture(evidence))


def test_a_timeline_as_data_has_a_row_for_every_state() -> None:
    evidence = PICTURES["timeline"](SEVERAL)
    assert evidence is not None
    flaky_, always_, _ = picture(evidence)["executions"]
    assert [(row["state"], row["type"], row["status"], row["start"], row["seconds"]) for row in flaky_["rows"]] == [
        ("Charge", "Task", "SUCCEEDED", 0.0, 3.3), ("Paid", "Succeed", "SUCCEEDED", 3.3, 0.0),
    ]  # fmt: skip
    assert [each["error"] for each in flaky_["rows"][0]["attempts"]] == ["TransientError", "TransientError", ""]
    assert always_["error"] == "FAILED in Stuck · OrderStuck: retries exhausted"
    evidence = PICTURES["timeline"]({"": _of(items(2))})
    assert evidence is not None
    rows = picture(evidence)["executions"][0]["rows"]
    assert [row["in"] for row in rows if row["state"] == "Pack"] == [["Each", "item 0"], ["Each", "item 1"]]
