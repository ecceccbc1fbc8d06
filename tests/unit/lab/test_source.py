"""What a lab file may hold, and where `labcli` says a mistake is."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from labcli.errors import ExitCode, UsageError
from labcli.lab import source
from labcli.lab.problem import LabInvalid
from labcli.lab.source import Source, read

Reader = Callable[[str | bytes], Source]


@pytest.fixture(params=[False, True], ids=["c", "pure"])
def load(request: pytest.FixtureRequest, tmp_path: Path) -> Reader:
    """Read text through each of the two parsers."""

    def load(content: str | bytes) -> Source:
        file = tmp_path / "lab.yaml"
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        return read(file, pure=request.param)

    return load


def mistakes(load: Reader, content: str | bytes) -> list[str]:
    with pytest.raises(LabInvalid) as caught:
        load(content)
    assert caught.value.exit_code == ExitCode.USAGE
    return [f"{each.line}:{each.column} {each.message}" for each in caught.value.problems]


def mistake(load: Reader, content: str | bytes) -> str:
    found = mistakes(load, content)
    assert len(found) == 1, found
    return found[0]


# --- the file as such


def test_a_file_gives_its_data_its_name_and_its_bytes(tmp_path: Path) -> None:
    file = tmp_path / "mon.yaml"
    file.write_bytes(b"\xef\xbb\xbflab: mon\r\n")
    got = read(file)
    assert got.data == {"lab": "mon"}
    assert got.file == str(file)
    assert got.raw == file.read_bytes()


def test_a_missing_file_offers_the_nearest_names(tmp_path: Path) -> None:
    for name in ("mon.yaml", "tue.yaml", "notes.txt"):
        (tmp_path / name).touch()
    with pytest.raises(UsageError, match="does not exist") as caught:
        read(tmp_path / "mno.yaml")
    assert "mon.yaml" in caught.value.hint
    assert "notes.txt" not in caught.value.hint
    with pytest.raises(UsageError) as caught:
        read(tmp_path / "xxxxxxxxxxxxxxxx")
    assert "mon.yaml" in caught.value.hint, "the lab files, when no name is near"


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        read(tmp_path / "nowhere" / "mon.yaml")
    assert str(tmp_path / "nowhere") in caught.value.hint


posix = pytest.mark.skipif(os.name != "posix", reason="pipes, devices, sockets and links as POSIX has them")


def test_a_folder_is_refused_and_offers_its_lab_files(tmp_path: Path) -> None:
    (tmp_path / "mon.yaml").touch()
    with pytest.raises(UsageError, match="is a folder") as caught:
        read(tmp_path)
    assert "mon.yaml" in caught.value.hint


@posix
def test_a_fifo_is_refused_and_never_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    within(5, lambda: refused(tmp_path / "fifo", "not a regular file"))


@posix
def test_a_device_and_a_socket_are_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    refused(Path("/dev/zero"), "not a regular file")
    monkeypatch.chdir(tmp_path)  # a socket's path must be short
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("s")
        refused(Path("s"), "not a regular file")


@posix
def test_an_unreadable_file_says_why(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    refused(tmp_path / "loop", "cannot be read: Too many levels")
    refused(tmp_path / ("x" * 300), "cannot be read: File name too long")


def test_a_name_that_can_be_no_name_is_refused(tmp_path: Path) -> None:
    refused(tmp_path / "a\0b", "cannot be read: its name holds a null character")


def refused(file: Path, why: str) -> None:
    with pytest.raises(UsageError, match=why):
        read(file)


def within(seconds: float, call: Callable[[], object]) -> None:
    done: list[object] = []
    thread = threading.Thread(target=lambda: done.append(call()), daemon=True)
    thread.start()
    thread.join(seconds)
    assert done, "it did not end in time, or failed"


# --- bytes and characters


def test_more_than_256_kib_is_refused_and_exactly_256_is_not(load: Reader) -> None:
    assert "larger than 256 KiB" in mistake(load, b"a: " + b"x" * (source.MAX_BYTES - 2))
    assert load(b"a: " + b"x" * (source.MAX_BYTES - 3)).data["a"].startswith("x")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf_16_is_named(load: Reader, encoding: str) -> None:
    assert mistake(load, "lab: mon\n".encode(encoding)) == "0:0 the file is saved as UTF-16; save it as UTF-8"


def test_other_bytes_that_are_not_utf_8_have_an_offset_a_line_and_a_column(load: Reader) -> None:
    said = mistake(load, b"a: 1\nb: caf\xe9\n")
    assert said == "2:7 byte offset 11 (0xe9) is not UTF-8; save the file as UTF-8"


def test_every_raw_control_character_is_found(load: Reader) -> None:
    said = mistakes(load, 'a: "\x1b[31m"\nb: x\x00y\nc: \x9b1m\nd: \x85\n')
    assert [each.split(";")[0] for each in said] == [
        "1:5 raw control character U+001B",
        "2:5 raw control character U+0000",
        "3:4 raw control character U+009B",
        "4:4 raw control character U+0085",
    ]


@pytest.mark.parametrize("char", ["\u202e", "\u2066", "\u2028", "\ufeff", "\uffff"])
def test_invisible_characters_are_refused(load: Reader, char: str) -> None:
    assert mistake(load, f"a: x{char}y").startswith(f"1:5 invisible character U+{ord(char):04X};")


def test_a_control_character_does_not_hide_another_mistake(load: Reader) -> None:
    assert len(mistakes(load, "a: \x1b\nb: !x y")) == 2


def test_escaped_control_characters_and_emoji_are_data(load: Reader) -> None:
    assert load('a: "\\e[1m"\nb: "\\U0001F600😀"').data == {"a": "\x1b[1m", "b": "😀😀"}


def test_half_a_surrogate_pair_is_refused_where_it_is_written(load: Reader) -> None:
    assert mistake(load, 'a: "x\\ud800"').startswith("1:6 half a character")
    assert mistake(load, 'a: "\\ud83d\\ude00"').startswith("1:5 half a character")
    assert mistake(load, '"\\udfff": 1').startswith("1:2 half a character")
    assert mistake(load, 'a: "\\UFFFFFFFF"').endswith("no character has this number")


# --- the shape of the file


@pytest.mark.parametrize("content", ["", "\n\n", "# only a comment\n", "---\n", "---\n...\n", "null", "\ufeff"])
def test_an_empty_file_is_said_to_be_empty(load: Reader, content: str) -> None:
    assert "the file is empty" in mistake(load, content)


@pytest.mark.parametrize("content", ["- a\n- b\n", "just text\n", "12", "[a]"])
def test_a_root_that_is_no_mapping_is_refused(load: Reader, content: str) -> None:
    assert mistake(load, content).startswith("1:1 a lab is a mapping")


def test_a_second_document_is_refused_where_it_begins(load: Reader) -> None:
    assert mistake(load, "a: 1\n---\nb: 2\n").startswith("2:1 a second document begins here")
    assert load("---\na: 1\n...\n").data == {"a": 1}


def test_a_duplicate_key_names_both_places(load: Reader) -> None:
    said = mistakes(load, "a: 1\nb: {c: 1, 'c': 2}\na: 2\n")
    assert said == [
        "2:11 the key `c` is here twice: first at 2:5; remove one of them",
        "3:1 the key `a` is here twice: first at 1:1; remove one of them",
    ]


def test_anchors_aliases_and_merge_keys_are_to_be_written_out(load: Reader) -> None:
    said = mistakes(load, "a: &x {b: 1}\nc: *x\nd: {<<: {e: 1}}\n*x : 1\n")
    assert [each.split(" ")[0] for each in said] == ["1:4", "2:4", "3:5", "4:1"]
    assert all("write" in each and "out" in each for each in said)
    assert load('"<<": 1').data == {"<<": 1}


@pytest.mark.parametrize("tag", ["!Ref", "!!str", "!!python/object:os.system", "!<x>", "!", "!e!x"])
def test_tags_are_refused(load: Reader, tag: str) -> None:
    said = mistake(load, f"a: {tag} x")
    assert said.startswith("1:4 ")
    assert "tag" in said


def test_directives_are_refused(load: Reader) -> None:
    assert mistake(load, "%YAML 1.1\n---\na: 1\n").startswith("1:1 a line that starts with `%`")
    assert mistake(load, "%what\na: 1\n").startswith("1:1 a line that starts with `%`")


def test_32_levels_are_read_and_33_are_not(load: Reader) -> None:
    assert load("a: " + "[" * 31 + "]" * 31).data
    assert mistake(load, "a: " + "[" * 32 + "]" * 32) == "1:35 values are nested deeper than 32 levels"


def test_5000_values_are_read_and_one_more_is_not(load: Reader) -> None:
    assert len(load("a:\n" + "- 1\n" * 4997).data["a"]) == 4997
    assert mistake(load, "a:\n" + "- 1\n" * 4998) == "4999:3 the file holds more than 5,000 values"


def test_all_mistakes_come_at_once_but_never_more_than_fifty(load: Reader) -> None:
    assert len(mistakes(load, "1: a\nb: !x y\nc: 012\nd: &e f\ng: [h\n")) == 5
    assert len(mistakes(load, "a: 1\n" * 400)) == 50


@pytest.mark.parametrize(
    ("key", "reads"), [("1", "a number"), ("1.5", "a number"), ("true", "true or false"), ("null", "nothing")]
)
def test_a_key_that_is_no_text_is_to_be_quoted(load: Reader, key: str, reads: str) -> None:
    assert mistake(load, f"a:\n  {key}: x\n") == f"2:3 the key `{key}` reads as {reads}; quote it"
    assert load(f'"{key}": x').data == {key: "x"}


@pytest.mark.parametrize("content", ["a: {{ name }}", "? [a]\n: b", "? {a: b}\n: c"])
def test_a_key_that_is_a_list_or_a_mapping_is_refused(load: Reader, content: str) -> None:
    assert "a key must be text" in mistake(load, content)


# --- scalars


@pytest.mark.parametrize(
    "text",
    [
        "no", "yes", "on", "off", "y", "N", "2012-10-17", "2012-10-17T00:00:00Z", "1:30", "08:00", "1_000", "0b11",
        "0xZZ", "0o9", "+0x1F", "1.2.3", ".", "+.", "--", "1e", "=", "<<",
    ],
)  # fmt: skip
def test_what_yaml_1_1_would_turn_into_something_is_text(load: Reader, text: str) -> None:
    assert load(f"a: {text}").data == {"a": text}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("true", True), ("True", True), ("TRUE", True), ("false", False), ("False", False), ("FALSE", False),
        ("null", None), ("Null", None), ("NULL", None), ("~", None), ("", None),
        ("0", 0), ("42", 42), ("-7", -7), ("+7", 7), ("0o17", 15), ("0x1F", 31), ("123456789012", 123456789012),
        ("1.5", 1.5), (".5", 0.5), ("5.", 5.0), ("-0.5", -0.5), ("1e3", 1000.0), ("2E-2", 0.02),
    ],
)  # fmt: skip
def test_scalars_are_those_of_yaml_1_2(load: Reader, text: str, value: object) -> None:
    got = load(f"a: {text}\nb: [{text or '~'}]\n").data
    assert got == {"a": value, "b": [value]}
    assert type(got["a"]) is type(value)


@pytest.mark.parametrize("text", ["012345670123", "-012", "00", "007.5"])
def test_a_leading_zero_is_to_be_quoted(load: Reader, text: str) -> None:
    assert mistake(load, f"a: {text}") == f"1:4 `{text}` starts with 0, which a number would lose; quote it"


@pytest.mark.parametrize("text", ["1" * 21, "1." + "0" * 19, "0x" + "f" * 19, "9" * 100_000])
def test_a_number_of_more_than_20_characters_is_to_be_quoted(load: Reader, text: str) -> None:
    said = mistake(load, f"a: {text}")
    assert said.endswith("is too long for a number; quote it")
    assert len(said) < 100
    assert load(f'a: "{text}"').data == {"a": text}


@pytest.mark.parametrize("text", [".inf", "-.INF", ".nan", ".NaN", "1e999"])
def test_infinities_and_nan_are_refused(load: Reader, text: str) -> None:
    assert mistake(load, f"a: {text}") == f"1:4 `{text}` is not a finite number; quote it"


def test_quoted_folded_and_literal_text_is_read_as_usual(load: Reader) -> None:
    got = load("a: |\n  x\n  \ty?\nb: >-\n  one\n  two\nc: 'it''s'\nd: \"1\"\ne: plain\n  goes on\nf: |+\n  z\n\n")
    assert got.data == {"a": "x\n\ty?\n", "b": "one two", "c": "it's", "d": "1", "e": "plain goes on", "f": "z\n\n"}


def test_references_need_no_quotes_outside_braces_and_brackets(load: Reader) -> None:
    got = load("a: ${orders.url}\nMessages[0].Id: b\nc: {d: $.total}\n")
    assert got.data == {"a": "${orders.url}", "Messages[0].Id": "b", "c": {"d": "$.total"}}


def test_a_question_mark_inside_braces_is_text(load: Reader) -> None:
    got = load("a: {ask: Will it stay?, b?: [c?d, x ?y, -?]}\n")
    assert got.data == {"a": {"ask": "Will it stay?", "b?": ["c?d", "x ?y", "-?"]}}


# --- marks

LAB = """\
steps:
- create: [a, b]
- title: x
  with:
    Body: {k: "é", l: 𝄞, m: v}
    Empty:
