"""Broken YAML: one plain sentence, at the place that has to change; and bombs, which end soon."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from labcli.lab.problem import LabInvalid
from labcli.lab.source import MAX_BYTES, read


@pytest.fixture(params=[False, True], ids=["c", "pure"])
def pure(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


def mistake(tmp_path: Path, content: str, pure: bool) -> str:
    file = tmp_path / "lab.yaml"
    file.write_text(content, "utf-8")
    with pytest.raises(LabInvalid) as caught:
        read(file, pure)
    (found,) = caught.value.problems
    return f"{found.line}:{found.column} {found.message}"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("a: {b: ${orders.url}}", '1:8 inside `{}` and `[]` quote it: "${orders.url}"'),
        ("a: [x, ${q.arn}/*, y]", '1:8 inside `{}` and `[]` quote it: "${q.arn}/*"'),
        ("a:\n- {b: [c, pre-${d}-post]}", '2:11 inside `{}` and `[]` quote it: "pre-${d}-post"'),
        ("a: {Messages[0].Id: x}", '1:5 inside `{}` and `[]` quote it: "Messages[0].Id"'),
        ("show: [m[0].Body, y]", '1:8 inside `{}` and `[]` quote it: "m[0].Body"'),
        ("show: [m[0]]", '1:8 inside `{}` and `[]` quote it: "m[0]"'),
        ("a: {b: Messages[?x=='y'].z}", "1:8 inside `{}` and `[]` quote it: \"Messages[?x=='y'].z\""),
    ],
)
def test_an_unquoted_reference_or_path_inside_braces_is_to_be_quoted(
    tmp_path: Path, content: str, said: str, pure: bool
) -> None:
    assert mistake(tmp_path, content, pure) == said


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("title: SQS: a queue", "1:11 text that holds `: ` must be quoted"),
        ("- a\n- b: c: d", "2:7 text that holds `: ` must be quoted"),
        ("a: {b: c: d}", "1:9 text that holds `: ` must be quoted"),
        ("a: @x", "1:4 text that starts with `@` must be quoted"),
        ("a: `x`", "1:4 text that starts with a backtick must be quoted"),
        ("a: %x", "1:4 text that starts with `%` must be quoted"),
        ("a: [%x]", "1:5 text that starts with `%` must be quoted"),
        ("a: *.txt", "1:4 text that starts with `*` must be quoted"),
        ("a: >5 things", "1:4 text that starts with `>` must be quoted"),
        ("a: , b", "1:4 text that starts with `,` must be quoted"),
        ("a: {x} and y", "1:8 text goes on after the closing `}`; quote all of it"),
    ],
)
def test_text_that_yaml_would_misread_is_to_be_quoted(tmp_path: Path, content: str, said: str, pure: bool) -> None:
    assert mistake(tmp_path, content, pure) == said


@pytest.mark.parametrize("content", ["a: [b, c", "a: [b, c\n", "a: [b, c\nd: 3\n", "a: [b and\nc: d\n"])
def test_an_unclosed_bracket_is_marked_where_it_opens(tmp_path: Path, content: str, pure: bool) -> None:
    assert mistake(tmp_path, content, pure).startswith("1:4 the `[` that opens here is not closed")
    content = content.replace("[", "{")
    assert mistake(tmp_path, content, pure).startswith("1:4 the `{` that opens here is not closed")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('a: 1\nb: "x\nc: 1\n', "2:4 the quote that opens here is never closed"),
        ("b: 'tis\n", "1:4 the quote that opens here is never closed"),
        ('a: "x\nb: "y"\n', "1:4 the quote that opens here ends on line 2, before more text"),
        ('a: "say "hi""', '1:10 text goes on after the closing quote; inside these quotes, a " is written \\"'),
        ("a: {b: 'it's'}", "1:12 text goes on after the closing quote; inside these quotes, a ' is written ''"),
        ('a: "\\d"', "1:6 `\\d` is no escape; write `\\\\d`, or use single quotes"),
    ],
)
def test_a_quote_gone_wrong_is_explained(tmp_path: Path, content: str, said: str, pure: bool) -> None:
    assert mistake(tmp_path, content, pure) == said


@pytest.mark.parametrize(
    ("content", "place"), [("a:\n\tb: c", "2:1"), ("a:\n  b: 1\n \tc: 2", "3:2"), ("a:\tb", "1:3"), ("a: b\tc", "1:5")]
)
def test_a_tab_outside_quotes_is_marked(tmp_path: Path, content: str, place: str, pure: bool) -> None:
    assert mistake(tmp_path, content, pure).startswith(f"{place} a tab; indent with spaces")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("a:1\nb: 2", "1:2 write a space after this `:`"),
        ("a: 1\nb:2\nc: 3", "2:2 write a space after this `:`"),
        ("a: 1\nfoo\nb: 2", "2:1 this line is neither `key: value` nor `- item`"),
        ("a: 1\n  b: 2", "2:4 this line is indented deeper than"),
        ("a:\n    b: 1\n  c: 2", "3:3 this does not line up"),
        ("a: - b", "1:4 a list item begins on a line of its own"),
        ("a: {b: c}}", "1:10 this `}` closes nothing"),
        ("a: {b: c]", "1:9 this `]` does not close the `{`"),
        ("a: {b: c d: e}", "1:11 text that holds `: ` must be quoted"),
        ("a: [{b: c} d]", "1:12 a `,` is missing before this"),
        (": x", "1:1 a key is missing before this `:`"),
    ],
)
def test_misplaced_lines_and_signs_say_what_to_change(tmp_path: Path, content: str, said: str, pure: bool) -> None:
    assert mistake(tmp_path, content, pure).startswith(said)


BOMBS = {
    "brackets": "[" * 200_000,
    "brackets in a key": "a: " + "{" * 200_000,
    "dashes": "- " * 100_000,
    "laughs": "a: &a [x]\n" + "".join(f"b{n}: &b{n} [*a, *b{n - 1}, *b{n - 1}]\n" for n in range(2000)),
    "merges": "".join(f"k{n}: &k{n} {{<<: [*k{n - 1}, *k{n - 1}]}}\n" for n in range(2000)),
    "digits": "a: " + "9" * 250_000,
    "digits and a letter": "a: " + "9" * 250_000 + "x",
    "commas": "a: [" + "1," * 120_000,
    "nulls": "\0" * 260_000,
    "line ends": "\n" * 260_000 + "\x1b" * 100,
    "directives": "%x\n" * 87_000,
    "duplicates": "a: 1\n" * 50_000,
    "unclosed quote": 'a: "' + '\\"' * 130_000,
    "unclosed brace": "a: {b: " + "x? \n" * 65_000,
    "blank text": "a: |\n" + "\n" * 260_000,
    "folded": "a: >\n" + "  x\n\n" * 52_000,
    "path": "a: [" + "x[0]" * 65_000,
    "tag": "a: !" + "x" * 260_000,
    "surrogates": 'a:\n- "' + '"\n- "'.join(["\\ud800"] * 4_000) + '"',
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_ends_soon_and_kills_nothing(tmp_path: Path, name: str, pure: bool) -> None:
    content = BOMBS[name].encode()
    assert len(content) <= MAX_BYTES
    (tmp_path / "lab.yaml").write_bytes(content)
    # eight seconds of work, however busy the machine is
    limit = "import resource; resource.setrlimit(resource.RLIMIT_CPU, (8, 8))\n" if os.name == "posix" else ""
    code = (
        f"{limit}"
        "import sys, pathlib\n"
        "from labcli.lab.source import read\n"
        "from labcli.lab.problem import LabInvalid\n"
        "try: read(pathlib.Path(sys.argv[1]), sys.argv[2] == 'True')\n"
        "except LabInvalid as error: assert 1 <= len(error.problems) <= 101\n"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "lab.yaml"), str(pure)]
    ended = subprocess.run(command, timeout=120, capture_output=True, encoding="utf-8", check=False)
    assert ended.returncode == 0, ended.stderr
