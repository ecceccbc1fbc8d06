"""Tables and texts: what is cut, where, and that nothing is ever wider than the screen."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from labcli.context import Context
from labcli.show.run.evidence import draw, sampled
from labcli.show.screen import Screen
from labcli.show.text import Colours, cells, cut, cut_value, short_ids, visible
from labcli.steps.evidence.evidence import Table

ID = "5f1c0000-1111-4222-8333-444455559e02"
OTHER = "71aa0000-1111-4222-8333-44445555c0d4"


def screen(width: int = 80) -> tuple[Screen, io.StringIO]:
    out = io.StringIO()
    return Screen(Context(stdout=out, stderr=io.StringIO(), env={"COLUMNS": str(width)})), out


def lines(out: io.StringIO) -> list[str]:
    return out.getvalue().splitlines()


@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_a_table_is_never_wider_than_the_screen(width: int) -> None:
    on, out = screen(width)
    rows = [(ID, 1, '{"orderId": "o-1", "amount": 42, "note": "a ribbon"}', "some words that can be wrapped", "x" * 70)]
    on.table(("message", "receives", "body", "what it says", "in flight"), rows, 6)
    assert all(cells(line) <= width for line in lines(out))
    assert all(line == line.rstrip() for line in lines(out))


HEADS = (
    ("message", "receives", "body", "visible", "in flight", "delayed"),
    ("resource", "kind", "what is special about it"),
    ("resource", "kind", "day", "deleted", "seen gone", "found by"),
    ("expectation", "expected", "seen (last of 12 tries)"),
    ("", "NonExistentQueueException", "a-heading-that-no-blank-is-in-and-that-is-long"),
)


@pytest.mark.parametrize("width", [40, 60, 80])
@pytest.mark.parametrize("heads", HEADS)
@pytest.mark.parametrize(
    "value", ["x", ID, "some words that can be wrapped", '{"orderId": "o-1", "amount": 42}', "y" * 60]
)
def test_headings_break_at_blanks_and_never_inside_a_word(width: int, heads: tuple[str, ...], value: str) -> None:
    on, out = screen(width)
    on.table(heads, [[value] * len(heads)], 6)
    shown = lines(out)
    assert all(cells(line) <= width for line in shown)
    rule = next((number for number, line in enumerate(shown) if set(line.strip()) == {"─"}), None)
    if rule is not None:
        assert sorted(" ".join(shown[:rule]).split()) == sorted(" ".join(heads).split())
    else:
        said = " ".join(line.strip() for line in shown)
        assert all(f"{head}: " in said or len(head) > width - 6 for head in heads if head)


def test_a_table_that_has_no_room_is_a_line_for_each_row() -> None:
    on, out = screen(40)
    rows = [("a", 1, "", 0, 1, 0), ("b", "its reason stands alone")]
    on.table(("message", "receives", "body", "visible", "in flight", "delayed"), rows, 6)
    assert lines(out) == [
        "      message: a; receives: 1; visible:", "        0; in flight: 1; delayed: 0",
        "      message: b; its reason stands", "        alone",
    ]  # fmt: skip


def test_wide_characters_count_as_the_columns_they_fill() -> None:
    on, out = screen()
    on.table(("body", "after"), [("日本語", "x"), ("abc", "y")], 0)
    assert [cells(line.rstrip("xy")) for line in lines(out)[2:]] == [9, 9]
    assert cut("日本語日本語", 7) == "日本語…"
    assert cells(cut("日本語日本語", 6)) <= 6


def test_json_keeps_its_bracket_and_is_cut_after_a_member() -> None:
    assert cut_value('{"orderId": "o-1", "amount": 42}', 22) == '{"orderId": "o-1", …}'
    assert cut_value("[1, 2, 3]", 20) == "[1, 2, 3]"
    assert cut_value("[100, 200, 300, 400]", 12).endswith("…]")


def test_an_id_is_cut_in_the_middle_the_same_way_wherever_it_stands() -> None:
    assert short_ids(f"message {ID} came") == "message 5f1c…9e02 came"
    on, out = screen()
    on.table(("message",), [(ID,)], 0)
    on.wrapped(f"It is {ID}.", 0)
    assert [line.count("5f1c…9e02") for line in lines(out)] == [0, 0, 1, 1]


def test_an_id_has_one_colour_and_two_ids_have_two() -> None:
    one, again = Colours(), Colours()
    assert one.of(ID) == again.of(ID) == one.of(ID)
    many = [one.of(f"{number}") for number in range(9)]
    assert len({one.of(ID), *many}) == 10


def test_what_is_hidden_in_a_value_is_shown() -> None:
    assert visible("a\x1b[31mb\u202ec\nd") == "a\\x1b[31mb\\u202ec⏎d"


def test_figures_stand_at_the_right_and_words_at_the_left() -> None:
    on, out = screen()
    draw(on, Table(("word", "figure", "mixed"), (("a", "1", 1), ("b", 22, "x"))))
    assert lines(out)[2:] == ["      a           1   1", "      b          22   x"]


def test_a_row_may_end_early_and_its_last_cell_has_the_rest_of_the_line() -> None:
    on, out = screen(60)
    on.table(("day", "check", "seen"), [("mon", "short", "3"), ("", "a reason that is longer than its column")], 0)
    assert lines(out)[-1] == "      a reason that is longer than its column"


def test_a_plot_goes_through_its_points() -> None:
    assert sampled(((0.0, 0.0), (1.0, 10.0), (2.0, 0.0)), 5) == [0.0, 5.0, 10.0, 5.0, 0.0]
    assert sampled((), 3) == [0.0, 0.0, 0.0]


def test_symbols_become_words_where_the_encoding_lacks_them() -> None:
    raw = io.BytesIO()
    stdout = io.TextIOWrapper(raw, encoding="ascii")
    on = Screen(Context(stdout=stdout, stderr=io.StringIO(), env={}))
    on.table(("state", "message"), [("✔ 4 of 4", ID), ("◐ stopped", "é")], 0)
    stdout.flush()
    said = raw.getvalue().decode("ascii")
    assert "ok 4 of 4" in said and "5f1c~9e02" in said and "part stopped" in said and "\\xe9" in said


def test_a_long_aside_stands_before_the_next_command_so_that_the_command_is_last() -> None:
    on, out = screen()
    on.next("labcli day mon run", "every call before it is made, and much more: labcli day mon plan")
    assert lines(out)[-1] == "Next: labcli day mon run"
    assert lines(out)[0].startswith("Every call")


def test_nothing_is_read_as_markup() -> None:
    on, out = screen()
    on.line("[bold]x[/bold] [/]")
    on.table(("[red]h",), [("[/nope]",)], 0)
    assert "[bold]x[/bold] [/]" in out.getvalue() and "[/nope]" in out.getvalue()
    assert isinstance(on.out, Console)