"""


def test_every_value_and_key_knows_its_line_and_column(load: Reader) -> None:
    got = load(LAB)
    assert got.mark(()) == (1, 1)
    assert got.mark(("steps",)) == (2, 1)
    assert got.mark(("steps",), key=True) == (1, 1)
    assert got.mark(("steps", 0, "create", 1)) == (2, 15)
    assert got.mark(("steps", 0, "create", 1), key=True) == (2, 15)
    assert got.mark(("steps", 1)) == (3, 3)
    assert got.mark(("steps", 1, "with", "Body")) == (5, 11)
    assert got.mark(("steps", 1, "with", "Body"), key=True) == (5, 5)
    assert got.mark(("steps", 1, "with", "Body", "m")) == (5, 29)
    assert got.mark(("steps", 1, "with", "Empty")) == (6, 5)


def test_a_way_that_leads_nowhere_is_marked_at_what_encloses_it(load: Reader) -> None:
    got = load(LAB)
    assert got.mark(("steps", 1, "with", "Body", "nope", 3)) == (5, 11)
    assert got.mark(("steps", 9)) == (2, 1)
    assert got.mark(("nope",), key=True) == (1, 1)


def test_a_problem_carries_the_file_and_the_mark(load: Reader) -> None:
    got = load(LAB)
    said = str(got.problem(("steps", 1, "title"), "too short", key=True))
    assert said == f"{got.file}:3:3 too short"


def test_lines_may_end_as_on_any_system(load: Reader) -> None:
    assert load("a: 1\r\nb: 2\rc: 3\nd: 4").mark(("d",), key=True) == (4, 1)


def test_both_parsers_give_the_same_data_and_marks(tmp_path: Path) -> None:
    (tmp_path / "lab.yaml").write_text(LAB, "utf-8")
    fast, pure = (read(tmp_path / "lab.yaml", pure) for pure in (False, True))
    assert (fast.data, fast.marks) == (pure.data, pure.marks)


def test_a_file_is_read_without_the_c_parser(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("yaml.__with_libyaml__", False)
    monkeypatch.delattr("yaml.CSafeLoader", raising=False)
    (tmp_path / "lab.yaml").write_text(LAB, "utf-8")
    assert read(tmp_path / "lab.yaml").mark(("steps", 1)) == (3, 3)
